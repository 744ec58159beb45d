use http::header;
use tower::Layer;
use tower_conditional::ConditionalLayer;

use super::{
    beside_bare,
    case::{Case, Role},
    exchange::{Exchange, tags},
    handler::{Committing, Raising},
    stores,
};

pub(super) fn cases() -> Vec<Case> {
    let under = |status, tags: &str| Exchange::put(status).with(header::IF_MATCH, tags);
    let committing = || ConditionalLayer::new(stores::hot()).layer(Committing);
    let requiring = || {
        let layer = ConditionalLayer::new(stores::hot()).require_precondition(true);
        layer.layer(Committing)
    };
    let raising = || {
        let store = stores::raised();
        ConditionalLayer::new(store.clone()).layer(Raising(store))
    };
    let ours = Role::Ours;
    vec![
        beside_bare("write/if_match", ours, under(200, "\"1\""), committing),
        beside_bare("write/unconditional", ours, Exchange::put(200), committing),
        beside_bare("write/10_tags", ours, under(200, &tags(10, 1)), committing),
        beside_bare("write/compare_and_set", ours, under(200, "*"), raising),
        beside_bare("412", ours, under(412, "\"7\""), committing),
        beside_bare(
            "412/1000_tags",
            ours,
            under(412, &tags(1000, 7)),
            committing,
        ),
        beside_bare("400", ours, under(400, "\"1"), committing),
        beside_bare("428", ours, Exchange::put(428), requiring),
    ]
}
