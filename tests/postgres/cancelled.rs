//! Futures that are dropped at every point where they wait.

use std::{
    pin::{Pin, pin},
    task::Poll,
    time::Duration,
};

use tokio::time::timeout;
use tower_conditional::{
    Current, Version,
    store::{Effect, Guard, GuardedStore, postgres::PostgresStore},
};

use crate::{
    server::Server,
    support::{Database, PATIENCE, adopt, armed, commit, current, execute, lock_holders, write},
    transactions::lent,
};

/// Polls `future` so often, then drops it. Gives what it came to, if it did.
async fn polled<F: Future>(future: F, times: usize) -> Option<F::Output> {
    let mut future = pin!(future);
    let mut left = times;
    std::future::poll_fn(|context| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        match Pin::as_mut(&mut future).poll(context) {
            Poll::Ready(output) => Poll::Ready(Some(output)),
            Poll::Pending if left == 0 => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}

/// Whatever was dropped: the key can be written, soon, and no version is made twice.
async fn assert_usable(store: &PostgresStore, highest: &mut u64) {
    let version = timeout(PATIENCE, write(store, "key")).await;
    let version = version.expect("nobody holds the key").get();
    assert!(version > *highest, "{version} after {highest}");
    *highest = version;
}

pub(crate) async fn a_guard_can_be_dropped_at_every_await(server: &Server) {
    let Database { store, pool, .. } = Database::new(server).await;
    execute(&pool, "CREATE TABLE models (name text)").await;
    for store in [store.clone().guards(2), store.joined_only().guards(2)] {
        let mut highest = current(&store, "key")
            .await
            .version()
            .map_or(0, Version::get);
        for joins in [false, true] {
            let mut times = 0;
            loop {
                times += 1;
                let mut rows = 0;
                let run = async {
                    let guard = store.begin("key").await.expect("the key is free");
                    let guard = Guard::<&str>::arm(guard).await.expect("it arms");
                    if joins {
                        let mut joined = lent(&guard).begin().await.expect("it begins");
                        let insert = sqlx::query("INSERT INTO models VALUES ('one')");
                        insert.execute(&mut *joined).await.expect("it inserts");
                    }
                    commit(guard, Effect::Written).await.expect("it commits")
                };
                let committed = polled(run, times).await;
                let seen = current(&store, "key").await;
                if let Some(committed) = committed {
                    assert_eq!(seen.version(), Some(committed));
                    highest = committed.get();
                    rows += 1;
                } else if let Some(version) = seen.version() {
                    assert!(version.get() >= highest);
                }
                assert_usable(&store, &mut highest).await;
                if rows > 0 {
                    break;
                }
                assert!(times < 10_000, "it never ends");
            }
        }
    }
    assert_no_leaks(&pool).await;
}

pub(crate) async fn a_release_can_be_dropped_at_every_await(server: &Server) {
    let Database { store, pool, .. } = Database::new(server).await;
    let mut highest = 0;
    for times in 1.. {
        let guard = armed(&store, "key").await;
        let released = polled(Guard::<&str>::release(guard), times).await;
        assert_usable(&store, &mut highest).await;
        if released.is_some() {
            break;
        }
    }
    assert_no_leaks(&pool).await;
}

pub(crate) async fn reads_adoption_and_raises_can_be_dropped_at_every_await(server: &Server) {
    use tower_conditional::VersionStore as _;

    let Database { store, pool, .. } = Database::new(server).await;
    let mut highest = 0;
    for times in 1.. {
        commit(armed(&store, "key").await, Effect::Unknown)
            .await
            .expect("it commits");
        let adopted = polled(store.adopt("key").expect("the store adopts"), times).await;
        let raised = polled(store.raise("key", Effect::Written), times).await;
        let read = polled(store.current("key"), times).await;
        assert_usable(&store, &mut highest).await;
        if adopted.is_some() && raised.is_some() && read.is_some() {
            break;
        }
    }
    assert_eq!(
        adopt(&store, "key").await.version().map(Version::get),
        Some(highest)
    );
    assert_no_leaks(&pool).await;
}

pub(crate) async fn a_wait_for_another_process_that_is_dropped_leaves_the_queue(server: &Server) {
    let database = Database::new(server).await;
    let other = database.other_process(server);
    let guard = armed(&database.store, "key").await;
    for _ in 0..20 {
        let waited = timeout(Duration::from_millis(20), other.begin("key")).await;
        assert!(waited.is_err(), "it is held");
    }
    commit(guard, Effect::Written).await.expect("it commits");
    assert_eq!(
        timeout(PATIENCE, write(&other, "key")).await,
        Ok(Version::new(2))
    );
}

pub(crate) async fn a_statement_that_a_handler_gave_up_does_not_hold_the_key(server: &Server) {
    let Database { store, .. } = Database::new(server).await;
    for store in [store.clone(), store.joined_only()] {
        let before = current(&store, "key").await;
        let guard = armed(&store, "key").await;
        let mut joined = lent(&guard).begin().await.expect("it begins");
        let slow = sqlx::query("SELECT pg_sleep(3600)").execute(&mut *joined);
        assert!(timeout(Duration::from_millis(100), slow).await.is_err());
        drop(joined);
        drop(guard);
        let next = timeout(PATIENCE, write(&store, "key"))
            .await
            .expect("its backend ends");
        assert!(before.version().is_none_or(|before| next > before));
        assert_ne!(current(&store, "key").await, Current::Unknown);
    }
}

/// No backend is left in a transaction, waiting for a lock, or holding a key's.
async fn assert_no_leaks(pool: &sqlx::PgPool) {
    let busy = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() \
        AND pid <> pg_backend_pid() AND state <> 'idle'";
    let mut left = (0, Vec::new());
    for _ in 0..500 {
        let count: i64 = sqlx::query_scalar(busy)
            .fetch_one(pool)
            .await
            .expect("statistics");
        left = (count, lock_holders(pool).await);
        if left.0 == 0 && left.1.iter().all(|(_, locks)| *locks == 1) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("left behind: {left:?}");
}
