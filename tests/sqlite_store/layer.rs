//! The whole way: an axum application behind the guarded layer.

use axum::{
    Router,
    body::Body,
    extract::{Path, State},
    http::{Request, Response, StatusCode, header},
    routing::get,
};
use sqlx::{SqliteConnection, SqlitePool};
use tower::ServiceExt;
use tower_conditional::{
    ConditionalLayer,
    store::sqlite::{SqliteStore, SqliteStoreError, Transaction},
    tokio_spawn,
};

use crate::support::*;

async fn put(connection: &mut SqliteConnection, id: i64, name: &str) {
    sqlx::query("INSERT OR REPLACE INTO models (id, name) VALUES (?1, ?2)")
        .bind(id)
        .bind(name)
        .execute(connection)
        .await
        .unwrap();
}

fn status(name: &str) -> StatusCode {
    match name {
        "broken" => StatusCode::INTERNAL_SERVER_ERROR,
        "refused" => StatusCode::UNPROCESSABLE_ENTITY,
        _ => StatusCode::NO_CONTENT,
    }
}

async fn joins(
    transaction: Transaction,
    Path(id): Path<i64>,
    name: String,
) -> Result<StatusCode, SqliteStoreError> {
    let mut joined = transaction.begin().await?;
    put(&mut joined, id, &name).await;
    Ok(status(&name))
}

async fn stays_alone(
    State(pool): State<SqlitePool>,
    Path(id): Path<i64>,
    name: String,
) -> StatusCode {
    put(&mut pool.acquire().await.unwrap(), id, &name).await;
    status(&name)
}

async fn read(State(pool): State<SqlitePool>, Path(id): Path<i64>) -> Result<String, StatusCode> {
    let name = sqlx::query_scalar("SELECT name FROM models WHERE id = ?1").bind(id);
    let name: Option<String> = name.fetch_optional(&pool).await.unwrap();
    name.ok_or(StatusCode::NOT_FOUND)
}

async fn app(database: &Database, store: SqliteStore) -> Router {
    let pool = database.pool();
    sqlx::query("CREATE TABLE IF NOT EXISTS models (id INTEGER PRIMARY KEY, name TEXT) STRICT")
        .execute(&pool)
        .await
        .unwrap();
    Router::new()
        .route("/joined/{id}", get(read).put(joins))
        .route("/alone/{id}", get(read).put(stays_alone))
        .route_layer(ConditionalLayer::guarded(store, tokio_spawn))
        .with_state(pool)
}

async fn send(
    app: &Router,
    method: &str,
    path: &str,
    if_match: &str,
    body: &'static str,
) -> Response<Body> {
    let mut request = Request::builder().method(method).uri(path);
    if !if_match.is_empty() {
        request = request.header(header::IF_MATCH, if_match);
    }
    let request = request.body(Body::from(body)).unwrap();
    app.clone().oneshot(request).await.unwrap()
}

fn tag(response: &Response<Body>) -> Option<&str> {
    let tag = response.headers().get(header::ETAG)?;
    Some(tag.to_str().unwrap())
}

#[tokio::test]
async fn handlers_that_join_and_handlers_that_do_not_are_guarded() {
    let database = Database::new();
    let store = database.store().await;
    for (path, store) in [
        ("/joined/1", store.clone()),
        ("/alone/2", store.clone()),
        ("/joined/3", store.joined_only()),
    ] {
        let app = app(&database, store).await;
        let created = send(&app, "PUT", path, "", "one").await;
        assert_eq!(created.status(), StatusCode::NO_CONTENT);
        assert_eq!(tag(&created), Some("\"1\""), "{path}");
        let changed = send(&app, "PUT", path, "\"1\"", "two").await;
        assert_eq!(tag(&changed), Some("\"2\""), "{path}");
        let refused = send(&app, "PUT", path, "\"1\"", "three").await;
        assert_eq!(refused.status(), StatusCode::PRECONDITION_FAILED);
        let read = send(&app, "GET", path, "", "").await;
        assert_eq!(tag(&read), Some("\"2\""));
        let body = axum::body::to_bytes(read.into_body(), 100).await.unwrap();
        assert_eq!(body, "two");
    }
}

#[tokio::test]
async fn a_handler_that_joined_and_failed_has_left_content_and_tag_as_they_were() {
    let database = Database::new();
    let store = database.store().await;
    for store in [store.clone(), store.joined_only()] {
        let app = app(&database, store).await;
        let before = send(&app, "PUT", "/joined/1", "", "one").await;
        for name in ["broken", "refused"] {
            let failed = send(&app, "PUT", "/joined/1", "", name).await;
            assert_eq!(failed.status(), status(name));
            assert_eq!(tag(&failed), None);
            let read = send(&app, "GET", "/joined/1", "", "").await;
            assert_eq!(tag(&read), tag(&before), "{name}");
            let body = axum::body::to_bytes(read.into_body(), 100).await.unwrap();
            assert_eq!(body, "one");
        }
    }
}

#[tokio::test]
async fn a_handler_that_did_not_join_and_failed_has_left_an_unknown_outcome() {
    let database = Database::new();
    let app = app(&database, database.store().await).await;
    send(&app, "PUT", "/alone/1", "", "one").await;
    let failed = send(&app, "PUT", "/alone/1", "", "broken").await;
    assert_eq!(failed.status(), StatusCode::INTERNAL_SERVER_ERROR);
    let stale = send(&app, "PUT", "/alone/1", "\"1\"", "three").await;
    assert_eq!(stale.status(), StatusCode::PRECONDITION_FAILED);
    let read = send(&app, "GET", "/alone/1", "", "").await;
    assert_ne!(tag(&read), Some("\"1\""));
    let body = axum::body::to_bytes(read.into_body(), 100).await.unwrap();
    assert_eq!(body, "broken", "it was written");
    let next = send(&app, "PUT", "/alone/1", "", "four").await;
    assert_eq!(tag(&next), Some("\"3\""));
}

#[tokio::test]
async fn without_the_layer_there_is_no_transaction_to_take() {
    let app = Router::<()>::new().route("/{id}", axum::routing::put(joins));
    let response = send(&app, "PUT", "/1", "", "one").await;
    assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
}
