//! Permits as the layer gives them, and a store's answer without a runtime.

use std::convert::Infallible;

use http::{Request, Response};
use tower::{Layer, ServiceExt, service_fn};
use tower_conditional::{
    ConditionalLayer, Current, MemoryStore, PathKey, Version, VersionStore, WritePermit, store_fn,
};

/// The permit of a PATCH under `field: value` that finds `current`.
pub(crate) fn permit(current: impl Into<Current>, field: &str, value: &str) -> WritePermit {
    let current = current.into();
    let layer = ConditionalLayer::new(store_fn(move |_: PathKey| async move { current }));
    let service = layer.layer(service_fn(|request: Request<String>| async move {
        let permit: WritePermit = *request.extensions().get().expect("a write has a permit");
        let mut response = Response::new(String::new());
        response.extensions_mut().insert(permit);
        Ok::<_, Infallible>(response)
    }));
    let request = Request::patch("/").header(field, value);
    let request = request.body(String::new()).expect("a valid request");
    let response = tokio_test::block_on(service.oneshot(request)).expect("infallible");
    *response.extensions().get().expect("the service was called")
}

/// Exactly this version.
pub(crate) fn exactly(version: u64) -> WritePermit {
    permit(Version::new(version), "if-match", &format!("\"{version}\""))
}

/// Whatever exists.
pub(crate) fn exists() -> WritePermit {
    permit(Version::FIRST, "if-match", "*")
}

/// Nothing that exists.
pub(crate) fn absent() -> WritePermit {
    permit(Current::Missing, "if-none-match", "*")
}

/// Found missing under If-Match.
pub(crate) fn never() -> WritePermit {
    permit(Current::Missing, "if-match", "*")
}

pub(crate) fn current(store: &MemoryStore, key: impl AsRef<[u8]>) -> Current {
    let Ok(current) = store.current(key).into_inner();
    current
}

pub(crate) fn adopt(store: &MemoryStore, key: impl AsRef<[u8]>) -> Current {
    let look_up = store.adopt(key).expect("a memory store adopts");
    let Ok(current) = look_up.into_inner();
    current
}
