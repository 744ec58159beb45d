//! What an extractor can say beside reads and writes.

use std::{
    convert::Infallible,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, header};
use http_body_util::Full;
use tower::{Layer, ServiceExt, service_fn};
use tower_conditional::{
    Access, ConditionalLayer, Current, MemoryStore, PathKey, RequestBody, RequestHead, VersionStore,
};

#[tokio::test]
async fn what_an_extractor_calls_a_deletion_is_judged_and_remembered_as_one() {
    let store = MemoryStore::new();
    let keys = |request: &RequestHead<'_>| match request.path().strip_suffix(":delete") {
        Some(path) => Access::Delete(PathKey::new(path)),
        None => Access::by_method(request.method, PathKey::new(request.path())),
    };
    let layer = ConditionalLayer::guarded_cancellable(store.clone()).key(keys);
    let service = layer.layer(service_fn(|_: Request<RequestBody<Full<Bytes>>>| async {
        Ok::<_, Infallible>(Response::new(Full::<Bytes>::from("done")))
    }));
    let send = async |request: http::request::Builder| {
        let request = request.body(Full::<Bytes>::default()).expect("a request");
        service.clone().oneshot(request).await.expect("an answer")
    };
    let put = send(Request::put("/a")).await;
    assert_eq!(put.headers()[header::ETAG], "\"1\"");
    let stale = send(Request::post("/a:delete").header(header::IF_MATCH, "\"7\"")).await;
    assert_eq!(stale.status(), StatusCode::PRECONDITION_FAILED);
    let deleted = send(Request::post("/a:delete")).await;
    assert_eq!(deleted.status(), StatusCode::OK);
    assert_eq!(deleted.headers().get(header::ETAG), None);
    let gone = store.current(PathKey::new("/a")).await;
    assert_eq!(gone.expect("memory does not fail"), Current::Missing);
}

#[tokio::test]
async fn what_does_not_name_its_resource_is_400_and_does_not_run() {
    let told = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&told);
    let layer = ConditionalLayer::new(MemoryStore::new())
        .on_event(move |event| {
            let mut heard = heard.lock().expect("events");
            heard.push(format!("{} {:?}", event.method, event.key));
        })
        .key(|_: &RequestHead<'_>| Access::<PathKey>::Unidentified);
    let has_run = AtomicBool::new(false);
    let service = layer.layer(service_fn(|_: Request<String>| async {
        has_run.store(true, Ordering::SeqCst);
        Ok::<_, Infallible>(Response::new(String::new()))
    }));
    let request = Request::get("/a").body(String::new()).expect("a request");
    let answer = service.oneshot(request).await.expect("an answer");
    assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
    let content_type = &answer.headers()[header::CONTENT_TYPE];
    assert_eq!(content_type, "application/problem+json");
    assert_eq!(*told.lock().expect("events"), ["GET ()"]);
    assert!(!has_run.load(Ordering::SeqCst));
}

#[tokio::test]
async fn a_media_type_does_not_take_a_post_out_of_its_preconditions() {
    for content_type in ["application/grpc", "Application/GRPC+proto;x=y"] {
        let runs = AtomicUsize::new(0);
        let layer = ConditionalLayer::guarded_cancellable(MemoryStore::new());
        let service = layer.layer(service_fn(|_: Request<RequestBody<Full<Bytes>>>| async {
            runs.fetch_add(1, Ordering::SeqCst);
            Ok::<_, Infallible>(Response::new(Full::<Bytes>::from("done")))
        }));
        let send = async |method: Method, if_match: Option<&str>| {
            let mut request = Request::builder().method(method).uri("/a");
            request = request.header(header::CONTENT_TYPE, content_type);
            if let Some(tag) = if_match {
                request = request.header(header::IF_MATCH, tag);
            }
            let request = request.body(Full::<Bytes>::default()).expect("a request");
            service.clone().oneshot(request).await.expect("an answer")
        };
        let put = send(Method::PUT, None).await;
        assert_eq!(put.headers()[header::ETAG], "\"1\"");
        let stale = send(Method::POST, Some("\"7\"")).await;
        assert_eq!(stale.status(), StatusCode::PRECONDITION_FAILED);
        assert_eq!(runs.load(Ordering::SeqCst), 1);
        // Without one it runs, and leaves no old tag valid.
        let posted = send(Method::POST, None).await;
        assert_eq!(posted.status(), StatusCode::OK);
        let stale = send(Method::PUT, Some("\"1\"")).await;
        assert_eq!(stale.status(), StatusCode::PRECONDITION_FAILED);
        assert_eq!(runs.load(Ordering::SeqCst), 2);
    }
}
