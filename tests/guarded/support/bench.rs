use std::{
    mem,
    sync::{Arc, Mutex, PoisonError},
    task::Poll,
};

use bytes::Bytes;
use futures_util::FutureExt;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use tokio_test::task;
use tower::{Layer, Service, util::BoxCloneService};
use tower_conditional::{
    BoxError, ConditionalLayer, Event, EventKind, PathKeys, RequestBody, Version,
    conditional::{Guarded, InPlace, ResponseBody, guarded::Task},
};
use tower_test::mock;

use super::{Answer, Body, Shelf, Torn};

pub(crate) type Inner = mock::Mock<Request<RequestBody<Body>>, Answer>;
pub(crate) type Outcome = Result<Response<ResponseBody<Full<Bytes>>>, BoxError>;
type Boxed = BoxCloneService<Request<Body>, Response<ResponseBody<Full<Bytes>>>, BoxError>;
pub(crate) type Call = task::Spawn<<Boxed as Service<Request<Body>>>::Future>;

/// Where a guarded write is polled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    InPlace,
    Spawned,
}

impl Form {
    pub(crate) const BOTH: [Self; 2] = [Self::InPlace, Self::Spawned];
}

type Tasks = Arc<Mutex<Vec<Task>>>;

/// The layer around a mock service over a [`Shelf`], its tasks polled by hand, and all events
/// written down.
pub(crate) struct Bench {
    pub(crate) service: Boxed,
    pub(crate) handle: mock::Handle<Request<RequestBody<Body>>, Answer>,
    pub(crate) shelf: Shelf,
    new_tasks: Tasks,
    tasks: Vec<task::Spawn<Task>>,
    events: Arc<Mutex<Vec<String>>>,
}

/// What a test sets on the layer, of either form.
pub(crate) trait Build {
    fn on<Sp>(
        &self,
        layer: ConditionalLayer<Shelf, PathKeys, Guarded<Sp>>,
    ) -> ConditionalLayer<Shelf, PathKeys, Guarded<Sp>>;
}

/// Nothing.
impl Build for () {
    fn on<Sp>(
        &self,
        layer: ConditionalLayer<Shelf, PathKeys, Guarded<Sp>>,
    ) -> ConditionalLayer<Shelf, PathKeys, Guarded<Sp>> {
        layer
    }
}

/// `build!(layer => …)`: a [`Build`] by an expression.
macro_rules! build {
    ($layer:ident => $built:expr) => {{
        struct Built;
        impl $crate::support::Build for Built {
            fn on<Sp>(
                &self,
                $layer: tower_conditional::ConditionalLayer<
                    $crate::support::Shelf,
                    tower_conditional::PathKeys,
                    tower_conditional::conditional::Guarded<Sp>,
                >,
            ) -> tower_conditional::ConditionalLayer<
                $crate::support::Shelf,
                tower_conditional::PathKeys,
                tower_conditional::conditional::Guarded<Sp>,
            > {
                $built
            }
        }
        Built
    }};
}
pub(crate) use build;

impl Bench {
    /// The layer as it is by default, over `/a` at this version.
    pub(crate) fn at(form: Form, version: u64) -> Self {
        let bench = Self::new(form, &());
        bench.shelf.set("/a", Version::new(version));
        bench
    }

    pub(crate) fn new(form: Form, build: &impl Build) -> Self {
        let shelf = Shelf::default();
        let events = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&events);
        let listen = move |event: &Event<'_>| {
            let mut heard = heard.lock().unwrap_or_else(PoisonError::into_inner);
            heard.push(line(event));
        };
        let new_tasks = Tasks::default();
        let (inner, handle): (Inner, _) = mock::pair();
        let service = match form {
            Form::InPlace => {
                let layer: ConditionalLayer<_, _, Guarded<InPlace>> =
                    ConditionalLayer::guarded_cancellable(shelf.clone());
                Boxed::new(build.on(layer).on_event(listen).layer(inner))
            }
            Form::Spawned => {
                let tasks = Arc::clone(&new_tasks);
                let spawn = move |task| {
                    let mut tasks = tasks.lock().unwrap_or_else(PoisonError::into_inner);
                    tasks.push(task);
                };
                let layer = ConditionalLayer::guarded(shelf.clone(), spawn);
                Boxed::new(build.on(layer).on_event(listen).layer(inner))
            }
        };
        Self {
            service,
            handle,
            shelf,
            new_tasks,
            tasks: Vec::new(),
            events,
        }
    }

    /// Calls the service, which is ready.
    pub(crate) fn start(&mut self, request: Request<Body>) -> Call {
        let mut ready = task::spawn(());
        let polled = ready.enter(|cx, _| self.service.poll_ready(cx));
        assert!(matches!(polled, Poll::Ready(Ok(()))), "not ready");
        task::spawn(self.service.call(request))
    }

    /// Polls the call, and the tasks, until nothing moves any more.
    pub(crate) fn turn(&mut self, call: &mut Call) -> Poll<Outcome> {
        let mut polled = call.poll();
        loop {
            let is_moved = self.turn_tasks();
            if polled.is_ready() || !(is_moved || call.is_woken()) {
                return polled;
            }
            polled = call.poll();
        }
    }

    /// Polls the tasks; whether any of them has done anything.
    pub(crate) fn turn_tasks(&mut self) -> bool {
        let new = mem::take(
            &mut *self
                .new_tasks
                .lock()
                .unwrap_or_else(PoisonError::into_inner),
        );
        let mut is_moved = !new.is_empty();
        let first_new = self.tasks.len();
        self.tasks.extend(new.into_iter().map(task::spawn));
        let mut index = 0;
        self.tasks.retain_mut(|task| {
            let is_due = index >= first_new || task.is_woken();
            index += 1;
            is_moved |= is_due;
            !(is_due && task.poll().is_ready())
        });
        is_moved
    }

    /// How many tasks have not ended.
    pub(crate) fn tasks(&self) -> usize {
        let new = self
            .new_tasks
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        self.tasks.len() + new.len()
    }

    /// The spawn function's tasks go, as with a runtime that shuts down.
    pub(crate) fn drop_tasks(&mut self) {
        self.tasks.clear();
        self.new_tasks
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }

    /// The request that has reached the service, if one has.
    pub(crate) fn reached(
        &mut self,
    ) -> Option<(Request<RequestBody<Body>>, mock::SendResponse<Answer>)> {
        let mut polled = task::spawn(());
        match polled.enter(|_, _| self.handle.poll_request()) {
            Poll::Ready(request) => request,
            Poll::Pending => None,
        }
    }

    /// The request as the service gets it; there it stays until it is answered.
    pub(crate) fn run(
        &mut self,
        call: &mut Call,
    ) -> (Request<RequestBody<Body>>, mock::SendResponse<Answer>) {
        assert!(self.turn(call).is_pending());
        self.reached().expect("the service was called")
    }

    /// The answer, where `handler` speaks for the service as often as it is called.
    pub(crate) fn exchange(
        &mut self,
        request: Request<Body>,
        mut handler: impl FnMut(&Request<Bytes>) -> Answer,
    ) -> Response<Bytes> {
        let mut call = self.start(request);
        for _ in 0..4 {
            if let Poll::Ready(outcome) = self.turn(&mut call) {
                return digest(outcome.expect("no error"));
            }
            let (seen, reply) = self.reached().expect("neither an answer nor a call");
            reply.send_response(handler(&seen_of(seen)));
        }
        panic!("the service was called too often")
    }

    /// The layer's own answer; the service inside has not been called.
    pub(crate) fn refused(&mut self, request: Request<Body>) -> Response<Bytes> {
        self.exchange(request, |seen| panic!("the service was called: {seen:?}"))
    }

    /// Ends a call that needs nothing more.
    pub(crate) fn end(&mut self, mut call: Call) -> Response<Bytes> {
        match self.turn(&mut call) {
            Poll::Ready(outcome) => digest(outcome.expect("no error")),
            Poll::Pending => panic!("there is no answer"),
        }
    }

    /// The events so far; they are forgotten here.
    pub(crate) fn events(&self) -> Vec<String> {
        mem::take(&mut self.events.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// An event in one line; times are left out.
fn line(event: &Event<'_>) -> String {
    let text = |version: Option<Version>| {
        version.map_or_else(|| "-".to_owned(), |version| version.to_string())
    };
    let what = match event.kind {
        EventKind::Read(status, version) => format!("read {} {}", status.as_u16(), text(version)),
        EventKind::Written(status, version) => {
            format!("written {} {}", status.as_u16(), text(version))
        }
        EventKind::Rejected(it) => format!("rejected {} {:?}", it.status().as_u16(), it.kind()),
        EventKind::StoreFailed(error) => format!("store failed: {error}"),
        EventKind::GuardWaited(_) => "waited".to_owned(),
        EventKind::RetryRecognized(version) => format!("retry {}", text(version)),
        other => format!("{other:?}"),
    };
    format!("{} {:?}: {what}", event.method, event.key)
}

fn seen_of(request: Request<RequestBody<Body>>) -> Request<Bytes> {
    let (parts, body) = request.into_parts();
    let content: Result<_, Torn> = body.collect().now_or_never().expect("in memory");
    Request::from_parts(parts, content.expect("whole").to_bytes())
}

pub(crate) fn digest(response: Response<ResponseBody<Full<Bytes>>>) -> Response<Bytes> {
    let (parts, body) = response.into_parts();
    // No runtime is needed, and none disturbed.
    let body = body.collect().now_or_never().expect("a body in memory");
    let body = body.expect("a body in memory");
    Response::from_parts(parts, body.to_bytes())
}
