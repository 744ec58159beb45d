//! Calls that stream: passed where no guard was asked for, refused where one was.

use std::time::Duration;

use futures_util::{StreamExt, stream};
use tonic::{Code, Request};
use tonic_types::StatusExt;
use tower_conditional::{ConditionalLayer, MemoryStore, tokio_spawn};

use crate::{
    notes::GetRequest,
    service::{Book, NAME, call, client, get, keys, note, refused, serve, tag_of, update},
};

#[tokio::test]
async fn streaming_methods_that_are_not_listed_pass() {
    let book = Book::guarded();
    book.put(NAME, "old");
    let layer = ConditionalLayer::guarded(MemoryStore::new(), tokio_spawn).key(keys());
    let server = serve!(layer, book.clone());
    let mut client = client(server).await;
    let watched = client.watch(get(&[])).await.expect("notes").into_inner();
    assert_eq!(watched.count().await, 2);
    let notes = stream::iter([note("one"), note("two")]);
    let appended = client.append(Request::new(notes)).await.expect("a note");
    assert_eq!(appended.get_ref().text, "two");
    let edited = client
        .edit(Request::new(stream::iter([note("three")])))
        .await;
    assert_eq!(edited.expect("notes").into_inner().count().await, 1);
    assert_eq!(book.text(NAME).as_deref(), Some("three"));
}

#[tokio::test]
async fn a_stream_of_reads_may_be_listed_as_a_read() {
    let book = Book::guarded();
    let layer = ConditionalLayer::guarded(MemoryStore::new(), tokio_spawn);
    let server = serve!(layer.key(keys().read("/notes.Notes/Watch")), book);
    let mut client = client(server).await;
    client.update(update("one", &[])).await.expect("written");
    let watched = client.watch(get(&[])).await.expect("notes");
    assert_eq!(tag_of(&watched), Some("\"1\""));
    assert_eq!(watched.into_inner().count().await, 2);
    let stale = refused(client.watch(get(&[("if-match", "\"7\"")])).await);
    assert_eq!(stale.code(), Code::Aborted);
}

#[tokio::test]
async fn a_read_that_fails_behind_its_head_makes_nothing_known() {
    let book = Book::guarded();
    let layer = ConditionalLayer::guarded(MemoryStore::new(), tokio_spawn);
    let server = serve!(layer.key(keys().read("/notes.Notes/Watch")), book.clone());
    let mut client = client(server).await;
    let late = || {
        let name = format!("late {NAME}");
        call(GetRequest { name }, &[])
    };
    let watched = client.watch(late()).await.expect("a stream");
    let failed = watched.into_inner().next().await.expect("a status");
    assert_eq!(failed.expect_err("none").code(), Code::NotFound);
    // There is no such note, so it can be created.
    let created = client
        .update(update("one", &[("if-none-match", "*")]))
        .await;
    assert_eq!(tag_of(&created.expect("created")), Some("\"1\""));
}

#[tokio::test]
async fn a_read_that_streams_makes_its_resource_known_by_its_first_message() {
    let book = Book::guarded();
    book.put(NAME, "old");
    let layer = ConditionalLayer::guarded(MemoryStore::new(), tokio_spawn);
    let server = serve!(layer.key(keys().read("/notes.Notes/Watch")), book);
    let mut client = client(server).await;
    for tag in [None, Some("\"1\"")] {
        let watched = client.watch(get(&[])).await.expect("notes");
        assert_eq!(tag_of(&watched), tag);
        let notes = watched.into_inner().map(|note| note.expect("a note").text);
        assert_eq!(notes.collect::<Vec<_>>().await, ["old", "old"]);
    }
}

#[tokio::test]
async fn a_declared_streaming_write_is_refused_by_a_guard_before_anything_runs() {
    let book = Book::guarded();
    let keys = keys()
        .streaming_write("/notes.Notes/Append")
        .streaming_write("/notes.Notes/Edit");
    let layer = ConditionalLayer::guarded(MemoryStore::new(), tokio_spawn);
    let server = serve!(layer.key(keys), book.clone());
    let mut client = client(server).await;
    let status = refused(client.append(call(stream::iter([note("one")]), &[])).await);
    assert_eq!(status.code(), Code::Unimplemented);
    let details = status.get_error_details();
    assert_eq!(
        details.error_info().expect("an ErrorInfo").reason,
        "NOT_UNARY"
    );
    // The client never ends its stream.
    let endless = stream::iter([note("one")]).chain(stream::pending());
    let status = refused(client.edit(call(endless, &[])).await);
    assert_eq!(status.code(), Code::Unimplemented);
    assert_eq!(book.runs(), 0);
}

#[tokio::test]
async fn a_streaming_write_that_compares_and_sets_passes_with_its_permit() {
    let store = MemoryStore::new();
    let book = Book::comparing(&store);
    let keys = keys().streaming_write("/notes.Notes/Append");
    let server = serve!(ConditionalLayer::new(store).key(keys), book.clone());
    let mut client = client(server).await;
    let stale = call(stream::iter([note("one")]), &[("if-match", "\"7\"")]);
    assert_eq!(refused(client.append(stale).await).code(), Code::Aborted);
    assert_eq!(book.runs(), 0);
    let appended = client.append(call(stream::iter([note("one")]), &[])).await;
    assert_eq!(appended.expect("a note").get_ref().text, "one");
}

#[tokio::test]
async fn what_streams_though_it_is_listed_as_a_write_is_refused() {
    let book = Book::guarded();
    let keys = keys()
        .write("/notes.Notes/Append")
        .write("/notes.Notes/Edit");
    let layer = ConditionalLayer::guarded(MemoryStore::new(), tokio_spawn)
        .wait_limit(Duration::from_millis(200));
    let server = serve!(layer.key(keys), book.clone());
    let mut client = client(server).await;
    let twice = || stream::iter([note("one"), note("two")]);
    let status = refused(client.append(call(twice(), &[])).await);
    assert_eq!(status.code(), Code::Unimplemented);
    // At the second message, not at the end.
    let status = refused(
        client
            .edit(call(twice().chain(stream::pending()), &[]))
            .await,
    );
    assert_eq!(status.code(), Code::Unimplemented);
    // A client that waits for the answer to its first message does not wait for ever.
    let waiting = stream::iter([note("one")]).chain(stream::pending());
    let status = refused(client.edit(call(waiting, &[])).await);
    assert_eq!(status.code(), Code::Unimplemented);
    let status = refused(client.append(call(stream::iter([]), &[])).await);
    assert_eq!(status.code(), Code::Unimplemented);
    assert_eq!((book.runs(), book.text(NAME)), (0, None));
}

#[tokio::test]
async fn an_answer_that_streams_leaves_the_outcome_unknown() {
    let book = Book::guarded();
    let layer = ConditionalLayer::guarded(MemoryStore::new(), tokio_spawn);
    let server = serve!(layer.key(keys().write("/notes.Notes/Watch")), book);
    let mut client = client(server).await;
    client.update(update("one", &[])).await.expect("written");
    let status = refused(client.watch(get(&[("if-match", "\"1\"")])).await);
    assert_eq!(status.code(), Code::Unknown);
    let details = status.get_error_details();
    assert_eq!(
        details.error_info().expect("an ErrorInfo").reason,
        "OUTCOME_UNKNOWN"
    );
    let stale = refused(client.update(update("x", &[("if-match", "\"1\"")])).await);
    assert_eq!(stale.code(), Code::Aborted);
}
