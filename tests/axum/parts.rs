//! Extractors and response parts.

use axum::{
    Json, Router,
    response::IntoResponse,
    routing::{get, put},
};
use http::{StatusCode, header};
use tower_conditional::{
    Committed, ConditionalLayer, EntityTag, MemoryStore, Observed, PathKey, Version,
    VersionConflict, WritePermit, precondition::Expectation, store_fn,
};

use crate::support::{items, problem, send, tag};

#[tokio::test]
async fn a_permit_without_a_layer_is_500_and_says_what_is_missing() {
    async fn update(_: WritePermit) -> StatusCode {
        panic!("must not run")
    }
    let app = Router::new().route("/a", put(update));
    let response = send(&app, "PUT", "/a", &[]).await;
    assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
    let body = std::str::from_utf8(response.body()).unwrap();
    assert!(body.contains("ConditionalLayer"), "{body}");
}

#[tokio::test]
async fn a_permit_is_not_to_be_had_by_a_read() {
    async fn read(_: WritePermit) -> StatusCode {
        panic!("must not run")
    }
    let layer = ConditionalLayer::new(MemoryStore::new());
    let app = Router::new().route("/a", get(read).route_layer(layer));
    let response = send(&app, "GET", "/a", &[]).await;
    assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
}

#[tokio::test]
async fn a_permit_is_what_the_layer_has_judged() {
    async fn update(permit: WritePermit) -> String {
        format!("{:?}", permit.expectation())
    }
    let layer = ConditionalLayer::new(store_fn(|_: PathKey| async { Version::new(5) }));
    let app = Router::new().route("/a", put(update).route_layer(layer));
    let response = send(&app, "PUT", "/a", &[("if-match", "\"5\"")]).await;
    let expected = format!("{:?}", Expectation::Exactly(Version::new(5)));
    assert_eq!(response.body(), &expected);
}

#[tokio::test]
async fn a_path_key_is_the_layers_own_also_inside_a_nested_router() {
    async fn read(key: PathKey) -> String {
        key.to_string()
    }
    let inner = Router::new().route("/items/{id}", get(read));
    let app = Router::new().nest("/shop", inner.clone()).merge(inner);
    for (path, key) in [
        ("/items/1", "/items/1"),
        ("/items/a%2Db%2fc?x=1", "/items/a-b%2Fc"),
        ("/shop/items/%31", "/shop/items/1"),
    ] {
        let response = send(&app, "GET", path, &[]).await;
        assert_eq!(response.body(), key);
    }
}

#[tokio::test]
async fn commits_and_tags_go_from_write_to_read() {
    let app = items(&MemoryStore::new());
    let created = send(&app, "PUT", "/items/1", &[("if-none-match", "*")]).await;
    assert_eq!(
        (created.status(), tag(&created)),
        (StatusCode::OK, Some("\"1\""))
    );
    let updated = send(&app, "PUT", "/items/1", &[("if-match", "\"1\"")]).await;
    assert_eq!(
        (updated.status(), tag(&updated)),
        (StatusCode::OK, Some("\"2\""))
    );

    let read = send(&app, "GET", "/items/1", &[]).await;
    assert_eq!(tag(&read), Some("\"2\""));
    let unchanged = send(&app, "GET", "/items/1", &[("if-none-match", "\"2\"")]).await;
    assert_eq!(unchanged.status(), StatusCode::NOT_MODIFIED);
    assert!(unchanged.body().is_empty());

    let stale = send(&app, "PUT", "/items/1", &[("if-match", "\"1\"")]).await;
    assert_eq!(stale.status(), StatusCode::PRECONDITION_FAILED);
    assert_eq!(problem(&stale)["currentETag"], "\"2\"");

    let removed = send(&app, "DELETE", "/items/1", &[("if-match", "\"2\"")]).await;
    assert_eq!(removed.status(), StatusCode::NO_CONTENT);
    assert_eq!(tag(&removed), None);
    let gone = send(&app, "DELETE", "/items/1", &[("if-match", "\"2\"")]).await;
    assert_eq!(gone.status(), StatusCode::NOT_FOUND);
    let again = send(&app, "PUT", "/items/1", &[("if-none-match", "*")]).await;
    assert_eq!(tag(&again), Some("\"4\""), "versions go on");
}

#[tokio::test]
async fn observed_and_entity_tags_are_response_parts() {
    async fn observed() -> impl IntoResponse {
        (Observed(Version::new(7)), Json("content"))
    }
    async fn tagged() -> impl IntoResponse {
        let tag: EntityTag = "W/\"own\"".parse().expect("a tag");
        (StatusCode::CREATED, tag, "content")
    }
    let layer = ConditionalLayer::new(store_fn(|_: PathKey| async { Version::new(5) }));
    let app = Router::new()
        .route("/observed", get(observed).route_layer(layer))
        .route("/tagged", get(tagged));
    assert_eq!(
        tag(&send(&app, "GET", "/observed", &[]).await),
        Some("\"7\"")
    );
    let tagged = send(&app, "GET", "/tagged", &[]).await;
    assert_eq!(tag(&tagged), Some("W/\"own\""));
    assert_eq!(tagged.headers().get_all(header::ETAG).iter().count(), 1);
}

/// `Committed` is a word for the layer, and means nothing to a client where there is none.
#[tokio::test]
async fn a_commit_without_a_layer_is_a_plain_answer() {
    async fn update() -> impl IntoResponse {
        (Committed(Version::new(6)), "content")
    }
    let app = Router::new().route("/a", put(update));
    let response = send(&app, "PUT", "/a", &[]).await;
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(tag(&response), None);
    assert_eq!(response.body(), "content");
}

#[tokio::test]
async fn a_version_conflict_is_412_or_409_behind_the_layer_and_409_without() {
    async fn update() -> VersionConflict {
        VersionConflict
    }
    let layer = ConditionalLayer::new(store_fn(|_: PathKey| async { Version::new(5) }));
    let app = Router::new()
        .route("/layered", put(update).route_layer(layer))
        .route("/bare", put(update));

    let conditional = send(&app, "PUT", "/layered", &[("if-match", "\"5\"")]).await;
    assert_eq!(conditional.status(), StatusCode::PRECONDITION_FAILED);
    assert_eq!(tag(&conditional), Some("\"5\""));
    assert_eq!(problem(&conditional)["header"], "If-Match");
    for path in ["/layered", "/bare"] {
        let unconditional = send(&app, "PUT", path, &[]).await;
        assert_eq!(unconditional.status(), StatusCode::CONFLICT, "{path}");
        assert_eq!(tag(&unconditional), None);
        problem(&unconditional);
    }
}
