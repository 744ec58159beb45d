//! The table: how it is made, what it is called, which keys it takes.

use futures_util::future::join_all;
use tower_conditional::Version;

use crate::{
    server::Server,
    support::{Database, current, write},
};

pub(crate) async fn migrating_twice_and_concurrently_is_the_same_as_once(server: &Server) {
    let database = Database::new(server).await;
    let stores: Vec<_> = (0..8).map(|_| database.other_process(server)).collect();
    for migrated in join_all(stores.iter().map(|store| store.migrate())).await {
        migrated.expect("migrations wait for each other");
    }
    assert_eq!(write(&database.store, "key").await, Version::FIRST);
    database.store.migrate().await.expect("it is there already");
    let now = current(&database.store, "key").await;
    assert_eq!(now.version(), Some(Version::FIRST));
}
