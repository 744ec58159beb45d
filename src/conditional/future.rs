use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll, ready},
};

use http::{HeaderMap, Request, Response};
use http_body::Body;
use pin_project_lite::pin_project;
use tower_service::Service;

use crate::{body::ResponseBody, key::KeyExtractor, store::VersionStore};

use super::{
    decide::Plan,
    exchange::{Exchange, Finish, Then},
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

    /// What is current has to be waited for; the service is ready, and runs then.
    pub(super) fn look_up(
        exchange: Exchange<St, X, X::Key>,
        service: Svc,
        request: Request<ReqBody>,
    ) -> Self {
        let current = exchange.look_up();
        let call = Some((service, request));
        Self {
            state: State::LookUp { current, call },
            exchange: Some(exchange),
        }
    }

    /// The service runs already.
    #[inline]
    pub(super) fn run(exchange: Exchange<St, X, X::Key>, plan: Plan, future: Svc::Future) -> Self {
        let plan = Some(plan);
        Self {
            state: State::Run { future, plan },
            exchange: Some(exchange),
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
                        Ok(plan) => plan,
                        Err(refused) => {
                            let answer = exchange.refuse(refused, request.headers_mut());
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
