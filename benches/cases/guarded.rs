use http::header;
use tower::Layer;
use tower_conditional::{ConditionalLayer, tokio_spawn};

use super::{
    beside_bare,
    case::{Case, Role},
    exchange::Exchange,
    handler::Handler,
    stores,
};

/// The guarded protocol, with a handler that knows nothing of versions.
pub(super) fn cases() -> Vec<Case> {
    let read = || Exchange::get(200);
    let write = || Exchange::put(200).with(header::IF_MATCH, "*");
    let stale = || Exchange::put(412).with(header::IF_MATCH, "\"7\"");
    let in_place = || ConditionalLayer::guarded_cancellable(stores::raised()).layer(Handler);
    let spawned = || ConditionalLayer::guarded(stores::raised(), tokio_spawn).layer(Handler);
    let ours = Role::Ours;
    vec![
        beside_bare("guarded/200", ours, read(), spawned),
        beside_bare("guarded/write_in_place", ours, write(), in_place),
        beside_bare("guarded/write_spawned", ours, write(), spawned),
        beside_bare("guarded/412", ours, stale(), spawned),
    ]
}
