use http::header;
use tower::Layer;
use tower_conditional::{BoxVersionStore, ConditionalLayer, PathKey, Version, store_fn};

use super::{
    beside_bare,
    case::{Case, Role},
    exchange::{Exchange, tags},
    handler::Handler,
    stores,
};

// No count knows of caches: the cold store is timed alone.
pub(super) fn cases() -> Vec<Case> {
    let matching = |tags: &str| Exchange::get(304).with(header::IF_NONE_MATCH, tags);
    let missing = |tags: &str| Exchange::get(200).with(header::IF_NONE_MATCH, tags);
    let memory = || ConditionalLayer::new(stores::hot()).layer(Handler);
    let long_tags = || ConditionalLayer::new(stores::since_boot()).layer(Handler);
    let cold = || ConditionalLayer::new(stores::cold()).layer(Handler);
    let function = || {
        let version = |_: PathKey| async { Version::new(1) };
        ConditionalLayer::new(store_fn(version)).layer(Handler)
    };
    let boxed = || {
        let store = BoxVersionStore::<PathKey>::new(stores::hot());
        ConditionalLayer::new(store).layer(Handler)
    };
    let everywhere = Exchange::get(200).keys(stores::COLD_KEYS);
    vec![
        beside_bare("200", Role::Ours, Exchange::get(200), memory),
        beside_bare("200/stale_tag", Role::Ours, missing("\"7\""), memory),
        beside_bare("200/10_tags", Role::Ours, missing(&tags(10, 7)), memory),
        beside_bare("200/1000_tags", Role::Ours, missing(&tags(1000, 7)), memory),
        beside_bare("200/16_digits", Role::Ours, Exchange::get(200), long_tags),
        beside_bare("200/store_fn", Role::Ours, Exchange::get(200), function),
        beside_bare("200/boxed", Role::Ours, Exchange::get(200), boxed),
        beside_bare("200/cold", Role::Ours, everywhere, cold).timed_alone(),
        beside_bare("304/one_tag", Role::Ours, matching("\"1\""), memory),
        beside_bare(
            "304/list",
            Role::Ours,
            matching("\"7\", W/\"8\", \"1\""),
            memory,
        ),
        beside_bare("304/star", Role::Ours, matching("*"), memory),
        beside_bare("304/10_tags", Role::Ours, matching(&tags(10, 1)), memory),
        beside_bare(
            "304/1000_tags",
            Role::Ours,
            matching(&tags(1000, 1)),
            memory,
        ),
        beside_bare("304/store_fn", Role::Ours, matching("\"1\""), function),
        beside_bare("304/boxed", Role::Ours, matching("\"1\""), boxed),
        beside_bare(
            "304/cold",
            Role::Ours,
            matching("\"1\"").keys(stores::COLD_KEYS),
            cold,
        )
        .timed_alone(),
    ]
}
