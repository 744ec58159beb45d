//! The layers on the routes of one kind of resource, and the one right order of them.
//!
//! `MethodRouter::route_layer` leaves the answer to other methods, 405, outside the layers, as
//! `Router::route_layer` would not. The layer that is added last is the first to see a request.
//! `server.rs` has those that stand around all routes.

use axum::middleware;
use axum::routing::MethodRouter;
use tower_conditional::{
    Access, ConditionalLayer, Current, IncludeVersionLayer, RequestHead, store_fn,
};
use uuid::Uuid;

use crate::database::Database;
use crate::id;
use crate::media_type;
use crate::resource::Kind;

/// May be kept by the client alone, and only to be asked about again.
pub(crate) const CACHE_CONTROL: &str = "private, no-cache";

/// Around handlers that are about one resource.
pub(crate) fn one<K: Kind>(
    handlers: MethodRouter<Database>,
    database: &Database,
    require_if_match: bool,
) -> MethodRouter<Database> {
    let lookup = database.clone();
    let versions = store_fn(move |id: Uuid| {
        let database = lookup.clone();
        async move { database.current(K::COLLECTION, id).await }
    });
    let conditional = ConditionalLayer::new(versions)
        .key(id::access)
        .cache_control(CACHE_CONTROL)
        .require_precondition(require_if_match);
    handlers
        .route_layer(conditional)
        .route_layer(IncludeVersionLayer::new())
        .route_layer(middleware::from_fn(media_type::check))
        .route_layer(middleware::from_fn(id::identify))
}

/// Around handlers that are about a collection. It exists, and has no version: the layer sees to it that a
/// condition which cannot be read, or names a version, does not go unheard.
pub(crate) fn all(handlers: MethodRouter<Database>) -> MethodRouter<Database> {
    let unversioned = ConditionalLayer::new(store_fn(|()| async { Current::Untagged }))
        .key(|request: &RequestHead<'_>| Access::by_method(request.method, ()))
        .cache_control(CACHE_CONTROL);
    handlers
        .route_layer(unversioned)
        .route_layer(IncludeVersionLayer::new())
        .route_layer(middleware::from_fn(media_type::check))
}
