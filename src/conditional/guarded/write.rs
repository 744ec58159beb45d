use std::{
    fmt,
    panic::resume_unwind,
    pin::Pin,
    task::{Context, Poll, ready},
};

use http::{Request, Response};
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
    exchange::Exchange,
    hold::within,
    request_body::RequestBody,
    stage::{Answer, Panic, Stage, StageProj, caught},
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
