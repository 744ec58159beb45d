//! Futures that are dropped at every point at which they can be.

use std::{cell::Cell, future::poll_fn, pin::pin, task::Poll};

use sqlx::SqlitePool;
use tower_conditional::{
    Current,
    store::{Effect, Guard, sqlite::SqliteStore},
};

use crate::support::*;

/// Drops `work` when it has been polled so often and is not done.
async fn polled<T>(work: impl Future<Output = T>, mut polls: u32) -> Option<T> {
    let mut work = pin!(work);
    poll_fn(|cx| {
        if polls == 0 {
            return Poll::Ready(None);
        }
        polls -= 1;
        match work.as_mut().poll(cx) {
            Poll::Ready(output) => Poll::Ready(Some(output)),
            // Dropped at once, not when it would be polled again.
            Poll::Pending if polls == 0 => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}

async fn stores() -> (Database, [SqliteStore; 2], SqliteStore, SqlitePool) {
    let database = Database::new();
    let store = database.store().await;
    let pool = database.pool();
    sqlx::query("CREATE TABLE log (version INTEGER NOT NULL UNIQUE) STRICT")
        .execute(&pool)
        .await
        .unwrap();
    let other = database.store().await;
    (database, [store.clone(), store.joined_only()], other, pool)
}

/// The highest version that the key can have had, after a write by another store: which waits for
/// nobody, so nothing was left behind.
async fn next(other: &SqliteStore, above: u64) -> u64 {
    let version = write(other, "a").await;
    assert!(version > above, "{version} after {above}");
    assert!(version <= above + 3, "{version} after {above}");
    version
}

#[tokio::test]
async fn a_write_dropped_anywhere_holds_nothing_up_and_issues_no_version_twice() {
    let (_database, stores, other, _) = stores().await;
    for store in stores {
        let mut last = write(&other, "a").await;
        let mut outcomes = [0; 3];
        for polls in 1.. {
            let done = polled(write(&store, "a"), polls).await;
            match current(&store, "a").await {
                Current::Unknown => outcomes[0] += 1,
                // A commit that was under way may be done by now, and still counts.
                Current::Present(now) if now.version.get() == last + 1 => outcomes[1] += 1,
                Current::Present(now) => {
                    outcomes[2] += 1;
                    assert_eq!(now.version.get(), last);
                }
                other => panic!("{other:?}"),
            }
            if let Some(version) = done {
                assert_eq!(version, last + 1);
                break;
            }
            last = next(&other, last).await;
        }
        assert!(outcomes[1] > 0 && outcomes[2] > 0, "{outcomes:?}");
    }
}

#[tokio::test]
async fn a_joined_write_dropped_anywhere_is_done_as_a_whole_or_not_at_all() {
    async fn work(store: &SqliteStore, is_apart: &Cell<bool>) -> u64 {
        let guard = armed(store, "a").await;
        is_apart.set(true);
        let mut transaction = join(&guard).await.unwrap();
        is_apart.set(false);
        let version = transaction.next_version().get();
        sqlx::query("INSERT INTO log (version) VALUES (?1)")
            .bind(version.cast_signed())
            .execute(&mut *transaction)
            .await
            .unwrap();
        drop(transaction);
        commit(guard, Effect::Written).await
    }
    let (_database, stores, other, pool) = stores().await;
    for (store, writes_intents) in stores.into_iter().zip([true, false]) {
        let mut last = write(&other, "a").await;
        for polls in 1.. {
            // Where a handler runs that has not joined, and may do what it likes.
            let is_apart = Cell::new(false);
            let done = polled(work(&store, &is_apart), polls).await;
            let before = last;
            if done.is_none() {
                last = next(&other, last).await;
            }
            // The other's write tells that the one that was dropped is over.
            let is_logged = sqlx::query_scalar("SELECT version FROM log WHERE version > ?1")
                .bind(before.cast_signed())
                .fetch_optional(&pool)
                .await
                .unwrap();
            match is_logged {
                None => {
                    let raised = u64::from(is_apart.get() && writes_intents);
                    assert_eq!(last, before + raised + 1, "raised by the other too");
                }
                Some(version) => {
                    let version: i64 = version;
                    assert_eq!(version.cast_unsigned(), before + 1);
                    assert!(done.is_some() || last == before + 2);
                }
            }
            if done.is_some() {
                break;
            }
        }
    }
}

#[tokio::test]
async fn a_release_dropped_anywhere_leaves_the_key_as_it_was() {
    let (_database, stores, other, _) = stores().await;
    for store in stores {
        let mut last = write(&other, "a").await;
        for polls in 1.. {
            let work = async {
                let guard = begin(&store, "a").await;
                Guard::<Key>::release(guard).await.unwrap();
            };
            let done = polled(work, polls).await;
            assert_eq!(version(current(&store, "a").await), last);
            let now = write(&other, "a").await;
            assert_eq!(now, last + 1);
            last = now;
            if done.is_some() {
                break;
            }
        }
    }
}

#[tokio::test]
async fn a_raise_and_an_adoption_dropped_anywhere_are_done_or_not_done() {
    let (_database, stores, other, _) = stores().await;
    for store in stores {
        let mut last = write(&other, "a").await;
        for polls in 1.. {
            let done = polled(raise(&store, "a", Effect::Unknown), polls).await;
            last = next(&other, last).await;
            if done.is_some() {
                break;
            }
        }
        for polls in 1.. {
            let key = format!("{polls} {store:?}");
            let done = polled(adopt(&store, &key), polls).await;
            let after = adopt(&other, &key).await;
            assert_eq!(version(after), 1);
            assert_eq!(write(&other, &key).await, 2);
            if done.is_some() {
                break;
            }
        }
    }
}

#[tokio::test]
async fn upkeep_dropped_anywhere_can_be_done_again() {
    let database = Database::new();
    let mut polls = 1;
    while polled(SqliteStore::new(database.pool()).migrate(), polls)
        .await
        .is_none()
    {
        polls += 1;
    }
    let store = database.store().await;
    for polls in 1.. {
        write(&store, "a").await;
        delete(&store, "a").await;
        // What is in the future by the clock is deleted all the same.
        sqlx::query("UPDATE conditional_versions SET modified = 0")
            .execute(&database.pool())
            .await
            .unwrap();
        let before = delete(&store, "a").await;
        sqlx::query("UPDATE conditional_versions SET modified = 0")
            .execute(&database.pool())
            .await
            .unwrap();
        let pruned = polled(store.prune_tombstones(std::time::Duration::ZERO), polls).await;
        assert_eq!(write(&store, "a").await, before + 1);
        if pruned.is_some() {
            break;
        }
    }
}

#[tokio::test]
async fn those_who_wait_can_leave_at_any_time() {
    let (_database, [store, joined_only], other, _) = stores().await;
    for store in [store, joined_only] {
        let last = write(&other, "a").await;
        let guard = armed(&store, "a").await;
        for polls in 1..20 {
            // Behind the guard's turn in this process, and behind its intent in another one. A
            // waiter is polled when it is woken: that may not be so often.
            for waiting in [&store, &other] {
                let work = polled(try_begin(waiting, "a"), polls);
                let left = tokio::time::timeout(std::time::Duration::from_millis(30), work).await;
                assert!(!matches!(left, Ok(Some(_))));
            }
        }
        assert_eq!(commit(guard, Effect::Written).await, last + 1);
        assert_eq!(write(&other, "a").await, last + 2);
        assert_eq!(write(&store, "a").await, last + 3);
    }
}
