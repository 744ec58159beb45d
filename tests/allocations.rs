//! What the layer allocates on a bare service, counted (DESIGN: a 304 and a 200 nothing, where
//! the answer's header map has room; a 412 its problem document).

use std::{
    convert::Infallible,
    future::{Ready, ready},
    pin::pin,
    task::{Context, Poll, Waker},
};

use allocation_counter::measure;
use bytes::Bytes;
use http::{
    HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, Uri, header,
};
use http_body_util::Full;
use tower::{Layer, Service, service_fn};
use tower_conditional::{
    Committed, ConditionalLayer, Current, MemoryStore, PathKey, RequestBody, Version, VersionStore,
    WritePermit,
    store::{Change, CommitError, Effect, Guard, GuardedStore},
};

const PATH: &str = "/models/0198c0de-0000-7000-8000-000000000001";

#[test]
fn a_read_allocates_nothing_beyond_the_service() {
    let with_layer = counted(&Method::GET, None, StatusCode::OK);
    assert_eq!(with_layer, SERVICE);
}

#[test]
fn a_304_allocates_nothing() {
    for tags in ["\"1\"", "\"7\", W/\"8\", \"1\"", "*"] {
        let condition = Some((header::IF_NONE_MATCH, tags));
        assert_eq!(
            counted(&Method::GET, condition, StatusCode::NOT_MODIFIED),
            0
        );
    }
}

#[test]
fn a_412_allocates_its_problem_document_alone() {
    let condition = Some((header::IF_MATCH, "\"2\""));
    let count = counted(&Method::PUT, condition, StatusCode::PRECONDITION_FAILED);
    assert_eq!(count, 1);
}

#[test]
fn a_write_by_compare_and_set_allocates_for_permit_and_commit_alone() {
    // A permit that is the first extension of its request takes three allocations, and so does a
    // commit that is the first of its response; the service counts the commit as its own here.
    let condition = Some((header::IF_MATCH, "\"1\""));
    let count = counted(&Method::PUT, condition, StatusCode::OK);
    assert_eq!(count, SERVICE + 6);
}

#[test]
fn a_guarded_write_in_place_allocates_nothing() {
    for fields in [None, Some((header::IF_MATCH, "\"1\""))] {
        for content in [&b""[..], b"content in one frame"] {
            let layer = ConditionalLayer::guarded_cancellable(Single).layer(service_fn(plain));
            let request = || {
                let mut request = request(&Method::PUT, fields.clone());
                *request.body_mut() = Full::new(Bytes::from_static(content));
                request
            };
            exchange(layer.clone(), request());
            let (status, count) = exchange(layer, request());
            assert_eq!((status, count), (StatusCode::OK, SERVICE), "{fields:?}");
        }
    }
}

#[test]
fn keys_and_tags_allocate_only_when_they_are_long() {
    assert_eq!(allocations(|| drop(PathKey::new(PATH))), 0);
    let long = "/models".repeat(20);
    assert_eq!(allocations(|| drop(PathKey::new(&long))), 1);
    let tag = |number| Version::new(number).etag();
    assert_eq!(allocations(|| drop(tag(255))), 0);
    assert_eq!(allocations(|| drop(tag(256))), 1);
}

/// A guarded store that is always at version 1 and makes version 2, and allocates nothing.
#[derive(Clone, Copy)]
struct Single;

impl<K> VersionStore<K> for Single {
    type Error = Infallible;
    type Current = Ready<Result<Current, Infallible>>;

    fn current(&self, _: K) -> Self::Current {
        ready(Ok(Version::FIRST.into()))
    }
}

impl<K> GuardedStore<K> for Single {
    type Guard = Self;
    type BeginError = Infallible;
    type Begin = Ready<Result<Self, Infallible>>;
    type Raise = Ready<Result<Current, Infallible>>;

    fn begin(&self, _: K) -> Self::Begin {
        ready(Ok(*self))
    }

    fn raise(&self, _: K, _: Effect) -> Self::Raise {
        ready(Ok(Current::Unknown))
    }
}

impl<K> Guard<K> for Single {
    type Error = Infallible;
    type Arm = Ready<Result<Self, Infallible>>;
    type Commit = Ready<Result<Version, CommitError>>;
    type Release = Ready<Result<(), Infallible>>;

    fn current(&self) -> Current {
        Version::FIRST.into()
    }

    fn arm(self) -> Self::Arm {
        ready(Ok(self))
    }

    fn commit(self, _: Change<K>) -> Self::Commit {
        ready(Ok(Version::new(2)))
    }

    fn release(self) -> Self::Release {
        ready(Ok(()))
    }
}

/// What [`answer`] answers to a read, to any request of a guarded layer.
async fn plain(_: Request<RequestBody<Full<Bytes>>>) -> Result<Response<Full<Bytes>>, Infallible> {
    answer(Request::default()).await
}

/// Allocations of one request through the layer, from the call to the answer.
fn counted(
    method: &Method,
    condition: Option<(HeaderName, &'static str)>,
    status: StatusCode,
) -> u64 {
    let versions = MemoryStore::new();
    let created = versions.compare_and_set(PATH, &WritePermit::UNCONDITIONAL, |version| version);
    assert!(created.is_ok());
    let layered = ConditionalLayer::new(versions).layer(service_fn(answer));
    // Once to warm up: thread-locals and tables that are made when they are first used.
    exchange(layered.clone(), request(method, condition.clone()));
    let (seen, count) = exchange(layered, request(method, condition));
    assert_eq!(seen, status);
    count
}

/// What [`answer`] allocates by itself: the two tables of its header map.
const SERVICE: u64 = 2;

/// A service whose answer's header map has room.
async fn answer(request: Request<Full<Bytes>>) -> Result<Response<Full<Bytes>>, Infallible> {
    let mut headers = HeaderMap::with_capacity(8);
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain"));
    let mut response = Response::new(Full::new(Bytes::from_static(b"hello")));
    *response.headers_mut() = headers;
    if request.method() == Method::PUT {
        let next = Version::new(2);
        response.extensions_mut().insert(Committed(next));
    }
    Ok(response)
}

fn request(method: &Method, condition: Option<(HeaderName, &'static str)>) -> Request<Full<Bytes>> {
    let mut request = Request::new(Full::default());
    *request.method_mut() = method.clone();
    *request.uri_mut() = Uri::from_static(PATH);
    if let Some((name, value)) = condition {
        let headers = request.headers_mut();
        headers.insert(name, HeaderValue::from_static(value));
    }
    request
}

/// The status of the answer, and how many allocations it took to get it.
fn exchange<S, B>(mut service: S, request: Request<Full<Bytes>>) -> (StatusCode, u64)
where
    S: Service<Request<Full<Bytes>>, Response = Response<B>, Error = Infallible>,
{
    let mut answer = Poll::Pending;
    let count = allocations(|| {
        let future = pin!(service.call(request));
        answer = future.poll(&mut Context::from_waker(Waker::noop()));
    });
    match answer {
        Poll::Ready(Ok(response)) => (response.status(), count),
        Poll::Pending => panic!("the memory store answers at once"),
    }
}

fn allocations(work: impl FnOnce()) -> u64 {
    measure(work).count_total
}
