//! A small application over a memory store, and requests to it without a socket.

use axum::{
    Router,
    body::Body,
    extract::State,
    response::{IntoResponse, Response},
    routing::{MethodRouter, get},
};
use bytes::Bytes;
use http::{HeaderName, Request, StatusCode, header};
use http_body_util::BodyExt;
use tower::{Service, ServiceExt};
use tower_conditional::{
    Committed, ConditionalLayer, MemoryStore, PathKey, VersionConflict, WritePermit,
};

pub(crate) const CONTENT: &str = "the content";

pub(crate) async fn read() -> &'static str {
    CONTENT
}

pub(crate) async fn update(
    State(store): State<MemoryStore>,
    key: PathKey,
    permit: WritePermit,
) -> Result<(Committed, &'static str), VersionConflict> {
    let (committed, ()) = store.compare_and_set(&key, &permit, |_| ())?;
    Ok((committed, CONTENT))
}

pub(crate) async fn remove(
    State(store): State<MemoryStore>,
    key: PathKey,
    permit: WritePermit,
) -> Result<Response, VersionConflict> {
    Ok(match store.remove(&key, &permit, |_| ())? {
        Some((committed, ())) => (committed, StatusCode::NO_CONTENT).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    })
}

/// The methods of one resource, without a layer.
pub(crate) fn resource() -> MethodRouter<MemoryStore> {
    get(read).put(update).delete(remove)
}

pub(crate) fn layer(store: &MemoryStore) -> ConditionalLayer<MemoryStore> {
    ConditionalLayer::new(store.clone()).cache_control("no-cache")
}

/// One resource at `/items/{id}`, its methods inside the layer.
pub(crate) fn items(store: &MemoryStore) -> Router {
    Router::new()
        .route("/items/{id}", resource().route_layer(layer(store)))
        .with_state(store.clone())
}

pub(crate) fn request(method: &str, path: &str, fields: &[(&str, &str)]) -> Request<Body> {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in fields {
        request = request.header(*name, *value);
    }
    request.body(Body::empty()).expect("a valid request")
}

/// One request, straight to the service.
pub(crate) async fn send<S, B>(
    service: &S,
    method: &str,
    path: &str,
    fields: &[(&str, &str)],
) -> http::Response<Bytes>
where
    S: Service<Request<Body>, Response = http::Response<B>, Error = std::convert::Infallible>
        + Clone,
    B: http_body::Body<Data = Bytes>,
{
    let Ok(response) = service.clone().oneshot(request(method, path, fields)).await;
    let (parts, body) = response.into_parts();
    let Ok(body) = body.collect().await else {
        panic!("a body in memory")
    };
    http::Response::from_parts(parts, body.to_bytes())
}

pub(crate) fn field<B>(response: &http::Response<B>, name: HeaderName) -> Option<&str> {
    let value = response.headers().get(name)?;
    Some(value.to_str().expect("visible ASCII"))
}

pub(crate) fn tag<B>(response: &http::Response<B>) -> Option<&str> {
    field(response, header::ETAG)
}

pub(crate) fn problem(response: &http::Response<Bytes>) -> serde_json::Value {
    assert_eq!(
        field(response, header::CONTENT_TYPE),
        Some("application/problem+json")
    );
    let document: serde_json::Value =
        serde_json::from_slice(response.body()).expect("a JSON document");
    assert_eq!(document["status"], response.status().as_u16());
    document
}
