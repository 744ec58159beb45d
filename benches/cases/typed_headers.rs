//! The header check as it is written by hand today: axum's `from_fn`, the `headers` crate, a map
//! of versions behind a lock, the problem document by `json!`.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
};

use axum::{
    Json,
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use headers::{ETag, HeaderMapExt, IfMatch, IfNoneMatch};
use http::{HeaderValue, Method, StatusCode, header};
use serde_json::json;

use super::exchange::{HOT_KEYS, path};

#[derive(Clone)]
pub(super) struct Versions(Arc<RwLock<HashMap<String, u64>>>);

impl Versions {
    pub(super) fn hot() -> Self {
        let versions = (0..HOT_KEYS).map(|key| (path(key), 1));
        Self(Arc::new(RwLock::new(versions.collect())))
    }

    fn of(&self, path: &str) -> Option<u64> {
        let versions = self.0.read().unwrap_or_else(PoisonError::into_inner);
        versions.get(path).copied()
    }
}

pub(super) async fn check(
    State(versions): State<Versions>,
    request: Request,
    next: Next,
) -> Response {
    let Some(version) = versions.of(request.uri().path()) else {
        return next.run(request).await;
    };
    let tag: ETag = format!("\"{version}\"").parse().expect("a tag");
    let fields = request.headers();
    if let Some(if_match) = fields.typed_get::<IfMatch>()
        && !if_match.precondition_passes(&tag)
    {
        let problem = json!({
            "type": "about:blank",
            "title": "Precondition Failed",
            "status": 412,
            "detail": "If-Match names another version than the current one.",
            "instance": request.uri().path(),
        });
        let mut refusal = (StatusCode::PRECONDITION_FAILED, Json(problem)).into_response();
        let media_type = HeaderValue::from_static("application/problem+json");
        refusal
            .headers_mut()
            .insert(header::CONTENT_TYPE, media_type);
        refusal.headers_mut().typed_insert(tag);
        return refusal;
    }
    if request.method() == Method::GET
        && let Some(if_none_match) = fields.typed_get::<IfNoneMatch>()
        && !if_none_match.precondition_passes(&tag)
    {
        let mut unchanged = StatusCode::NOT_MODIFIED.into_response();
        unchanged.headers_mut().typed_insert(tag);
        return unchanged;
    }
    let mut response = next.run(request).await;
    response.headers_mut().typed_insert(tag);
    response
}
