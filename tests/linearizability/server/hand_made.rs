//! What the checkers are tried on: check and write by hand, with a lock and without one.

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use tokio::sync::Mutex;

#[derive(Clone)]
pub(super) struct HandMade {
    /// By path; a deleted resource has one too.
    versions: Arc<Mutex<HashMap<String, (u64, bool)>>>,
    turn: Option<Arc<Mutex<()>>>,
}

impl HandMade {
    pub(super) fn new(is_locked: bool) -> Self {
        Self {
            versions: Arc::default(),
            turn: is_locked.then(Arc::default),
        }
    }

    async fn current(&self, path: &str) -> (u64, bool) {
        let versions = self.versions.lock().await;
        versions.get(path).copied().unwrap_or_default()
    }
}

pub(super) async fn check_and_write(
    State(made): State<HandMade>,
    request: Request,
    next: Next,
) -> Response {
    let path = request.uri().path().to_owned();
    let (method, is_read) = (request.method().clone(), request.method() == Method::GET);
    if is_read {
        // What a deletion left labels nothing: the content may be of a write that re-creates it,
        // and has not set its version yet.
        let (version, is_live) = made.current(&path).await;
        let response = next.run(request).await;
        return if is_live {
            labelled(response, version)
        } else {
            response
        };
    }
    // A client that goes away must not stop a write half way.
    let write = tokio::spawn(async move {
        let _turn = match &made.turn {
            Some(turn) => Some(turn.lock().await),
            None => None,
        };
        let (version, is_live) = made.current(&path).await;
        if !holds(request.headers(), version, is_live, &method) {
            return StatusCode::PRECONDITION_FAILED.into_response();
        }
        let response = next.run(request).await;
        if !response.status().is_success() {
            return response;
        }
        let is_live = method == Method::PUT;
        let mut versions = made.versions.lock().await;
        versions.insert(path, (version + 1, is_live));
        drop(versions);
        if is_live {
            labelled(response, version + 1)
        } else {
            response
        }
    });
    write.await.expect("no handler panics")
}

fn holds(headers: &HeaderMap, version: u64, is_live: bool, method: &Method) -> bool {
    if headers.contains_key(header::IF_NONE_MATCH) {
        return !is_live;
    }
    headers.get(header::IF_MATCH).is_none_or(|tag| {
        let is_current = is_live && tag.as_bytes() == format!("\"{version}\"").as_bytes();
        // The handler's own 404.
        is_current || (!is_live && method == Method::DELETE)
    })
}

fn labelled(mut response: Response, version: u64) -> Response {
    if response.status().is_success() {
        let tag = HeaderValue::try_from(format!("\"{version}\"")).expect("digits");
        response.headers_mut().insert(header::ETAG, tag);
    }
    response
}
