//! Lost answers of this crate's own guarded layer, which knows a write again by its key.

use std::sync::{
    Arc,
    atomic::{AtomicU64, AtomicUsize, Ordering},
};

use axum::{Json, Router, body::Body, extract::State, response::Response, routing::get};
use http::{Method, Request};
use tower::{Service, ServiceExt, service_fn};
use tower_conditional::{
    ConditionalLayer, MemoryStore, RequestHead,
    client::{UpdateErrorKind, Updater},
};

use crate::script::{Count, Reset, increment, tag};

async fn read(State(n): State<Arc<AtomicU64>>) -> Json<Count> {
    let n = n.load(Ordering::Acquire);
    Json(Count { n })
}

async fn write(State(n): State<Arc<AtomicU64>>, Json(count): Json<Count>) {
    n.store(count.n, Ordering::Release);
}

/// A counter behind the layer, on a line that loses the answer to the first write.
fn lossy(
    n: &Arc<AtomicU64>,
) -> impl Service<Request<Body>, Response = Response, Error = Reset, Future: Send> + Clone + use<> {
    let layer = ConditionalLayer::guarded_cancellable(MemoryStore::new())
        .recognize_retries(|_: &RequestHead<'_>| Some("ann"));
    let router = Router::new()
        .route("/count", get(read).put(write).route_layer(layer))
        .with_state(Arc::clone(n));
    let writes = Arc::new(AtomicUsize::new(0));
    service_fn(move |request: Request<Body>| {
        let is_write = request.method() == Method::PUT;
        let is_lost = is_write && writes.fetch_add(1, Ordering::Relaxed) == 0;
        let answer = router.clone().oneshot(request);
        async move {
            let answer = answer.await.map_err(|never| match never {})?;
            if is_lost { Err(Reset) } else { Ok(answer) }
        }
    })
}

#[tokio::test]
async fn an_update_whose_answer_was_lost_is_proven_to_be_applied() {
    let n = Arc::new(AtomicU64::new(5));
    let updater = Updater::new(lossy(&n)).idempotency_keys();
    let saved = updater
        .update("/count", increment)
        .await
        .expect("it was applied");
    assert_eq!((saved.value.n, tag(&saved).as_deref()), (6, Some("\"2\"")));
    assert_eq!(n.load(Ordering::Acquire), 6);
    // And it goes on from there.
    let saved = updater.update("/count", increment).await.expect("saved");
    assert_eq!((saved.value.n, tag(&saved).as_deref()), (7, Some("\"3\"")));
}

#[tokio::test]
async fn without_a_key_it_is_unknown_and_not_applied_twice() {
    let n = Arc::new(AtomicU64::new(5));
    let error = Updater::new(lossy(&n))
        .update("/count", increment)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), UpdateErrorKind::OutcomeUnknown);
    assert_eq!(error.theirs().map(|theirs| theirs.value.n), Some(6));
    assert_eq!(n.load(Ordering::Acquire), 6);
}
