//! The layers on the routes of rules: as `layers.rs` has them for the other kinds, but that the
//! conditional layer guards the writes.

use std::time::Duration;

use axum::body::Bytes;
use axum::extract::Request;
use axum::http::HeaderValue;
use axum::http::header::{IF_MATCH, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_UNMODIFIED_SINCE};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodFilter, MethodRouter, on_service};
use tower::Layer;
use tower_conditional::conditional::Guarded;
use tower_conditional::conditional::guarded::Task;
use tower_conditional::precondition::RejectionKind;
use tower_conditional::{
    Access, ConditionalLayer, Current, IncludeVersionLayer, PathKey, Preconditions, Rejection,
    RequestHead, tokio_spawn,
};
use uuid::Uuid;

use super::known::Known;
use crate::body;
use crate::database::{Database, Ledger};
use crate::error;
use crate::id::{self, ResourceId};
use crate::layers::CACHE_CONTROL;
use crate::media_type;

/// How long a write waits for the others of its rule.
const PATIENCE: Duration = Duration::from_secs(5);

/// Around handlers that are about one rule.
pub(super) fn one(
    handlers: MethodRouter<Database>,
    database: &Database,
    require_if_match: bool,
) -> MethodRouter {
    // One service for all methods: where a precondition depends on whether there is a rule and the
    // ledger cannot tell, the layer asks by a GET, and that must come to the handler for GET.
    let methods = MethodFilter::GET
        .or(MethodFilter::PUT)
        .or(MethodFilter::PATCH)
        .or(MethodFilter::DELETE);
    let handlers = handlers.with_state(database.clone());
    let guarded = match database.ledger() {
        Ledger::Sqlite(store) => on_service(
            methods,
            layer(store, database, require_if_match)
                .ask_service()
                .layer(handlers),
        ),
        Ledger::Postgres(store) => on_service(
            methods,
            layer(store, database, require_if_match)
                .ask_service()
                .layer(handlers),
        ),
    };
    guarded
        .route_layer(IncludeVersionLayer::new())
        .route_layer(middleware::from_fn(media_type::check))
        .route_layer(middleware::from_fn(id::identify))
}

/// Around the handler that creates a rule. It gets its id before anything else, so that to create
/// it is a guarded write of that very rule: the row and the first version are one commit.
pub(super) fn new(handler: MethodRouter<Database>, database: &Database) -> MethodRouter {
    let handler = handler.with_state(database.clone());
    let guarded = match database.ledger() {
        Ledger::Sqlite(store) => handler.route_layer(layer(store, database, false).guard_posts()),
        Ledger::Postgres(store) => handler.route_layer(layer(store, database, false).guard_posts()),
    };
    guarded
        .route_layer(IncludeVersionLayer::new())
        .route_layer(middleware::from_fn(identify_new))
        .route_layer(middleware::from_fn(media_type::check))
}

type GuardedLayer<S> =
    ConditionalLayer<Known<S>, fn(&RequestHead<'_>) -> Access<PathKey>, Guarded<fn(Task)>>;

fn layer<S>(ledger: S, database: &Database, require_if_match: bool) -> GuardedLayer<S> {
    let key: fn(&RequestHead<'_>) -> Access<PathKey> = access;
    let spawn: fn(Task) = tokio_spawn;
    let database = database.clone();
    ConditionalLayer::guarded(Known { ledger, database }, spawn)
        .key(key)
        .body_limit(body::LIMIT)
        .wait_limit(PATIENCE)
        .cache_control(CACHE_CONTROL)
        .require_precondition(require_if_match)
        .rejection_body(problem)
}

const FOLDER: &str = "/rules/";

/// The path of the rule is its key. That of a new one is not in the request.
fn access(request: &RequestHead<'_>) -> Access<PathKey> {
    let key = match request.extensions.get() {
        Some(ResourceId(id)) => PathKey::new(&format!("{FOLDER}{id}")),
        None => PathKey::new(request.path()),
    };
    Access::by_method(request.method, key)
}

/// The rule that has this key.
pub(super) fn id_of(key: &PathKey) -> Option<Uuid> {
    id::parse(key.as_str().strip_prefix(FOLDER)?)
}

/// A client is told of an unknown outcome in the same words, whoever has committed.
fn problem(rejection: &Rejection) -> Option<(HeaderValue, Bytes)> {
    match rejection.kind() {
        RejectionKind::OutcomeUnknown => Some(error::outcome_unknown().into_document()),
        RejectionKind::ContentTooLarge => Some(body::too_large().into_document()),
        _ => None,
    }
}

/// What a client asks of a POST, it asks of the list, which exists and has no version. The new
/// rule has nothing to be compared with.
async fn identify_new(conditions: Preconditions, mut request: Request, next: Next) -> Response {
    if let Err(rejection) = conditions.check(Current::Untagged) {
        return rejection.into_response();
    }
    for name in [
        IF_MATCH,
        IF_NONE_MATCH,
        IF_MODIFIED_SINCE,
        IF_UNMODIFIED_SINCE,
    ] {
        request.headers_mut().remove(name);
    }
    request.extensions_mut().insert(ResourceId(Uuid::now_v7()));
    next.run(request).await
}
