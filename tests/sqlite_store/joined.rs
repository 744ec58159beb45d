//! Handlers in the guard's transaction.

use sqlx::{Connection, SqliteConnection, SqlitePool};
use tower_conditional::{
    Current,
    store::{
        Busy, CommitErrorKind, Effect, Guard,
        sqlite::{SqliteStore, SqliteStoreErrorKind},
    },
};

use crate::support::*;

async fn with_table(database: &Database) -> (SqliteStore, SqlitePool) {
    let store = database.store().await;
    let pool = database.pool();
    sqlx::query("CREATE TABLE models (id INTEGER PRIMARY KEY, name TEXT) STRICT")
        .execute(&pool)
        .await
        .unwrap();
    (store, pool)
}

async fn insert(connection: &mut SqliteConnection, name: &str) {
    sqlx::query("INSERT INTO models (name) VALUES (?1)")
        .bind(name)
        .execute(connection)
        .await
        .unwrap();
}

async fn names(pool: &SqlitePool) -> Vec<String> {
    let names = sqlx::query_scalar("SELECT name FROM models ORDER BY id");
    names.fetch_all(pool).await.unwrap()
}

/// Both modes, since a handler that joins must not see a difference.
async fn both_modes(database: &Database) -> ([SqliteStore; 2], SqlitePool) {
    let (store, pool) = with_table(database).await;
    ([store.clone(), store.joined_only()], pool)
}

#[tokio::test]
async fn statements_and_version_are_committed_as_one() {
    let database = Database::new();
    let (stores, pool) = both_modes(&database).await;
    for (round, store) in (1..).zip(stores) {
        let guard = armed(&store, "a").await;
        let mut transaction = join(&guard).await.unwrap();
        assert_eq!(transaction.next_version().get(), round);
        insert(&mut transaction, &round.to_string()).await;
        drop(transaction);
        assert_eq!(
            names(&pool).await.len() as u64,
            round - 1,
            "not committed yet"
        );
        assert_eq!(commit(guard, Effect::Written).await, round);
        assert_eq!(names(&pool).await.len() as u64, round);
        assert_eq!(version(current(&store, "a").await), round);
    }
}

#[tokio::test]
async fn a_joined_handler_that_fails_has_changed_nothing() {
    let database = Database::new();
    let (stores, pool) = both_modes(&database).await;
    for store in stores {
        raise(&store, "a", Effect::Written).await;
        let before = version(current(&store, "a").await);
        for end in 0..4 {
            let guard = armed(&store, "a").await;
            let mut transaction = join(&guard).await.unwrap();
            insert(&mut transaction, "lost").await;
            match end {
                // 5xx
                0 => {
                    drop(transaction);
                    assert_eq!(commit(guard, Effect::Unknown).await, before);
                }
                // 4xx
                1 => {
                    drop(transaction);
                    release(guard).await;
                }
                // A panic, a client that left.
                2 => {
                    drop(transaction);
                    drop(guard);
                }
                _ => {
                    drop(guard);
                    insert(&mut transaction, "too late").await;
                    drop(transaction);
                }
            }
            assert_eq!(version(current(&store, "a").await), before, "end {end}");
        }
        assert_eq!(write(&store, "a").await, before + 1);
        assert_eq!(names(&pool).await, Vec::<String>::new());
    }
}

#[tokio::test]
async fn a_handler_that_still_holds_the_transaction_is_rolled_back() {
    let database = Database::new();
    let (stores, pool) = both_modes(&database).await;
    for store in stores {
        raise(&store, "a", Effect::Written).await;
        let before = version(current(&store, "a").await);
        let guard = armed(&store, "a").await;
        let mut transaction = join(&guard).await.unwrap();
        insert(&mut transaction, "lost").await;
        let error = try_commit(guard, Effect::Written).await.unwrap_err();
        assert_eq!(error.kind(), CommitErrorKind::RolledBack);
        insert(&mut transaction, "lost too").await;
        drop(transaction);
        assert_eq!(version(current(&store, "a").await), before);
        assert_eq!(write(&store, "a").await, before + 1);
        assert_eq!(names(&pool).await, Vec::<String>::new());
    }
}

#[tokio::test]
async fn a_handler_cannot_end_the_transaction_by_itself() {
    let database = Database::new();
    let (stores, pool) = both_modes(&database).await;
    for store in stores {
        raise(&store, "a", Effect::Written).await;
        let before = version(current(&store, "a").await);
        for end in [
            "COMMIT",
            "ROLLBACK",
            "ROLLBACK; BEGIN",
            "INSERT OR ROLLBACK INTO models (id, name) VALUES (1, 'x'), (1, 'x')",
        ] {
            let guard = armed(&store, "a").await;
            let mut transaction = join(&guard).await.unwrap();
            insert(&mut transaction, "before").await;
            let ended = sqlx::raw_sql(end).execute(&mut *transaction).await;
            assert_eq!(ended.is_ok(), end.starts_with("ROLLBACK"), "{end}");
            let after = sqlx::query("INSERT INTO models (name) VALUES ('after')");
            let _ = after.execute(&mut *transaction).await;
            drop(transaction);
            let again = join(&guard).await.unwrap_err();
            assert_eq!(again.kind(), SqliteStoreErrorKind::RolledBackInside);
            let error = try_commit(guard, Effect::Written).await.unwrap_err();
            assert_eq!(error.kind(), CommitErrorKind::RolledBack, "{end}");
            assert_eq!(version(current(&store, "a").await), before);
            assert_eq!(names(&pool).await, Vec::<String>::new(), "{end}");
        }
        assert_eq!(write(&store, "a").await, before + 1);
    }
}

#[tokio::test]
async fn a_transaction_inside_is_a_savepoint() {
    let database = Database::new();
    let (stores, pool) = both_modes(&database).await;
    for store in stores {
        let guard = armed(&store, "a").await;
        let mut transaction = join(&guard).await.unwrap();
        let mut kept = transaction.begin().await.unwrap();
        insert(&mut kept, "kept").await;
        let mut dropped = kept.begin().await.unwrap();
        insert(&mut dropped, "dropped").await;
        drop(dropped);
        kept.commit().await.unwrap();
        let mut undone = transaction.begin().await.unwrap();
        insert(&mut undone, "undone").await;
        undone.rollback().await.unwrap();
        drop(transaction);
        commit(guard, Effect::Written).await;
    }
    assert_eq!(names(&pool).await, ["kept", "kept"]);
}

#[tokio::test]
async fn a_handler_that_does_not_join_can_write_the_same_file() {
    let database = Database::new();
    let (store, pool) = with_table(&database).await;
    let guard = armed(&store, "a").await;
    let mut own = pool.begin_with("BEGIN IMMEDIATE").await.unwrap();
    insert(&mut own, "own").await;
    own.commit().await.unwrap();
    assert_eq!(commit(guard, Effect::Written).await, 1);
    assert_eq!(names(&pool).await, ["own"]);
}

#[tokio::test]
async fn a_handler_can_take_the_transaction_again_but_not_twice() {
    let database = Database::new();
    let (store, pool) = with_table(&database).await;
    let store = store.busy_timeout(std::time::Duration::from_millis(100));
    let guard = armed(&store, "a").await;
    let mut first = join(&guard).await.unwrap();
    insert(&mut first, "first").await;
    let twice = join(&guard).await.unwrap_err();
    assert_eq!(twice.kind(), SqliteStoreErrorKind::Busy);
    drop(first);
    insert(&mut join(&guard).await.unwrap(), "second").await;
    let late = lent(&guard);
    commit(guard, Effect::Written).await;
    assert_eq!(names(&pool).await, ["first", "second"]);
    let late = late.begin().await.unwrap_err();
    assert_eq!(late.kind(), SqliteStoreErrorKind::GuardLost);
}

#[tokio::test]
async fn extensions_that_outlive_the_guard_hold_nothing_up() {
    let database = Database::new();
    let (store, _) = with_table(&database).await;
    let guard = armed(&store, "a").await;
    let kept = lent(&guard);
    drop(kept.begin().await.unwrap());
    drop(guard);
    assert_eq!(
        write(&store, "a").await,
        1,
        "a joined handler leaves nothing behind"
    );
    assert!(kept.begin().await.is_err());
}

#[tokio::test]
async fn joined_only_leaves_no_intents_and_no_lock_files() {
    let database = Database::new();
    let store = SqliteStore::new(database.pool()).joined_only();
    store.migrate().await.unwrap();
    let guard = armed(&store, "a").await;
    assert_eq!(current(&store, "a").await, Current::Unknown);
    let mut change = tower_conditional::store::Change::new(Effect::Written);
    change.affects = vec![(b"list".to_vec(), Effect::Written)];
    assert_eq!(guard.commit(change).await.unwrap().get(), 1);
    assert_eq!(version(current(&store, "list").await), 1);
    let guard = armed(&store, "a").await;
    // Readers see no difference: until the commit there is none.
    assert_eq!(version(current(&store, "a").await), 1);
    drop(guard);
    assert_eq!(version(current(&store, "a").await), 1);
    release(armed(&store, "unseen").await).await;
    assert_eq!(current(&store, "unseen").await, Current::Unknown);
    assert_eq!(write(&store, "a").await, 2);
    assert!(!database.guards().exists());
}

#[tokio::test]
async fn joined_only_writers_wait_for_each_other_and_for_guards_with_intents() {
    let database = Database::new();
    let with_intents = database.hasty_store().await;
    let joined = with_intents.clone().joined_only();
    let guard = armed(&joined, "a").await;
    for key in ["a", "b"] {
        let busy = try_begin(&with_intents, key).await.unwrap_err();
        assert!(busy.is::<Busy>(), "{busy}");
    }
    commit(guard, Effect::Written).await;
    let guard = armed(&with_intents, "a").await;
    assert!(try_begin(&joined, "a").await.unwrap_err().is::<Busy>());
    assert_eq!(write(&joined, "b").await, 1);
    drop(guard);
    assert_eq!(write(&joined, "a").await, 3);
}
