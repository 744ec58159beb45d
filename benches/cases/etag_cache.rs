//! tower-etag-cache: tags are hashes of bodies, kept in a task that all requests ask. It is of
//! http 0.2, so it has a bare service, requests and a program of its own.

use std::{
    convert::Infallible,
    future::{Ready, ready},
    task::{Context, Poll},
};

use bytes::Bytes;
use http_02::{HeaderValue, Request, Response, header};
use http_body_04::Full;
use tower::Service;
use tower_etag_cache::{
    EtagCache,
    base64_blake3_body_etag::base64_blake3_body_etag,
    const_lru_provider::{ConstLruProvider, ConstLruProviderHandle},
};

use super::{
    case::{Case, Role, Sides, side},
    exchange::{HOT_KEYS, path},
};

const BODY: &[u8] = b"hello";

pub(super) fn cases() -> Vec<Case> {
    vec![
        Case::new("etag_cache/bare", Role::Bare, || Sides {
            bare: side(Handler, |n| (plain(n), 200)),
            measured: side(Handler, |n| (plain(n), 200)),
        }),
        Case::new("etag_cache/200", Role::Peer, || Sides {
            bare: side(Handler, |n| (plain(n), 200)),
            measured: side(
                EtagCache::with_default_predicate(provider(), Handler),
                |n| (plain(n), 200),
            ),
        }),
        Case::new("etag_cache/304", Role::Peer, || Sides {
            bare: side(Handler, |n| (tagged(n), 200)),
            // Each key is a miss once, and from then on in the cache.
            measured: side(
                EtagCache::with_default_predicate(provider(), Handler),
                |n| (tagged(n), if n < HOT_KEYS { 200 } else { 304 }),
            ),
        }),
    ]
}

fn provider() -> ConstLruProviderHandle<Full<Bytes>, Full<Bytes>> {
    ConstLruProvider::<_, _, 255, u8>::init(5)
}

fn plain(number: usize) -> Request<Full<Bytes>> {
    let mut request = Request::new(Full::default());
    *request.uri_mut() = path(number % HOT_KEYS).try_into().expect("a path");
    request
}

fn tagged(number: usize) -> Request<Full<Bytes>> {
    let mut request = plain(number);
    let tag = base64_blake3_body_etag(BODY);
    request.headers_mut().insert(header::IF_NONE_MATCH, tag);
    request
}

#[derive(Clone)]
struct Handler;

impl Service<Request<Full<Bytes>>> for Handler {
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = Ready<Result<Response<Full<Bytes>>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Full<Bytes>>) -> Self::Future {
        drop(request);
        let mut response = Response::new(Full::new(Bytes::from_static(BODY)));
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain"));
        ready(Ok(response))
    }
}
