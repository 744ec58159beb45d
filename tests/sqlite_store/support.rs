//! A database in a folder of its own, and the store's words without their key type.

use std::{path::PathBuf, time::Duration};

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions};
use tempfile::TempDir;
use tower_conditional::{
    BoxError, Current, Version, VersionStore,
    store::{
        Change, CommitError, Effect, Guard, GuardedStore,
        sqlite::{JoinedTransaction, SqliteGuard, SqliteStore, SqliteStoreError, Transaction},
    },
};

pub(crate) struct Database {
    folder: TempDir,
    pub(crate) journal: SqliteJournalMode,
}

impl Database {
    pub(crate) fn new() -> Self {
        Self {
            folder: TempDir::new().unwrap(),
            journal: SqliteJournalMode::Wal,
        }
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("app.db")
    }

    pub(crate) fn guards(&self) -> PathBuf {
        self.folder.path().join("app.db-guards")
    }

    pub(crate) fn options(&self) -> SqliteConnectOptions {
        options(self.path()).journal_mode(self.journal)
    }

    pub(crate) fn pool(&self) -> SqlitePool {
        pool(self.options())
    }

    /// A store as a process of its own would have it: nothing is shared but the file.
    pub(crate) async fn store(&self) -> SqliteStore {
        let store = SqliteStore::new(self.pool());
        store.migrate().await.unwrap();
        store
    }

    /// One that does not wait for long.
    pub(crate) async fn hasty_store(&self) -> SqliteStore {
        self.store().await.busy_timeout(Duration::from_millis(100))
    }
}

pub(crate) fn options(path: PathBuf) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .busy_timeout(Duration::from_secs(20))
}

pub(crate) fn pool(options: SqliteConnectOptions) -> SqlitePool {
    SqlitePoolOptions::new()
        .max_connections(4)
        .connect_lazy_with(options)
}

pub(crate) type Key = Vec<u8>;

pub(crate) async fn current(store: &SqliteStore, key: impl AsRef<[u8]>) -> Current {
    store.current(key.as_ref().to_vec()).await.unwrap()
}

pub(crate) async fn adopt(store: &SqliteStore, key: impl AsRef<[u8]>) -> Current {
    store.adopt(key.as_ref().to_vec()).unwrap().await.unwrap()
}

pub(crate) async fn raise(store: &SqliteStore, key: impl AsRef<[u8]>, effect: Effect) -> Current {
    store.raise(key.as_ref().to_vec(), effect).await.unwrap()
}

pub(crate) async fn try_begin(
    store: &SqliteStore,
    key: impl AsRef<[u8]>,
) -> Result<SqliteGuard, BoxError> {
    store.begin(key.as_ref().to_vec()).await
}

pub(crate) async fn begin(store: &SqliteStore, key: impl AsRef<[u8]>) -> SqliteGuard {
    try_begin(store, key).await.unwrap()
}

pub(crate) async fn arm(guard: SqliteGuard) -> SqliteGuard {
    Guard::<Key>::arm(guard).await.unwrap()
}

/// A guard whose handler may be running.
pub(crate) async fn armed(store: &SqliteStore, key: impl AsRef<[u8]>) -> SqliteGuard {
    arm(begin(store, key).await).await
}

pub(crate) fn seen(guard: &SqliteGuard) -> Current {
    Guard::<Key>::current(guard)
}

pub(crate) async fn try_commit(guard: SqliteGuard, effect: Effect) -> Result<Version, CommitError> {
    Guard::<Key>::commit(guard, Change::new(effect)).await
}

pub(crate) async fn commit(guard: SqliteGuard, effect: Effect) -> u64 {
    try_commit(guard, effect).await.unwrap().get()
}

pub(crate) async fn release(guard: SqliteGuard) {
    Guard::<Key>::release(guard).await.unwrap();
}

/// A whole guarded write.
pub(crate) async fn write(store: &SqliteStore, key: impl AsRef<[u8]>) -> u64 {
    commit(armed(store, key).await, Effect::Written).await
}

pub(crate) async fn delete(store: &SqliteStore, key: impl AsRef<[u8]>) -> u64 {
    commit(armed(store, key).await, Effect::Deleted).await
}

/// What the guard lends to its handler.
pub(crate) fn lent(guard: &SqliteGuard) -> Transaction {
    let mut extensions = http::Extensions::new();
    Guard::<Key>::lend(guard, &mut extensions);
    extensions.remove().unwrap()
}

pub(crate) async fn join(guard: &SqliteGuard) -> Result<JoinedTransaction, SqliteStoreError> {
    lent(guard).begin().await
}

/// The version, of a key that is present and has no guard.
pub(crate) fn version(current: Current) -> u64 {
    match current {
        Current::Present(validators) if !validators.is_being_written => validators.version.get(),
        other => panic!("{other:?} is not simply present"),
    }
}

/// The version, of a key that is present under an armed guard.
pub(crate) fn version_being_written(current: Current) -> u64 {
    match current {
        Current::Present(validators) if validators.is_being_written => validators.version.get(),
        other => panic!("{other:?} is not being written"),
    }
}

/// Waits until something is true that other tasks make so; a minute is not enough for nothing.
pub(crate) async fn eventually(is_true: impl Fn() -> bool) {
    for _ in 0..6000 {
        if is_true() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("it has not come true in a minute");
}
