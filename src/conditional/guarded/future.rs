use std::{
    fmt,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body;
use pin_project_lite::pin_project;
use tower_service::Service;

use crate::{
    body::ResponseBody, conditional::future::ResponseFuture, key::KeyExtractor, store::GuardedStore,
};

use super::{
    admission::{Admission, Admitted},
    request_body::RequestBody,
    write::GuardedWrite,
};

pin_project! {
    /// The answer of a guarded service under way: a read, or what comes before a write and then
    /// the write itself, `W`, in place or spawned.
    pub struct GuardedFuture<Svc, B, ResBody, St, X, Sp, W>
    where
        Svc: Service<Request<RequestBody<B>>>,
        X: KeyExtractor,
        St: GuardedStore<X::Key>,
    {
        #[pin]
        stage: Stage<Svc, B, ResBody, St, X, W>,
        start: Start<Sp, GuardedWrite<Svc, B, ResBody, St, X>, W>,
    }
}

/// How an admitted write is started: as it is, or by a spawn function.
pub(super) struct Start<Sp, G, W> {
    pub(super) spawn: Arc<Sp>,
    pub(super) start: StartFn<Sp, G, W>,
}

pub(super) type StartFn<Sp, G, W> = fn(&Sp, G) -> W;

impl<Sp, G, W> Start<Sp, G, W> {
    fn start(&self, write: G) -> W {
        (self.start)(&self.spawn, write)
    }
}

pin_project! {
    #[project = StageProj]
    enum Stage<Svc, B, ResBody, St, X, W>
    where
        Svc: Service<Request<RequestBody<B>>>,
        X: KeyExtractor,
        St: GuardedStore<X::Key>,
    {
        Read {
            #[pin]
            read: ResponseFuture<Svc, RequestBody<B>, ResBody, St, X>,
        },
        Refused {
            refusal: Option<Response<ResponseBody<ResBody>>>,
        },
        Admission {
            #[pin]
            admission: Admission<Svc, B, ResBody, St, X>,
        },
        Admitted {
            write: Option<GuardedWrite<Svc, B, ResBody, St, X>>,
        },
        Write {
            #[pin]
            write: W,
        },
    }
}

impl<Svc, B, ResBody, St, X, Sp, W> GuardedFuture<Svc, B, ResBody, St, X, Sp, W>
where
    Svc: Service<Request<RequestBody<B>>>,
    X: KeyExtractor,
    St: GuardedStore<X::Key>,
{
    pub(super) fn read(
        start: Start<Sp, GuardedWrite<Svc, B, ResBody, St, X>, W>,
        read: ResponseFuture<Svc, RequestBody<B>, ResBody, St, X>,
    ) -> Self {
        let stage = Stage::Read { read };
        Self { stage, start }
    }

    pub(super) fn refused(
        start: Start<Sp, GuardedWrite<Svc, B, ResBody, St, X>, W>,
        refusal: Response<ResponseBody<ResBody>>,
    ) -> Self {
        let refusal = Some(refusal);
        let stage = Stage::Refused { refusal };
        Self { stage, start }
    }

    pub(super) fn admission(
        start: Start<Sp, GuardedWrite<Svc, B, ResBody, St, X>, W>,
        admission: Admission<Svc, B, ResBody, St, X>,
    ) -> Self {
        let stage = Stage::Admission { admission };
        Self { stage, start }
    }

    pub(super) fn admitted(
        start: Start<Sp, GuardedWrite<Svc, B, ResBody, St, X>, W>,
        write: GuardedWrite<Svc, B, ResBody, St, X>,
    ) -> Self {
        let write = Some(write);
        let stage = Stage::Admitted { write };
        Self { stage, start }
    }
}

impl<Svc, B, ResBody, St, X, Sp, W> Future for GuardedFuture<Svc, B, ResBody, St, X, Sp, W>
where
    Svc: Service<Request<RequestBody<B>>, Response = Response<ResBody>>,
    X: KeyExtractor,
    St: GuardedStore<X::Key>,
    B: Body<Data = Bytes>,
    ResBody: Body,
    W: Future<Output = Result<Response<ResponseBody<ResBody>>, Svc::Error>>,
{
    type Output = Result<Response<ResponseBody<ResBody>>, Svc::Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        loop {
            match this.stage.as_mut().project() {
                StageProj::Read { read } => return read.poll(cx),
                StageProj::Write { write } => return write.poll(cx),
                StageProj::Refused { refusal } => {
                    let refusal = refusal.take().expect("polled again after it was ready");
                    return Poll::Ready(Ok(refusal));
                }
                StageProj::Admission { admission } => match ready!(admission.poll(cx))? {
                    Admitted::Refused(refusal) => return Poll::Ready(Ok(refusal)),
                    Admitted::Write(write) => {
                        let write = this.start.start(write);
                        this.stage.set(Stage::Write { write });
                    }
                },
                StageProj::Admitted { write } => {
                    let write = write.take().expect("it is started once");
                    let write = this.start.start(write);
                    this.stage.set(Stage::Write { write });
                }
            }
        }
    }
}

impl<Svc, B, ResBody, St, X, Sp, W> fmt::Debug for GuardedFuture<Svc, B, ResBody, St, X, Sp, W>
where
    Svc: Service<Request<RequestBody<B>>>,
    X: KeyExtractor,
    St: GuardedStore<X::Key>,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GuardedFuture").finish_non_exhaustive()
    }
}
