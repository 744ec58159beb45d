use std::{
    convert::Infallible,
    future::{Ready, ready},
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{HeaderValue, Request, Response, header};
use http_body_util::Full;
use tower::Service;
use tower_conditional::{Committed, MemoryStore, Version, WritePermit};

pub(super) type Answered = Result<Response<Full<Bytes>>, Infallible>;

/// The bare service.
#[derive(Clone)]
pub(super) struct Handler;

impl<B> Service<Request<B>> for Handler {
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = Ready<Answered>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Ready<Answered> {
        drop(request);
        ready(Ok(answer()))
    }
}

/// The bare service, where it keeps versions in a way that costs nothing and says what it has
/// committed: what a case then measures is the layer.
#[derive(Clone)]
pub(super) struct Committing;

impl<B> Service<Request<B>> for Committing {
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = Ready<Answered>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Ready<Answered> {
        drop(request);
        let mut answer = answer();
        let commit = Committed(Version::new(2));
        answer.extensions_mut().insert(commit);
        ready(Ok(answer))
    }
}

/// The bare service, where it raises the version in the store.
#[derive(Clone)]
pub(super) struct Raising(pub(super) MemoryStore);

impl<B> Service<Request<B>> for Raising {
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = Ready<Answered>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Ready<Answered> {
        let permit = request.extensions().get::<WritePermit>();
        let permit = permit.expect("the layer gives every write a permit");
        let raised = self.0.compare_and_set(request.uri().path(), permit, |_| ());
        let (commit, ()) = raised.expect("nobody else writes");
        let mut answer = answer();
        answer.extensions_mut().insert(commit);
        ready(Ok(answer))
    }
}

fn answer() -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from_static(b"hello")));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain"));
    response
}
