//! Guards that are dropped, and what readers and writers then see.

use std::time::Duration;

use tower_conditional::{
    Current,
    store::{Busy, CommitErrorKind, Effect},
};

use crate::support::*;

#[tokio::test]
async fn a_guard_dropped_before_it_is_armed_has_done_nothing() {
    let database = Database::new();
    let store = database.store().await;
    drop(begin(&store, "a").await);
    assert_eq!(current(&store, "a").await, Current::Unknown);
    assert_eq!(write(&store, "a").await, 1);
    drop(begin(&store, "a").await);
    assert_eq!(version(current(&store, "a").await), 1);
    assert_eq!(write(&store, "a").await, 2);
}

#[tokio::test]
async fn a_guard_dropped_when_armed_leaves_the_key_unknown_and_the_next_version_above_its_own() {
    let database = Database::new();
    let store = database.store().await;
    write(&store, "a").await;
    drop(armed(&store, "a").await);
    assert_eq!(current(&store, "a").await, Current::Unknown);
    let guard = begin(&store, "a").await;
    assert_eq!(seen(&guard), Current::Unknown);
    release(guard).await;
    assert_eq!(current(&store, "a").await, Current::Unknown);
    assert_eq!(write(&store, "a").await, 3);
    assert_eq!(version(current(&store, "a").await), 3);

    drop(armed(&store, "unseen").await);
    assert_eq!(current(&store, "unseen").await, Current::Unknown);
    assert_eq!(write(&store, "unseen").await, 2);
}

#[tokio::test]
async fn what_a_lost_guard_left_is_adopted_with_a_version_that_was_never_issued() {
    let database = Database::new();
    let store = database.store().await;
    write(&store, "a").await;
    drop(armed(&store, "a").await);
    assert_eq!(version(adopt(&store, "a").await), 2);
    assert_eq!(write(&store, "a").await, 3);
}

#[tokio::test]
async fn a_raise_over_a_lost_guard_is_above_the_version_it_would_have_made() {
    let database = Database::new();
    let store = database.store().await;
    write(&store, "a").await;
    drop(armed(&store, "a").await);
    assert_eq!(version(raise(&store, "a", Effect::Written).await), 3);
    assert_eq!(version(current(&store, "a").await), 3);
}

/// While the runtime that it was begun in is gone, too.
#[test]
fn a_guard_can_be_dropped_anywhere() {
    let database = Database::new();
    let runtime = || tokio::runtime::Runtime::new().unwrap();
    let first = runtime();
    let store = first.block_on(database.store());
    let guard = first.block_on(armed(&store, "a"));
    first.shutdown_background();
    drop(guard);
    let second = runtime();
    let store = second.block_on(async {
        // The pool's connections belong to the runtime that is gone.
        drop(store);
        database.store().await
    });
    assert_eq!(second.block_on(current(&store, "a")), Current::Unknown);
    assert_eq!(second.block_on(write(&store, "a")), 2);
}

#[tokio::test]
async fn another_process_sees_a_lost_guard_as_soon_as_it_is_written_down() {
    let database = Database::new();
    let (one, other) = (database.store().await, database.store().await);
    write(&one, "a").await;
    drop(armed(&one, "a").await);
    // The other one waits for that, and does not take the guard for one that goes on.
    assert_eq!(write(&other, "a").await, 3);
    drop(begin(&one, "a").await);
    assert_eq!(write(&other, "a").await, 4);
}

#[tokio::test]
async fn a_store_that_is_gone_has_lost_its_guards_and_leaves_no_file() {
    let database = Database::new();
    let (one, other) = (database.store().await, database.hasty_store().await);
    write(&one, "a").await;
    let guard = armed(&one, "a").await;
    assert_eq!(version_being_written(current(&other, "a").await), 1);
    let busy = try_begin(&other, "a").await.unwrap_err();
    assert!(busy.is::<Busy>(), "{busy}");
    assert_eq!(database.guards().read_dir().unwrap().count(), 2);

    // In one go, so that the task of the first has no chance.
    drop((guard, one));
    assert_eq!(current(&other, "a").await, Current::Unknown);
    assert_eq!(write(&other, "a").await, 3);
    drop(other);
    // The task may have it for a moment.
    let is_empty = || database.guards().read_dir().unwrap().count() == 0;
    eventually(is_empty).await;
}

/// Whoever deletes the lock files makes others take living guards for lost: then outcomes are
/// unknown, and still no version is issued twice.
#[tokio::test]
async fn a_guard_that_others_took_for_lost_commits_nothing() {
    let database = Database::new();
    let (one, other) = (database.store().await, database.store().await);
    write(&one, "a").await;
    let guard = armed(&one, "a").await;
    std::fs::remove_dir_all(database.guards()).unwrap();
    assert_eq!(current(&other, "a").await, Current::Unknown);
    assert_eq!(write(&other, "a").await, 3);
    let error = try_commit(guard, Effect::Written).await.unwrap_err();
    assert_eq!(error.kind(), CommitErrorKind::Unknown);
    assert_eq!(
        current(&other, "a").await,
        Current::Unknown,
        "its effects are in there"
    );
    assert_eq!(version(adopt(&other, "a").await), 4);
    assert_eq!(version(current(&one, "a").await), 4);
}

#[tokio::test]
async fn files_of_others_in_the_folder_are_left_alone_and_those_of_dead_stores_are_not() {
    let database = Database::new();
    write(&database.store().await, "a").await;
    let file = |name: &str| database.guards().join(name);
    let kept = [file("README"), file("0123.new")];
    let removed = [
        file(&"0a".repeat(16)),
        file(&format!("{}.new", "f1".repeat(16))),
    ];
    for path in kept.iter().chain(&removed) {
        std::fs::write(path, "").unwrap();
    }
    let store = database.store().await;
    write(&store, "a").await;
    assert!(kept.iter().all(|path| path.exists()));
    assert!(!removed.iter().any(|path| path.exists()));
}

#[tokio::test]
async fn a_waiter_of_another_process_gets_the_key_when_the_guard_ends() {
    let database = Database::new();
    let (one, other) = (database.store().await, database.store().await);
    let guard = armed(&one, "a").await;
    let waiter = tokio::spawn(async move { write(&other, "a").await });
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert!(!waiter.is_finished());
    assert_eq!(commit(guard, Effect::Written).await, 1);
    assert_eq!(waiter.await.unwrap(), 2);
}
