//! Several writers, in one process and in several.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures_util::future::join_all;
use tokio::time::timeout;
use tower_conditional::{
    Current, Version, VersionStore as _,
    store::{Busy, Effect, Guard, GuardedStore, postgres::PostgresStore},
};

use crate::{
    server::Server,
    support::{Database, PATIENCE, arm, armed, commit, current, lock_holders, release, write},
};

pub(crate) async fn a_key_has_one_guard_over_all_processes(server: &Server) {
    let database = Database::new(server).await;
    let stores: Vec<_> = (0..3).map(|_| database.other_process(server)).collect();
    let inside = Arc::new(AtomicUsize::new(0));
    let writers = (0..60).map(|number| {
        let store = stores[number % stores.len()].clone();
        let inside = Arc::clone(&inside);
        tokio::spawn(async move {
            let guard = armed(&store, "key").await;
            assert_eq!(
                inside.fetch_add(1, Ordering::SeqCst),
                0,
                "nobody else is inside"
            );
            let before = Guard::<&str>::current(&guard).version();
            tokio::time::sleep(Duration::from_millis(1)).await;
            inside.fetch_sub(1, Ordering::SeqCst);
            let after = commit(guard, Effect::Written).await.expect("it commits");
            assert_eq!(before.map_or(0, Version::get) + 1, after.get());
            after.get()
        })
    });
    let all = timeout(PATIENCE, join_all(writers))
        .await
        .expect("all have their turn");
    let mut versions: Vec<_> = all.into_iter().map(|one| one.expect("no panic")).collect();
    versions.sort_unstable();
    assert_eq!(versions, (1..=60).collect::<Vec<_>>());
}

pub(crate) async fn what_one_process_commits_the_other_reads(server: &Server) {
    let database = Database::new(server).await;
    let other = database.other_process(server);
    for number in 1..=20 {
        let (writer, reader) = if number % 2 == 0 {
            (&database.store, &other)
        } else {
            (&other, &database.store)
        };
        let committed = write(writer, "key").await;
        assert_eq!(committed, Version::new(number));
        assert_eq!(current(reader, "key").await.version(), Some(committed));
    }
}

pub(crate) async fn a_thousand_keys_commit_while_one_is_held(server: &Server) {
    let Database { store, .. } = Database::new(server).await;
    let guard = armed(&store, "held").await;
    let waiting = tokio::spawn({
        let store = store.clone();
        async move { write(&store, "held").await }
    });
    let writers = (0..1000).map(|number| {
        let store = store.clone();
        tokio::spawn(async move { write(&store, &format!("key {number}")).await })
    });
    let all = timeout(PATIENCE, join_all(writers))
        .await
        .expect("none waits for the held key");
    assert_eq!(all.len(), 1000);
    for version in all {
        assert_eq!(version.expect("no panic"), Version::FIRST);
    }
    assert!(!waiting.is_finished(), "the held key is held");
    commit(guard, Effect::Written).await.expect("it commits");
    let next = timeout(PATIENCE, waiting).await.expect("its turn comes");
    assert_eq!(next.expect("no panic"), Version::new(2));
}

pub(crate) async fn guards_never_starve_handlers_of_connections(server: &Server) {
    let Database { store, pool, .. } = Database::new(server).await;
    // Each of 200 writers of one key takes a connection of the five that the pool has.
    let writers = (0..200).map(|_| {
        let (store, pool) = (store.clone(), pool.clone());
        tokio::spawn(async move {
            let guard = armed(&store, "key").await;
            let mut connection = pool.acquire().await.expect("the pool is the handlers'");
            sqlx::query("SELECT pg_sleep(0.001)")
                .execute(&mut *connection)
                .await
                .expect("it sleeps");
            drop(connection);
            commit(guard, Effect::Written)
                .await
                .expect("it commits")
                .get()
        })
    });
    let all = timeout(PATIENCE, join_all(writers))
        .await
        .expect("no deadlock");
    let mut versions: Vec<_> = all.into_iter().map(|one| one.expect("no panic")).collect();
    versions.sort_unstable();
    assert_eq!(versions, (1..=200).collect::<Vec<_>>());
}

pub(crate) async fn writers_who_wait_in_the_process_hold_no_connection(server: &Server) {
    let Database { store, pool, .. } = Database::new(server).await;
    let guard = armed(&store, "key").await;
    let waiting: Vec<_> = (0..50)
        .map(|_| {
            let store = store.clone();
            tokio::spawn(async move { release(store.begin("key").await.expect("its turn")).await })
        })
        .collect();
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(
        lock_holders(&pool).await.len(),
        1,
        "the guard's own connection"
    );
    commit(guard, Effect::Written).await.expect("it commits");
    for waiting in waiting {
        timeout(PATIENCE, waiting)
            .await
            .expect("its turn comes")
            .expect("no panic");
    }
}

pub(crate) async fn a_writer_that_waits_too_long_for_another_process_is_told_busy(server: &Server) {
    let database = Database::new(server).await;
    let other = database
        .other_process(server)
        .lock_timeout(Duration::from_millis(200));
    let joined_only = database
        .other_process(server)
        .lock_timeout(Duration::from_millis(200));
    let joined_only = joined_only.joined_only();
    let guard = armed(&database.store, "key").await;
    for store in [&other, &joined_only] {
        for _ in 0..3 {
            let refused = store.begin("key").await.expect_err("it is held");
            assert!(refused.is::<Busy>(), "{refused:?}");
        }
    }
    commit(guard, Effect::Written).await.expect("it commits");
    // The connections that waited in vain are as good as before.
    assert_eq!(write(&other, "key").await, Version::new(2));
    assert_eq!(write(&joined_only, "key").await, Version::new(3));
}

pub(crate) async fn a_guard_for_which_no_connection_is_left_is_told_busy(server: &Server) {
    let database = Database::new(server).await;
    let store = database
        .store
        .clone()
        .guards(2)
        .lock_timeout(Duration::from_millis(200));
    let one = armed(&store, "one").await;
    let two = armed(&store, "two").await;
    let refused = store
        .begin("three")
        .await
        .expect_err("two are all there are");
    assert!(refused.is::<Busy>(), "{refused:?}");
    assert_eq!(
        current(&store, "three").await,
        Current::Unknown,
        "reads go on"
    );
    release(one).await;
    assert_eq!(write(&store, "three").await, Version::FIRST);
    commit(two, Effect::Written).await.expect("it commits");
}

pub(crate) async fn turns_are_taken_in_the_order_of_arrival(server: &Server) {
    let Database { store, .. } = Database::new(server).await;
    let guard = armed(&store, "key").await;
    let mut waiting = Vec::new();
    for number in 0..20 {
        let store = store.clone();
        waiting.push(tokio::spawn(
            async move { (number, write(&store, "key").await) },
        ));
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    commit(guard, Effect::Written).await.expect("it commits");
    for waiting in waiting {
        let (number, version) = waiting.await.expect("no panic");
        assert_eq!(version, Version::new(number + 2));
    }
}

pub(crate) async fn commits_are_told_to_listeners_once_they_are_visible(server: &Server) {
    let database = Database::new(server).await;
    let store = database.store.clone().notify();
    let channel = store.channel().await.expect("the database answers");
    let mut listener = sqlx::postgres::PgListener::connect(&server.url(&database.name))
        .await
        .expect("it connects");
    listener.listen(&channel).await.expect("it listens");
    let mut told = async || {
        let told = timeout(PATIENCE, listener.recv())
            .await
            .expect("it is told");
        told.expect("the connection stands").payload().to_owned()
    };
    let guard = armed(&store, "key").await;
    assert_eq!(told().await, PostgresStore::payload(b"key"), "the intent");
    let mut change = tower_conditional::store::Change::new(Effect::Written);
    change.affects = vec![("list", Effect::Written)];
    guard.commit(change).await.expect("it commits");
    assert_eq!(told().await, PostgresStore::payload(b"key"));
    assert_eq!(told().await, PostgresStore::payload(b"list"));
    store
        .raise("raised", Effect::Deleted)
        .await
        .expect("it rises");
    assert_eq!(told().await, PostgresStore::payload(b"raised"));
    let adopted = store.adopt(&[7_u8; 5000]).expect("the store adopts");
    adopted.await.expect("the database answers");
    assert_eq!(told().await, PostgresStore::payload(&[7; 5000]));
    // Another table of the same name in another schema is another channel.
    let elsewhere = database.store.clone().schema("elsewhere").expect("a name");
    elsewhere
        .migrate()
        .await
        .expect("the ledger can be created");
    assert_ne!(
        elsewhere.channel().await.expect("the database answers"),
        channel
    );
}

pub(crate) async fn a_guard_that_is_not_armed_changes_nothing_however_it_ends(server: &Server) {
    let Database { store, .. } = Database::new(server).await;
    write(&store, "key").await;
    let before = current(&store, "key").await;
    drop(store.begin("key").await.expect("the key is free"));
    assert_eq!(current(&store, "key").await, before);
    let guard = store.begin("key").await.expect("the key is free");
    assert_eq!(Guard::<&str>::current(&guard), before);
    commit(arm(guard).await, Effect::Written)
        .await
        .expect("it commits");
    let unarmed = store.begin("key").await.expect("the key is free");
    let committed = commit(unarmed, Effect::Written).await;
    assert_eq!(committed.expect("it commits"), Version::new(3));
}
