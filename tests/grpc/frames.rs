//! What is on the wire, and requests that are not as they should be.

use std::time::Duration;

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use hyper::{HeaderMap, Method, StatusCode, header::CONTENT_TYPE};
use tower_conditional::{ConditionalLayer, MemoryStore, tokio_spawn};

use crate::{
    raw::{body, message, send, text, update, whole, with_trailers},
    service::{Book, NAME, keys, serve},
};

const GRPC: &str = "application/grpc";

#[tokio::test]
async fn the_tag_of_a_write_stands_beside_its_status_and_nowhere_else() {
    let store = MemoryStore::new();
    let compared = serve!(
        ConditionalLayer::new(store.clone()).key(keys()),
        Book::comparing(&store)
    );
    let layer = ConditionalLayer::guarded(MemoryStore::new(), tokio_spawn).key(keys());
    let guarded = serve!(layer, Book::guarded());
    for server in [compared, guarded] {
        let answer = send(server, update(GRPC, whole(message("own tag")))).await;
        assert_eq!(answer.status, StatusCode::OK);
        assert_eq!(answer.head.get("etag"), None);
        assert_eq!(answer.content, message("own tag"));
        let trailers = answer.trailers.expect("trailers");
        assert_eq!(text(&trailers["grpc-status"]), "0");
        assert_eq!(text(&trailers["etag"]), "\"1\"");
    }
}

#[tokio::test]
async fn a_refusal_is_a_head_alone() {
    let layer = ConditionalLayer::guarded(MemoryStore::new(), tokio_spawn).key(keys());
    let server = serve!(layer, Book::guarded());
    send(server, update(GRPC, whole(message("one")))).await;
    let mut request = update("application/grpc+proto", whole(message("two")));
    let stale = "\"7\"".parse().expect("a value");
    request.headers_mut().insert("if-match", stale);
    let answer = send(server, request).await;
    assert_eq!(answer.refusal(), "10");
    assert_eq!(text(&answer.head["etag"]), "\"1\"");
    let told = "If-Match does not match the current representation; nothing was executed.";
    assert_eq!(text(&answer.head["grpc-message"]), told);
    assert!(!text(&answer.head["grpc-status-details-bin"]).ends_with('='));
    assert_eq!(answer.trailers, None);
}

#[tokio::test]
async fn content_that_is_not_one_message_is_refused_and_nothing_runs() {
    let book = Book::guarded();
    let layer = ConditionalLayer::guarded(MemoryStore::new(), tokio_spawn)
        .wait_limit(Duration::from_millis(200))
        .key(keys());
    let server = serve!(layer, book.clone());
    let (one, two) = (message("one"), [message("one"), message("two")].concat());
    let cut = one[..one.len() - 1].to_vec();
    let split = |at: usize, content: &[u8]| {
        let (start, end) = content.split_at(at);
        let parts = [start, end].map(Bytes::copy_from_slice);
        stream::iter(parts)
    };
    let table = [
        ("nothing", whole(""), "12"),
        ("a part of the prefix", whole("\0\0"), "3"),
        ("a part of the message", whole(cut), "3"),
        ("no message", whole("{\"text\": \"one\"}"), "3"),
        ("two at once", whole(two.clone()), "12"),
        (
            "two, the prefix cut",
            body(split(one.len() + 2, &two)),
            "12",
        ),
        (
            "one and a byte, for ever",
            body(split(one.len(), &two[..=one.len()]).chain(stream::pending())),
            "12",
        ),
        (
            "one, for ever",
            body(split(3, &one).chain(stream::pending())),
            "12",
        ),
    ];
    for (name, content, status) in table {
        let answer = send(server, update(GRPC, content)).await;
        assert_eq!(answer.refusal(), status, "{name}");
    }
    assert_eq!((book.runs(), book.text(NAME)), (0, None));
    // In as many frames as it likes.
    let answer = send(server, update(GRPC, body(split(3, &one)))).await;
    assert_eq!(
        text(&answer.trailers.expect("trailers")["grpc-status"]),
        "0"
    );
    assert_eq!(book.runs(), 1);
}

#[tokio::test]
async fn a_message_that_cannot_be_decoded_leaves_no_old_tag_valid() {
    let book = Book::guarded();
    let layer = ConditionalLayer::guarded(MemoryStore::new(), tokio_spawn).key(keys());
    let server = serve!(layer, book.clone());
    send(server, update(GRPC, whole(message("one")))).await;
    let answer = send(server, update(GRPC, whole(b"\0\0\0\0\x01\xff".to_vec()))).await;
    // tonic's INTERNAL, of which nobody knows what it has done.
    assert_eq!(answer.refusal(), "13");
    let mut request = update(GRPC, whole(message("two")));
    let first = "\"1\"".parse().expect("a value");
    request.headers_mut().insert("if-match", first);
    assert_eq!(send(server, request).await.refusal(), "10");
    assert_eq!(book.text(NAME).as_deref(), Some("one"));
}

#[tokio::test]
async fn a_listed_method_is_not_run_by_what_is_no_call() {
    let book = Book::guarded();
    let layer = ConditionalLayer::guarded(MemoryStore::new(), tokio_spawn).key(keys());
    let server = serve!(layer, book.clone());
    for content_type in ["application/json", "application/grpcx", "text/plain"] {
        let answer = send(server, update(content_type, whole(message("x")))).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{content_type}");
        assert_eq!(answer.head[CONTENT_TYPE], "application/problem+json");
    }
    for method in [Method::PUT, Method::GET, Method::PATCH] {
        let mut request = update(GRPC, whole(message("x")));
        *request.method_mut() = method;
        assert_eq!(send(server, request).await.status, StatusCode::BAD_REQUEST);
    }
    let mut request = update(GRPC, whole(message("x")));
    request.headers_mut().remove(CONTENT_TYPE);
    assert_eq!(send(server, request).await.status, StatusCode::BAD_REQUEST);
    assert_eq!(book.runs(), 0);
}

#[tokio::test]
async fn grpc_web_passes_untouched() {
    let book = Book::guarded();
    let layer = ConditionalLayer::guarded(MemoryStore::new(), tokio_spawn).key(keys());
    let server = serve!(layer, book.clone());
    let mut request = update("application/grpc-web+proto", whole(message("by web")));
    let stale = "\"7\"".parse().expect("a value");
    request.headers_mut().insert("if-match", stale);
    let answer = send(server, request).await;
    assert_eq!(book.text(NAME).as_deref(), Some("by web"));
    assert_eq!(answer.trailers.expect("trailers").get("etag"), None);
}

#[tokio::test]
async fn trailers_of_a_guarded_request_name_no_other_resource() {
    let book = Book::guarded();
    let layer = ConditionalLayer::guarded(MemoryStore::new(), tokio_spawn).key(keys());
    let server = serve!(layer, book.clone());
    // tonic merges them into the metadata, where they replace what the layer has gone by.
    let mut trailers = HeaderMap::new();
    trailers.insert("resource-name", "notes/2".parse().expect("a value"));
    let content = with_trailers(message("by metadata"), trailers);
    let answer = send(server, update(GRPC, content)).await;
    assert_eq!(text(&answer.trailers.expect("trailers")["etag"]), "\"1\"");
    assert_eq!(book.text(NAME).as_deref(), Some("by metadata"));
    assert_eq!(book.text("notes/2"), None);
}
