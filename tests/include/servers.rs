//! Over real connections, where the server writes fields of its own.

use std::net::SocketAddr;

use axum::{
    Router,
    body::Body,
    routing::{MethodRouter, get, head},
};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request, StatusCode, header};
use http_body_util::{BodyExt, Empty};
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::{TcpListener, TcpStream};
use tower::ServiceBuilder;
use tower_conditional::{ConditionalLayer, IncludeVersionLayer, PathKey, Version, store_fn};

use crate::frames::Frames;

const JSON: [(header::HeaderName, &str); 1] = [(header::CONTENT_TYPE, "application/json")];

#[derive(Clone, Copy, Debug)]
enum Protocol {
    Http1,
    Http2,
}

/// Where the layers stand. axum writes a length at the top of each.
#[derive(Clone, Copy, Debug)]
enum Place {
    Method,
    Router,
}

async fn serve(place: Place) -> SocketAddr {
    let layers = ServiceBuilder::new()
        .layer(IncludeVersionLayer::new())
        .layer(ConditionalLayer::new(store_fn(|_: PathKey| async {
            Version::new(5)
        })));
    let within = |route: MethodRouter| match place {
        Place::Method => route.layer(layers.clone()),
        Place::Router => route,
    };
    let streamed = || async {
        let frames = [r#"{"a""#, ":1", "}"].map(Bytes::from);
        (JSON, Body::new(Frames::of(frames)))
    };
    let without_content = || async { ([(header::CONTENT_LENGTH, "7")], JSON) };
    let mut app = Router::new()
        .route("/whole", within(get(|| async { (JSON, r#"{"a":1}"#) })))
        .route("/streamed", within(get(streamed)))
        .route("/head", within(head(without_content)))
        .route("/list", within(get(|| async { (JSON, "[1]") })));
    if let Place::Router = place {
        app = app.layer(layers);
    }
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move { axum::serve(listener, app).await });
    address
}

async fn exchange(
    address: SocketAddr,
    protocol: Protocol,
    request: Request<Empty<Bytes>>,
) -> (StatusCode, HeaderMap, Bytes) {
    let io = TokioIo::new(TcpStream::connect(address).await.expect("a connection"));
    let response = match protocol {
        Protocol::Http1 => {
            let (mut sender, connection) = http1::handshake(io).await.expect("HTTP/1.1");
            tokio::spawn(connection);
            sender.send_request(request).await
        }
        Protocol::Http2 => {
            let executor = TokioExecutor::new();
            let (mut sender, connection) = http2::handshake(executor, io).await.expect("HTTP/2");
            tokio::spawn(connection);
            sender.send_request(request).await
        }
    };
    let (head, body) = response.expect("an answer").into_parts();
    let content = body.collect().await.expect("whole content").to_bytes();
    (head.status, head.headers, content)
}

#[tokio::test]
async fn the_length_is_right_or_not_there() {
    for place in [Place::Method, Place::Router] {
        let address = serve(place).await;
        for protocol in [Protocol::Http1, Protocol::Http2] {
            let table = [
                // Path and query; condition; status, Content-Length, content.
                (Method::GET, "/whole", "", 200, Some("7"), r#"{"a":1}"#),
                (
                    Method::GET,
                    "/whole?include=version",
                    "",
                    200,
                    None,
                    r#"{"a":1,"version":5}"#,
                ),
                (
                    Method::GET,
                    "/streamed?include=version",
                    "",
                    200,
                    None,
                    r#"{"a":1,"version":5}"#,
                ),
                (Method::GET, "/list?include=version", "", 200, None, "[1]"),
                (Method::HEAD, "/whole", "", 200, Some("7"), ""),
                (Method::HEAD, "/whole?include=version", "", 200, None, ""),
                (Method::HEAD, "/streamed?include=version", "", 200, None, ""),
                (Method::HEAD, "/head", "", 200, Some("7"), ""),
                (Method::HEAD, "/head?include=version", "", 200, None, ""),
                (
                    Method::GET,
                    "/whole?include=version",
                    "\"5\"",
                    304,
                    None,
                    "",
                ),
                (
                    Method::HEAD,
                    "/whole?include=version",
                    "\"5\"",
                    304,
                    None,
                    "",
                ),
            ];
            for (method, uri, tag, status, length, content) in table {
                let what = format!("{method} {uri} {tag} {protocol:?} {place:?}");
                let mut request = Request::new(Empty::new());
                *request.method_mut() = method;
                let uri = match protocol {
                    Protocol::Http1 => uri.parse(),
                    Protocol::Http2 => format!("http://{address}{uri}").parse(),
                };
                *request.uri_mut() = uri.expect("a URI");
                let fields = request.headers_mut();
                fields.insert(header::HOST, HeaderValue::from_static("localhost"));
                if !tag.is_empty() {
                    fields.insert(header::IF_NONE_MATCH, HeaderValue::from_static(tag));
                }
                let (seen, fields, bytes) = exchange(address, protocol, request).await;
                assert_eq!(
                    (seen.as_u16(), &bytes[..]),
                    (status, content.as_bytes()),
                    "{what}"
                );
                let length = length.map(HeaderValue::from_static);
                assert_eq!(
                    fields.get(header::CONTENT_LENGTH),
                    length.as_ref(),
                    "{what}"
                );
                assert_eq!(fields[header::ETAG], "\"5\"", "{what}");
            }
        }
    }
}
