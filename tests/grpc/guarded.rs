//! Handlers that know nothing of versions.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use tonic::Code;
use tonic_types::StatusExt;
use tower_conditional::{ConditionalLayer, EventKind, MemoryStore, tokio_spawn};

use crate::service::{
    Book, NAME, call, client, get, keys, note, refused, serve, tag, tag_of, update,
};

#[tokio::test]
async fn a_write_commits_and_its_tag_stands_in_the_trailers() {
    let book = Book::guarded();
    let layer = ConditionalLayer::guarded(MemoryStore::new(), tokio_spawn).key(keys());
    let server = serve!(layer, book.clone());
    let mut client = client(server).await;
    let written = client.update(update("one", &[])).await.expect("written");
    assert_eq!(written.get_ref().text, "one");
    assert_eq!(tag_of(&written), Some("\"1\""));
    let own = client
        .update(update("own tag", &[("if-match", "\"1\"")]))
        .await;
    assert_eq!(tag_of(&own.expect("written")), Some("\"2\""));

    let status = refused(
        client
            .update(update("stale", &[("if-match", "\"1\"")]))
            .await,
    );
    assert_eq!(status.code(), Code::Aborted);
    assert_eq!(tag(status.metadata()), Some("\"2\""));
    assert!(status.get_error_details().precondition_failure().is_some());
    let read = client.get(get(&[])).await.expect("read");
    assert_eq!(
        (read.get_ref().text.as_str(), tag_of(&read)),
        ("own tag", Some("\"2\""))
    );
    assert_eq!(book.runs(), 3);
}

#[tokio::test]
async fn a_status_that_says_nothing_was_done_releases_and_another_leaves_it_unknown() {
    let layer = ConditionalLayer::guarded(MemoryStore::new(), tokio_spawn).key(keys());
    let server = serve!(layer, Book::guarded());
    let mut client = client(server).await;
    client.update(update("one", &[])).await.expect("written");
    for code in [3, 5, 6, 7, 8, 9, 10, 11, 12, 16] {
        let text = format!("status {code}");
        let status = refused(client.update(update(&text, &[("if-match", "\"1\"")])).await);
        assert_eq!(status.code(), Code::from_i32(code));
        assert_eq!(status.message(), "as it was told");
        let expected = (code == 10).then_some("\"1\"");
        assert_eq!(tag(status.metadata()), expected, "{code}");
        let read = client.get(get(&[])).await.expect("read");
        assert_eq!(tag_of(&read), Some("\"1\""), "{code}");
    }
    for code in [1, 2, 4, 13, 14, 15] {
        let before = client.get(get(&[])).await.expect("read");
        let before = tag_of(&before).expect("a tag").to_owned();
        let text = format!("status {code}");
        let status = refused(client.update(update(&text, &[("if-match", &before)])).await);
        assert_eq!(status.code(), Code::from_i32(code));
        assert_eq!(tag(status.metadata()), None, "{code}");
        // No old tag is valid, and the read that makes the note known finds a new version.
        let stale = refused(client.update(update("x", &[("if-match", &before)])).await);
        assert_eq!(stale.code(), Code::Aborted, "{code}");
        assert_eq!(tag(stale.metadata()), None, "{code}");
        let unknown = client.get(get(&[])).await.expect("read");
        assert_eq!(tag_of(&unknown), None, "{code}");
        let known = client.get(get(&[])).await.expect("read");
        let after = tag_of(&known).expect("a tag");
        assert!(after != before, "{code}");
    }
}

#[tokio::test]
async fn a_panic_leaves_the_outcome_unknown() {
    let layer = ConditionalLayer::guarded(MemoryStore::new(), tokio_spawn).key(keys());
    let server = serve!(layer, Book::guarded());
    let mut one = client(server).await;
    one.update(update("one", &[])).await.expect("written");
    refused(one.update(update("panic", &[])).await);
    let mut other = client(server).await;
    let stale = refused(other.update(update("x", &[("if-match", "\"1\"")])).await);
    assert_eq!(stale.code(), Code::Aborted);
}

#[tokio::test]
async fn a_deletion_leaves_a_tombstone() {
    let book = Book::guarded();
    let layer = ConditionalLayer::guarded(MemoryStore::new(), tokio_spawn).key(keys());
    let server = serve!(layer, book.clone());
    let mut client = client(server).await;
    client.update(update("one", &[])).await.expect("written");
    let stale = refused(client.delete(get(&[("if-match", "\"7\"")])).await);
    assert_eq!(stale.code(), Code::Aborted);
    let deleted = client.delete(get(&[("if-match", "\"1\"")])).await;
    assert_eq!(tag_of(&deleted.expect("deleted")), None);
    assert_eq!(book.text(NAME), None);

    // It is missing: an update under If-Match fails, and a deletion is what it would be without.
    let runs = book.runs();
    let gone = refused(client.update(update("x", &[("if-match", "\"1\"")])).await);
    assert_eq!((gone.code(), tag(gone.metadata())), (Code::Aborted, None));
    let gone = refused(client.delete(get(&[("if-match", "\"1\"")])).await);
    assert_eq!(gone.code(), Code::NotFound);
    assert_eq!(book.runs(), runs);
    let created = client
        .update(update("two", &[("if-none-match", "*")]))
        .await;
    assert_eq!(tag_of(&created.expect("created")), Some("\"3\""));
}

#[tokio::test]
async fn of_writers_with_one_tag_one_wins() {
    let layer = ConditionalLayer::guarded(MemoryStore::new(), tokio_spawn).key(keys());
    let server = serve!(layer, Book::guarded());
    let mut first = client(server).await;
    first.update(update("one", &[])).await.expect("written");
    let writers = (0..8).map(|number| {
        let mut client = first.clone();
        tokio::spawn(async move {
            let text = format!("by {number}");
            client.update(update(&text, &[("if-match", "\"1\"")])).await
        })
    });
    let mut won = 0;
    for writer in writers.collect::<Vec<_>>() {
        match writer.await.expect("it ran") {
            Ok(written) => {
                assert_eq!(tag_of(&written), Some("\"2\""));
                won += 1;
            }
            Err(status) => assert_eq!(status.code(), Code::Aborted),
        }
    }
    assert_eq!(won, 1);
}

#[tokio::test]
async fn who_waits_too_long_is_unavailable_and_a_deadline_does_not_stop_a_write() {
    let book = Book::guarded();
    let layer = ConditionalLayer::guarded(MemoryStore::new(), tokio_spawn)
        .wait_limit(Duration::from_millis(100))
        .key(keys());
    let server = serve!(layer, book.clone());
    let mut client = client(server).await;
    let mut slow = update("wait", &[]);
    slow.set_timeout(Duration::from_millis(300));
    let mut other = client.clone();
    let slow = tokio::spawn(async move { other.update(slow).await });
    while book.runs() == 0 {
        tokio::task::yield_now().await;
    }
    let busy = refused(client.update(update("x", &[])).await);
    assert_eq!(busy.code(), Code::Unavailable);
    let details = busy.get_error_details();
    assert_eq!(details.error_info().expect("an ErrorInfo").reason, "BUSY");
    assert!(details.retry_info().is_some());
    // Its client has gone, and it is still at work.
    refused(slow.await.expect("it ran"));
    assert_eq!(book.text(NAME), None);
    book.go_on.notify_one();
    while book.text(NAME).is_none() {
        tokio::task::yield_now().await;
    }
    let next = client
        .update(update("next", &[("if-match", "\"1\"")]))
        .await;
    assert_eq!(tag_of(&next.expect("written")), Some("\"2\""));
}

#[tokio::test]
async fn what_a_write_affects_rises_with_it() {
    let book = Book::guarded();
    book.put("notes/other", "old");
    let layer = ConditionalLayer::guarded(MemoryStore::new(), tokio_spawn).key(keys());
    let server = serve!(layer, book);
    let mut client = client(server).await;
    let other = || {
        let mut request = tonic::Request::new(crate::notes::GetRequest {
            name: "notes/other".into(),
        });
        let named = "notes/other".parse().expect("a value");
        request.metadata_mut().insert("resource-name", named);
        request
    };
    client.get(other()).await.expect("read");
    let before = client.get(other()).await.expect("read");
    assert_eq!(tag_of(&before), Some("\"1\""));
    client
        .update(update("affects", &[]))
        .await
        .expect("written");
    let after = client.get(other()).await.expect("read");
    assert_eq!(tag_of(&after), Some("\"2\""));
}

#[tokio::test]
async fn neither_is_a_service_asked_nor_a_retry_recognized() {
    let events = Arc::new(Mutex::new(0));
    let heard = Arc::clone(&events);
    let book = Book::guarded();
    let layer = ConditionalLayer::guarded(MemoryStore::new(), tokio_spawn)
        .ask_service()
        .recognize_retries(|_: &tower_conditional::RequestHead<'_>| Some("ann"))
        .on_event(move |event| {
            if matches!(event.kind, EventKind::RetryRecognized(_)) {
                *heard.lock().expect("events") += 1;
            }
        })
        .key(keys());
    let server = serve!(layer, book.clone());
    let mut client = client(server).await;
    // Nobody knows whether it exists, and a GET of the method's path would run the method.
    let status = refused(client.update(update("x", &[("if-match", "*")])).await);
    assert_eq!(status.code(), Code::Aborted);
    assert_eq!(book.runs(), 0);
    client.update(update("one", &[])).await.expect("written");
    let again = || {
        call(
            note("two"),
            &[("if-match", "\"1\""), ("idempotency-key", "k")],
        )
    };
    client.update(again()).await.expect("written");
    let status = refused(client.update(again()).await);
    assert_eq!(
        (status.code(), tag(status.metadata())),
        (Code::Aborted, Some("\"2\""))
    );
    assert_eq!(*events.lock().expect("events"), 0);
}

#[tokio::test]
async fn a_message_past_the_limit_is_resource_exhausted() {
    let book = Book::guarded();
    let layer = ConditionalLayer::guarded(MemoryStore::new(), tokio_spawn)
        .body_limit(1000)
        .key(keys());
    let server = serve!(layer, book.clone());
    let mut client = client(server).await;
    let status = refused(client.update(update(&"x".repeat(2000), &[])).await);
    assert_eq!(status.code(), Code::ResourceExhausted);
    let details = status.get_error_details();
    assert_eq!(
        details.error_info().expect("an ErrorInfo").reason,
        "CONTENT_TOO_LARGE"
    );
    assert_eq!(book.runs(), 0);
    client
        .update(update(&"x".repeat(900), &[]))
        .await
        .expect("written");
}
