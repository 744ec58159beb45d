//! A 304 on the wire, of the layer in each place and of `Preconditions`: RFC 9110 §15.4.5 and
//! §8.6 want no content and no `Content-Length` of it.

use std::net::SocketAddr;

use axum::{
    Router,
    response::{IntoResponse, Response},
    routing::get,
};
use http::{StatusCode, header};
use tower::Layer;
use tower_conditional::{
    ConditionalLayer, PathKey, Preconditions, Version, VersionStore, store_fn,
};
use tower_http::trace::TraceLayer;

use crate::{
    support::{CONTENT, field, read, tag},
    wire::{DATA, Frame, HEADERS, http1, http2, http2_frames, listen, serve},
};

fn layer() -> ConditionalLayer<
    impl VersionStore<PathKey, Current: Send, Error = std::convert::Infallible> + Send + Sync,
> {
    ConditionalLayer::new(store_fn(|_: PathKey| async { Version::new(5) }))
}

async fn checked(conditions: Preconditions) -> Result<Response, Response> {
    let version = Version::new(5);
    conditions
        .check(version)
        .map_err(IntoResponse::into_response)?;
    Ok((version.etag(), CONTENT).into_response())
}

/// The same resource, `/a`, with each way to a 304.
async fn servers() -> Vec<(&'static str, SocketAddr)> {
    let plain = || Router::new().route("/a", get(read));
    let inside = || Router::new().route("/a", get(read).route_layer(layer()));
    let check = || Router::new().route("/a", get(checked));
    let routers = [
        ("MethodRouter::route_layer", inside()),
        (
            "MethodRouter::layer",
            Router::new().route("/a", get(read).layer(layer())),
        ),
        ("Router::route_layer", plain().route_layer(layer())),
        ("Router::layer", plain().layer(layer())),
        (
            "MethodRouter::route_layer in Router::layer",
            inside().layer(TraceLayer::new_for_http()),
        ),
        (
            "Router::layer twice",
            plain().layer(layer()).layer(TraceLayer::new_for_http()),
        ),
        (
            "a fallback router",
            Router::new().fallback_service(inside()),
        ),
        (
            "Router::layer in a fallback",
            Router::new().fallback_service(plain().layer(layer())),
        ),
        ("Preconditions", check()),
        (
            "Preconditions in Router::layer",
            check().layer(TraceLayer::new_for_http()),
        ),
        (
            "Preconditions in a nested service",
            Router::new().fallback_service(check()),
        ),
    ];
    let mut servers = Vec::new();
    for (place, router) in routers {
        servers.push((place, serve(router).await));
    }
    let listener = listen().await;
    let address = listener.local_addr().unwrap();
    let service = layer().layer(plain()).into_make_service();
    tokio::spawn(async { axum::serve(listener, service).await });
    servers.push(("around the Router", address));
    servers
}

const MATCHES: (&str, &str) = ("if-none-match", "\"5\"");

#[tokio::test]
async fn on_http1_a_304_ends_with_its_blank_line_and_the_connection_goes_on() {
    for (place, server) in servers().await {
        for method in ["GET", "HEAD"] {
            let said = http1(
                server,
                &format!(
                    "{method} /a HTTP/1.1\r\nhost: a\r\nif-none-match: \"5\"\r\n\r\n\
                     GET /a HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n"
                ),
            )
            .await
            .to_ascii_lowercase();
            let (head, next) = said.split_once("\r\n\r\n").expect("a whole head");
            assert!(
                head.starts_with("http/1.1 304 "),
                "{place} {method}: {head}"
            );
            for name in ["content-length", "transfer-encoding", "content-type"] {
                assert!(!head.contains(name), "{place} {method}: {head}");
            }
            assert!(head.contains("\r\netag: \"5\""), "{place} {method}: {head}");
            assert!(head.contains("\r\ndate: "), "{place} {method}: {head}");

            assert!(
                next.starts_with("http/1.1 200 "),
                "{place} {method}: {next}"
            );
            let (head, content) = next.split_once("\r\n\r\n").expect("a whole head");
            assert!(head.contains("\r\ncontent-length: 11"), "{place}: {head}");
            assert_eq!(content, CONTENT, "{place} {method}");
        }
    }
}

#[tokio::test]
async fn on_http2_a_304_has_no_content_length() {
    for (place, server) in servers().await {
        for method in ["GET", "HEAD"] {
            let response = http2(server, method, &[MATCHES]).await;
            assert_eq!(response.status(), StatusCode::NOT_MODIFIED, "{place}");
            assert_eq!(tag(&response), Some("\"5\""), "{place} {method}");
            for name in [header::CONTENT_LENGTH, header::CONTENT_TYPE] {
                assert_eq!(field(&response, name), None, "{place} {method}");
            }
        }
    }
}

#[tokio::test]
async fn on_http2_the_headers_of_a_304_end_the_stream() {
    for (place, server) in servers().await {
        for method in ["GET", "HEAD"] {
            let frames = http2_frames(server, method, &[MATCHES]).await;
            let only = Frame {
                kind: HEADERS,
                is_end: true,
            };
            assert_eq!(frames, [only], "{place} {method}");
        }
        // What the frames of an answer with content look like.
        let frames = http2_frames(server, "GET", &[]).await;
        let kinds: Vec<_> = frames.iter().map(|frame| frame.kind).collect();
        assert!(kinds.starts_with(&[HEADERS, DATA]), "{place} {kinds:?}");
    }
}

#[tokio::test]
async fn a_412_states_its_length_and_the_connection_goes_on() {
    for (place, server) in servers().await {
        for method in ["GET", "HEAD"] {
            let said = http1(
                server,
                &format!(
                    "{method} /a HTTP/1.1\r\nhost: a\r\nif-match: \"4\"\r\n\r\n\
                     GET /a HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n"
                ),
            )
            .await;
            let (head, rest) = said.split_once("\r\n\r\n").expect("a whole head");
            assert!(
                head.starts_with("HTTP/1.1 412 "),
                "{place} {method}: {head}"
            );
            let length: usize = head
                .lines()
                .find_map(|line| line.strip_prefix("content-length: "))
                .unwrap_or_else(|| panic!("{place} {method}: {head}"))
                .parse()
                .expect("a number");
            // §8.6: of a HEAD, the length of the content that a GET would get.
            let content = if method == "HEAD" { 0 } else { length };
            assert!(length > 100);
            assert!(
                rest[content..].starts_with("HTTP/1.1 200 "),
                "{place} {method}"
            );
        }
    }
}
