use std::{
    pin::Pin,
    task::{Context, Poll, ready},
    time::Instant,
};

use bytes::Bytes;
use futures_timer::Delay;
use http::{Request, Response};
use http_body::Body;
use pin_project_lite::pin_project;
use tower_service::Service;

use crate::{
    body::ResponseBody,
    conditional::event::EventKind,
    current::Current,
    key::KeyExtractor,
    precondition::RejectionKind,
    store::{Guard, GuardedStore},
};

use super::{
    call::Framing,
    collect::Collect,
    exchange::{Exchange, Judgement},
    hold::{Limited, delay, within},
    probe,
    request_body::RequestBody,
    write::GuardedWrite,
};

pin_project! {
    /// What comes before a guarded write, on the request's own task: its content is read, the
    /// guard waited for, and the preconditions judged. Nothing has happened when it is dropped.
    pub(super) struct Admission<Svc, B, ResBody, St, X>
    where
        Svc: Service<Request<RequestBody<B>>>,
        X: KeyExtractor,
        St: GuardedStore<X::Key>,
    {
        #[pin]
        stage: Stage<Svc, B, ResBody, St, X::Key>,
        call: Option<(Svc, Request<RequestBody<B>>)>,
        // `None` once the write goes on.
        exchange: Option<Exchange<St, X, X::Key>>,
    }
}

pin_project! {
    #[project = StageProj]
    enum Stage<Svc, B, ResBody, St, K>
    where
        Svc: Service<Request<RequestBody<B>>>,
        St: GuardedStore<K>,
    {
        Collect {
            #[pin]
            collect: Collect<B>,
        },
        Wait {
            #[pin]
            begin: St::Begin,
            // Since when, from the moment on at which it turns out to be one.
            waiting: Option<(Instant, Delay)>,
        },
        // The service is asked whether the resource exists.
        Ask {
            #[pin]
            answer: Svc::Future,
            guard: Option<St::Guard>,
        },
        // The service that was asked gets ready again.
        Ready {
            guard: Option<St::Guard>,
            found: Current,
        },
        Release {
            #[pin]
            release: <St::Guard as Guard<K>>::Release,
            refusal: Option<Response<ResponseBody<ResBody>>>,
        },
    }
}

/// What comes of a request.
pub(super) enum Admitted<W, ResBody> {
    Write(W),
    Refused(Response<ResponseBody<ResBody>>),
}

impl<Svc, B, ResBody, St, X> Admission<Svc, B, ResBody, St, X>
where
    Svc: Service<Request<RequestBody<B>>>,
    X: KeyExtractor,
    St: GuardedStore<X::Key>,
    B: Body<Data = Bytes>,
{
    /// The content is read first.
    pub(super) fn collect(
        exchange: Exchange<St, X, X::Key>,
        service: Svc,
        request: Request<B>,
    ) -> Self {
        let (parts, body) = request.into_parts();
        let request = Request::from_parts(parts, RequestBody::default());
        let policy = exchange.policy();
        let framing = if exchange.resource.is_call() {
            Framing::Request(policy.wait_limit, None)
        } else {
            Framing::Free
        };
        let collect = Collect::new(body, policy.body_limit, framing);
        Self {
            stage: Stage::Collect { collect },
            call: Some((service, request)),
            exchange: Some(exchange),
        }
    }

    /// The content is left to the handler.
    pub(super) fn stream(
        exchange: Exchange<St, X, X::Key>,
        service: Svc,
        request: Request<B>,
    ) -> Self {
        Self {
            stage: Stage::wait(&exchange),
            call: Some((service, request.map(RequestBody::streamed))),
            exchange: Some(exchange),
        }
    }
}

impl<Svc, B, ResBody, St, K> Stage<Svc, B, ResBody, St, K>
where
    Svc: Service<Request<RequestBody<B>>>,
    St: GuardedStore<K>,
    K: Clone,
{
    fn wait<X>(exchange: &Exchange<St, X, K>) -> Self {
        Self::Wait {
            begin: exchange.shared.store.begin(exchange.resource.key.clone()),
            waiting: None,
        }
    }

    fn release(guard: St::Guard, refusal: Response<ResponseBody<ResBody>>) -> Self {
        Self::Release {
            release: guard.release(),
            refusal: Some(refusal),
        }
    }
}

const DONE: &str = "polled again after it was ready";

impl<Svc, B, ResBody, St, X> Future for Admission<Svc, B, ResBody, St, X>
where
    Svc: Service<Request<RequestBody<B>>, Response = Response<ResBody>>,
    X: KeyExtractor,
    St: GuardedStore<X::Key>,
    B: Body<Data = Bytes>,
{
    type Output = Result<Admitted<GuardedWrite<Svc, B, ResBody, St, X>, ResBody>, Svc::Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        loop {
            let exchange = this.exchange.as_mut().expect(DONE);
            let (guard, current, is_unseen, made_by) = match this.stage.as_mut().project() {
                StageProj::Collect { collect } => {
                    let (_, request) = this.call.as_mut().expect(DONE);
                    match ready!(collect.poll(cx)) {
                        Ok(collected) => *request.body_mut() = collected.into(),
                        Err(error) => {
                            let refusal = exchange.refuse(error.into());
                            return Poll::Ready(Ok(Admitted::Refused(refusal)));
                        }
                    }
                    exchange.identify(request);
                    this.stage.set(Stage::wait(exchange));
                    continue;
                }
                StageProj::Wait { begin, waiting } => {
                    let begun = begin.poll(cx);
                    if begun.is_pending() {
                        let limit = exchange.policy().wait_limit;
                        let (since, limit) =
                            waiting.get_or_insert_with(|| (Instant::now(), delay(limit)));
                        ready!(Pin::new(limit).poll(cx));
                        exchange.emit(EventKind::GuardWaited(since.elapsed()));
                        let refusal = exchange.refuse(RejectionKind::Busy);
                        return Poll::Ready(Ok(Admitted::Refused(refusal)));
                    }
                    if let Some((since, _)) = waiting {
                        exchange.emit(EventKind::GuardWaited(since.elapsed()));
                    }
                    match ready!(begun) {
                        Ok(guard) => {
                            let current = guard.current();
                            // What nobody will ask for is not looked up.
                            let is_unseen = current == Current::Unknown && guard.is_unseen();
                            let made_by = exchange.fingerprint.and_then(|_| guard.made_by());
                            (guard, current, is_unseen, made_by)
                        }
                        Err(error) => {
                            let refusal = exchange.not_granted(&error.into());
                            return Poll::Ready(Ok(Admitted::Refused(refusal)));
                        }
                    }
                }
                StageProj::Ask { answer, guard } => {
                    let answer = answer.poll(cx);
                    let answered = ready!(within(&mut exchange.hold, cx, answer));
                    let guard = guard.take().expect(DONE);
                    let found = match answered {
                        Limited::Done(response) => probe::found(response?.status()),
                        Limited::Over => None,
                    };
                    this.stage.set(match found {
                        Some(found) => {
                            let guard = Some(guard);
                            Stage::Ready { guard, found }
                        }
                        None => Stage::release(guard, exchange.refuse(RejectionKind::NotBegun)),
                    });
                    continue;
                }
                StageProj::Ready { guard, found } => {
                    // The place that the service had given is the one that was used to ask: a
                    // second one, held beside it, could wait for itself.
                    let (service, _) = this.call.as_mut().expect(DONE);
                    let ready = service.poll_ready(cx);
                    let ready = ready!(within(&mut exchange.hold, cx, ready));
                    let guard = guard.take().expect(DONE);
                    match ready {
                        Limited::Done(ready) => ready?,
                        Limited::Over => {
                            let refusal = exchange.refuse(RejectionKind::NotBegun);
                            this.stage.set(Stage::release(guard, refusal));
                            continue;
                        }
                    }
                    (guard, *found, false, None)
                }
                StageProj::Release { release, refusal } => {
                    if let Err(error) = ready!(release.poll(cx)) {
                        exchange.emit(EventKind::StoreFailed(&*error.into()));
                    }
                    let refusal = refusal.take().expect(DONE);
                    return Poll::Ready(Ok(Admitted::Refused(refusal)));
                }
            };
            let (service, request) = this.call.as_mut().expect(DONE);
            match exchange.judge(request, current, is_unseen, made_by) {
                Judgement::Run => {
                    let exchange = this.exchange.take().expect(DONE);
                    let call = this.call.take().expect(DONE);
                    let write = GuardedWrite::new(exchange, Some(guard), call);
                    return Poll::Ready(Ok(Admitted::Write(write)));
                }
                Judgement::Refuse(refusal) => this.stage.set(Stage::release(guard, refusal)),
                Judgement::Ask => {
                    let answer = service.call(probe::request(request));
                    let guard = Some(guard);
                    this.stage.set(Stage::Ask { answer, guard });
                }
            }
        }
    }
}
