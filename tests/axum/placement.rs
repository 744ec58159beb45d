//! Where the layer may stand in axum, and what comes before preconditions there.

use axum::{Router, routing::get};
use http::{StatusCode, header};
use tower::{Layer, ServiceBuilder};
use tower_conditional::{Access, ConditionalLayer, MemoryStore, PathKey, RequestHead};
use tower_http::trace::TraceLayer;

use crate::support::{CONTENT, field, items, layer, read, resource, send, tag};

const STALE: &[(&str, &str)] = &[("if-match", "\"9\"")];

/// §13.2.1: what the same request would be refused for without preconditions comes first.
#[tokio::test]
async fn inside_a_method_router_405_and_404_come_before_preconditions() {
    let app = items(&MemoryStore::new());
    send(&app, "PUT", "/items/1", &[]).await;
    for fields in [
        STALE,
        &[("if-match", "malformed")],
        &[("if-none-match", "*")],
    ] {
        let response = send(&app, "PATCH", "/items/1", fields).await;
        assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
        assert!(field(&response, header::ALLOW).is_some());
        for method in ["GET", "PUT", "PATCH"] {
            let response = send(&app, method, "/nowhere", fields).await;
            assert_eq!(response.status(), StatusCode::NOT_FOUND, "{method}");
        }
    }
    let response = send(&app, "PUT", "/items/1", STALE).await;
    assert_eq!(response.status(), StatusCode::PRECONDITION_FAILED);
}

#[tokio::test]
async fn inside_a_router_404_comes_before_preconditions() {
    let store = MemoryStore::new();
    let app = Router::new()
        .route("/items/{id}", resource())
        .route_layer(layer(&store))
        .with_state(store.clone());
    let response = send(&app, "PUT", "/nowhere", STALE).await;
    assert_eq!(response.status(), StatusCode::NOT_FOUND);
    send(&app, "PUT", "/items/1", &[]).await;
    let response = send(&app, "PUT", "/items/1", STALE).await;
    assert_eq!(response.status(), StatusCode::PRECONDITION_FAILED);
}

#[tokio::test]
async fn around_a_router_the_key_extractor_says_what_is_a_resource() {
    let store = MemoryStore::new();
    let layer = layer(&store).key(|request: &RequestHead<'_>| {
        if request.path().starts_with("/items/") {
            Access::by_method(request.method, PathKey::new(request.path()))
        } else {
            Access::Neither
        }
    });
    let app = layer.layer(
        Router::new()
            .route("/items/{id}", resource())
            .with_state(store.clone()),
    );
    let response = send(&app, "PUT", "/nowhere", STALE).await;
    assert_eq!(response.status(), StatusCode::NOT_FOUND);
    let written = send(&app, "PUT", "/items/1", &[]).await;
    assert_eq!(tag(&written), Some("\"1\""));
    let response = send(&app, "PUT", "/items/1", STALE).await;
    assert_eq!(response.status(), StatusCode::PRECONDITION_FAILED);
}

#[tokio::test]
async fn authentication_outside_comes_first() {
    let store = MemoryStore::new();
    let app = items(&store).layer(axum::middleware::from_fn(
        |request: axum::extract::Request, next: axum::middleware::Next| async move {
            if request.headers().contains_key(header::AUTHORIZATION) {
                Ok(next.run(request).await)
            } else {
                Err(StatusCode::UNAUTHORIZED)
            }
        },
    ));
    let auth = ("authorization", "Bearer x");
    let written = send(&app, "PUT", "/items/1", &[auth]).await;
    assert_eq!(tag(&written), Some("\"1\""));
    for fields in [
        STALE,
        &[("if-none-match", "*")],
        &[("if-match", "malformed")],
    ] {
        for method in ["GET", "PUT"] {
            let response = send(&app, method, "/items/1", fields).await;
            assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
            assert_eq!(tag(&response), None);
        }
    }
    let response = send(&app, "PUT", "/items/1", &[auth, STALE[0]]).await;
    assert_eq!(response.status(), StatusCode::PRECONDITION_FAILED);
}

#[tokio::test]
async fn nested_routers_with_the_same_inner_paths_share_no_versions() {
    let store = MemoryStore::new();
    let outer_layer = Router::new()
        .route("/items/{id}", resource())
        .route_layer(layer(&store))
        .with_state(store.clone());
    let around_inner = Router::new()
        .route("/items/{id}", resource())
        .layer(layer(&store))
        .with_state(store.clone());
    let app = Router::new()
        .nest("/a", items(&store))
        .nest("/b", outer_layer)
        .nest("/c", around_inner)
        .nest("/d", Router::new().nest("/e", items(&store)))
        .nest_service("/f", items(&store));

    let paths = ["/a", "/b", "/c", "/d/e", "/f"];
    for (round, prefix) in paths.into_iter().enumerate() {
        for _ in 0..=round {
            let path = format!("{prefix}/items/1");
            let written = send(&app, "PUT", &path, &[]).await;
            assert_eq!(written.status(), StatusCode::OK, "{path}");
        }
    }
    for (round, prefix) in paths.into_iter().enumerate() {
        let path = format!("{prefix}/items/1");
        let response = send(&app, "GET", &path, &[]).await;
        assert_eq!(
            tag(&response),
            Some(format!("\"{}\"", round + 1).as_str()),
            "{path}"
        );
    }
}

/// Bodies of any kind pass, boxed by others or not.
#[tokio::test]
async fn the_layer_stacks_with_others() {
    let store = MemoryStore::new();
    let app = Router::new()
        .route("/a", get(read))
        .route_layer(
            ServiceBuilder::new()
                .layer(TraceLayer::new_for_http())
                .layer(ConditionalLayer::new(store.clone()))
                .layer(TraceLayer::new_for_http()),
        )
        .layer(TraceLayer::new_for_http());
    send(&app, "GET", "/a", &[]).await;
    let response = send(&app, "GET", "/a", &[]).await;
    assert_eq!(tag(&response), Some("\"1\""), "adopted by the first read");
    assert_eq!(response.body(), CONTENT);
}
