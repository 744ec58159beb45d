//! Writes on tasks of their own.

use std::{
    any::Any,
    fmt,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use futures_channel::oneshot;
use http::{HeaderMap, Request, Response};
use http_body::Body;
use pin_project_lite::pin_project;
use tower_service::Service;

use crate::{
    body::ResponseBody,
    conditional::{reject::reject, resource::Resource, service::Shared},
    key::KeyExtractor,
    precondition::{Rejection, RejectionKind},
    store::GuardedStore,
};

use super::{request_body::RequestBody, write::GuardedWrite};

/// A write, for the spawn function of
/// [`ConditionalLayer::guarded`](crate::ConditionalLayer::guarded): to be polled to its end, on
/// any thread.
#[must_use = "a write that is not polled is not done"]
pub struct Task {
    write: Pin<Box<dyn Future<Output = ()> + Send>>,
}

impl Future for Task {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        self.write.as_mut().poll(cx)
    }
}

impl fmt::Debug for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Task").finish_non_exhaustive()
    }
}

/// Runs a write on tokio's runtime: the spawn function of most applications. Feature `tokio`.
///
/// # Panics
/// Outside a tokio runtime.
#[cfg(feature = "tokio")]
pub fn tokio_spawn(task: Task) {
    drop(tokio::spawn(task));
}

type Answer<ResBody, E> = Result<Response<ResponseBody<ResBody>>, E>;

/// What a task has to say to the one that waits for it.
enum Reply<T> {
    Done(T),
    Panicked(Box<dyn Any + Send>),
    /// It was dropped, before or after it had begun.
    Dropped {
        is_begun: bool,
    },
}

/// Hands the write to the spawn function; what comes back is its answer.
pub(super) fn detach<Svc, B, ResBody, St, X, Sp>(
    spawn: &Sp,
    write: GuardedWrite<Svc, B, ResBody, St, X>,
) -> SpawnedWrite<ResBody, Svc::Error, St, X>
where
    Svc: Service<Request<RequestBody<B>>, Response = Response<ResBody>>,
    X: KeyExtractor<Key: PartialEq + Send + Sync + 'static>,
    St: GuardedStore<X::Key>,
    Sp: Fn(Task),
    GuardedWrite<Svc, B, ResBody, St, X>: Send + 'static,
    ResBody: Body + Send + 'static,
    Svc::Error: Send + 'static,
{
    let (reply, answer) = oneshot::channel();
    let exchange = write.exchange();
    let spawned = SpawnedWrite {
        answer,
        shared: Arc::clone(&exchange.shared),
        resource: exchange.resource.clone(),
    };
    let write = Box::pin(Detached {
        write: Some(write),
        reply: Some(reply),
        span: Span::current(),
    });
    spawn(Task { write });
    spawned
}

pin_project! {
    struct Detached<Svc, B, ResBody, St, X>
    where
        Svc: Service<Request<RequestBody<B>>>,
        X: KeyExtractor,
        St: GuardedStore<X::Key>,
    {
        #[pin]
        write: Option<GuardedWrite<Svc, B, ResBody, St, X>>,
        reply: Option<oneshot::Sender<Reply<Answer<ResBody, Svc::Error>>>>,
        span: Span,
    }

    impl<Svc, B, ResBody, St, X> PinnedDrop for Detached<Svc, B, ResBody, St, X>
    where
        Svc: Service<Request<RequestBody<B>>>,
        X: KeyExtractor,
        St: GuardedStore<X::Key>,
    {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            if let Some(reply) = this.reply.take() {
                let write = this.write.as_ref().as_pin_ref();
                let is_begun = write.is_some_and(|write| write.is_open());
                this.span.enter(|| this.write.set(None));
                // Nobody may be waiting any more.
                _ = reply.send(Reply::Dropped { is_begun });
            }
        }
    }
}

impl<Svc, B, ResBody, St, X> Future for Detached<Svc, B, ResBody, St, X>
where
    Svc: Service<Request<RequestBody<B>>, Response = Response<ResBody>>,
    X: KeyExtractor<Key: PartialEq + Send + Sync + 'static>,
    St: GuardedStore<X::Key>,
    ResBody: Body,
{
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mut this = self.project();
        let Some(write) = this.write.as_mut().as_pin_mut() else {
            return Poll::Ready(());
        };
        // What has panicked is dropped and not looked at again.
        let polled = this
            .span
            .enter(|| catch_unwind(AssertUnwindSafe(|| write.poll(cx))));
        let answer = match polled {
            Ok(answer) => Reply::Done(ready!(answer)),
            Err(panic) => Reply::Panicked(panic),
        };
        // The guard has ended when the answer goes out.
        this.span.enter(|| this.write.set(None));
        if let Some(reply) = this.reply.take() {
            // Nobody may be waiting any more.
            _ = reply.send(answer);
        }
        Poll::Ready(())
    }
}

pin_project! {
    /// The answer of a write on a task of its own.
    ///
    /// Dropped, the write goes on. A panic of the handler goes on here. If the task was dropped
    /// the answer is 503 where the write had not begun, and 500, outcome unknown, where it had.
    pub struct SpawnedWrite<ResBody, E, St, X>
    where
        X: KeyExtractor,
    {
        #[pin]
        answer: oneshot::Receiver<Reply<Answer<ResBody, E>>>,
        shared: Arc<Shared<St, X>>,
        resource: Resource<X::Key>,
    }
}

impl<ResBody, E, St, X: KeyExtractor> Future for SpawnedWrite<ResBody, E, St, X> {
    type Output = Answer<ResBody, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let is_begun = match ready!(this.answer.poll(cx)) {
            Ok(Reply::Done(answer)) => return Poll::Ready(answer),
            Ok(Reply::Panicked(panic)) => resume_unwind(panic),
            Ok(Reply::Dropped { is_begun }) => is_begun,
            // The task says something before it goes; if not, it may have done anything.
            Err(oneshot::Canceled) => true,
        };
        let policy = &this.shared.policy;
        let rejection = if is_begun {
            Rejection::new(RejectionKind::OutcomeUnknown)
        } else {
            Rejection::new(RejectionKind::NotBegun).with_retry_after(policy.retry_after)
        };
        let headers = HeaderMap::new();
        Poll::Ready(Ok(reject(policy, this.resource, rejection, headers)))
    }
}

impl<ResBody, E, St, X: KeyExtractor> fmt::Debug for SpawnedWrite<ResBody, E, St, X> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SpawnedWrite").finish_non_exhaustive()
    }
}

/// The span of the request, which the write belongs to wherever it runs.
struct Span {
    #[cfg(feature = "tracing")]
    span: tracing::Span,
}

impl Span {
    fn current() -> Self {
        Self {
            #[cfg(feature = "tracing")]
            span: tracing::Span::current(),
        }
    }

    #[cfg_attr(
        not(feature = "tracing"),
        expect(
            clippy::unused_self,
            reason = "the span is there with feature `tracing`"
        )
    )]
    fn enter<T>(&self, work: impl FnOnce() -> T) -> T {
        #[cfg(feature = "tracing")]
        let _entered = self.span.enter();
        work()
    }
}
