//! Writers that race, over a handler that reads, lets others run, and writes.

use std::{
    convert::Infallible,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Full};
use tower::{Layer, Service, ServiceExt, service_fn};
use tower_conditional::{
    ConditionalLayer, MemoryStore, PathKey, RequestBody, conditional::ResponseBody,
    store::GuardedStore, tokio_spawn,
};

use crate::support::Shelf;

type Answer = Response<ResponseBody<Full<Bytes>>>;

/// A counter whose increment is no atomic step: without a guard, updates are lost.
async fn handle(
    counter: Arc<AtomicU64>,
    request: Request<RequestBody<Full<Bytes>>>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let value = counter.load(Ordering::SeqCst);
    if request.method() == Method::GET {
        return Ok(Response::new(Full::from(value.to_string())));
    }
    let content = request.into_body().collect().await.expect("in memory");
    tokio::task::yield_now().await;
    let next = match std::str::from_utf8(&content.to_bytes()).expect("digits") {
        "+1" => value + 1,
        value => value.parse().expect("a number"),
    };
    tokio::task::yield_now().await;
    counter.store(next, Ordering::SeqCst);
    tokio::task::yield_now().await;
    Ok(Response::new(Full::from(next.to_string())))
}

async fn send<S>(service: &S, method: Method, tag: Option<&str>, content: String) -> Response<Bytes>
where
    S: Service<Request<Full<Bytes>>, Response = Answer, Error = Infallible> + Clone,
{
    let mut request = Request::new(Full::from(content));
    *request.method_mut() = method;
    *request.uri_mut() = "/counter".parse().expect("a path");
    if let Some(tag) = tag {
        let tag = tag.parse().expect("a field value");
        request.headers_mut().insert(header::IF_MATCH, tag);
    }
    let Ok(response) = service.clone().oneshot(request).await;
    let (parts, body) = response.into_parts();
    let body = body.collect().await.expect("in memory");
    Response::from_parts(parts, body.to_bytes())
}

const WRITERS: u64 = 32;
const EACH: u64 = 20;

/// How many increments were answered 200, and where the counter stands; and how many 412s.
async fn race<S, St>(service: S, counter: &AtomicU64, store: &St, careful: bool) -> (u64, u64)
where
    S: Service<Request<Full<Bytes>>, Response = Answer, Error = Infallible, Future: Send>
        + Clone
        + Send
        + Sync
        + 'static,
    St: GuardedStore<PathKey>,
{
    let mut writers = Vec::new();
    for _ in 0..WRITERS {
        let service = service.clone();
        writers.push(tokio::spawn(async move {
            let mut refused = 0;
            for _ in 0..EACH {
                if !careful {
                    let response = send(&service, Method::PUT, None, "+1".to_owned()).await;
                    assert_eq!(response.status(), StatusCode::OK);
                    continue;
                }
                loop {
                    let read = send(&service, Method::GET, None, String::new()).await;
                    let Some(tag) = read.headers().get(header::ETAG) else {
                        continue;
                    };
                    let tag = tag.to_str().expect("a version").to_owned();
                    let value: u64 = std::str::from_utf8(read.body()).unwrap().parse().unwrap();
                    let next = (value + 1).to_string();
                    let written = send(&service, Method::PUT, Some(&tag), next).await;
                    if written.status() == StatusCode::OK {
                        break;
                    }
                    assert_eq!(written.status(), StatusCode::PRECONDITION_FAILED);
                    refused += 1;
                }
            }
            refused
        }));
    }
    let mut refused = 0;
    for writer in writers {
        refused += writer.await.expect("no panic");
    }
    let current = store.current(PathKey::new("/counter")).await;
    let Ok(Some(version)) = current.map(|current| current.version()) else {
        panic!("it was written, and the store is up")
    };
    assert_eq!(
        counter.load(Ordering::SeqCst),
        WRITERS * EACH,
        "none is lost"
    );
    (version.get(), refused)
}

/// The race with each protocol of clients, over one store.
async fn no_update_is_lost_over<St>(store: St)
where
    St: GuardedStore<PathKey, Current: Send, Begin: Send, Raise: Send>
        + Clone
        + Send
        + Sync
        + 'static,
    St::Guard: Send,
    <St::Guard as tower_conditional::store::Guard<PathKey>>::Arm: Send,
    <St::Guard as tower_conditional::store::Guard<PathKey>>::Commit: Send,
    <St::Guard as tower_conditional::store::Guard<PathKey>>::Release: Send,
{
    let mut before = 0;
    for careful in [false, true] {
        let counter = Arc::new(AtomicU64::new(0));
        let shared = Arc::clone(&counter);
        let layer = ConditionalLayer::guarded(store.clone(), tokio_spawn);
        let service = layer.layer(service_fn(move |request| {
            handle(Arc::clone(&shared), request)
        }));
        let (version, refused) = race(service, &counter, &store, careful).await;
        assert_eq!(
            version,
            before + WRITERS * EACH,
            "each commit is one version"
        );
        assert_eq!(refused > 0, careful, "a race without losers is none");
        before = version;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_update_is_lost() {
    no_update_is_lost_over(Shelf::default()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_update_is_lost_over_the_memory_store() {
    no_update_is_lost_over(MemoryStore::new()).await;
}

/// In place, on the callers' own tasks.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_update_is_lost_in_place() {
    let counter = Arc::new(AtomicU64::new(0));
    let shared = Arc::clone(&counter);
    let store = Shelf::default();
    let layer = ConditionalLayer::guarded_cancellable(store.clone());
    let service = layer.layer(service_fn(move |request| {
        handle(Arc::clone(&shared), request)
    }));
    race(service, &counter, &store, false).await;
}

/// The same race without a guard loses updates: so the test above can fail.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_the_layer_the_same_handler_loses_updates() {
    let counter = Arc::new(AtomicU64::new(0));
    let mut writers = Vec::new();
    for _ in 0..WRITERS {
        let counter = Arc::clone(&counter);
        writers.push(tokio::spawn(async move {
            for _ in 0..EACH {
                let value = counter.load(Ordering::SeqCst);
                tokio::task::yield_now().await;
                counter.store(value + 1, Ordering::SeqCst);
                tokio::task::yield_now().await;
            }
        }));
    }
    for writer in writers {
        writer.await.expect("no panic");
    }
    assert!(counter.load(Ordering::SeqCst) < WRITERS * EACH);
}
