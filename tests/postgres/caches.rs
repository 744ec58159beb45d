//! `CachedStore` in front of the ledger, emptied by the notifications of other processes.

use std::time::Duration;

use tokio::time::{sleep, timeout};
use tower_conditional::{
    Current, Version,
    store::{CachedStore, Effect, GuardedStore, PostgresStore, VersionStore},
};

use crate::{
    server::Server,
    support::{Database, PATIENCE, armed, commit},
};

const AN_HOUR: Duration = Duration::from_hours(1);

type Cached = CachedStore<PostgresStore>;

async fn version(store: &Cached, key: &'static str) -> Option<Version> {
    let found = VersionStore::<&str>::current(store, key).await;
    found.ok().and_then(|current| current.version())
}

/// Waits until reads through the cache are of this version; they must never be of another one than
/// this and the one before.
async fn until(store: &Cached, expected: Version) {
    let seen = async {
        loop {
            let version = version(store, "key").await;
            if version == Some(expected) {
                return;
            }
            let before = version.and_then(Version::next);
            assert!(version.is_none() || before == Some(expected), "{version:?}");
            sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(PATIENCE, seen).await.expect("the cache is told");
}

async fn write(store: &PostgresStore) -> Version {
    let guard = armed(store, "key").await;
    commit(guard, Effect::Written).await.expect("it commits")
}

/// How often the database is asked by reads of `key`: none by a cache that is in use.
async fn is_in_use(store: &Cached, other: &PostgresStore) -> bool {
    // A version that nobody was told of: by a ledger that does not notify.
    let before = version(store, "key").await;
    let raised = other.raise("key", Effect::Written).await;
    let raised = raised.expect("the database answers").version();
    assert_ne!(before, raised);
    version(store, "key").await == before
}

pub(crate) async fn what_another_process_commits_empties_a_cache_that_listens(server: &Server) {
    let database = Database::new(server).await;
    let other = database.other_process(server).notify();
    let cached = CachedStore::new(database.store.clone().notify(), AN_HOUR, 100);
    let listening = tokio::spawn(database.store.listen(cached.invalidator()));
    for number in 1..=20 {
        assert_eq!(write(&other).await, Version::new(number));
        until(&cached, Version::new(number)).await;
    }
    // Deleted and lost ones too.
    let guard = armed(&other, "key").await;
    commit(guard, Effect::Deleted).await.expect("it commits");
    let missing = async {
        while VersionStore::<&str>::current(&cached, "key").await.ok() != Some(Current::Missing) {
            sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(PATIENCE, missing).await.expect("the cache is told");

    // The task ends with the application's pool.
    database.pool.close().await;
    timeout(PATIENCE, listening)
        .await
        .expect("it ends")
        .expect("no panic");
}

pub(crate) async fn a_cache_that_nobody_tells_keeps_to_its_age(server: &Server) {
    let database = Database::new(server).await;
    let other = database.other_process(server);
    let cached = CachedStore::new(database.store.clone(), AN_HOUR, 100);
    write(&other).await;
    assert_eq!(version(&cached, "key").await, Some(Version::FIRST));
    assert!(is_in_use(&cached, &other).await);
    // Its own writes it knows of.
    let guard = GuardedStore::<&str>::begin(&cached, "key").await;
    let guard = guard.expect("the key is free");
    let guard = tower_conditional::store::Guard::<&str>::arm(guard).await;
    let guard = guard.expect("the database takes the intent");
    let change = tower_conditional::store::Change::<&str>::new(Effect::Written);
    let committed = tower_conditional::store::Guard::commit(guard, change).await;
    assert_eq!(
        version(&cached, "key").await,
        Some(committed.expect("it commits"))
    );
}

pub(crate) async fn while_nobody_listens_a_cache_is_out_of_use(server: &Server) {
    let database = Database::new(server).await;
    let other = database.other_process(server);
    let cached = CachedStore::new(database.store.clone(), AN_HOUR, 100);
    let invalidator = cached.invalidator();
    write(&other).await;
    assert!(is_in_use(&cached, &other).await, "nobody was to listen yet");
    let listening = tokio::spawn(database.store.listen(invalidator));
    let comes_into_use = async || {
        let in_use = async {
            while !is_in_use(&cached, &other).await {
                sleep(Duration::from_millis(20)).await;
            }
        };
        timeout(PATIENCE, in_use).await.expect("it listens");
    };
    comes_into_use().await;

    server.kill_9();
    let suspended = async {
        // An answer now could only come from memory.
        while VersionStore::<&str>::current(&cached, "key").await.is_ok() {
            sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(PATIENCE, suspended).await.expect("it is suspended");
    server.restart().await;
    // Connections of before the fall may fail once each.
    for _ in 0..10 {
        let _ = other.raise("key", Effect::Written).await;
        let _ = VersionStore::<&str>::current(&cached, "key").await;
    }
    comes_into_use().await;
    listening.abort();
}
