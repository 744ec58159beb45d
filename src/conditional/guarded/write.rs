use std::{
    any::Any,
    fmt,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    pin::Pin,
    task::{Context, Poll, ready},
};

use http::{Request, Response, response};
use http_body::Body;
use pin_project_lite::pin_project;
use tower_service::Service;

use crate::{
    body::ResponseBody,
    conditional::event::EventKind,
    key::KeyExtractor,
    precondition::RejectionKind,
    store::{Guard, GuardedStore},
};

use super::{
    call::{self, Framing},
    collect::{Collect, Collected, Uncollected},
    effect::Ending,
    exchange::Exchange,
    hold::{Limited, within},
    request_body::RequestBody,
    settle::{Settled, push_doubtful},
    steps::{Queue, Steps},
};

pin_project! {
    /// A write that was admitted: the guard is armed, the handler runs, and what it did is
    /// committed, released or raised.
    ///
    /// Dropped before its first poll, nothing has happened. Dropped later, its outcome is unknown.
    pub struct GuardedWrite<Svc, B, ResBody, St, X>
    where
        Svc: Service<Request<RequestBody<B>>>,
        X: KeyExtractor,
        St: GuardedStore<X::Key>,
    {
        #[pin]
        stage: Stage<Svc, B, ResBody, St, X::Key>,
        exchange: Exchange<St, X, X::Key>,
        #[pin]
        steps: Steps<St, X::Key>,
        answer: Option<Answer<ResBody, Svc::Error>>,
        is_open: bool,
    }

    impl<Svc, B, ResBody, St, X> PinnedDrop for GuardedWrite<Svc, B, ResBody, St, X>
    where
        Svc: Service<Request<RequestBody<B>>>,
        X: KeyExtractor,
        St: GuardedStore<X::Key>,
    {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            // First the handler, then the guard, which says so to the store, then the event.
            this.stage.set(Stage::Steps);
            if *this.is_open {
                this.exchange.emit(EventKind::OutcomeUnknown);
            }
        }
    }
}

pin_project! {
    #[project = StageProj]
    enum Stage<Svc, B, ResBody, St, K>
    where
        Svc: Service<Request<RequestBody<B>>>,
        St: GuardedStore<K>,
    {
        Start {
            guard: Option<St::Guard>,
            call: Option<(Svc, Request<RequestBody<B>>)>,
        },
        Arm {
            #[pin]
            arm: <St::Guard as Guard<K>>::Arm,
            call: Option<(Svc, Request<RequestBody<B>>)>,
        },
        // The handler stands before the guard: what it holds goes first.
        Run {
            #[pin]
            handler: Svc::Future,
            guard: Option<St::Guard>,
        },
        RunUnguarded {
            #[pin]
            handler: Svc::Future,
        },
        // The end of a call's answer says what was done. The body, which may be the handler still
        // at work, stands before the guard.
        Drain {
            #[pin]
            collect: Collect<ResBody>,
            guard: Option<St::Guard>,
            head: Option<response::Parts>,
        },
        Commit {
            #[pin]
            commit: <St::Guard as Guard<K>>::Commit,
            response: Option<(Ending, Response<ResponseBody<ResBody>>)>,
        },
        Release {
            #[pin]
            release: <St::Guard as Guard<K>>::Release,
        },
        Steps,
    }
}

type Panic = Box<dyn Any + Send>;

enum Answer<ResBody, E> {
    Response(Response<ResponseBody<ResBody>>),
    Error(E),
    Panic(Panic),
}

impl<Svc, B, ResBody, St, X> GuardedWrite<Svc, B, ResBody, St, X>
where
    Svc: Service<Request<RequestBody<B>>>,
    X: KeyExtractor,
    St: GuardedStore<X::Key>,
{
    /// A write under `guard`, or one without.
    pub(super) fn new(
        exchange: Exchange<St, X, X::Key>,
        guard: Option<St::Guard>,
        call: (Svc, Request<RequestBody<B>>),
    ) -> Self {
        let call = Some(call);
        Self {
            stage: Stage::Start { guard, call },
            exchange,
            answer: None,
            steps: Steps::new(),
            is_open: false,
        }
    }

    pub(super) fn exchange(&self) -> &Exchange<St, X, X::Key> {
        &self.exchange
    }

    /// Whether it was begun: something may have happened, of which nobody was told yet.
    pub(super) fn is_open(&self) -> bool {
        self.is_open || self.answer.is_some()
    }
}

const DONE: &str = "polled again after it was ready";

impl<Svc, B, ResBody, St, X> Future for GuardedWrite<Svc, B, ResBody, St, X>
where
    Svc: Service<Request<RequestBody<B>>, Response = Response<ResBody>>,
    ResBody: Body,
    X: KeyExtractor<Key: PartialEq + Send + Sync + 'static>,
    St: GuardedStore<X::Key>,
{
    type Output = Result<Response<ResponseBody<ResBody>>, Svc::Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let exchange = this.exchange;
        loop {
            match this.stage.as_mut().project() {
                StageProj::Start { guard, call } => {
                    *this.is_open = true;
                    match Stage::start(guard.take(), call.take().expect(DONE)) {
                        Ok(stage) => this.stage.set(stage),
                        Err(panic) => {
                            *this.answer = Some(Answer::Panic(panic));
                            exchange.push_own(this.steps.as_mut().queue());
                            this.stage.set(Stage::Steps);
                        }
                    }
                }
                StageProj::Arm { arm, call } => match ready!(arm.poll(cx)) {
                    Ok(guard) => {
                        let (mut service, mut request) = call.take().expect(DONE);
                        guard.lend(request.extensions_mut());
                        let handler = service.call(request);
                        let guard = Some(guard);
                        this.stage.set(Stage::Run { handler, guard });
                    }
                    Err(error) => {
                        exchange.emit(EventKind::StoreFailed(&*error.into()));
                        let refusal = exchange.refuse(RejectionKind::NotBegun);
                        *this.answer = Some(Answer::Response(refusal));
                        *this.is_open = false;
                        this.stage.set(Stage::Steps);
                    }
                },
                StageProj::Run { handler, guard } => {
                    let ran = handler.poll(cx);
                    let ran = ready!(within(&mut exchange.hold, cx, ran));
                    let guard = guard.take().expect(DONE);
                    // What the handler may still hold goes before the guard ends.
                    this.stage.set(Stage::Steps);
                    let queue = this.steps.as_mut().queue();
                    let (stage, answer) = Stage::ran(ran, guard, exchange, queue);
                    *this.is_open = answer.is_none();
                    *this.answer = answer;
                    this.stage.set(stage);
                }
                StageProj::Drain {
                    collect,
                    guard,
                    head,
                } => {
                    let drained = collect.poll(cx);
                    let drained = ready!(within(&mut exchange.hold, cx, drained));
                    let (guard, head) = (guard.take().expect(DONE), head.take().expect(DONE));
                    // The same for what the answer holds.
                    this.stage.set(Stage::Steps);
                    let queue = this.steps.as_mut().queue();
                    let (stage, answer) = Stage::drained(drained, head, guard, exchange, queue);
                    *this.is_open = answer.is_none();
                    *this.answer = answer;
                    this.stage.set(stage);
                }
                StageProj::RunUnguarded { handler } => {
                    let ran = match caught(|| handler.poll(cx)) {
                        Ok(ran) => Ok(ready!(ran)),
                        Err(panic) => Err(panic),
                    };
                    this.stage.set(Stage::Steps);
                    let queue = this.steps.as_mut().queue();
                    *this.answer = Some(exchange.answer_unguarded(ran, queue));
                }
                StageProj::Commit { commit, response } => {
                    let committed = ready!(commit.poll(cx));
                    let (ending, response) = response.take().expect(DONE);
                    *this.is_open = false;
                    let queue = this.steps.as_mut().queue();
                    let response = exchange.conclude(ending, committed, response, queue);
                    *this.answer = Some(Answer::Response(response));
                    this.stage.set(Stage::Steps);
                }
                StageProj::Release { release } => {
                    if let Err(error) = ready!(release.poll(cx)) {
                        exchange.emit(EventKind::StoreFailed(&*error.into()));
                    }
                    this.stage.set(Stage::Steps);
                }
                StageProj::Steps => {
                    ready!(this.steps.as_mut().poll_done(exchange, cx));
                    *this.is_open = false;
                    return match this.answer.take().expect(DONE) {
                        Answer::Response(response) => Poll::Ready(Ok(response)),
                        Answer::Error(error) => Poll::Ready(Err(error)),
                        Answer::Panic(panic) => resume_unwind(panic),
                    };
                }
            }
        }
    }
}

impl<St, X> Exchange<St, X, X::Key>
where
    X: KeyExtractor<Key: PartialEq + Send + Sync + 'static>,
{
    fn answer_unguarded<ResBody, E>(
        &self,
        ran: Result<Result<Response<ResBody>, E>, Panic>,
        queue: &mut Queue<X::Key>,
    ) -> Answer<ResBody, E> {
        match ran {
            Ok(Ok(response)) => Answer::Response(self.settle_unguarded(response, queue)),
            Ok(Err(error)) => {
                self.push_own(queue);
                Answer::Error(error)
            }
            Err(panic) => {
                self.push_own(queue);
                Answer::Panic(panic)
            }
        }
    }
}

impl<Svc, B, ResBody, St, K> Stage<Svc, B, ResBody, St, K>
where
    Svc: Service<Request<RequestBody<B>>, Response = Response<ResBody>>,
    ResBody: Body,
    St: GuardedStore<K>,
{
    /// The first step: to arm the guard, or, without one, to call the service.
    fn start(
        guard: Option<St::Guard>,
        (mut service, request): (Svc, Request<RequestBody<B>>),
    ) -> Result<Self, Panic> {
        let Some(guard) = guard else {
            return caught(|| service.call(request)).map(|handler| Self::RunUnguarded { handler });
        };
        let call = Some((service, request));
        let arm = guard.arm();
        Ok(Self::Arm { arm, call })
    }

    /// What comes after the handler; of a call whose answer goes on, that it is read.
    fn ran<X>(
        ran: Limited<Result<Response<ResBody>, Svc::Error>>,
        guard: St::Guard,
        exchange: &Exchange<St, X, K>,
        queue: &mut Queue<K>,
    ) -> (Self, Option<Answer<ResBody, Svc::Error>>)
    where
        X: KeyExtractor<Key = K>,
        K: Clone + fmt::Debug + PartialEq + Send + Sync + 'static,
    {
        let ran = match ran {
            Limited::Done(Ok(response))
                if exchange.resource.is_call() && call::is_open(&response) =>
            {
                let (head, body) = response.into_parts();
                let limit = exchange.policy().body_limit;
                let drain = Self::Drain {
                    collect: Collect::new(body, limit, Framing::Answer),
                    guard: Some(guard),
                    head: Some(head),
                };
                return (drain, None);
            }
            Limited::Done(Ok(response)) => Limited::Done(Ok(response.map(ResponseBody::service))),
            Limited::Done(Err(error)) => Limited::Done(Err(error)),
            Limited::Over => Limited::Over,
        };
        Self::ended(ran, guard, exchange, queue)
    }

    /// What comes after a call's answer.
    fn drained<X>(
        drained: Limited<Result<Collected, Uncollected>>,
        mut head: response::Parts,
        guard: St::Guard,
        exchange: &Exchange<St, X, K>,
        queue: &mut Queue<K>,
    ) -> (Self, Option<Answer<ResBody, Svc::Error>>)
    where
        X: KeyExtractor<Key = K>,
        K: Clone + fmt::Debug + PartialEq + Send + Sync + 'static,
    {
        let ran = match drained {
            Limited::Done(Ok(collected)) => {
                Limited::Done(Ok(Response::from_parts(head, collected.into())))
            }
            // It streams, is too long, or failed: it has done something, or not.
            Limited::Done(Err(_)) | Limited::Over => {
                push_doubtful(&mut head.extensions, queue);
                Limited::Over
            }
        };
        Self::ended(ran, guard, exchange, queue)
    }

    /// What comes after the handler: its guard's end, and the answer where nothing depends on it.
    fn ended<X>(
        ran: Limited<Result<Response<ResponseBody<ResBody>>, Svc::Error>>,
        guard: St::Guard,
        exchange: &Exchange<St, X, K>,
        queue: &mut Queue<K>,
    ) -> (Self, Option<Answer<ResBody, Svc::Error>>)
    where
        X: KeyExtractor<Key = K>,
        K: Clone + fmt::Debug + PartialEq + Send + Sync + 'static,
    {
        let lost = match ran {
            Limited::Done(Ok(response)) => {
                return match exchange.settle(response, || guard.current(), queue) {
                    Settled::Commit(change, ending, response) => {
                        let commit = guard.commit(change);
                        let response = Some((ending, response));
                        (Self::Commit { commit, response }, None)
                    }
                    Settled::Release(response) => {
                        let release = guard.release();
                        (Self::Release { release }, Some(Answer::Response(response)))
                    }
                };
            }
            Limited::Done(Err(error)) => Some(error),
            Limited::Over => None,
        };
        // Dropped as it is, the guard makes the outcome unknown.
        drop(guard);
        exchange.emit(EventKind::OutcomeUnknown);
        let answer = match lost {
            Some(error) => Answer::Error(error),
            None => Answer::Response(exchange.refuse(RejectionKind::OutcomeUnknown)),
        };
        (Self::Steps, Some(answer))
    }
}

/// Runs what may panic. An unguarded write has to raise its key whatever happens, and drops what
/// has panicked at once.
fn caught<T>(work: impl FnOnce() -> T) -> Result<T, Panic> {
    catch_unwind(AssertUnwindSafe(work))
}

impl<Svc, B, ResBody, St, X> fmt::Debug for GuardedWrite<Svc, B, ResBody, St, X>
where
    Svc: Service<Request<RequestBody<B>>>,
    X: KeyExtractor,
    St: GuardedStore<X::Key>,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GuardedWrite").finish_non_exhaustive()
    }
}
