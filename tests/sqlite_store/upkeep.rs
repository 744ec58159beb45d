//! The table itself, and what is done to it now and then.

use std::time::Duration;

use tower_conditional::{
    Current, Version,
    store::{
        Effect, Guard,
        sqlite::{self, SqliteStore, SqliteStoreErrorKind},
    },
};

use crate::support::*;

const NO_TIME: Duration = Duration::ZERO;

#[tokio::test]
async fn the_schema_that_is_printed_is_the_one_that_is_created() {
    let database = Database::new();
    database.store().await;
    let created = "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY rowid";
    let created: Vec<String> = sqlx::query_scalar(created)
        .fetch_all(&database.pool())
        .await
        .unwrap();
    // SQLite keeps the text, but not those words.
    let printed = sqlite::schema("conditional_versions").unwrap();
    let printed = printed.replace(" IF NOT EXISTS", "");
    let printed: Vec<&str> = printed.split(";\n").filter(|it| !it.is_empty()).collect();
    assert_eq!(created, printed);
}

#[tokio::test]
async fn a_ledger_whose_tables_somebody_else_created_is_ready() {
    let database = Database::new();
    let pool = database.pool();
    let statements = sqlite::schema("ledger").unwrap();
    sqlx::raw_sql(sqlx::AssertSqlSafe(statements))
        .execute(&pool)
        .await
        .unwrap();
    let store = SqliteStore::new(pool).table("ledger").unwrap();
    assert_eq!(write(&store, "a").await, 1);
}

#[tokio::test]
async fn migrating_again_and_at_once_changes_nothing() {
    let database = Database::new();
    let stores: Vec<_> = (0..8).map(|_| SqliteStore::new(database.pool())).collect();
    let all = stores.iter().map(SqliteStore::migrate);
    for migrated in futures_util::future::join_all(all).await {
        migrated.unwrap();
    }
    write(&stores[0], "a").await;
    stores[1].migrate().await.unwrap();
    assert_eq!(version(current(&stores[2], "a").await), 1);
}

#[test]
fn a_table_needs_a_plain_name() {
    for name in ["a", "_", "Versions_2", &"v".repeat(48)] {
        assert!(sqlite::schema(name).is_ok(), "{name}");
    }
    for name in [
        "",
        "1a",
        "a b",
        "a\"b",
        "a;b",
        "é",
        "sqlite_a",
        "SQLite_a",
        &"v".repeat(49),
    ] {
        let error = sqlite::schema(name).unwrap_err();
        assert_eq!(error.kind(), SqliteStoreErrorKind::InvalidTable, "{name}");
    }
}

#[tokio::test]
async fn pruned_keys_are_unknown_and_start_above_what_they_had() {
    let database = Database::new();
    let store = database.store().await;
    write(&store, "a").await;
    delete(&store, "a").await;
    write(&store, "kept").await;
    let hour = Duration::from_hours(1);
    assert_eq!(
        store.prune_tombstones(hour).await.unwrap(),
        0,
        "not an hour ago"
    );
    // A deletion's time is in a later second than what it deleted.
    tokio::time::sleep(Duration::from_millis(2100)).await;
    assert_eq!(store.prune_tombstones(NO_TIME).await.unwrap(), 1);
    assert_eq!(store.prune_tombstones(NO_TIME).await.unwrap(), 0);
    assert_eq!(current(&store, "a").await, Current::Unknown);
    assert_eq!(version(current(&store, "kept").await), 1);
    assert_eq!(
        write(&store, "kept").await,
        2,
        "the floor is for keys without a row"
    );
    assert_eq!(version(adopt(&store, "other").await), 3);
    assert_eq!(write(&database.store().await, "a").await, 3);
}

#[tokio::test]
async fn many_keys_are_pruned_and_keys_under_a_guard_are_not() {
    let database = Database::new();
    let store = database.store().await.joined_only();
    let keys = 1100;
    let guard = armed(&store, "list").await;
    let mut change = tower_conditional::store::Change::new(Effect::Written);
    change.affects = (0..keys)
        .map(|key| (format!("k{key}").into_bytes(), Effect::Deleted))
        .collect();
    Guard::commit(guard, change).await.unwrap();
    let store = database.store().await;
    let guard = begin(&store, "k7").await;
    assert_eq!(seen(&guard), Current::Missing);
    tokio::time::sleep(Duration::from_millis(1100)).await;
    assert_eq!(store.prune_tombstones(NO_TIME).await.unwrap(), keys - 1);
    assert_eq!(commit(arm(guard).await, Effect::Written).await, 2);
}

#[tokio::test]
async fn a_raised_floor_is_below_every_new_version_and_leaves_current_ones() {
    let database = Database::new();
    let store = database.store().await;
    write(&store, "a").await;
    write(&store, "b").await;
    delete(&store, "b").await;
    commit(armed(&store, "c").await, Effect::Unknown).await;
    store.raise_floor(Version::new(100)).await.unwrap();
    store.raise_floor(Version::new(50)).await.unwrap();
    assert_eq!(version(current(&store, "a").await), 1);
    assert_eq!(write(&store, "a").await, 101);
    assert_eq!(write(&store, "a").await, 102);
    assert_eq!(write(&store, "b").await, 101);
    assert_eq!(
        version(adopt(&store, "c").await),
        101,
        "1 may have been issued since the backup"
    );
    assert_eq!(write(&store, "new").await, 101);
    let too_high = store.raise_floor(Version::new(u64::MAX)).await.unwrap_err();
    assert_eq!(too_high.kind(), SqliteStoreErrorKind::EndOfVersions);
}
