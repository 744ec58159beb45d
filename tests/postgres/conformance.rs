//! The public suite of laws.

use std::time::Duration;

use tower_conditional::{
    Version,
    store::{
        conformance::{self, Suite, keys},
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

/// With every option, for a store that `mode` has made of the plain one.
async fn suite(
    server: &Server,
    mode: fn(PostgresStore) -> PostgresStore,
) -> Suite<'_, PostgresStore> {
    let database = Database::new(server).await;
    let second = mode(database.other_process(server));
    let last = Version::try_from(i64::MAX).expect("it is positive");
    conformance::guarded(mode(database.store.clone()), keys::bytes)
        .second_instance(second)
        .last_version(last)
        .many_keys(2000)
        .settle_time(Duration::from_millis(300))
        .drop_tombstones(drop_tombstones)
        .reopen(async move |store| {
            drop(store);
            mode(database.other_process(server))
        })
}

pub(crate) async fn the_store_keeps_the_laws(server: &Server) {
    let suite = suite(server, |store| store).await;
    suite.run().await.assert();
}

pub(crate) async fn joined_only_rolls_back_what_is_lost_and_keeps_the_laws_of_that(
    server: &Server,
) {
    let suite = suite(server, PostgresStore::joined_only).await;
    suite.rolls_back().run().await.assert();
}
