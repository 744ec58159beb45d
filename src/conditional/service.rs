use std::{
    fmt, mem,
    sync::Arc,
    task::{Context, Poll},
};

use http::{Request, Response};
use http_body::Body;
use tower_service::Service;

use crate::{
    body::ResponseBody,
    key::{KeyExtractor, RequestHead},
    store::VersionStore,
};

use super::{
    future::ResponseFuture,
    mode::CompareAndSet,
    policy::Policy,
    reject::reject_unidentified,
    resource::{NoResource, Resource},
};

/// The service that [`ConditionalLayer`](super::ConditionalLayer) makes of another.
pub struct Conditional<Svc, St, X, M = CompareAndSet> {
    pub(super) inner: Svc,
    pub(super) shared: Arc<Shared<St, X>>,
    pub(super) mode: M,
}

/// What all clones of a service have in common.
pub(super) struct Shared<St, X> {
    pub(super) store: Arc<St>,
    pub(super) key: Arc<X>,
    pub(super) policy: Policy,
}

impl<Svc, St, X, M> Conditional<Svc, St, X, M> {
    pub(super) fn new(inner: Svc, shared: Shared<St, X>, mode: M) -> Self {
        Self {
            inner,
            shared: Arc::new(shared),
            mode,
        }
    }

    /// The service inside.
    pub fn get_ref(&self) -> &Svc {
        &self.inner
    }
}

impl<Svc, St, X, ReqBody, ResBody> Service<Request<ReqBody>> for Conditional<Svc, St, X>
where
    Svc: Service<Request<ReqBody>, Response = Response<ResBody>> + Clone,
    ResBody: Body,
    X: KeyExtractor,
    St: VersionStore<X::Key>,
{
    type Response = Response<ResponseBody<ResBody>>;
    type Error = Svc::Error;
    type Future = ResponseFuture<Svc, ReqBody, ResBody, St, X>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<ReqBody>) -> Self::Future {
        let head = RequestHead::of(&request);
        let resource = match Resource::of(&head, &*self.shared.key) {
            Ok(resource) => resource,
            Err(NoResource::Neither) => return ResponseFuture::pass(self.inner.call(request)),
            Err(NoResource::Unidentified { is_call }) => {
                let refusal = reject_unidentified(&self.shared.policy, is_call, request);
                return ResponseFuture::refused(refusal);
            }
        };
        // The service that was polled ready is the one to call; its clone may not be ready.
        let clone = self.inner.clone();
        let service = mem::replace(&mut self.inner, clone);
        ResponseFuture::look_up(Arc::clone(&self.shared), resource, service, request)
    }
}

impl<Svc: Clone, St, X, M: Clone> Clone for Conditional<Svc, St, X, M> {
    fn clone(&self) -> Self {
        Self {
            inner: self.inner.clone(),
            shared: Arc::clone(&self.shared),
            mode: self.mode.clone(),
        }
    }
}

impl<Svc: fmt::Debug, St, X, M> fmt::Debug for Conditional<Svc, St, X, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Conditional")
            .field("inner", &self.inner)
            .finish_non_exhaustive()
    }
}
