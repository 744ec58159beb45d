//! What a 304 looks like on the wire: no `content-length`, no content, over HTTP/1.1 and HTTP/2, for GET and HEAD.
//!
//! Guards: Content-Length or a body on 304. A router writes `content-length: 0` on an answer whose body's size it knows,
//! and a client that holds the real length to that number throws its copy away.

use std::time::Duration;

use http_body::Body as _;
use http_body_util::BodyExt as _;

use crate::client::{Call, Client};
use crate::process::Server;
use crate::resource::Kind;
use crate::wire::head;

const FRAMING: [&str; 3] = ["content-length", "transfer-encoding", "content-type"];

/// The ways to be told that a copy of version 2 is current, once its second is over.
const CURRENT: [(&str, &str); 4] = [
    ("If-None-Match", r#""2""#),
    ("If-None-Match", r#"W/"2""#),
    ("If-None-Match", "*"),
    ("If-Modified-Since", "Thu, 31 Dec 2037 23:59:59 GMT"),
];

async fn resource(client: &mut Client, kind: Kind) -> String {
    let path = kind.at(client, 2).await;
    tokio::time::sleep(Duration::from_millis(1100)).await;
    path
}

#[tokio::test(flavor = "multi_thread")]
async fn over_http1_nothing_follows_the_blank_line_of_a_304() {
    let server = Server::start().await;
    let mut client = server.client().await;
    let mut wire = server.wire().await;
    for kind in Kind::ALL {
        let path = resource(&mut client, kind).await;
        let whole = client.send(Call::get(&path)).await;
        for method in ["GET", "HEAD"] {
            for (name, value) in CURRENT {
                let line = format!("{name}: {value}");
                let answer = wire.send(method, &path, &[line.as_bytes()], None).await;
                answer.assert_status(304).assert_etag(r#""2""#);
                for name in FRAMING {
                    assert_eq!(answer.field(name), None, "{answer:?}");
                }
                for name in ["cache-control", "vary", "content-location", "expires"] {
                    assert_eq!(answer.field(name), whole.field(name), "{name}");
                }
                assert_ne!(
                    answer.field("connection"),
                    Some("close"),
                    "the silence would mean little"
                );
                assert!(
                    wire.is_silent_for(Duration::from_millis(100)).await,
                    "bytes after a 304"
                );
                // The next answer of the same connection starts right there.
                let next = wire.send("GET", &path, &[], None).await;
                assert_eq!(next.assert_status(200).body, whole.body);
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn over_http1_pipelined_answers_follow_a_304_at_once() {
    let server = Server::start().await;
    let mut client = server.client().await;
    let path = Kind::Model.at(&mut client, 2).await;
    let whole = client.send(Call::get(&path)).await;
    let mut wire = server.wire().await;
    let mut requests = head("GET", &path, &[br#"If-None-Match: "2""#], None);
    requests.extend(head("HEAD", &path, &[b"If-None-Match: *"], None));
    requests.extend(head("GET", &path, &[br#"If-Match: "1""#], None));
    requests.extend(head("HEAD", &path, &[], None));
    requests.extend(head("GET", &path, &[], None));
    wire.write(&requests).await;
    wire.answer("GET").await.assert_status(304);
    wire.answer("HEAD").await.assert_status(304);
    wire.answer("GET")
        .await
        .assert_failed("If-Match", Some(r#""2""#));
    wire.answer("HEAD").await.assert_status(200);
    assert_eq!(wire.answer("GET").await.assert_status(200).body, whole.body);
    assert!(wire.is_silent_for(Duration::from_millis(100)).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn over_http2_a_304_ends_its_stream_with_its_fields() {
    let server = Server::start().await;
    let mut client = Client::http2(server.address())
        .await
        .expect("HTTP/2 with prior knowledge");
    for kind in Kind::ALL {
        let path = resource(&mut client, kind).await;
        let whole = client.send(Call::get(&path)).await;
        for method in ["GET", "HEAD"] {
            for (name, value) in CURRENT {
                let response = client
                    .begin(&Call::new(method, &path).field(name, value))
                    .await
                    .expect("an answer");
                assert_eq!(response.version(), http::Version::HTTP_2);
                assert_eq!(response.status(), 304);
                let fields = response.headers();
                assert_eq!(fields["etag"], r#""2""#);
                for name in FRAMING {
                    assert!(!fields.contains_key(name), "{name} in {fields:?}");
                }
                for name in ["cache-control", "vary", "content-location", "expires"] {
                    assert_eq!(fields.get(name), whole.fields.get(name), "{name}");
                }
                let mut body = response.into_body();
                assert!(
                    body.is_end_stream(),
                    "END_STREAM stands on the frame of the fields"
                );
                assert!(body.frame().await.is_none(), "no frame follows");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn http1_and_http2_say_the_same() {
    let server = Server::start().await;
    let mut one = server.client().await;
    let mut two = Client::http2(server.address())
        .await
        .expect("HTTP/2 with prior knowledge");
    for kind in Kind::ALL {
        let path = resource(&mut one, kind).await;
        for call in [
            Call::get(&path),
            Call::head(&path),
            Call::get(&path).if_match(r#""1""#),
            Call::head(&path).if_match(r#""1""#),
            Call::get(&path).if_match("1"),
            Call::get(&path).if_match([b'"', 0xe9, b'"']),
            Call::put(&path, &kind.body("x")).if_match(r#""1""#),
            Call::put(&path, &kind.body("x"))
                .if_match("")
                .if_match(",")
                .if_none_match("*"),
            Call::delete(&path).if_match(r#"W/"2""#),
            Call::get(kind.fresh()),
            Call::get(&path).anonymous(),
            Call::post(&path, &kind.body("x")),
        ] {
            let (a, b) = (one.send(call.clone()).await, two.send(call.clone()).await);
            assert_eq!(
                (a.status, a.etag(), &a.body),
                (b.status, b.etag(), &b.body),
                "{call:?}"
            );
            for name in [
                "content-type",
                "cache-control",
                "vary",
                "last-modified",
                "allow",
                "www-authenticate",
            ] {
                assert_eq!(a.field(name), b.field(name), "{name} of {call:?}");
            }
        }
        let written = two
            .send(Call::put(&path, &kind.body("over HTTP/2")).if_match(r#""2""#))
            .await;
        written.assert_status(200).assert_etag(r#""3""#);
        assert_eq!(kind.read(&one.send(Call::get(&path)).await), "over HTTP/2");
        two.send(Call::delete(&path).if_match(r#""3""#))
            .await
            .assert_status(204);
    }
}
