//! Many writers at once.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use futures_util::FutureExt;
use sqlx::sqlite::SqlitePoolOptions;
use tokio::{sync::Mutex, task::JoinSet};
use tower_conditional::store::{Busy, Effect, sqlite::SqliteStore};

use crate::support::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_writers_of_a_key_come_in_order_and_take_no_connection() {
    let database = Database::new();
    let one = SqlitePoolOptions::new().max_connections(1);
    let pool = one.connect_lazy_with(database.options());
    let store = SqliteStore::new(pool.clone());
    store.migrate().await.unwrap();
    let first = armed(&store, "a").await;
    let order = Arc::new(Mutex::new(Vec::new()));
    let mut writers = JoinSet::new();
    for number in 0..1000_u64 {
        let (store, order) = (store.clone(), Arc::clone(&order));
        let mut begun = Box::pin(async move { try_begin(&store, "a").await });
        // In line as soon as it was polled once.
        assert!((&mut begun).now_or_never().is_none());
        writers.spawn(async move {
            let guard = begun.await.unwrap();
            order.lock().await.push(number);
            release(guard).await;
        });
    }
    // The only connection of the pool is the handler's.
    let handlers = tokio::time::timeout(Duration::from_secs(20), pool.acquire());
    drop(handlers.await.unwrap().unwrap());
    assert_eq!(
        write(&store, "b").await,
        1,
        "other keys are not in that line"
    );
    assert_eq!(commit(first, Effect::Written).await, 1);
    while let Some(writer) = writers.join_next().await {
        writer.unwrap();
    }
    assert_eq!(*order.lock().await, (0..1000).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_line_has_an_end() {
    let database = Database::new();
    let store = database.store().await;
    let guard = begin(&store, "a").await;
    let mut waiting = Vec::new();
    for _ in 0..1024 {
        let mut begun = Box::pin(try_begin(&store, "a"));
        assert!((&mut begun).now_or_never().is_none());
        waiting.push(begun);
    }
    let busy = try_begin(&store, "a").await.unwrap_err();
    assert!(busy.is::<Busy>(), "{busy}");
    drop(guard);
    drop(waiting);
    assert_eq!(write(&store, "a").await, 1);
}

/// Reads, lets others run, writes back: loses updates unless it has the key to itself.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_increment_is_lost_between_stores_and_modes() {
    let database = Database::new();
    let store = database.store().await;
    let stores = [
        store.clone(),
        store,
        database.store().await,
        database.store().await.joined_only(),
    ];
    let counter = Arc::new(std::sync::Mutex::new(0_u64));
    let mut writers = JoinSet::new();
    for store in stores {
        // A store waits for as long as the others need for all they do.
        let store = store.busy_timeout(Duration::from_mins(1));
        let counter = Arc::clone(&counter);
        writers.spawn(async move {
            let mut made = Vec::new();
            for round in 0..50 {
                let guard = armed(&store, "a").await;
                let value = *counter.lock().unwrap();
                tokio::time::sleep(Duration::from_micros(100)).await;
                if round % 5 == 4 {
                    release(guard).await;
                    continue;
                }
                *counter.lock().unwrap() = value + 1;
                made.push(commit(guard, Effect::Written).await);
            }
            made
        });
    }
    let mut versions = Vec::new();
    while let Some(made) = writers.join_next().await {
        versions.extend(made.unwrap());
    }
    versions.sort_unstable();
    assert_eq!(versions, (1..=160).collect::<Vec<_>>());
    assert_eq!(*counter.lock().unwrap(), 160);
}

/// A reader may find the intent of a guard that has ended when it asks whether its owner lives.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_reader_takes_a_guard_that_ends_in_order_for_a_lost_one() {
    let database = Database::new();
    let (store, other) = (database.store().await, database.store().await);
    write(&store, "a").await;
    let is_over = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let mut readers = JoinSet::new();
    for store in [store.clone(), store.clone(), other] {
        let is_over = Arc::clone(&is_over);
        readers.spawn(async move {
            let mut last = None;
            while !is_over.load(std::sync::atomic::Ordering::Relaxed) {
                let version = current(&store, "a").await.version();
                assert!(
                    version.is_some() && version >= last,
                    "{version:?} after {last:?}"
                );
                last = version;
            }
        });
    }
    for round in 0..400 {
        let guard = armed(&store, "a").await;
        if round % 4 == 0 {
            release(guard).await;
        } else {
            commit(guard, Effect::Written).await;
        }
    }
    is_over.store(true, std::sync::atomic::Ordering::Relaxed);
    while let Some(reader) = readers.join_next().await {
        reader.unwrap();
    }
}

#[tokio::test]
async fn a_key_that_is_held_holds_up_no_other() {
    let database = Database::new();
    let store = database.store().await;
    let _held = (armed(&store, "held").await, begin(&store, "begun").await);
    let mut keys = BTreeSet::new();
    for number in 0..200 {
        let key = number.to_string();
        assert_eq!(write(&store, &key).await, 1);
        keys.insert(key);
    }
    assert_eq!(keys.len(), 200);
}
