//! What the tests of the store have in common.

use std::time::Duration;

use sqlx::PgPool;
use tower_conditional::{
    Current, Version,
    store::{
        Change, CommitError, Effect, Guard, GuardedStore, VersionStore,
        postgres::{PostgresGuard, PostgresStore},
    },
};

use crate::server::Server;

/// Nothing here takes that long; a test that would hang fails instead.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

/// A database with a ledger in it, and an application's pool.
pub(crate) struct Database {
    pub(crate) name: String,
    pub(crate) pool: PgPool,
    pub(crate) store: PostgresStore,
}

impl Database {
    pub(crate) async fn new(server: &Server) -> Self {
        let database = Self::empty(server).await;
        let migrated = database.store.migrate().await;
        migrated.expect("the ledger can be created");
        database
    }

    /// The same without the ledger.
    pub(crate) async fn empty(server: &Server) -> Self {
        let name = server.create_database().await;
        let pool = server.pool(&name, 5);
        let store = PostgresStore::new(pool.clone());
        Self { name, pool, store }
    }

    /// Another process's store on the same ledger: nothing is shared but the database.
    pub(crate) fn other_process(&self, server: &Server) -> PostgresStore {
        PostgresStore::new(server.pool(&self.name, 5))
    }
}

pub(crate) async fn current(store: &PostgresStore, key: &str) -> Current {
    store.current(key).await.expect("the database answers")
}

pub(crate) async fn adopt(store: &PostgresStore, key: &str) -> Current {
    let adopted = VersionStore::adopt(store, key).expect("the store adopts");
    adopted.await.expect("the database answers")
}

/// A guard that is armed.
pub(crate) async fn armed(store: &PostgresStore, key: &str) -> PostgresGuard {
    let guard = store.begin(key).await.expect("the key is free");
    arm(guard).await
}

pub(crate) async fn arm(guard: PostgresGuard) -> PostgresGuard {
    let armed = Guard::<&str>::arm(guard).await;
    armed.expect("the database takes the intent")
}

pub(crate) async fn commit(guard: PostgresGuard, effect: Effect) -> Result<Version, CommitError> {
    Guard::<&str>::commit(guard, Change::new(effect)).await
}

/// One guarded write.
pub(crate) async fn write(store: &PostgresStore, key: &str) -> Version {
    let guard = armed(store, key).await;
    commit(guard, Effect::Written).await.expect("it commits")
}

pub(crate) async fn release(guard: PostgresGuard) {
    let released = Guard::<&str>::release(guard).await;
    released.expect("the guard was not lost");
}

pub(crate) async fn execute(pool: &PgPool, statement: &'static str) {
    sqlx::raw_sql(statement)
        .execute(pool)
        .await
        .expect("the statement runs");
}

/// The backends that hold advisory locks in the pool's database, and how many each.
pub(crate) async fn lock_holders(pool: &PgPool) -> Vec<(i32, i64)> {
    sqlx::query_as(
        "SELECT pid, count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted AND database = \
         (SELECT oid FROM pg_database WHERE datname = current_database()) GROUP BY pid",
    )
    .fetch_all(pool)
    .await
    .expect("the locks can be read")
}

/// The backend of the one guard that is held: it has its session's lock and its key's.
pub(crate) async fn guards_backend(pool: &PgPool) -> i32 {
    let holders = lock_holders(pool).await;
    let mut guards = holders.iter().filter(|(_, locks)| *locks == 2);
    match (guards.next(), guards.next()) {
        (Some((pid, _)), None) => *pid,
        _ => panic!("not one guard: {holders:?}"),
    }
}
