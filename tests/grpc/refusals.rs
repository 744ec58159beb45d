//! What is refused before anything runs.

use std::time::Duration;

use tonic::{Code, Request};
use tonic_types::StatusExt;
use tower_conditional::{
    ConditionalLayer, MemoryStore, PathKey, Version, grpc::GrpcKeys, store_fn, tokio_spawn,
};

use crate::{
    notes::GetRequest,
    service::{Book, NAME, call, client, get, keys, note, refused, serve, update},
};

#[tokio::test]
async fn a_malformed_condition_is_an_invalid_argument() {
    let store = MemoryStore::new();
    let compared = Book::comparing(&store);
    let guarded = Book::guarded();
    let one = serve!(ConditionalLayer::new(store).key(keys()), compared.clone());
    let other = ConditionalLayer::guarded(MemoryStore::new(), tokio_spawn).key(keys());
    let other = serve!(other, guarded.clone());
    for server in [one, other] {
        let mut client = client(server).await;
        for condition in [
            ("if-match", "1"),
            ("if-match", "\"1\" \"2\""),
            ("if-none-match", "**"),
            // No answer has a date; ignored, it would leave the write unguarded.
            ("if-unmodified-since", "Fri, 01 Jan 2100 00:00:00 GMT"),
        ] {
            let status = refused(client.update(update("x", &[condition])).await);
            assert_eq!(status.code(), Code::InvalidArgument, "{condition:?}");
            let details = status.get_error_details();
            let info = details.error_info().expect("an ErrorInfo");
            assert_eq!(info.reason, "MALFORMED_PRECONDITION");
            assert_eq!(info.metadata["field"], condition.0);
        }
        let status = refused(client.get(get(&[("if-match", "1")])).await);
        assert_eq!(status.code(), Code::InvalidArgument);
    }
    assert_eq!(compared.runs() + guarded.runs(), 0);
}

#[tokio::test]
async fn a_call_that_does_not_name_its_resource_is_an_invalid_argument() {
    let book = Book::guarded();
    let layer = ConditionalLayer::guarded(MemoryStore::new(), tokio_spawn).key(keys());
    let server = serve!(layer, book.clone());
    let mut client = client(server).await;
    let status = refused(client.update(Request::new(note("x"))).await);
    assert_eq!(status.code(), Code::InvalidArgument);
    let details = status.get_error_details();
    assert_eq!(
        details.error_info().expect("an ErrorInfo").reason,
        "RESOURCE_UNNAMED"
    );
    let twice = update("x", &[("resource-name", NAME)]);
    assert_eq!(
        refused(client.update(twice).await).code(),
        Code::InvalidArgument
    );
    let read = Request::new(GetRequest { name: NAME.into() });
    assert_eq!(
        refused(client.get(read).await).code(),
        Code::InvalidArgument
    );
    assert_eq!(book.runs(), 0);
}

#[tokio::test]
async fn a_required_precondition_is_required_of_writes_of_what_exists() {
    for is_guarded in [false, true] {
        let store = MemoryStore::new();
        let server = if is_guarded {
            let layer = ConditionalLayer::guarded(store, tokio_spawn).require_precondition(true);
            let book = Book::guarded();
            book.put(NAME, "old");
            serve!(layer.key(keys()), book)
        } else {
            let layer = ConditionalLayer::new(store.clone()).require_precondition(true);
            let book = Book::comparing(&store);
            book.put(NAME, "old");
            serve!(layer.key(keys()), book)
        };
        let mut client = client(server).await;
        client.get(get(&[])).await.expect("read");
        let status = refused(client.update(update("x", &[])).await);
        assert_eq!(status.code(), Code::FailedPrecondition);
        let details = status.get_error_details();
        let info = details.error_info().expect("an ErrorInfo");
        assert_eq!(info.reason, "PRECONDITION_REQUIRED");
        assert!(details.precondition_failure().is_some());
        let status = refused(client.delete(get(&[])).await);
        assert_eq!(status.code(), Code::FailedPrecondition);
        client
            .update(update("x", &[("if-match", "*")]))
            .await
            .expect("written");
    }
}

#[tokio::test]
async fn a_store_that_is_down_is_unavailable_with_a_time_to_retry() {
    let store = store_fn(|_: PathKey| async { Err::<Version, _>("down") });
    let book = Book::guarded();
    book.put(NAME, "one");
    let layer = ConditionalLayer::new(store).key(keys());
    let layer = layer.retry_after(Duration::from_millis(2500));
    let server = serve!(layer, book.clone());
    let mut client = client(server).await;
    let status = refused(client.update(update("x", &[])).await);
    assert_eq!(status.code(), Code::Unavailable);
    let details = status.get_error_details();
    let retry = details.retry_info().expect("a RetryInfo");
    assert_eq!(retry.retry_delay, Some(Duration::from_millis(2500)));
    assert_eq!(book.runs(), 0);
    // A read passes, without a tag.
    let read = client.get(get(&[])).await.expect("read");
    assert_eq!(read.metadata().get("etag"), None);
}

#[tokio::test]
async fn the_routing_header_can_name_the_resource() {
    let keys = GrpcKeys::routing_header("name").write("/notes.Notes/Update");
    let layer = ConditionalLayer::guarded(MemoryStore::new(), tokio_spawn).key(keys);
    let server = serve!(layer, Book::guarded());
    let mut client = client(server).await;
    let routed = |name: &str, condition| {
        let params = format!("name={name}&x=y");
        let params = [
            ("x-goog-request-params", params.as_str()),
            ("if-match", condition),
        ];
        call(note("x"), &params)
    };
    let first = call(note("x"), &[("x-goog-request-params", "name=notes%2F1")]);
    client.update(first).await.expect("written");
    client
        .update(routed("notes%2f1", "\"1\""))
        .await
        .expect("written");
    let other = refused(client.update(routed("notes%2F2", "\"2\"")).await);
    assert_eq!(other.code(), Code::Aborted);
    let unnamed = refused(client.update(routed("", "\"2\"")).await);
    assert_eq!(unnamed.code(), Code::InvalidArgument);
}
