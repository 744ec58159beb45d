//! A database that fails, or is not what it should be.

use std::fs;

use sqlx::{SqlitePool, sqlite::SqliteConnectOptions};
use tower_conditional::{
    Current, Version,
    store::{
        Change, CommitErrorKind, Effect, Guard, GuardedStore,
        sqlite::{SqliteStore, SqliteStoreError, SqliteStoreErrorKind},
    },
};

use crate::support::*;

async fn kind_of_begin(store: &SqliteStore, key: &str) -> SqliteStoreErrorKind {
    let error = try_begin(store, key).await.unwrap_err();
    error.downcast_ref::<SqliteStoreError>().unwrap().kind()
}

#[tokio::test]
async fn a_database_that_is_no_file_is_refused() {
    let url = |url: &str| url.parse::<SqliteConnectOptions>().unwrap();
    for options in [
        url("sqlite::memory:"),
        url("sqlite:file:x?mode=memory&cache=shared"),
        SqliteConnectOptions::new().in_memory(true),
        // A temporary file, of each connection its own.
        SqliteConnectOptions::new().filename(""),
    ] {
        let store = SqliteStore::new(pool(options));
        let error = store.migrate().await.unwrap_err();
        assert_eq!(error.kind(), SqliteStoreErrorKind::NotAFile);
        assert_eq!(
            kind_of_begin(&store, "a").await,
            SqliteStoreErrorKind::NotAFile
        );
    }
}

#[tokio::test]
async fn a_database_without_a_ledger_fails_and_stays_as_it_is() {
    let database = Database::new();
    let store = SqliteStore::new(database.pool());
    assert_eq!(
        kind_of_begin(&store, "a").await,
        SqliteStoreErrorKind::Database
    );
    assert!(
        tower_conditional::VersionStore::current(&store, b"a".to_vec())
            .await
            .is_err()
    );
    store.migrate().await.unwrap();
    assert_eq!(write(&store, "a").await, 1);
}

#[tokio::test]
async fn another_table_of_the_name_is_not_taken_for_a_ledger() {
    let database = Database::new();
    let pool = database.pool();
    let table = "CREATE TABLE conditional_versions (modified INTEGER, state INTEGER)";
    sqlx::query(table).execute(&pool).await.unwrap();
    let error = SqliteStore::new(pool.clone()).migrate().await.unwrap_err();
    assert_eq!(error.kind(), SqliteStoreErrorKind::Database);
    let tables: i64 = sqlx::query_scalar("SELECT count(*) FROM sqlite_schema")
        .fetch_one(&pool)
        .await
        .unwrap();
    assert_eq!(tables, 1, "nothing was created");
}

#[tokio::test]
async fn a_read_only_database_refuses_writes_and_serves_reads() {
    let database = Database::new();
    write(&database.store().await, "a").await;
    let store = SqliteStore::new(pool(options(database.path()).read_only(true)));
    assert_eq!(version(current(&store, "a").await), 1);
    assert_eq!(
        kind_of_begin(&store, "a").await,
        SqliteStoreErrorKind::Database
    );
}

#[tokio::test]
async fn a_folder_that_takes_no_lock_file_refuses_intents_but_not_joined_writes() {
    let database = Database::new();
    fs::write(database.guards(), "not a folder").unwrap();
    let store = SqliteStore::new(database.pool());
    let error = store.migrate().await.unwrap_err();
    assert_eq!(error.kind(), SqliteStoreErrorKind::LockFile);
    let store = store.joined_only();
    store.migrate().await.unwrap();
    assert_eq!(write(&store, "a").await, 1);
}

#[tokio::test]
async fn a_file_that_is_gone_refuses_guards_and_makes_commits_unknown() {
    let database = Database::new();
    let store = database.store().await;
    write(&store, "a").await;
    let (guard, other) = (armed(&store, "a").await, begin(&store, "b").await);
    let away = database.path().with_extension("away");
    fs::rename(database.path(), &away).unwrap();
    assert_eq!(
        kind_of_begin(&store, "c").await,
        SqliteStoreErrorKind::Database
    );
    Guard::<Key>::arm(other).await.unwrap_err();
    let error = try_commit(guard, Effect::Written).await.unwrap_err();
    assert_eq!(error.kind(), CommitErrorKind::Unknown);
    assert!(
        !database.path().exists(),
        "no other file has taken its place"
    );

    fs::rename(&away, database.path()).unwrap();
    assert_eq!(current(&store, "a").await, Current::Unknown);
    assert_eq!(write(&store, "a").await, 3);
    assert_eq!(write(&store, "b").await, 1);
}

/// A store whose connections find the disk full where the file would grow.
async fn with_full_disk(database: &Database) -> SqliteStore {
    let pages: i64 = sqlx::query_scalar("PRAGMA page_count")
        .fetch_one(&database.pool())
        .await
        .unwrap();
    let options = database
        .options()
        .pragma("max_page_count", pages.to_string());
    SqliteStore::new(pool(options))
}

#[tokio::test]
async fn a_full_disk_refuses_guards_and_takes_no_guard_with_it() {
    let database = Database::new();
    let store = database.store().await;
    write(&store, "a").await;
    let full = with_full_disk(&database).await;
    let long = "k".repeat(20_000);
    assert_eq!(
        kind_of_begin(&full, &long).await,
        SqliteStoreErrorKind::Database
    );
    assert_eq!(current(&full, &long).await, Current::Unknown);
    assert_eq!(write(&full, "a").await, 2, "where nothing grows");
    assert_eq!(write(&store, &long).await, 1);
}

#[tokio::test]
async fn a_change_that_finds_the_disk_full_is_unknown_or_rolled_back() {
    let database = Database::new();
    let store = database.store().await;
    write(&store, "a").await;
    let full = with_full_disk(&database).await;
    for (joins, expected) in [
        (false, CommitErrorKind::Unknown),
        (true, CommitErrorKind::RolledBack),
    ] {
        let guard = armed(&full, "a").await;
        if joins {
            drop(join(&guard).await.unwrap());
        }
        let mut change = Change::new(Effect::Written);
        change.affects = vec![(vec![b'k'; 20_000], Effect::Written)];
        let error = guard.commit(change).await.unwrap_err();
        assert_eq!(error.kind(), expected);
        let now = current(&store, "a").await;
        if joins {
            assert_eq!(version(now), 3);
        } else {
            eventually_unknown(&store).await;
            assert_eq!(write(&store, "a").await, 3);
        }
    }
    assert_eq!(write(&store, "a").await, 4);
}

async fn eventually_unknown(store: &SqliteStore) {
    // Another store is told by a task of the first one.
    for _ in 0..1000 {
        if current(store, "a").await == Current::Unknown {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("the guard was lost ten seconds ago");
}

/// `COMMIT` itself fails, which the store has to find out about by reading.
#[tokio::test]
async fn a_joined_commit_that_fails_is_rolled_back_for_certain() {
    let database = Database::new();
    let store = database.store().await;
    let pool = database.pool();
    sqlx::raw_sql(
        "CREATE TABLE models (id INTEGER PRIMARY KEY);
         CREATE TABLE parts (model INTEGER REFERENCES models DEFERRABLE INITIALLY DEFERRED)",
    )
    .execute(&pool)
    .await
    .unwrap();
    for store in [store.clone(), store.joined_only()] {
        raise(&store, "a", Effect::Written).await;
        let before = version(current(&store, "a").await);
        let guard = armed(&store, "a").await;
        let mut transaction = join(&guard).await.unwrap();
        sqlx::query("INSERT INTO parts (model) VALUES (404)")
            .execute(&mut *transaction)
            .await
            .unwrap();
        drop(transaction);
        let error = try_commit(guard, Effect::Written).await.unwrap_err();
        assert_eq!(error.kind(), CommitErrorKind::RolledBack);
        assert_eq!(version(current(&store, "a").await), before);
        assert_eq!(write(&store, "a").await, before + 1);
        assert_eq!(count(&pool, "SELECT count(*) FROM parts").await, 0);
    }
}

async fn count(pool: &SqlitePool, sql: &'static str) -> i64 {
    sqlx::query_scalar(sql).fetch_one(pool).await.unwrap()
}

#[tokio::test]
async fn a_writer_who_never_ends_makes_the_others_busy_and_harms_nobody() {
    let database = Database::new();
    let store = database.hasty_store().await;
    write(&store, "a").await;
    let guard = armed(&store, "a").await;
    let waiting = begin(&store, "b").await;
    let pool = database.pool();
    let elsewhere = pool.begin_with("BEGIN IMMEDIATE").await.unwrap();
    let busy = try_begin(&store, "c").await.unwrap_err();
    assert!(busy.is::<tower_conditional::store::Busy>(), "{busy}");
    let busy = join(&guard).await.unwrap_err();
    assert_eq!(busy.kind(), SqliteStoreErrorKind::Busy);
    let busy = Guard::<Key>::arm(waiting).await.unwrap_err();
    assert_eq!(busy.kind(), SqliteStoreErrorKind::Busy);
    let error = try_commit(guard, Effect::Written).await.unwrap_err();
    assert_eq!(error.kind(), CommitErrorKind::Unknown);
    // Reads are served, and adopt nothing.
    assert_eq!(current(&store, "a").await, Current::Unknown);
    assert_eq!(adopt(&store, "a").await, Current::Unknown);
    elsewhere.rollback().await.unwrap();
    assert_eq!(write(&store, "a").await, 3);
    assert_eq!(write(&store, "b").await, 1);
}

#[tokio::test]
async fn at_the_end_of_the_versions_nothing_is_executed_and_nothing_issued_again() {
    let database = Database::new();
    let store = database.store().await;
    let last = i64::MAX.unsigned_abs();
    store.raise_floor(Version::new(last - 2)).await.unwrap();
    assert_eq!(write(&store, "a").await, last - 1);
    let raised = armed(&store, "a").await;
    assert_eq!(
        version_being_written(raise(&store, "a", Effect::Written).await),
        last
    );
    // Its handler has run, and no version is left for what it has done.
    let error = try_commit(raised, Effect::Written).await.unwrap_err();
    assert_eq!(error.kind(), CommitErrorKind::Unknown);
    assert_eq!(current(&store, "a").await, Current::Unknown);
    assert_eq!(adopt(&store, "a").await, Current::Unknown);
    assert_eq!(
        kind_of_begin(&store, "a").await,
        SqliteStoreErrorKind::EndOfVersions
    );

    assert_eq!(write(&store, "b").await, last - 1);
    assert_eq!(write(&store, "b").await, last);
    assert_eq!(
        kind_of_begin(&store, "b").await,
        SqliteStoreErrorKind::EndOfVersions
    );
    let raised = GuardedStore::raise(&store, b"b".to_vec(), Effect::Written);
    let end = raised.await.unwrap_err();
    assert_eq!(end.kind(), SqliteStoreErrorKind::EndOfVersions);
    assert_eq!(version(current(&store, "b").await), last);

    let guard = begin(&store, "c").await;
    raise(&store, "c", Effect::Written).await;
    raise(&store, "c", Effect::Written).await;
    let end = Guard::<Key>::arm(guard).await.unwrap_err();
    assert_eq!(end.kind(), SqliteStoreErrorKind::EndOfVersions);
    assert_eq!(version(current(&store, "c").await), last);
}

#[tokio::test]
async fn a_version_that_no_column_holds_is_unknown_or_rolled_back() {
    let database = Database::new();
    let store = database.store().await;
    let mut change = Change::<Key>::new(Effect::Written);
    change.committed = Some(Version::new(1 << 63));
    let guard = armed(&store, "a").await;
    let error = guard.commit(change.clone()).await.unwrap_err();
    assert_eq!(error.kind(), CommitErrorKind::Unknown);
    assert_eq!(current(&store, "a").await, Current::Unknown);
    let guard = armed(&store, "a").await;
    drop(join(&guard).await.unwrap());
    let error = guard.commit(change).await.unwrap_err();
    assert_eq!(error.kind(), CommitErrorKind::RolledBack);
    assert_eq!(write(&store, "a").await, 2);
}
