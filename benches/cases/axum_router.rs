use std::convert::Infallible;

use axum::{Router, body::Body, middleware::from_fn_with_state, routing::get};
use http::{Request, Response, header};
use tower::{Layer, Service};
use tower_conditional::{Committed, ConditionalLayer, Version};

use super::{
    case::{Case, Role, Sides, side},
    exchange::{Exchange, tags},
    stores,
    typed_headers::{Versions, check},
};

const ROUTE: &str = "/models/{id}";

/// In an axum router: the layer where it can stand, and the same logic written by hand.
pub(super) fn cases() -> Vec<Case> {
    let matching = || Exchange::get(304).with(header::IF_NONE_MATCH, "\"1\"");
    let many_stale = || Exchange::get(200).with(header::IF_NONE_MATCH, tags(1000, 7));
    let write = || Exchange::put(200).with(header::IF_MATCH, "\"1\"");
    let stale = || Exchange::put(412).with(header::IF_MATCH, "\"7\"");
    let layer = || ConditionalLayer::new(stores::hot());

    let on_route = move || Router::new().route(ROUTE, get(read).put(update).route_layer(layer()));
    let on_router = move || {
        Router::new()
            .route(ROUTE, get(read).put(update))
            .layer(layer())
    };
    let around = move || layer().layer(Router::new().route(ROUTE, get(read).put(update)));
    let by_hand = || {
        let check = from_fn_with_state(Versions::hot(), check);
        Router::new().route(ROUTE, get(read).put(read).route_layer(check))
    };
    let (ours, peer) = (Role::Ours, Role::Peer);
    vec![
        case("axum/bare", Role::Bare, Exchange::get(200), bare),
        case("axum/200", ours, Exchange::get(200), on_route),
        case("axum/200_router_layer", ours, Exchange::get(200), on_router),
        case("axum/200_around_router", ours, Exchange::get(200), around),
        case("axum/304", ours, matching(), on_route),
        case("axum/write", ours, write(), on_route),
        case("axum/write_around_router", ours, write(), around),
        case("axum/412", ours, stale(), on_route),
        case("by_hand/200", peer, Exchange::get(200), by_hand),
        case("by_hand/200_1000_tags", peer, many_stale(), by_hand),
        case("by_hand/304", peer, matching(), by_hand),
        case("by_hand/write", peer, write(), by_hand),
        case("by_hand/412", peer, stale(), by_hand),
    ]
}

fn bare() -> Router {
    Router::new().route(ROUTE, get(read).put(read))
}

async fn read() -> &'static str {
    "hello"
}

async fn update() -> (Committed, &'static str) {
    (Committed(Version::new(2)), "hello")
}

fn case<S, B>(
    name: &'static str,
    role: Role,
    exchange: Exchange,
    service: impl Fn() -> S + 'static,
) -> Case
where
    S: Service<Request<Body>, Response = Response<B>, Error = Infallible> + Clone + 'static,
{
    Case::new(name, role, move || {
        let [alone, within] = [exchange.clone(), exchange.clone()];
        let request = |exchange: &Exchange, n| exchange.request(n).map(|_| Body::empty());
        Sides {
            bare: side(bare(), move |n| (request(&alone, n), 200)),
            measured: side(service(), move |n| (request(&within, n), within.status)),
        }
    })
}
