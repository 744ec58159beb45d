//! Permits as the layer gives them, and a store's answer without a runtime.

use std::convert::Infallible;

use http::{Request, Response};
use tower::{Layer, ServiceExt, service_fn};
use tower_conditional::{
    ConditionalLayer, Current, MemoryStore, PathKey, Version, VersionStore, WritePermit,
    store::{Change, Effect, Guard, GuardedStore, MemoryGuard},
    store_fn,
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

/// The guard of a key that nobody writes.
pub(crate) fn begin<'a>(store: &MemoryStore, key: &'a str) -> MemoryGuard<&'a str> {
    let mut begin = tokio_test::task::spawn(store.begin(key));
    tokio_test::assert_ready_ok!(begin.poll())
}

pub(crate) fn arm<K: AsRef<[u8]>>(guard: MemoryGuard<K>) -> MemoryGuard<K> {
    guard.arm().into_inner().expect("there are versions left")
}

pub(crate) fn commit<K: AsRef<[u8]>>(guard: MemoryGuard<K>, change: Change<K>) -> Version {
    guard.commit(change).into_inner().expect("it is known")
}

pub(crate) fn raise(store: &MemoryStore, key: &str, effect: Effect) -> Current {
    let Ok(current) = store.raise(key, effect).into_inner();
    current
}
