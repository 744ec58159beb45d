//! The table: how it is made, what it is called, which keys it takes.

use std::time::Duration;

use futures_util::future::join_all;
use sqlx::{AssertSqlSafe, PgPool};
use tower_conditional::{
    Current, Version, VersionStore as _,
    store::{
        Busy, Change, Effect, Guard, GuardedStore as _,
        postgres::{PostgresError, PostgresErrorKind, PostgresStore},
    },
};

use crate::{
    server::Server,
    support::{Database, armed, commit, current, execute, write},
};

pub(crate) async fn migrating_twice_and_concurrently_is_the_same_as_once(server: &Server) {
    let database = Database::new(server).await;
    let stores: Vec<_> = (0..8).map(|_| database.other_process(server)).collect();
    for migrated in join_all(stores.iter().map(PostgresStore::migrate)).await {
        migrated.expect("migrations wait for each other");
    }
    assert_eq!(write(&database.store, "key").await, Version::FIRST);
    database.store.migrate().await.expect("it is there already");
    let now = current(&database.store, "key").await;
    assert_eq!(now.version(), Some(Version::FIRST));
}

pub(crate) async fn any_bytes_are_a_key(server: &Server) {
    let Database { store, .. } = Database::new(server).await;
    let keys: Vec<Vec<u8>> = vec![
        vec![],
        vec![0],
        vec![0, 0],
        b"a\0b".to_vec(),
        b"a\0c".to_vec(),
        vec![0xff, 0xfe, 0x80],
        vec![7; 1024],
        vec![7; 1025],
        vec![7; 8192],
        [vec![7; 8191], vec![8]].concat(),
        vec![7; 1 << 20],
        b"'; DROP TABLE tower_conditional; --".to_vec(),
    ];
    for (number, key) in (1..).zip(&keys) {
        for _ in 0..number {
            let guard = store.begin(key).await.expect("the key is free");
            let guard = Guard::<&Vec<u8>>::arm(guard).await.expect("it arms");
            let committed = guard.commit(Change::<&Vec<u8>>::new(Effect::Written)).await;
            committed.expect("it commits");
        }
    }
    for (number, key) in (1..).zip(&keys) {
        let now = store.current(key).await.expect("the database answers");
        assert_eq!(
            now.version(),
            Some(Version::new(number)),
            "{} bytes",
            key.len()
        );
    }
}

pub(crate) async fn names_that_need_quotes_are_quoted(server: &Server) {
    let database = Database::new(server).await;
    for (schema, table) in [
        ("Sp ace", "table"),
        ("select", "with \"quotes\" and 'more'"),
        ("back\\slash", "semi;\ncolon"),
        ("tower_conditional", "tower_conditional"),
        ("größe", "$1 é 表"),
    ] {
        let named = || {
            PostgresStore::new(server.pool(&database.name, 5))
                .schema(schema)
                .and_then(|store| store.table(table))
                .expect("these are names")
        };
        let (store, other) = (named(), named());
        store.migrate().await.expect("the ledger can be created");
        other.migrate().await.expect("it is there already");
        assert_eq!(
            write(&store, "key").await,
            Version::FIRST,
            "{schema} {table}"
        );
        let guard = armed(&store, "key").await;
        let busy = other
            .lock_timeout(Duration::from_millis(50))
            .begin("key")
            .await;
        assert!(busy.expect_err("it is held").is::<Busy>());
        commit(guard, Effect::Written).await.expect("it commits");
        store.channel().await.expect("it has a channel");
    }
    assert_eq!(
        current(&database.store, "key").await,
        Current::Unknown,
        "another table"
    );
}

pub(crate) async fn names_that_no_table_can_have_are_refused(server: &Server) {
    let store = || PostgresStore::new(server.pool("postgres", 1));
    for name in ["", "a\0b", &"x".repeat(58)] {
        let error = store().table(name).expect_err("no table can have it");
        assert_eq!(error.kind(), PostgresErrorKind::Name);
    }
    assert!(store().table(&"x".repeat(57)).is_ok());
    let error = store().schema(&"x".repeat(64)).expect_err("it is too long");
    assert_eq!(error.kind(), PostgresErrorKind::Name);
}

pub(crate) async fn without_its_tables_the_store_says_so(server: &Server) {
    let name = server.create_database().await;
    let store = PostgresStore::new(server.pool(&name, 1));
    let error = store.current("key").await.expect_err("there is no ledger");
    assert_eq!(error.kind(), PostgresErrorKind::NotMigrated);
    let error = store.begin("key").await.expect_err("there is no ledger");
    let error = error
        .downcast::<PostgresError>()
        .expect("the store's error");
    assert_eq!(error.kind(), PostgresErrorKind::NotMigrated);
    store.migrate().await.expect("the ledger can be created");
    assert_eq!(write(&store, "key").await, Version::FIRST);
}

pub(crate) async fn who_may_not_create_tables_can_use_those_that_are_there(server: &Server) {
    let database = Database::new(server).await;
    execute(
        &database.pool,
        "CREATE ROLE writer LOGIN; \
         GRANT SELECT, INSERT, UPDATE, DELETE ON tower_conditional TO writer; \
         GRANT SELECT, UPDATE ON tower_conditional_floor TO writer; \
         REVOKE CREATE ON SCHEMA public FROM PUBLIC",
    )
    .await;
    let options = server.url(&database.name).replace("postgres@", "writer@");
    let pool = PgPool::connect(&options)
        .await
        .expect("the role can log in");
    let store = PostgresStore::new(pool);
    store.migrate().await.expect("there is nothing to do");
    assert_eq!(write(&store, "key").await, Version::FIRST);
    let guard = armed(&database.store, "key").await;
    let now = current(&store, "key").await;
    assert_eq!(
        now.version(),
        Some(Version::FIRST),
        "another role's guard is seen to live"
    );
    commit(guard, Effect::Written).await.expect("it commits");
}

pub(crate) async fn the_sql_of_the_docs_is_what_migrate_runs(server: &Server) {
    let store = PostgresStore::new(server.pool("postgres", 1));
    let docs = include_str!("../../src/store/postgres/ledger.sql");
    assert_eq!(store.sql(), docs);
    let by_hand = Database::empty(server).await;
    sqlx::raw_sql(AssertSqlSafe(docs))
        .execute(&by_hand.pool)
        .await
        .expect("the SQL runs");
    assert_eq!(write(&by_hand.store, "key").await, Version::FIRST);
}

pub(crate) async fn a_read_is_one_indexed_look_up(server: &Server) {
    let Database { name, store, pool } = Database::new(server).await;
    execute(
        &pool,
        "INSERT INTO tower_conditional (key, state, version, modified) \
         SELECT int4send(i), 'present', 1, 0 FROM generate_series(1, 20000) AS i; \
         ANALYZE tower_conditional",
    )
    .await;
    pool.close().await;
    let scans = async || -> (i64, i64) {
        let query = "SELECT idx_scan, seq_scan FROM pg_stat_user_tables \
             WHERE relname = 'tower_conditional'";
        let mut connection = server.connect(&name).await;
        let scans = sqlx::query_as(query).fetch_one(&mut connection).await;
        scans.expect("the server keeps statistics")
    };
    let (indexed, sequential) = scans().await;
    let reads = server.pool(&name, 1);
    let reader = PostgresStore::new(reads.clone());
    for _ in 0..10 {
        let now = reader.current(7_i32.to_be_bytes()).await;
        assert_eq!(
            now.expect("the database answers").version(),
            Some(Version::FIRST)
        );
    }
    // A backend tells its statistics when it ends, at the latest.
    reads.close().await;
    drop(store);
    let mut after = scans().await;
    for _ in 0..100 {
        if after != (indexed, sequential) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
        after = scans().await;
    }
    assert_eq!(after, (indexed + 10, sequential));
}
