use std::task::{Context, Poll};

use http::{Method, Request, Response, header};
use http_body::Body;
use tower_service::Service;

use crate::precondition::VersionWanted;

use super::{
    body::ResponseBody,
    future::{Asked, ResponseFuture},
    member::Member,
    query::asks_for_version,
};

/// The service that [`IncludeVersionLayer`](super::IncludeVersionLayer) makes of another.
#[derive(Clone, Debug)]
pub struct IncludeVersion<S> {
    inner: S,
    member: Member,
}

impl<S> IncludeVersion<S> {
    pub(super) fn new(inner: S, member: Member) -> Self {
        Self { inner, member }
    }

    /// The service inside.
    pub fn get_ref(&self) -> &S {
        &self.inner
    }
}

impl<S, ReqBody, ResBody> Service<Request<ReqBody>> for IncludeVersion<S>
where
    S: Service<Request<ReqBody>, Response = Response<ResBody>>,
    ResBody: Body,
{
    type Response = Response<ResponseBody<ResBody>>;
    type Error = S::Error;
    type Future = ResponseFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<ReqBody>) -> Self::Future {
        let asked = asks_for_version(request.uri()).then(|| Asked {
            member: self.member.clone(),
            is_head: request.method() == Method::HEAD,
        });
        if asked.is_some() {
            // A part of what the service knows is no part of what the client sees. RFC 9110
            // §14.2: Range may be ignored; §13.1.5: without it If-Range has no meaning.
            request.headers_mut().remove(header::RANGE);
            request.headers_mut().remove(header::IF_RANGE);
            request.extensions_mut().insert(VersionWanted);
        }
        ResponseFuture::new(self.inner.call(request), asked)
    }
}
