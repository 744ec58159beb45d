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
    exchange::Exchange,
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
                drop(self.take_ready());
                let refusal = reject_unidentified(&self.shared.policy, is_call, request);
                return ResponseFuture::refused(refusal);
            }
        };
        self.answer(resource, request)
    }
}

impl<Svc: Clone, St, X, M> Conditional<Svc, St, X, M> {
    /// The service that was polled ready, to be called later or not at all: its clone, which takes
    /// its place, may not be ready, and what makes it so may be wanted by others.
    pub(super) fn take_ready(&mut self) -> Svc {
        let clone = self.inner.clone();
        mem::replace(&mut self.inner, clone)
    }

    /// Looks up, judges, and runs the service or answers in its stead: at once, if the store knows
    /// at once.
    #[inline]
    pub(super) fn answer<ReqBody, ResBody>(
        &mut self,
        resource: Resource<X::Key>,
        mut request: Request<ReqBody>,
    ) -> ResponseFuture<Svc, ReqBody, ResBody, St, X>
    where
        Svc: Service<Request<ReqBody>, Response = Response<ResBody>>,
        X: KeyExtractor,
        St: VersionStore<X::Key>,
    {
        let exchange = Exchange::new(Arc::clone(&self.shared), resource);
        let Some(looked_up) = exchange.try_look_up() else {
            return ResponseFuture::look_up(exchange, self.take_ready(), request);
        };
        let current = exchange.known(looked_up);
        match exchange.decide(&mut request, current) {
            Ok(plan) => {
                let future = self.inner.call(request);
                ResponseFuture::run(exchange, plan, future)
            }
            Err(refused) => {
                drop(self.take_ready());
                let answer = exchange.refuse(refused, request.headers_mut());
                ResponseFuture::refused(answer)
            }
        }
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
