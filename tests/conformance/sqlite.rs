//! The ledger in a real SQLite file, under tokio.

use std::{path::Path, time::Duration};

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions};
use tempfile::TempDir;
use tower_conditional::{
    Version,
    store::{
        conformance::{self, Law, Suite, keys},
        sqlite::SqliteStore,
    },
};

/// A store as a process of its own would have it: nothing is shared but the file.
async fn open(folder: &Path) -> SqliteStore {
    let options = SqliteConnectOptions::new()
        .filename(folder.join("app.db"))
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal);
    let pool = SqlitePoolOptions::new().max_connections(4);
    let store = SqliteStore::new(pool.connect_lazy_with(options));
    store.migrate().await.unwrap();
    store
}

/// With every option, for a store that `mode` has made of the one in the folder.
async fn suite<'a>(
    folder: &'a Path,
    mode: fn(SqliteStore) -> SqliteStore,
) -> Suite<'a, SqliteStore> {
    conformance::guarded(mode(open(folder).await), keys::bytes)
        .second_instance(mode(open(folder).await))
        .drop_tombstones(async |store: SqliteStore| {
            store.prune_tombstones(Duration::ZERO).await.unwrap();
            store
        })
        .reopen(async move |store| {
            drop(store);
            mode(open(folder).await)
        })
        .last_version(Version::new(i64::MAX.unsigned_abs()))
        // Each commit is flushed to the disk.
        .many_keys(1000)
}

#[tokio::test]
async fn the_sqlite_store_keeps_every_law() {
    let folder = TempDir::new().unwrap();
    let suite = suite(folder.path(), |store| store).await;
    suite.run().await.assert();
}

#[tokio::test]
async fn where_every_handler_joins_the_sqlite_store_keeps_the_laws_of_what_can_be_rolled_back() {
    let folder = TempDir::new().unwrap();
    let suite = suite(folder.path(), SqliteStore::joined_only)
        .await
        .rolls_back();
    let one_writer = "SQLite has one writer at a time";
    let suite = suite
        .omit(Law::OtherKeys, one_writer)
        .omit(Law::RaiseWhileHeld, one_writer);
    suite.run().await.assert();
}
