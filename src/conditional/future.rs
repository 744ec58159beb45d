use std::{
    fmt, mem,
    ops::ControlFlow,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::SystemTime,
};

#[cfg(feature = "grpc")]
use http::HeaderValue;
use http::{HeaderMap, Request, Response, StatusCode};
use http_body::Body;
use pin_project_lite::pin_project;
use tower_service::Service;

use crate::{
    body::ResponseBody,
    current::Current,
    key::KeyExtractor,
    precondition::{Field, Rejection, RejectionKind, VersionConflict, WritePermit},
    store::VersionStore,
};

#[cfg(feature = "grpc")]
use super::call;
use super::{
    decide::{Decision, Plan, decide},
    event::EventKind,
    label::{self, label_read, label_write},
    reject::{conflict, reject},
    resource::Resource,
    service::Shared,
};

pin_project! {
    /// The answer under way: a look-up, the service, and seldom a second look-up.
    pub struct ResponseFuture<Svc, ReqBody, ResBody, St, X>
    where
        Svc: Service<Request<ReqBody>>,
        X: KeyExtractor,
        St: VersionStore<X::Key>,
    {
        #[pin]
        state: State<Svc, Svc::Future, St::Current, ReqBody, ResBody>,
        // Of a request that is about a versioned resource.
        exchange: Option<Exchange<St, X, X::Key>>,
    }
}

pin_project! {
    #[project = StateProj]
    enum State<Svc, F, C, ReqBody, ResBody> {
        LookUp {
            #[pin]
            current: C,
            call: Option<(Svc, Request<ReqBody>)>,
        },
        Run {
            #[pin]
            future: F,
            plan: Option<Plan>,
        },
        LookAgain {
            #[pin]
            current: C,
            after: Option<(Plan, Then<ResBody>)>,
        },
        // The service's own answer, to a request that is about no versioned resource.
        Pass {
            #[pin]
            future: F,
        },
        Refused {
            refusal: Option<Response<ResponseBody<ResBody>>>,
        },
    }
}

/// What a second look-up is for.
pub(super) enum Then<B> {
    /// The handler lost a race, or found nothing: the answer says what is current now.
    Conflict,
    /// A part was read: it may go out if nothing has changed meanwhile.
    LetOut(Response<B>),
    /// The look-up has made an unknown key known; the answer stays as it is.
    Adopted(Response<ResponseBody<B>>),
    /// The handler of a call lost a race, and says so in its own words.
    #[cfg(feature = "grpc")]
    Aborted(Response<B>),
}

pub(super) struct Exchange<St, X, K> {
    pub(super) shared: Arc<Shared<St, X>>,
    pub(super) resource: Resource<K>,
    /// Before the look-up: what is made later is not what the look-up has found.
    asked: SystemTime,
}

impl<Svc, ReqBody, ResBody, St, X> ResponseFuture<Svc, ReqBody, ResBody, St, X>
where
    Svc: Service<Request<ReqBody>>,
    X: KeyExtractor,
    St: VersionStore<X::Key>,
{
    /// The service's own answer, untouched.
    pub(super) fn pass(future: Svc::Future) -> Self {
        Self {
            state: State::Pass { future },
            exchange: None,
        }
    }

    /// An answer without any look-up.
    pub(super) fn refused(refusal: Response<ResponseBody<ResBody>>) -> Self {
        let refusal = Some(refusal);
        Self {
            state: State::Refused { refusal },
            exchange: None,
        }
    }

    #[inline]
    pub(super) fn look_up(
        shared: Arc<Shared<St, X>>,
        resource: Resource<X::Key>,
        service: Svc,
        request: Request<ReqBody>,
    ) -> Self {
        let asked = SystemTime::now();
        let key = resource.key.clone();
        let current = if resource.is_write {
            shared.store.latest(key)
        } else {
            shared.store.current(key)
        };
        Self {
            state: State::LookUp {
                current,
                call: Some((service, request)),
            },
            exchange: Some(Exchange {
                shared,
                resource,
                asked,
            }),
        }
    }
}

const DONE: &str = "polled again after it was ready";
const EXCHANGE: &str = "what is looked up is a resource";

impl<Svc, ReqBody, ResBody, St, X> Future for ResponseFuture<Svc, ReqBody, ResBody, St, X>
where
    Svc: Service<Request<ReqBody>, Response = Response<ResBody>>,
    ResBody: Body,
    X: KeyExtractor,
    St: VersionStore<X::Key>,
{
    type Output = Result<Response<ResponseBody<ResBody>>, Svc::Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let exchange = this.exchange.as_ref();
        loop {
            match this.state.as_mut().project() {
                StateProj::LookUp { current, call } => {
                    let looked_up = ready!(current.poll(cx));
                    let exchange = exchange.expect(EXCHANGE);
                    let (_, request) = call.as_mut().expect(DONE);
                    let current = exchange.known(looked_up);
                    let plan = match exchange.decide(request, current) {
                        ControlFlow::Continue(plan) => plan,
                        ControlFlow::Break(answer) => {
                            *call = None;
                            return Poll::Ready(Ok(answer));
                        }
                    };
                    let (mut service, request) = call.take().expect(DONE);
                    let future = service.call(request);
                    let plan = Some(plan);
                    this.state.set(State::Run { future, plan });
                }
                StateProj::Pass { future } => {
                    let response = ready!(future.poll(cx))?;
                    return Poll::Ready(Ok(response.map(ResponseBody::service)));
                }
                StateProj::Run { future, plan } => {
                    let mut response = ready!(future.poll(cx))?;
                    let exchange = exchange.expect(EXCHANGE);
                    match exchange.finish(plan.as_ref().expect(DONE), &mut response) {
                        Finish::Done => {
                            return Poll::Ready(Ok(response.map(ResponseBody::service)));
                        }
                        #[cfg(feature = "grpc")]
                        Finish::Tag(tag) => {
                            let tagged = |body| ResponseBody::tagged_by_trailers(body, tag);
                            return Poll::Ready(Ok(response.map(tagged)));
                        }
                        #[cfg(feature = "grpc")]
                        Finish::Begin => {
                            let (head, body) = response.into_parts();
                            let (body, succeeds) = ResponseBody::begun(body, cx);
                            let response = Response::from_parts(head, body);
                            let adopted = || {
                                let key = exchange.resource.key.clone();
                                exchange.shared.store.adopt(key)
                            };
                            let Some(current) = succeeds.then(adopted).flatten() else {
                                return Poll::Ready(Ok(response));
                            };
                            let after = plan.take().map(|plan| (plan, Then::Adopted(response)));
                            this.state.set(State::LookAgain { current, after });
                        }
                        Finish::Reject(rejection) => {
                            let answer = exchange.reject(rejection, HeaderMap::new());
                            return Poll::Ready(Ok(answer));
                        }
                        Finish::LookAgain(current, then) => {
                            let after = plan.take().map(|plan| (plan, then(response)));
                            this.state.set(State::LookAgain { current, after });
                        }
                    }
                }
                StateProj::Refused { refusal } => {
                    let refusal = refusal.take().expect(DONE);
                    return Poll::Ready(Ok(refusal));
                }
                StateProj::LookAgain { current, after } => {
                    let looked_up = ready!(current.poll(cx));
                    let (plan, then) = after.take().expect(DONE);
                    let exchange = exchange.expect(EXCHANGE);
                    let current = exchange.known(looked_up);
                    return Poll::Ready(Ok(exchange.conclude(&plan, then, current)));
                }
            }
        }
    }
}

/// What becomes of the service's answer.
pub(super) enum Finish<C, B> {
    Done,
    /// Its trailers are to have this tag, or none.
    #[cfg(feature = "grpc")]
    Tag(Option<HeaderValue>),
    /// If what stands behind its head says that it succeeds, the key is known.
    #[cfg(feature = "grpc")]
    Begin,
    Reject(Rejection),
    LookAgain(C, fn(Response<B>) -> Then<B>),
}

impl<St, X, K> Exchange<St, X, K>
where
    K: Clone + fmt::Debug,
    St: VersionStore<K>,
{
    /// What the store said; `None` if it failed, which is told.
    #[inline]
    fn known(&self, looked_up: Result<Current, St::Error>) -> Option<Current> {
        looked_up
            .map_err(|error| self.emit(EventKind::StoreFailed(&*error.into())))
            .ok()
    }

    /// Readies the request for the service, or answers in its stead.
    #[inline]
    fn decide<ReqBody, ResBody>(
        &self,
        request: &mut Request<ReqBody>,
        current: Option<Current>,
    ) -> ControlFlow<Response<ResponseBody<ResBody>>, Plan> {
        let policy = &self.shared.policy;
        match decide(policy, request, &self.resource, current, self.asked) {
            Decision::Run(plan) => {
                if self.resource.is_write {
                    let permit = WritePermit::new(plan.expectation, plan.field);
                    request.extensions_mut().insert(permit);
                }
                ControlFlow::Continue(plan)
            }
            Decision::Reject(rejection, declared) => {
                let headers = mem::take(request.headers_mut());
                let mut response = self.reject(rejection, headers);
                if rejection.kind() == RejectionKind::NotModified {
                    policy.put_declared(declared.as_deref(), response.headers_mut());
                }
                ControlFlow::Break(response)
            }
        }
    }

    /// Labels the service's answer, or finds that it takes another look at the store.
    #[inline]
    fn finish<B>(&self, plan: &Plan, response: &mut Response<B>) -> Finish<St::Current, B> {
        #[cfg(feature = "grpc")]
        if self.resource.is_call() {
            return self.finish_call(plan, response);
        }
        let policy = &self.shared.policy;
        let status = response.status();
        if self.resource.is_write {
            if response.extensions().get::<VersionConflict>().is_some() {
                let current = self.shared.store.latest(self.resource.key.clone());
                return Finish::LookAgain(current, |_| Then::Conflict);
            }
            let committed = label::committed(response);
            if plan.field.is_some() && committed.is_none() && label::is_commit(status) {
                self.emit(EventKind::CommitMissing);
                if policy.strict_commits {
                    return Finish::Reject(Rejection::new(RejectionKind::CommitMissing));
                }
            }
            label_write(
                policy,
                plan.selected,
                &self.resource.method,
                committed,
                response,
                &|kind| {
                    self.emit(kind);
                },
            );
            self.emit(EventKind::Written(status, committed));
        } else {
            if status == StatusCode::PARTIAL_CONTENT && plan.label.is_some() {
                let current = self.shared.store.latest(self.resource.key.clone());
                return Finish::LookAgain(current, Then::LetOut);
            }
            let version = label_read(policy, plan, response, self.asked, |kind| self.emit(kind));
            self.emit(EventKind::Read(status, version));
            if plan.adopt && label::is_labelled(status) {
                return self.adopt();
            }
        }
        Finish::Done
    }

    /// Makes an unknown key known, if the store does that.
    pub(super) fn adopt<B>(&self) -> Finish<St::Current, B> {
        match self.shared.store.adopt(self.resource.key.clone()) {
            Some(current) => Finish::LookAgain(current, |response| {
                Then::Adopted(response.map(ResponseBody::service))
            }),
            None => Finish::Done,
        }
    }

    /// Answers by what the second look-up has found.
    fn conclude<B>(
        &self,
        plan: &Plan,
        then: Then<B>,
        current: Option<Current>,
    ) -> Response<ResponseBody<B>> {
        let policy = &self.shared.policy;
        let known = current.unwrap_or(Current::Unknown);
        match then {
            Then::Adopted(response) => response,
            #[cfg(feature = "grpc")]
            Then::Aborted(response) => call::aborted(conflict(plan, known), response),
            Then::Conflict => self.reject(conflict(plan, known), HeaderMap::new()),
            Then::LetOut(mut response) => {
                let before = plan.label.map(|label| label.version);
                let is_being_written =
                    matches!(known, Current::Present(now) if now.is_being_written);
                let is_same = before == known.version()
                    && !is_being_written
                    && label::observed(&response).is_none_or(|it| Some(it) == before);
                if !is_same {
                    let rejection = match plan.field {
                        // 412 says that a condition is false, which nobody knows.
                        _ if current.is_none() => Rejection::new(RejectionKind::StoreUnavailable)
                            .with_retry_after(policy.retry_after),
                        // §13.1.1, §13.1.4: these two have become false. A false If-None-Match
                        // would be a 304 (§13.1.2), for which the answer comes too late.
                        Some(field @ (Field::IfMatch | Field::IfUnmodifiedSince))
                            if before != known.version() =>
                        {
                            Rejection::conflict(Some(field))
                                .with_current(known)
                                .with_variant(plan.selected.variant())
                        }
                        _ => Rejection::new(RejectionKind::ChangedWhileRead)
                            .with_retry_after(policy.retry_after),
                    };
                    return self.reject(rejection, HeaderMap::new());
                }
                label_read(policy, plan, &mut response, self.asked, |kind| {
                    self.emit(kind);
                });
                self.emit(EventKind::Read(response.status(), before));
                response.map(ResponseBody::service)
            }
        }
    }

    pub(super) fn reject<B>(
        &self,
        rejection: Rejection,
        headers: HeaderMap,
    ) -> Response<ResponseBody<B>> {
        reject(&self.shared.policy, &self.resource, rejection, headers)
    }

    pub(super) fn emit(&self, kind: EventKind<'_>) {
        self.resource.emit(&self.shared.policy, kind);
    }
}

impl<Svc, ReqBody, ResBody, St, X> fmt::Debug for ResponseFuture<Svc, ReqBody, ResBody, St, X>
where
    Svc: Service<Request<ReqBody>>,
    X: KeyExtractor,
    St: VersionStore<X::Key>,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseFuture").finish_non_exhaustive()
    }
}
