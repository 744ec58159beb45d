//! What is current after each thing that can be done in order.

use std::time::{Duration, SystemTime};

use sqlx::sqlite::SqliteJournalMode;
use tower_conditional::{
    Current, Version,
    store::{Change, Effect, Fingerprint, Guard},
};

use crate::support::*;

#[tokio::test]
async fn versions_rise_by_one_and_go_on_after_a_deletion() {
    let database = Database::new();
    let store = database.store().await;
    assert_eq!(current(&store, "a").await, Current::Unknown);
    assert_eq!(write(&store, "a").await, 1);
    assert_eq!(version(current(&store, "a").await), 1);
    assert_eq!(write(&store, "a").await, 2);
    assert_eq!(delete(&store, "a").await, 3);
    assert_eq!(current(&store, "a").await, Current::Missing);
    assert_eq!(write(&store, "a").await, 4);
    assert_eq!(current(&store, "b").await, Current::Unknown);
}

#[tokio::test]
async fn versions_stay_when_the_store_is_opened_again() {
    let database = Database::new();
    write(&database.store().await, "a").await;
    let store = database.store().await;
    assert_eq!(version(current(&store, "a").await), 1);
    assert_eq!(write(&store, "a").await, 2);
}

#[tokio::test]
async fn a_database_without_a_write_ahead_log_will_do() {
    let mut database = Database::new();
    database.journal = SqliteJournalMode::Delete;
    let store = database.store().await;
    assert_eq!(write(&store, "a").await, 1);
    release(begin(&store, "a").await).await;
    drop(armed(&store, "a").await);
    assert_eq!(current(&store, "a").await, Current::Unknown);
    assert_eq!(write(&store, "a").await, 3);
}

#[tokio::test]
async fn a_guard_tells_what_is_current_and_readers_that_it_is_being_written() {
    let database = Database::new();
    let store = database.store().await;
    let guard = begin(&store, "a").await;
    assert_eq!(seen(&guard), Current::Unknown);
    commit(arm(guard).await, Effect::Written).await;

    let guard = begin(&store, "a").await;
    assert_eq!(version(seen(&guard)), 1);
    assert_eq!(version(current(&store, "a").await), 1, "not armed");
    let guard = arm(guard).await;
    assert_eq!(version_being_written(current(&store, "a").await), 1);
    commit(guard, Effect::Deleted).await;
    assert_eq!(seen(&begin(&store, "a").await), Current::Missing);
}

#[tokio::test]
async fn a_release_raises_nothing_and_leaves_an_unseen_key_unseen() {
    let database = Database::new();
    let store = database.store().await;
    release(begin(&store, "a").await).await;
    release(armed(&store, "a").await).await;
    assert_eq!(current(&store, "a").await, Current::Unknown);
    let rows = "SELECT count(*) FROM conditional_versions";
    let rows: i64 = sqlx::query_scalar(rows)
        .fetch_one(&database.pool())
        .await
        .unwrap();
    assert_eq!(rows, 0);
    assert_eq!(write(&store, "a").await, 1);
    release(armed(&store, "a").await).await;
    assert_eq!(version(current(&store, "a").await), 1);
    assert_eq!(write(&store, "a").await, 2);
}

#[tokio::test]
async fn an_unknown_outcome_is_unknown_until_it_is_read_or_written() {
    let database = Database::new();
    let store = database.store().await;
    write(&store, "a").await;
    assert_eq!(commit(armed(&store, "a").await, Effect::Unknown).await, 2);
    assert_eq!(current(&store, "a").await, Current::Unknown);
    assert_eq!(version(adopt(&store, "a").await), 2, "never issued before");
    commit(armed(&store, "a").await, Effect::Unknown).await;
    assert_eq!(write(&store, "a").await, 4);
}

#[tokio::test]
async fn a_read_adopts_what_is_unknown_and_nothing_else() {
    let database = Database::new();
    let store = database.store().await;
    assert_eq!(version(adopt(&store, "a").await), 1);
    assert_eq!(version(adopt(&store, "a").await), 1);
    write(&store, "a").await;
    assert_eq!(version(adopt(&store, "a").await), 2);
    delete(&store, "a").await;
    assert_eq!(adopt(&store, "a").await, Current::Missing);
    let guard = begin(&store, "b").await;
    assert_eq!(
        adopt(&store, "b").await,
        Current::Unknown,
        "its guard said so"
    );
    let guard = arm(guard).await;
    assert_eq!(adopt(&store, "b").await, Current::Unknown);
    assert_eq!(commit(guard, Effect::Written).await, 1);
}

#[tokio::test]
async fn a_raise_needs_no_guard_and_a_guard_commits_above_it() {
    let database = Database::new();
    let store = database.store().await;
    assert_eq!(version(raise(&store, "a", Effect::Written).await), 1);
    let guard = armed(&store, "a").await;
    assert_eq!(
        version_being_written(raise(&store, "a", Effect::Written).await),
        2
    );
    assert_eq!(raise(&store, "a", Effect::Deleted).await, Current::Missing);
    assert_eq!(commit(guard, Effect::Written).await, 4);
    assert_eq!(raise(&store, "a", Effect::Unknown).await, Current::Unknown);
    assert_eq!(write(&store, "a").await, 6);

    let guard = armed(&store, "unseen").await;
    raise(&store, "unseen", Effect::Written).await;
    release(guard).await;
    assert_eq!(version(current(&store, "unseen").await), 1);

    // Between the check and the intent, too.
    let guard = begin(&store, "a").await;
    raise(&store, "a", Effect::Written).await;
    assert_eq!(commit(arm(guard).await, Effect::Written).await, 8);
}

#[tokio::test]
async fn a_change_raises_what_it_affects() {
    let database = Database::new();
    let store = database.store().await;
    write(&store, "list").await;
    write(&store, "child").await;
    let mut change = Change::new(Effect::Deleted);
    change.affects = vec![
        (b"list".to_vec(), Effect::Written),
        (b"child".to_vec(), Effect::Deleted),
        (b"new".to_vec(), Effect::Written),
        (b"index".to_vec(), Effect::Unknown),
        (b"a".to_vec(), Effect::Written),
    ];
    armed(&store, "a").await.commit(change).await.unwrap();
    assert_eq!(
        current(&store, "a").await,
        Current::Missing,
        "not affected by itself"
    );
    assert_eq!(version(current(&store, "list").await), 2);
    assert_eq!(current(&store, "child").await, Current::Missing);
    assert_eq!(version(current(&store, "new").await), 1);
    assert_eq!(current(&store, "index").await, Current::Unknown);
}

#[tokio::test]
async fn a_version_of_the_handlers_own_counts_if_it_is_above_all() {
    let database = Database::new();
    let store = database.store().await;
    let with = |committed| {
        let mut change = Change::<Key>::new(Effect::Written);
        change.committed = Some(Version::new(committed));
        change
    };
    let guard = armed(&store, "a").await;
    assert_eq!(guard.commit(with(40)).await.unwrap().get(), 40);
    let guard = armed(&store, "a").await;
    assert_eq!(guard.commit(with(40)).await.unwrap().get(), 41);
    assert_eq!(version(current(&store, "a").await), 41);
}

#[tokio::test]
async fn the_request_that_made_a_version_is_known_while_that_version_is_current() {
    let database = Database::new();
    let store = database.store().await;
    let made_by = Some(Fingerprint::from_bytes([7; 32]));
    let mut change = Change::<Key>::new(Effect::Written);
    change.made_by = made_by;
    armed(&store, "a").await.commit(change).await.unwrap();
    let guard = armed(&store, "a").await;
    assert_eq!(Guard::<Key>::made_by(&guard), made_by);
    release(guard).await;
    raise(&store, "a", Effect::Written).await;
    assert_eq!(Guard::<Key>::made_by(&begin(&store, "a").await), None);
}

#[tokio::test]
async fn each_version_is_dated_in_a_later_second_than_the_one_before() {
    let database = Database::new();
    let store = database.store().await;
    let before = SystemTime::now() - Duration::from_millis(1);
    let mut last: Option<SystemTime> = None;
    for _ in 0..3 {
        write(&store, "a").await;
        let Current::Present(validators) = current(&store, "a").await else {
            panic!("it was written");
        };
        let modified = validators.modified.unwrap();
        assert!(modified >= before);
        if let Some(last) = last {
            let second = |time: SystemTime| time.duration_since(SystemTime::UNIX_EPOCH).unwrap();
            assert!(second(modified).as_secs() > second(last).as_secs());
        }
        last = Some(modified);
    }
}

#[tokio::test]
async fn keys_are_any_bytes_of_any_length() {
    let database = Database::new();
    let store = database.store().await;
    let long = vec![b'k'; 8192];
    let mut longer = long.clone();
    longer.push(b'k');
    let keys: [&[u8]; 9] = [
        b"",
        b"\0",
        b"\0\0",
        b"a\0b",
        b"a\0c",
        b"\xff\xfe",
        b"'; DROP TABLE x; --",
        &long,
        &longer,
    ];
    for (number, key) in keys.iter().enumerate() {
        for _ in 0..=number {
            write(&store, key).await;
        }
    }
    for (number, key) in keys.iter().enumerate() {
        assert_eq!(
            version(current(&store, key).await),
            number as u64 + 1,
            "{key:?}"
        );
    }
    assert_eq!(current(&store, b"\xff").await, Current::Unknown);
}

#[tokio::test]
async fn ledgers_of_several_names_live_in_one_file() {
    let database = Database::new();
    let store = database.store().await;
    let other = store.clone().table("Other_2").unwrap();
    other.migrate().await.unwrap();
    write(&store, "a").await;
    assert_eq!(current(&other, "a").await, Current::Unknown);
    assert_eq!(write(&other, "a").await, 1);
    assert_eq!(write(&other, "a").await, 2);
    assert_eq!(version(current(&store, "a").await), 1);
}
