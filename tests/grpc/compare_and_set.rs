//! Handlers that compare and set.

use std::sync::{Arc, Mutex};

use tonic::Code;
use tonic_types::StatusExt;
use tower_conditional::{ConditionalLayer, EventKind, MemoryStore, Version, store_fn};

use crate::service::{Book, NAME, client, get, keys, refused, serve, tag, tag_of, update};

#[tokio::test]
async fn a_read_has_its_tag_in_the_initial_metadata_and_a_write_in_the_trailers() {
    let store = MemoryStore::new();
    let layer = ConditionalLayer::new(store.clone()).cache_control("no-cache");
    let server = serve!(layer.key(keys()), Book::comparing(&store));
    let mut client = client(server).await;

    let written = client.update(update("one", &[])).await.expect("written");
    assert_eq!(tag_of(&written), Some("\"1\""));
    let read = client.get(get(&[])).await.expect("read");
    assert_eq!(tag_of(&read), Some("\"1\""));
    assert_eq!(read.metadata().get("cache-control"), None);
    assert_eq!(read.metadata().get("last-modified"), None);

    let written = client.update(update("two", &[("if-match", "\"1\"")])).await;
    assert_eq!(tag_of(&written.expect("written")), Some("\"2\""));
}

#[tokio::test]
async fn a_failed_precondition_is_aborted_with_the_current_tag_and_details() {
    let store = MemoryStore::new();
    let book = Book::comparing(&store);
    let layer = ConditionalLayer::new(store.clone()).key(keys());
    let server = serve!(layer, book.clone());
    let mut client = client(server).await;
    for text in ["one", "two"] {
        client.update(update(text, &[])).await.expect("written");
    }

    let status = refused(
        client
            .update(update("stale", &[("if-match", "\"1\"")]))
            .await,
    );
    assert_eq!(status.code(), Code::Aborted);
    assert_eq!(tag(status.metadata()), Some("\"2\""));
    assert!(
        status.message().starts_with("If-Match does not match"),
        "{status}"
    );
    let details = status.get_error_details();
    let info = details.error_info().expect("an ErrorInfo");
    assert_eq!(info.reason, "PRECONDITION_FAILED");
    assert_eq!(info.domain, "tower-conditional");
    assert_eq!(info.metadata["etag"], "\"2\"");
    assert_eq!(info.metadata["field"], "if-match");
    let failure = details
        .precondition_failure()
        .expect("a PreconditionFailure");
    assert_eq!(failure.violations.len(), 1);
    assert_eq!(failure.violations[0].r#type, "ETAG");
    assert_eq!(failure.violations[0].subject, "if-match");
    assert_eq!(failure.violations[0].description, status.message());
    assert_eq!(book.runs(), 2);

    // The lines of a field are one list, on reads too.
    let lines = [("if-match", "\"7\""), ("if-match", "\"8\", \"2\"")];
    let written = client.update(update("listed", &lines)).await;
    assert_eq!(tag_of(&written.expect("written")), Some("\"3\""));
    let status = refused(client.get(get(&[("if-match", "\"2\"")])).await);
    assert_eq!(status.code(), Code::Aborted);
    assert_eq!(tag(status.metadata()), Some("\"3\""));
    let read = client.get(get(&[("if-match", "\"3\"")])).await;
    assert_eq!(tag_of(&read.expect("read")), Some("\"3\""));
}

#[tokio::test]
async fn if_none_match_creates_and_is_ignored_on_reads() {
    let store = MemoryStore::new();
    let book = Book::comparing(&store);
    let server = serve!(ConditionalLayer::new(store).key(keys()), book.clone());
    let mut client = client(server).await;
    let create = [("if-none-match", "*")];

    let created = client.update(update("one", &create)).await;
    assert_eq!(tag_of(&created.expect("created")), Some("\"1\""));
    let status = refused(client.update(update("again", &create)).await);
    assert_eq!(status.code(), Code::Aborted);
    assert_eq!(tag(status.metadata()), Some("\"1\""));
    assert_eq!(book.text(NAME).as_deref(), Some("one"));

    // gRPC has no 304: what HTTP would answer so is read.
    for conditions in [
        &[("if-none-match", "\"1\"")][..],
        &[("if-none-match", "*")],
        &[("if-none-match", "malformed")],
        &[("if-modified-since", "Fri, 01 Jan 2100 00:00:00 GMT")],
        &[("range", "bytes=0-1"), ("if-range", "\"9\"")],
    ] {
        let read = client.get(get(conditions)).await.expect("read");
        assert_eq!(read.get_ref().text, "one");
        assert_eq!(tag_of(&read), Some("\"1\""));
    }
}

#[tokio::test]
async fn a_handler_that_lost_a_race_keeps_its_words_and_tells_what_is_current() {
    let store = MemoryStore::new();
    let book = Book::comparing(&store);
    let events = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&events);
    let layer = ConditionalLayer::new(store)
        .key(keys())
        .on_event(move |event| {
            if let EventKind::Written(status, version) = event.kind {
                let written = (status.as_u16(), version);
                heard.lock().expect("events").push(written);
            }
        });
    let server = serve!(layer, book.clone());
    let mut client = client(server).await;
    client.update(update("one", &[])).await.expect("written");

    let status = refused(
        client
            .update(update("race", &[("if-match", "\"1\"")]))
            .await,
    );
    let told = [(200, Some(Version::new(1))), (409, None)];
    assert_eq!(*events.lock().expect("events"), told);
    assert_eq!(status.code(), Code::Aborted);
    assert_eq!(status.message(), "100 % lost");
    assert_eq!(tag(status.metadata()), Some("\"2\""));
    let info = status.get_error_details();
    assert_eq!(info.error_info().expect("an ErrorInfo").reason, "CONFLICT");
    assert_eq!(book.text(NAME).as_deref(), Some("another's"));
}

#[tokio::test]
async fn no_tag_stands_where_no_commit_is_known() {
    let events = Arc::new(Mutex::new(Vec::new()));
    let store = MemoryStore::new();
    let heard = Arc::clone(&events);
    let layer = ConditionalLayer::new(store.clone())
        .key(keys())
        .on_event(move |event| {
            let mut heard = heard.lock().expect("events");
            match event.kind {
                EventKind::CommitMissing => heard.push("missing".to_owned()),
                EventKind::Undeclared(name) => heard.push(name.to_string()),
                EventKind::Written(status, _) | EventKind::Read(status, _) => {
                    heard.push(format!("{} {status}", event.method));
                }
                _ => {}
            }
        });
    let server = serve!(layer, Book::comparing(&store));
    let mut client = client(server).await;
    client
        .update(update("own tag", &[]))
        .await
        .expect("written");
    let told = |expected: &[&str]| {
        let told = std::mem::take(&mut *events.lock().expect("events"));
        assert_eq!(told, expected);
    };
    told(&["PUT 200 OK", "etag"]);

    let forgot = client
        .update(update("forget", &[("if-match", "\"1\"")]))
        .await;
    assert_eq!(tag_of(&forgot.expect("written")), None);
    told(&["missing", "PUT 200 OK"]);

    let failed = refused(
        client
            .update(update("status 13", &[("if-match", "\"2\"")]))
            .await,
    );
    assert_eq!(failed.code(), Code::Internal);
    assert_eq!(tag(failed.metadata()), None);
    told(&["PUT 500 Internal Server Error"]);

    let deleted = client.delete(get(&[("if-match", "\"2\"")])).await;
    assert_eq!(tag_of(&deleted.expect("deleted")), None);
    told(&["DELETE 200 OK"]);
    let missing = refused(client.get(get(&[])).await);
    assert_eq!(
        (missing.code(), tag(missing.metadata())),
        (Code::NotFound, None)
    );
    told(&["GET 404 Not Found"]);
    // What is deleted comes back above its last version.
    let created = client
        .update(update("new", &[("if-none-match", "*")]))
        .await;
    assert_eq!(tag_of(&created.expect("created")), Some("\"4\""));
}

#[tokio::test]
async fn a_forgotten_commit_is_an_error_where_commits_are_strict() {
    let store = MemoryStore::new();
    let layer = ConditionalLayer::new(store.clone())
        .key(keys())
        .strict_commits();
    let server = serve!(layer, Book::comparing(&store));
    let mut client = client(server).await;
    client.update(update("one", &[])).await.expect("written");
    let status = refused(client.update(update("forget", &[("if-match", "*")])).await);
    assert_eq!(status.code(), Code::Internal);
}

#[tokio::test]
async fn a_read_that_failed_has_no_tag() {
    let store = store_fn(|_: tower_conditional::PathKey| async { Version::new(5) });
    let server = serve!(ConditionalLayer::new(store).key(keys()), Book::guarded());
    let status = refused(client(server).await.get(get(&[])).await);
    assert_eq!(status.code(), Code::NotFound);
    assert_eq!(tag(status.metadata()), None);
}

#[tokio::test]
async fn what_is_declared_for_http_is_not_asked_for_calls() {
    let store = MemoryStore::new();
    let layer = ConditionalLayer::new(store.clone())
        .key(keys())
        .declare(|_, _| panic!("a call has no such fields"));
    let server = serve!(layer, Book::comparing(&store));
    let mut client = client(server).await;
    client.update(update("one", &[])).await.expect("written");
    let read = client.get(get(&[])).await.expect("read");
    assert_eq!(tag_of(&read), Some("\"1\""));
}
