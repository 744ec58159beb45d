use std::{
    sync::Arc,
    task::{Context, Poll},
};

use http::{Method, Request, Response, header};
use tower_service::Service;

use crate::body::ResponseBody;

use super::{
    accept_encoding,
    future::ResponseFuture,
    request_tags::{Held, strip_codings},
};

/// The service that [`CodedTagLayer`](super::CodedTagLayer) makes of another.
#[derive(Clone, Debug)]
pub struct CodedTag<S> {
    inner: S,
    codings: Arc<[&'static str]>,
}

impl<S> CodedTag<S> {
    pub(super) fn new(inner: S, codings: Arc<[&'static str]>) -> Self {
        Self { inner, codings }
    }

    /// The service inside.
    pub fn get_ref(&self) -> &S {
        &self.inner
    }
}

impl<S, ReqBody, ResBody> Service<Request<ReqBody>> for CodedTag<S>
where
    S: Service<Request<ReqBody>, Response = Response<ResBody>>,
{
    type Response = Response<ResponseBody<ResBody>>;
    type Error = S::Error;
    type Future = ResponseFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<ReqBody>) -> Self::Future {
        let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
        let held = self.strip(&mut request, is_read);
        let codings = Arc::clone(&self.codings);
        ResponseFuture::new(self.inner.call(request), codings, held, is_read)
    }
}

impl<S> CodedTag<S> {
    /// Takes the codings off the tags of the request; gives those that a read's client holds.
    fn strip<B>(&self, request: &mut Request<B>, is_read: bool) -> Held {
        let mut held = Held::default();
        for name in [header::IF_MATCH, header::IF_NONE_MATCH] {
            if !request.headers().contains_key(&name) {
                continue;
            }
            let stripped = strip_codings(request.headers(), &name, |suffix| {
                let coding = self.codings.iter().find(|it| it.as_bytes() == suffix)?;
                // A write is about the resource, whichever representation its client has read.
                (!is_read || accept_encoding::accepts(request.headers(), coding)).then_some(coding)
            });
            if let Some((value, tags)) = stripped {
                request.headers_mut().insert(&name, value);
                if is_read && name == header::IF_NONE_MATCH {
                    held = tags;
                }
            }
        }
        held
    }
}
