//! The public suite of laws.

use std::time::Duration;

use tower_conditional::{
    Version,
    store::{
        conformance::{self, keys},
        postgres::PostgresStore,
    },
};

use crate::{server::Server, support::Database};

async fn drop_tombstones(store: PostgresStore) -> PostgresStore {
    // The times of versions that were made at once lie ahead, a second each.
    tokio::time::sleep(Duration::from_secs(5)).await;
    let dropped = store.prune_tombstones(Duration::ZERO).await;
    assert!(dropped.expect("the database answers") > 0);
    store
}

pub(crate) async fn the_store_keeps_the_laws(server: &Server) {
    let database = Database::new(server).await;
    let second = database.other_process(server);
    let last = Version::try_from(i64::MAX).expect("it is positive");
    let suite = conformance::guarded(database.store.clone(), keys::bytes)
        .second_instance(second)
        .last_version(last)
        .many_keys(2000)
        .settle_time(Duration::from_millis(300))
        .drop_tombstones(drop_tombstones)
        .reopen(async |store| {
            drop(store);
            database.other_process(server)
        });
    suite.run().await.assert();
}
