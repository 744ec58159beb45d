//! Guards that are lost, and commits whose acknowledgement is.

use std::time::Duration;

use sqlx::{PgPool, postgres::PgPoolOptions};
use tower_conditional::{
    Current, Version,
    store::{
        Busy, Change, CommitErrorKind, Effect, Guard, GuardedStore,
        postgres::{PostgresGuard, PostgresStore},
    },
};

use crate::{
    proxy::{Cut, Proxy},
    server::Server,
    support::{
        Database, adopt, arm, armed, commit, current, execute, guards_backend, lock_holders,
        release, write,
    },
    transactions::lent,
};

/// Waits until no backend holds a guard's lock.
async fn until_idle(pool: &PgPool) {
    for _ in 0..500 {
        if lock_holders(pool)
            .await
            .iter()
            .all(|(_, locks)| *locks == 1)
        {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!(
        "a lost guard keeps its lock: {:?}",
        lock_holders(pool).await
    );
}

/// A lost guard's key: unknown to readers, not to be adopted, and its next version is above the
/// one that the lost guard would have made.
async fn assert_orphaned(store: &PostgresStore, lost: Version) {
    assert_eq!(current(store, "key").await, Current::Unknown);
    assert_eq!(adopt(store, "key").await, Current::Unknown);
    // A mere look changes nothing.
    release(store.begin("key").await.expect("the key is free")).await;
    assert_eq!(current(store, "key").await, Current::Unknown);
    let guard = store.begin("key").await.expect("the key is free");
    assert_eq!(Guard::<&str>::current(&guard), Current::Unknown);
    assert_eq!(
        current(store, "key").await,
        Current::Unknown,
        "while another one looks"
    );
    let next = commit(arm(guard).await, Effect::Written)
        .await
        .expect("it commits");
    assert!(next > lost, "{next} may be the lost one's");
    assert_eq!(current(store, "key").await.version(), Some(next));
}

pub(crate) async fn a_dropped_guard_leaves_the_key_unknown(server: &Server) {
    let Database { store, pool, .. } = Database::new(server).await;
    for _ in 0..3 {
        let before = write(&store, "key").await;
        drop(armed(&store, "key").await);
        until_idle(&pool).await;
        assert_orphaned(&store, before.next().expect("it is small")).await;
    }
}

/// Guards: a key that stays unknown for ever, and refuses every condition, until somebody writes
/// over it blindly.
pub(crate) async fn a_lost_key_is_adopted_once_a_writer_has_looked(server: &Server) {
    let Database { store, pool, .. } = Database::new(server).await;
    let before = write(&store, "key").await;
    drop(armed(&store, "key").await);
    until_idle(&pool).await;
    // A writer is refused by its precondition.
    release(store.begin("key").await.expect("the key is free")).await;
    let adopted = adopt(&store, "key").await;
    assert_eq!(adopted.version(), before.next(), "it was never issued");
    assert_eq!(current(&store, "key").await, adopted);
    let next = write(&store, "key").await;
    assert_eq!(Some(next), adopted.version().and_then(Version::next));
}

/// Guards: the lock of a key that leaks into the pool of idle connections.
pub(crate) async fn a_guard_that_cannot_look_at_its_key_keeps_no_lock(server: &Server) {
    let database = Database::new(server).await;
    write(&database.store, "key").await;
    let store = database
        .store
        .clone()
        .lock_timeout(Duration::from_millis(200));
    let mut other = database.pool.begin().await.expect("a connection");
    sqlx::query("LOCK TABLE tower_conditional IN ACCESS EXCLUSIVE MODE")
        .execute(&mut *other)
        .await
        .expect("nobody else has it");
    let refused = store.begin("key").await.expect_err("it cannot look");
    assert!(refused.is::<Busy>(), "{refused}");
    other.rollback().await.expect("the connection stands");
    let process = database.other_process(server);
    assert!(write(&process, "key").await > Version::FIRST);
}

pub(crate) async fn a_key_that_was_never_seen_is_orphaned_like_any_other(server: &Server) {
    let Database { store, pool, .. } = Database::new(server).await;
    drop(armed(&store, "key").await);
    until_idle(&pool).await;
    assert_orphaned(&store, Version::FIRST).await;
}

pub(crate) async fn a_guard_whose_backend_was_ended_can_still_finish_alone(server: &Server) {
    let Database { store, pool, .. } = Database::new(server).await;
    write(&store, "key").await;
    let guard = armed(&store, "key").await;
    server.terminate_backend(guards_backend(&pool).await).await;
    assert_eq!(
        current(&store, "key").await,
        Current::Unknown,
        "its owner is gone"
    );
    // Nobody has come in between: the intent still is its own.
    let committed = commit(guard, Effect::Written)
        .await
        .expect("it is finished");
    assert_eq!(committed, Version::new(2));
    assert_eq!(current(&store, "key").await.version(), Some(committed));
    until_idle(&pool).await;
}

pub(crate) async fn a_guard_whose_key_was_taken_over_does_not_commit(server: &Server) {
    let database = Database::new(server).await;
    let Database { store, pool, .. } = &database;
    let other = database.other_process(server);
    write(store, "key").await;
    let guard = armed(store, "key").await;
    server.terminate_backend(guards_backend(pool).await).await;
    let next = write(&other, "key").await;
    assert_eq!(next, Version::new(3), "2 is left to the lost guard");
    let error = commit(guard, Effect::Written)
        .await
        .expect_err("it was taken over");
    assert_eq!(error.kind(), CommitErrorKind::Unknown);
    assert_eq!(current(store, "key").await.version(), Some(next));
}

pub(crate) async fn a_joined_guard_whose_backend_was_ended_is_rolled_back(server: &Server) {
    let Database { store, pool, .. } = Database::new(server).await;
    execute(&pool, "CREATE TABLE models (name text)").await;
    for store in [store.clone(), store.joined_only()] {
        let before = write(&store, "key").await;
        let guard = armed(&store, "key").await;
        let mut joined = lent(&guard).begin().await.expect("it begins");
        sqlx::query("INSERT INTO models VALUES ('one')")
            .execute(&mut *joined)
            .await
            .expect("it inserts");
        server.terminate_backend(backend(&mut joined).await).await;
        drop(joined);
        let error = commit(guard, Effect::Written)
            .await
            .expect_err("the backend is gone");
        assert_eq!(error.kind(), CommitErrorKind::RolledBack);
        assert_eq!(
            current(&store, "key").await.version(),
            Some(before),
            "nothing rose"
        );
        let rows: i64 = sqlx::query_scalar("SELECT count(*) FROM models")
            .fetch_one(&pool)
            .await
            .expect("the table can be read");
        assert_eq!(rows, 0);
        until_idle(&pool).await;
    }
}

async fn backend(connection: &mut sqlx::PgConnection) -> i32 {
    let pid = sqlx::query_scalar("SELECT pg_backend_pid()");
    pid.fetch_one(connection).await.expect("it has a process")
}

pub(crate) async fn before_it_is_armed_a_lost_guard_is_an_error_and_nothing_more(server: &Server) {
    let Database { store, pool, .. } = Database::new(server).await;
    write(&store, "key").await;
    let before = current(&store, "key").await;
    let guard = store.begin("key").await.expect("the key is free");
    server.terminate_backend(guards_backend(&pool).await).await;
    Guard::<&str>::arm(guard)
        .await
        .expect_err("its connection is gone");
    assert_eq!(current(&store, "key").await, before);
    assert_eq!(write(&store, "key").await, Version::new(2));
}

pub(crate) async fn idle_connections_that_the_server_ended_are_replaced(server: &Server) {
    let Database { store, pool, .. } = Database::new(server).await;
    let guards = [
        armed(&store, "a").await,
        armed(&store, "b").await,
        armed(&store, "c").await,
    ];
    for guard in guards {
        commit(guard, Effect::Written).await.expect("it commits");
    }
    let holders = lock_holders(&pool).await;
    assert_eq!(holders.len(), 3, "three idle connections");
    for (pid, _) in holders {
        server.terminate_backend(pid).await;
    }
    for key in ["a", "b", "c"] {
        assert_eq!(write(&store, key).await, Version::new(2));
    }
}

pub(crate) async fn a_release_that_does_not_arrive_is_a_lost_guard(server: &Server) {
    let Database { store, pool, .. } = Database::new(server).await;
    write(&store, "key").await;
    let guard = armed(&store, "key").await;
    server.terminate_backend(guards_backend(&pool).await).await;
    Guard::<&str>::release(guard)
        .await
        .expect_err("its connection is gone");
    assert_orphaned(&store, Version::new(2)).await;
}

/// A store whose guards reach the database over a wire that can be cut.
async fn wired(server: &Server, database: &Database) -> (Proxy, PostgresStore) {
    let proxy = Proxy::start(server.port()).await;
    let pool = PgPoolOptions::new().max_connections(2);
    let pool = pool
        .connect_lazy(&proxy.url(&database.name))
        .expect("an address");
    let store = PostgresStore::new(pool)
        .lock_timeout(Duration::from_secs(5))
        .statement_timeout(Duration::from_secs(1));
    (proxy, store)
}

/// The statements are prepared, so that each is one message from now on.
async fn prepared(store: &PostgresStore) -> PostgresGuard {
    for _ in 0..2 {
        let mut change = Change::new(Effect::Written);
        change.affects = vec![("warm", Effect::Written)];
        armed(store, "key")
            .await
            .commit(change)
            .await
            .expect("it commits");
        write(store, "key").await;
    }
    release(armed(store, "key").await).await;
    armed(store, "key").await
}

pub(crate) async fn a_lost_acknowledgement_is_resolved(server: &Server) {
    for cut in [Cut::Before, Cut::After, Cut::Silence] {
        let database = Database::new(server).await;
        let (proxy, store) = wired(server, &database).await;
        let guard = prepared(&store).await;
        proxy.cut(b"present", cut);
        let committed = commit(guard, Effect::Written).await;
        assert!(proxy.has_cut(), "{cut:?}");
        assert_eq!(
            committed.expect("it is finished"),
            Version::new(5),
            "{cut:?}"
        );
        let now = current(&database.store, "key").await;
        assert_eq!(now.version(), Some(Version::new(5)));
        assert_eq!(write(&store, "key").await, Version::new(6));
        until_idle(&database.pool).await;
    }
}

pub(crate) async fn a_lost_acknowledgement_of_several_keys_is_resolved(server: &Server) {
    for (pattern, cut) in [
        (&b"present"[..], Cut::Before),
        (b"present", Cut::After),
        (b"COMMIT", Cut::Before),
        (b"COMMIT", Cut::After),
    ] {
        let database = Database::new(server).await;
        let (proxy, store) = wired(server, &database).await;
        let guard = prepared(&store).await;
        let mut change = Change::new(Effect::Written);
        change.affects = vec![("other", Effect::Written)];
        proxy.cut(pattern, cut);
        let committed = guard.commit(change).await;
        assert!(proxy.has_cut(), "{cut:?}");
        assert_eq!(
            committed.expect("it is finished"),
            Version::new(5),
            "{cut:?}"
        );
        for (key, version) in [("key", 5), ("other", 1)] {
            let now = current(&database.store, key).await;
            assert_eq!(
                now.version(),
                Some(Version::new(version)),
                "once, not twice"
            );
        }
        until_idle(&database.pool).await;
    }
}

pub(crate) async fn a_lost_acknowledgement_of_a_joined_commit_is_resolved(server: &Server) {
    for is_joined_only in [false, true] {
        for (pattern, cut, is_committed) in [
            (&b"present"[..], Cut::Before, false),
            (b"present", Cut::After, false),
            (b"COMMIT", Cut::Before, false),
            (b"COMMIT", Cut::Silence, false),
            (b"COMMIT", Cut::After, true),
        ] {
            let database = Database::new(server).await;
            execute(&database.pool, "CREATE TABLE models (name text)").await;
            let (proxy, mut store) = wired(server, &database).await;
            if is_joined_only {
                store = store.joined_only();
            }
            for _ in 0..4 {
                write(&store, "key").await;
            }
            let guard = armed(&store, "key").await;
            let mut joined = lent(&guard).begin().await.expect("it begins");
            sqlx::query("INSERT INTO models VALUES ('one')")
                .execute(&mut *joined)
                .await
                .expect("it inserts");
            drop(joined);
            proxy.cut(pattern, cut);
            let committed = commit(guard, Effect::Written).await;
            assert!(proxy.has_cut(), "{cut:?}");
            let rows: i64 = sqlx::query_scalar("SELECT count(*) FROM models")
                .fetch_one(&database.pool)
                .await
                .expect("the table can be read");
            let now = current(&database.store, "key").await.version();
            let case = format!("{cut:?}, joined only: {is_joined_only}");
            if is_committed {
                assert_eq!(
                    committed.expect("it was committed"),
                    Version::new(5),
                    "{case}"
                );
                assert_eq!((rows, now), (1, Some(Version::new(5))), "{case}");
            } else {
                let error = committed.expect_err("it was not committed");
                assert_eq!(error.kind(), CommitErrorKind::RolledBack, "{case}");
                assert_eq!((rows, now), (0, Some(Version::new(4))), "{case}");
            }
            until_idle(&database.pool).await;
        }
    }
}

pub(crate) async fn an_intent_whose_acknowledgement_is_lost_executes_nothing(server: &Server) {
    let database = Database::new(server).await;
    let (proxy, store) = wired(server, &database).await;
    release(prepared(&store).await).await;
    let guard = store.begin("key").await.expect("the key is free");
    // The intent's binary token is all that tells its message from others: cut the next one.
    proxy.cut(b"key", Cut::After);
    Guard::<&str>::arm(guard)
        .await
        .expect_err("nobody knows whether it is there");
    assert!(proxy.has_cut());
    until_idle(&database.pool).await;
    assert_orphaned(&store, Version::new(5)).await;
}

pub(crate) async fn a_silent_wire_ends_in_an_error_in_time(server: &Server) {
    let database = Database::new(server).await;
    let (proxy, store) = wired(server, &database).await;
    release(prepared(&store).await).await;
    proxy.cut(b"key", Cut::Silence);
    store.begin("key").await.expect_err("nobody answers");
    assert!(proxy.has_cut());
    // The server holds the key for a client that it takes for alive; nothing else is held up.
    let busy = store.begin("key").await.expect_err("it is held");
    assert!(busy.is::<Busy>(), "{busy:?}");
    assert_eq!(write(&store, "other").await, Version::FIRST);
    assert_eq!(
        current(&store, "key").await.version(),
        Some(Version::new(4))
    );
}
