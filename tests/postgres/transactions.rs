//! Handlers that join the guard's transaction.

use http::Extensions;
use sqlx::{Connection as _, PgConnection, PgPool};
use tower_conditional::{
    Current, Version,
    store::{
        Change, CommitErrorKind, Effect, Guard, GuardedStore,
        postgres::{
            JoinedTransaction, PostgresErrorKind, PostgresGuard, PostgresStore, Transaction,
        },
    },
};

use crate::{
    server::Server,
    support::{Database, adopt, armed, commit, current, execute, lock_holders, release, write},
};

/// A ledger beside an application's table, in both modes.
async fn databases(server: &Server) -> [Database; 2] {
    let with_intents = Database::new(server).await;
    let mut joined_only = Database::new(server).await;
    joined_only.store = joined_only.store.joined_only();
    for database in [&with_intents, &joined_only] {
        execute(
            &database.pool,
            "CREATE TABLE models (name text UNIQUE, version bigint)",
        )
        .await;
    }
    [with_intents, joined_only]
}

pub(crate) fn lent(guard: &PostgresGuard) -> Transaction {
    let mut extensions = Extensions::new();
    Guard::<&str>::lend(guard, &mut extensions);
    extensions
        .remove()
        .expect("an armed guard lends its transaction")
}

async fn insert(connection: &mut PgConnection, name: &str) -> Result<(), sqlx::Error> {
    let insert = sqlx::query("INSERT INTO models (name) VALUES ($1)").bind(name);
    insert.execute(connection).await.map(|_| ())
}

async fn join(guard: &PostgresGuard) -> JoinedTransaction {
    lent(guard).begin().await.expect("the transaction begins")
}

async fn names(pool: &PgPool) -> Vec<String> {
    let names = sqlx::query_scalar("SELECT name FROM models ORDER BY name");
    names.fetch_all(pool).await.expect("the table can be read")
}

/// No guard is left: all that is locked are the sessions of idle connections.
async fn assert_idle(pool: &PgPool) {
    let holders = lock_holders(pool).await;
    assert!(holders.iter().all(|(_, locks)| *locks == 1), "{holders:?}");
}

pub(crate) async fn statements_and_version_commit_as_one(server: &Server) {
    for Database { store, pool, .. } in databases(server).await {
        for number in 1..=3 {
            let guard = armed(&store, "key").await;
            insert(&mut *join(&guard).await, &number.to_string())
                .await
                .expect("it inserts");
            assert_eq!(names(&pool).await.len(), number - 1, "nobody else sees it");
            let committed = commit(guard, Effect::Written).await.expect("it commits");
            assert_eq!(committed.get(), number as u64);
            assert_eq!(names(&pool).await.len(), number);
        }
        assert_eq!(
            current(&store, "key").await.version(),
            Some(Version::new(3))
        );
        assert_idle(&pool).await;
    }
}

pub(crate) async fn a_refusal_rolls_the_statements_back_and_raises_nothing(server: &Server) {
    for Database { store, pool, .. } in databases(server).await {
        write(&store, "key").await;
        let before = current(&store, "key").await;
        let guard = armed(&store, "key").await;
        insert(&mut *join(&guard).await, "one")
            .await
            .expect("it inserts");
        release(guard).await;
        assert_eq!(names(&pool).await, [""; 0]);
        assert_eq!(current(&store, "key").await, before);
        assert_idle(&pool).await;
        assert_eq!(write(&store, "key").await, Version::new(2));
    }
}

pub(crate) async fn an_unknown_outcome_is_a_roll_back_where_the_handler_joined(server: &Server) {
    for Database { store, pool, .. } in databases(server).await {
        write(&store, "key").await;
        let before = current(&store, "key").await;
        let guard = armed(&store, "key").await;
        insert(&mut *join(&guard).await, "one")
            .await
            .expect("it inserts");
        let error = commit(guard, Effect::Unknown)
            .await
            .expect_err("nothing is committed");
        assert_eq!(error.kind(), CommitErrorKind::RolledBack);
        assert_eq!(names(&pool).await, [""; 0]);
        assert_eq!(current(&store, "key").await, before);
        assert_idle(&pool).await;
    }
}

pub(crate) async fn a_failed_statement_rolls_back_whatever_the_handler_answers(server: &Server) {
    for Database { store, pool, .. } in databases(server).await {
        write(&store, "key").await;
        let before = current(&store, "key").await;
        let guard = armed(&store, "key").await;
        {
            let mut joined = join(&guard).await;
            insert(&mut joined, "one").await.expect("it inserts");
            insert(&mut joined, "one").await.expect_err("it is there");
        }
        let error = commit(guard, Effect::Written)
            .await
            .expect_err("the transaction failed");
        assert_eq!(error.kind(), CommitErrorKind::RolledBack);
        assert_eq!(names(&pool).await, [""; 0]);
        assert_eq!(current(&store, "key").await, before);

        let guard = armed(&store, "key").await;
        {
            let mut joined = join(&guard).await;
            sqlx::query("SELECT 1/0")
                .execute(&mut *joined)
                .await
                .expect_err("no number");
        }
        release(guard).await;
        assert_eq!(current(&store, "key").await, before);
        assert_idle(&pool).await;
    }
}

pub(crate) async fn a_nested_transaction_is_a_savepoint(server: &Server) {
    for Database { store, pool, .. } in databases(server).await {
        for round in ["a", "b"] {
            let guard = armed(&store, "key").await;
            {
                let mut joined = join(&guard).await;
                let mut kept = joined.begin().await.expect("a savepoint");
                insert(&mut kept, &format!("{round} kept"))
                    .await
                    .expect("it inserts");
                kept.commit().await.expect("a savepoint is released");
                let mut dropped = joined.begin().await.expect("a savepoint");
                insert(&mut dropped, "dropped").await.expect("it inserts");
                drop(dropped);
                insert(&mut joined, &format!("{round} last"))
                    .await
                    .expect("it inserts");
                assert_eq!(names(&pool).await.len(), if round == "a" { 0 } else { 2 });
            }
            commit(guard, Effect::Written).await.expect("it commits");
        }
        assert_eq!(names(&pool).await, ["a kept", "a last", "b kept", "b last"]);
    }
}

pub(crate) async fn the_next_version_is_the_one_that_is_made(server: &Server) {
    for Database { store, pool, .. } in databases(server).await {
        write(&store, "key").await;
        let guard = armed(&store, "key").await;
        let next = lent(&guard).next_version();
        sqlx::query("INSERT INTO models VALUES ('one', $1)")
            .bind(i64::try_from(next).expect("it is small"))
            .execute(&mut *join(&guard).await)
            .await
            .expect("it inserts");
        let committed = commit(guard, Effect::Written).await.expect("it commits");
        assert_eq!(committed, next);

        // A raise in between takes the number: the handler wrote it down, so it cannot commit.
        let guard = armed(&store, "key").await;
        let _ = lent(&guard).next_version();
        insert(&mut *join(&guard).await, "two")
            .await
            .expect("it inserts");
        store.raise("key", Effect::Written).await.expect("it rises");
        let error = commit(guard, Effect::Written)
            .await
            .expect_err("the number is taken");
        assert_eq!(error.kind(), CommitErrorKind::RolledBack);
        assert_eq!(names(&pool).await, ["one"]);
        assert_eq!(
            current(&store, "key").await.version(),
            Some(Version::new(3))
        );
    }
}

pub(crate) async fn a_serialization_failure_is_a_roll_back(server: &Server) {
    let [Database { store, pool, .. }, _] = databases(server).await;
    execute(&pool, "INSERT INTO models VALUES ('one', 1)").await;
    let guard = armed(&store, "key").await;
    {
        let mut joined = join(&guard).await;
        sqlx::query("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE")
            .execute(&mut *joined)
            .await
            .expect("it is the first statement");
        let sum = "SELECT coalesce(sum(version), 0)::bigint FROM models";
        let seen: i64 = sqlx::query_scalar(sum)
            .fetch_one(&mut *joined)
            .await
            .expect("a sum");
        // Another serializable transaction has read the same, and commits first.
        let mut other = pool.begin().await.expect("the pool has a connection");
        sqlx::query("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE")
            .execute(&mut *other)
            .await
            .expect("it is the first statement");
        let also: i64 = sqlx::query_scalar(sum)
            .fetch_one(&mut *other)
            .await
            .expect("a sum");
        sqlx::query("INSERT INTO models VALUES ('other', $1)")
            .bind(also + 1)
            .execute(&mut *other)
            .await
            .expect("it inserts");
        other.commit().await.expect("the first one commits");
        // This fails already, or the commit does.
        let _ = sqlx::query("INSERT INTO models VALUES ('mine', $1)")
            .bind(seen + 1)
            .execute(&mut *joined)
            .await;
    }
    let error = commit(guard, Effect::Written)
        .await
        .expect_err("no order has both");
    assert_eq!(error.kind(), CommitErrorKind::RolledBack);
    assert_eq!(names(&pool).await, ["one", "other"]);
    assert_eq!(
        current(&store, "key").await,
        Current::Unknown,
        "it was never seen"
    );
    assert_eq!(
        write(&store, "key").await,
        Version::FIRST,
        "and nothing rose"
    );
}

pub(crate) async fn a_deferred_constraint_that_fails_the_commit_is_a_roll_back(server: &Server) {
    for Database { store, pool, .. } in databases(server).await {
        write(&store, "key").await;
        execute(
            &pool,
            "CREATE TABLE parents (id int PRIMARY KEY); \
             CREATE TABLE children (parent int REFERENCES parents DEFERRABLE INITIALLY DEFERRED)",
        )
        .await;
        let guard = armed(&store, "key").await;
        sqlx::query("INSERT INTO children VALUES (1)")
            .execute(&mut *join(&guard).await)
            .await
            .expect("the constraint is deferred");
        let error = commit(guard, Effect::Written)
            .await
            .expect_err("there is no parent");
        assert_eq!(error.kind(), CommitErrorKind::RolledBack);
        assert_eq!(current(&store, "key").await.version(), Some(Version::FIRST));
        assert_idle(&pool).await;
    }
}

pub(crate) async fn the_applications_isolation_level_is_kept(server: &Server) {
    let [Database { name, store, pool }, _] = databases(server).await;
    execute(
        &pool,
        "ALTER ROLE postgres SET default_transaction_isolation = 'repeatable read'",
    )
    .await;
    drop(store);
    let store = PostgresStore::new(server.pool(&name, 2));
    let guard = armed(&store, "key").await;
    let level: String = sqlx::query_scalar("SHOW transaction_isolation")
        .fetch_one(&mut *join(&guard).await)
        .await
        .expect("it has a level");
    commit(guard, Effect::Written).await.expect("it commits");
    execute(
        &pool,
        "ALTER ROLE postgres RESET default_transaction_isolation",
    )
    .await;
    assert_eq!(level, "repeatable read");
}

pub(crate) async fn after_its_guard_a_transaction_cannot_be_joined(server: &Server) {
    for Database { store, .. } in databases(server).await {
        let guard = armed(&store, "key").await;
        let transaction = lent(&guard);
        commit(guard, Effect::Written).await.expect("it commits");
        let error = transaction.begin().await.expect_err("it has ended");
        assert_eq!(error.kind(), PostgresErrorKind::NotJoinable);

        let guard = armed(&store, "key").await;
        let transaction = lent(&guard);
        drop(guard);
        let error = transaction.begin().await.expect_err("it has ended");
        assert_eq!(error.kind(), PostgresErrorKind::NotJoinable);
    }
}

pub(crate) async fn a_transaction_is_joined_by_one_at_a_time_and_can_be_continued(server: &Server) {
    for Database { store, pool, .. } in databases(server).await {
        let guard = armed(&store, "key").await;
        let transaction = lent(&guard);
        let mut joined = transaction.begin().await.expect("it begins");
        let error = transaction.clone().begin().await.expect_err("it is in use");
        assert_eq!(error.kind(), PostgresErrorKind::NotJoinable);
        insert(&mut joined, "one").await.expect("it inserts");
        drop(joined);
        let mut joined = transaction.begin().await.expect("it goes on");
        insert(&mut joined, "two").await.expect("it inserts");
        drop(joined);
        commit(guard, Effect::Written).await.expect("it commits");
        assert_eq!(names(&pool).await, ["one", "two"]);
    }
}

pub(crate) async fn a_handler_that_keeps_the_transaction_commits_nothing(server: &Server) {
    for Database { store, pool, .. } in databases(server).await {
        write(&store, "key").await;
        let guard = armed(&store, "key").await;
        let mut joined = join(&guard).await;
        insert(&mut joined, "one").await.expect("it inserts");
        let error = commit(guard, Effect::Written)
            .await
            .expect_err("it is in use");
        assert_eq!(error.kind(), CommitErrorKind::RolledBack);
        let _ = insert(&mut joined, "two").await;
        drop(joined);
        // The connection is closed, and with it end the lock and the transaction.
        let next = write(&store, "key").await;
        assert!(next > Version::FIRST);
        assert_eq!(names(&pool).await, [""; 0]);
        assert_idle(&pool).await;
    }
}

pub(crate) async fn a_handler_that_ends_the_transaction_itself_is_found_out(server: &Server) {
    for Database { store, pool, .. } in databases(server).await {
        write(&store, "key").await;
        for (ended, effect) in [
            ("COMMIT", Some(Effect::Written)),
            ("COMMIT; BEGIN", Some(Effect::Written)),
            ("COMMIT", Some(Effect::Unknown)),
            ("ROLLBACK", None),
            ("COMMIT", None),
        ] {
            let guard = armed(&store, "key").await;
            let mut joined = join(&guard).await;
            sqlx::raw_sql(ended)
                .execute(&mut *joined)
                .await
                .expect("PostgreSQL does as told");
            drop(joined);
            if let Some(effect) = effect {
                let error = commit(guard, effect)
                    .await
                    .expect_err("it was not the guard's any more");
                assert_eq!(error.kind(), CommitErrorKind::Unknown, "{ended}");
            } else {
                let error = Guard::<&str>::release(guard).await.expect_err("the same");
                assert_eq!(error.kind(), PostgresErrorKind::Lost, "{ended}");
            }
        }
        assert_eq!(adopt(&store, "other").await.version(), Some(Version::FIRST));
        write(&store, "key").await;
        assert_idle(&pool).await;
    }
}

pub(crate) async fn an_override_that_no_bigint_holds_rolls_back(server: &Server) {
    for Database { store, pool, .. } in databases(server).await {
        let guard = armed(&store, "key").await;
        insert(&mut *join(&guard).await, "one")
            .await
            .expect("it inserts");
        let mut change = Change::<&str>::new(Effect::Written);
        change.committed = Some(Version::new(u64::MAX));
        let error = guard.commit(change).await.expect_err("no bigint holds it");
        assert_eq!(error.kind(), CommitErrorKind::RolledBack);
        assert_eq!(names(&pool).await, [""; 0]);
        assert_eq!(write(&store, "key").await, Version::FIRST);
    }
}

pub(crate) async fn what_a_joined_write_affects_commits_and_rolls_back_with_it(server: &Server) {
    for Database { store, pool, .. } in databases(server).await {
        let affecting = || {
            let mut change = Change::new(Effect::Written);
            change.affects = vec![("list", Effect::Written), ("a", Effect::Deleted)];
            change
        };
        let guard = armed(&store, "key").await;
        insert(&mut *join(&guard).await, "one")
            .await
            .expect("it inserts");
        guard.commit(affecting()).await.expect("it commits");
        assert_eq!(
            current(&store, "list").await.version(),
            Some(Version::FIRST)
        );

        let guard = armed(&store, "key").await;
        {
            let mut joined = join(&guard).await;
            insert(&mut joined, "one").await.expect_err("it is there");
        }
        guard
            .commit(affecting())
            .await
            .expect_err("the transaction failed");
        assert_eq!(
            current(&store, "list").await.version(),
            Some(Version::FIRST)
        );
        assert_eq!(current(&store, "a").await, Current::Missing);
        assert_eq!(names(&pool).await, ["one"]);
    }
}

pub(crate) async fn a_joined_only_guard_that_is_lost_leaves_nothing_behind(server: &Server) {
    let [_, Database { store, pool, .. }] = databases(server).await;
    write(&store, "key").await;
    let before = current(&store, "key").await;
    let guard = armed(&store, "key").await;
    insert(&mut *join(&guard).await, "one")
        .await
        .expect("it inserts");
    assert_eq!(
        current(&store, "key").await,
        before,
        "nothing is seen of it"
    );
    drop(guard);
    assert_eq!(current(&store, "key").await, before);
    assert_eq!(write(&store, "key").await, Version::new(2));
    assert_eq!(names(&pool).await, [""; 0]);
}

pub(crate) async fn both_modes_exclude_each_other_and_take_over_from_each_other(server: &Server) {
    let [Database { name, store, pool }, _] = databases(server).await;
    let short = std::time::Duration::from_millis(100);
    let joined_only = PostgresStore::new(server.pool(&name, 2))
        .joined_only()
        .lock_timeout(short);
    let with_intents = PostgresStore::new(server.pool(&name, 2)).lock_timeout(short);
    let guard = armed(&store, "key").await;
    joined_only.begin("key").await.expect_err("it is held");
    commit(guard, Effect::Written).await.expect("it commits");
    let guard = armed(&joined_only, "key").await;
    with_intents.begin("key").await.expect_err("it is held");
    drop(guard);

    drop(armed(&with_intents, "key").await);
    let guard = armed(&joined_only, "key").await;
    assert_eq!(
        Guard::<&str>::current(&guard),
        Current::Unknown,
        "the intent is a lost guard's"
    );
    let committed = commit(guard, Effect::Written).await.expect("it commits");
    assert_eq!(committed, Version::new(3), "2 may have been the lost one's");
    assert_eq!(current(&store, "key").await.version(), Some(committed));
    assert_idle(&pool).await;
}
