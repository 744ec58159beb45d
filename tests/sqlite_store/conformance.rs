//! The laws that every store passes.

use std::time::Duration;

use tower_conditional::{
    Version,
    store::{
        conformance::{Law, Suite, guarded, keys},
        sqlite::SqliteStore,
    },
};

use crate::support::*;

async fn suite(
    database: &Database,
    set: impl Fn(SqliteStore) -> SqliteStore,
) -> Suite<'_, SqliteStore> {
    let store = set(database.store().await);
    let second = set(database.store().await);
    let last = Version::try_from(i64::MAX).unwrap();
    guarded(store, keys::bytes)
        .second_instance(second)
        .many_keys(500)
        .last_version(last)
        .drop_tombstones(async |store: SqliteStore| {
            // As if they were old.
            sqlx::query("UPDATE conditional_versions SET modified = 0")
                .execute(&database.pool())
                .await
                .unwrap();
            store.prune_tombstones(Duration::ZERO).await.unwrap();
            store
        })
}

#[tokio::test]
async fn the_store_keeps_every_law() {
    let database = Database::new();
    let suite = suite(&database, |store| store).await;
    let reopen = async |store| {
        drop(store);
        database.store().await
    };
    suite.reopen(reopen).run().await.assert();
}

#[tokio::test]
async fn joined_only_rolls_back_what_is_lost_and_keeps_the_laws_of_that() {
    let database = Database::new();
    let mut suite = suite(&database, SqliteStore::joined_only).await;
    for law in [Law::OtherKeys, Law::RaiseWhileHeld] {
        suite = suite.omit(
            law,
            "a guard is a write transaction, of which a file has one",
        );
    }
    let reopen = async |store| {
        drop(store);
        database.store().await.joined_only()
    };
    suite.rolls_back().reopen(reopen).run().await.assert();
}
