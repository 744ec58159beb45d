//! The steps of a guarded write, and what each leads to.

use std::{
    any::Any,
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
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
    hold::Limited,
    request_body::RequestBody,
    settle::{Settled, push_doubtful},
    steps::Queue,
};

pin_project! {
    #[project = StageProj]
    /// How far a write has come.
    pub(super) enum Stage<Svc, B, ResBody, St, K>
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

pub(super) type Panic = Box<dyn Any + Send>;

/// What the client is told when all is done.
pub(super) enum Answer<ResBody, E> {
    Response(Response<ResponseBody<ResBody>>),
    Error(E),
    Panic(Panic),
}

impl<Svc, B, ResBody, St, K> Stage<Svc, B, ResBody, St, K>
where
    Svc: Service<Request<RequestBody<B>>, Response = Response<ResBody>>,
    ResBody: Body,
    St: GuardedStore<K>,
{
    /// The first step: to arm the guard, or, without one, to call the service.
    pub(super) fn start(
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
    pub(super) fn ran<X>(
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
    pub(super) fn drained<X>(
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
pub(super) fn caught<T>(work: impl FnOnce() -> T) -> Result<T, Panic> {
    catch_unwind(AssertUnwindSafe(work))
}
