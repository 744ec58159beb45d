//! The server is killed, or restarted, under guards. Each test has a server of its own.

use std::time::Duration;

use tokio::time::timeout;
use tower_conditional::{
    Current, Version, VersionStore as _,
    store::{CommitErrorKind, Effect, Guard, GuardedStore, postgres::PostgresStore},
};

use crate::{
    server::Server,
    support::{Database, PATIENCE, arm, armed, commit, current, execute, release, write},
    transactions::lent,
};

pub(crate) async fn a_kill_orphans_the_keys_that_are_armed_and_no_others(server: &Server) {
    let Database { store, pool, .. } = Database::new(server).await;
    execute(&pool, "CREATE TABLE models (name text)").await;
    for key in ["armed", "joined", "begun", "done"] {
        write(&store, key).await;
    }
    let alone = armed(&store, "armed").await;
    let joined = armed(&store, "joined").await;
    let begun = store.begin("begun").await.expect("the key is free");
    let mut transaction = lent(&joined).begin().await.expect("it begins");
    sqlx::query("INSERT INTO models VALUES ('one')")
        .execute(&mut *transaction)
        .await
        .expect("it inserts");
    drop(transaction);
    server.kill_9();
    server.restart().await;

    for key in ["armed", "joined"] {
        assert_eq!(current(&store, key).await, Current::Unknown);
    }
    for key in ["begun", "done"] {
        assert_eq!(current(&store, key).await.version(), Some(Version::FIRST));
    }
    Guard::<&str>::arm(begun)
        .await
        .expect_err("its connection is gone");
    let finished = commit(alone, Effect::Written)
        .await
        .expect("nobody came in between");
    assert_eq!(finished, Version::new(2));
    let error = commit(joined, Effect::Written)
        .await
        .expect_err("its transaction is gone");
    assert_eq!(error.kind(), CommitErrorKind::RolledBack);
    assert_eq!(
        current(&store, "joined").await.version(),
        Some(Version::FIRST)
    );
    for key in ["armed", "joined", "begun", "done"] {
        let next = write(&store, key).await;
        assert_eq!(current(&store, key).await.version(), Some(next));
    }
}

pub(crate) async fn a_killed_servers_orphans_are_taken_over_by_another_process(server: &Server) {
    let database = Database::new(server).await;
    write(&database.store, "key").await;
    let guard = armed(&database.store, "key").await;
    server.kill_9();
    server.restart().await;
    let other = database.other_process(server);
    let next = write(&other, "key").await;
    assert_eq!(next, Version::new(3), "2 is left to the lost guard");
    let error = commit(guard, Effect::Written)
        .await
        .expect_err("it was taken over");
    assert_eq!(error.kind(), CommitErrorKind::Unknown);
    assert_eq!(current(&other, "key").await.version(), Some(next));
}

pub(crate) async fn a_commit_waits_for_a_server_that_restarts(server: &Server) {
    let Database { store, .. } = Database::new(server).await;
    let guard = armed(&store, "key").await;
    server.kill_9();
    let restart = async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        server.restart().await;
    };
    let (committed, ()) = tokio::join!(commit(guard, Effect::Written), restart);
    assert_eq!(committed.expect("it is finished"), Version::FIRST);
    assert_eq!(current(&store, "key").await.version(), Some(Version::FIRST));
}

pub(crate) async fn while_the_server_is_down_everything_fails_in_time(server: &Server) {
    let Database { name, .. } = Database::new(server).await;
    let pool = sqlx::postgres::PgPoolOptions::new()
        .acquire_timeout(Duration::from_secs(1))
        .connect_lazy(&server.url(&name))
        .expect("an address");
    let store = PostgresStore::new(pool).lock_timeout(Duration::from_secs(1));
    write(&store, "key").await;
    let guard = armed(&store, "armed").await;
    let begun = store.begin("begun").await.expect("the key is free");
    let joined = armed(&store, "joined").await;
    drop(lent(&joined).begin().await.expect("it begins"));
    server.kill_9();
    let all = async {
        store.current("key").await.expect_err("nobody answers");
        store.begin("key").await.expect_err("nobody answers");
        store
            .raise("key", Effect::Written)
            .await
            .expect_err("nobody answers");
        Guard::<&str>::arm(begun).await.expect_err("nobody answers");
        let error = commit(joined, Effect::Written)
            .await
            .expect_err("nobody answers");
        assert_eq!(
            error.kind(),
            CommitErrorKind::RolledBack,
            "COMMIT was not sent"
        );
        let error = commit(guard, Effect::Written)
            .await
            .expect_err("nobody answers");
        assert_eq!(error.kind(), CommitErrorKind::Unknown);
    };
    timeout(PATIENCE, all)
        .await
        .expect("nothing waits for ever");
    server.restart().await;
    assert_eq!(current(&store, "armed").await, Current::Unknown);
    assert_eq!(write(&store, "key").await, Version::new(2));
    assert_eq!(write(&store, "armed").await, Version::new(2));
}

pub(crate) async fn a_restart_between_requests_is_not_noticed(server: &Server) {
    let Database { store, .. } = Database::new(server).await;
    for number in 1..=3 {
        let guards = [armed(&store, "a").await, armed(&store, "b").await];
        for guard in guards {
            let version = commit(guard, Effect::Written).await.expect("it commits");
            assert_eq!(version, Version::new(number));
        }
        if number == 2 {
            server.kill_9();
        }
        server.restart().await;
        assert_eq!(
            current(&store, "a").await.version(),
            Some(Version::new(number))
        );
    }
    release(arm(store.begin("a").await.expect("the key is free")).await).await;
}

pub(crate) async fn no_commit_is_lost_or_doubled_while_the_server_is_killed(server: &Server) {
    let database = Database::new(server).await;
    execute(
        &database.pool,
        "CREATE TABLE models (version bigint PRIMARY KEY)",
    )
    .await;
    let stores = [
        database.store.clone(),
        database.other_process(server),
        database.other_process(server).joined_only(),
    ];
    let writers: Vec<_> = (0..9)
        .map(|number| {
            let store = stores[number % 3].clone();
            tokio::spawn(async move {
                let mut acknowledged = Vec::new();
                for _ in 0..60 {
                    acknowledged.extend(joined_write(&store).await);
                }
                acknowledged
            })
        })
        .collect();
    for _ in 0..4 {
        tokio::time::sleep(Duration::from_millis(400)).await;
        server.kill_9();
        server.restart().await;
    }
    let mut acknowledged = Vec::new();
    for writer in writers {
        let versions = timeout(PATIENCE * 2, writer).await.expect("they end");
        acknowledged.extend(versions.expect("no panic"));
    }
    acknowledged.sort_unstable();
    let count = acknowledged.len();
    acknowledged.dedup();
    assert_eq!(acknowledged.len(), count, "no version twice");
    assert!(count > 0, "some commits went through");
    let rows: Vec<i64> = sqlx::query_scalar("SELECT version FROM models ORDER BY version")
        .fetch_all(&database.pool)
        .await
        .expect("the table can be read");
    let lost: Vec<_> = acknowledged
        .iter()
        .filter(|version| !rows.contains(version))
        .collect();
    assert!(lost.is_empty(), "acknowledged and lost: {lost:?}");
    // Every row was committed with the version that it names: none lies above the ledger's.
    let last = write(&database.store, "key").await.get();
    assert!(rows.iter().all(|row| row.unsigned_abs() < last));
}

/// A write that names its version in the application's table; the version if it was acknowledged.
async fn joined_write(store: &PostgresStore) -> Option<i64> {
    let guard = store.begin("key").await.ok()?;
    let guard = Guard::<&str>::arm(guard).await.ok()?;
    let transaction = lent(&guard);
    let next = i64::try_from(transaction.next_version()).ok()?;
    let mut joined = transaction.begin().await.ok()?;
    let insert = sqlx::query("INSERT INTO models VALUES ($1)").bind(next);
    let inserted = insert.execute(&mut *joined).await;
    drop(joined);
    inserted.ok()?;
    let version = commit(guard, Effect::Written).await.ok()?;
    assert_eq!(i64::try_from(version), Ok(next));
    Some(next)
}
