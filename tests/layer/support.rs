//! A store that does as it is told, and a bench that polls the layer around a mock service.

use std::{
    fmt,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
};

use bytes::Bytes;
use http::{HeaderName, Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Full};
use tokio_test::{assert_pending, assert_ready, assert_ready_ok, task};
use tower_conditional::{
    Conditional, ConditionalLayer, Current, Event, EventKind, KeyExtractor, PathKeys, Version,
    VersionStore,
    conditional::{ResponseBody, ResponseFuture},
};
use tower_test::mock;

pub(crate) type Answer = Response<Full<Bytes>>;
pub(crate) type Inner = mock::Mock<Request<String>, Answer>;
pub(crate) type Call<X> = task::Spawn<ResponseFuture<Inner, String, Full<Bytes>, Ledger, X>>;

/// What the mock store fails with; its text must never reach a client.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("SECRET: the disk at shelf 7 is gone")]
pub(crate) struct Broken;

/// A store whose answer can be set at any moment, and held back.
#[derive(Clone)]
pub(crate) struct Ledger {
    book: Arc<Mutex<Book>>,
}

struct Book {
    current: Result<Current, Broken>,
    waiting: Option<Vec<Waker>>,
    answers_at_once: bool,
    looked_up: Vec<String>,
    adopted: Vec<String>,
    /// Shared with each look-up that has not been dropped.
    under_way: Arc<()>,
}

impl Ledger {
    fn new(current: Result<Current, Broken>) -> Self {
        Self {
            book: Arc::new(Mutex::new(Book {
                current,
                waiting: None,
                answers_at_once: false,
                looked_up: Vec::new(),
                adopted: Vec::new(),
                under_way: Arc::default(),
            })),
        }
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn set(&self, current: impl Into<Current>) {
        self.book().current = Ok(current.into());
    }

    pub(crate) fn set_version(&self, version: u64) {
        self.set(Version::new(version));
    }

    pub(crate) fn break_down(&self) {
        self.book().current = Err(Broken);
    }

    /// From now on nobody has to wait, but in the second look-up.
    pub(crate) fn answer_at_once(&self) {
        self.book().answers_at_once = true;
    }

    /// From now on look-ups wait.
    pub(crate) fn hold(&self) {
        self.book().waiting = Some(Vec::new());
    }

    pub(crate) fn release(&self) {
        let waiting = self.book().waiting.take();
        waiting.into_iter().flatten().for_each(Waker::wake);
    }

    /// The keys that were looked up, in order.
    pub(crate) fn looked_up(&self) -> Vec<String> {
        self.book().looked_up.clone()
    }

    pub(crate) fn adopted(&self) -> Vec<String> {
        self.book().adopted.clone()
    }

    /// How many look-ups are under way: neither answered and dropped, nor cancelled.
    pub(crate) fn under_way(&self) -> usize {
        Arc::strong_count(&self.book().under_way) - 1
    }

    fn look_up(&self) -> LookUp {
        LookUp {
            book: Arc::clone(&self.book),
            _under_way: Arc::clone(&self.book().under_way),
        }
    }
}

impl<K: fmt::Display> VersionStore<K> for Ledger {
    type Error = Broken;
    type Current = LookUp;

    fn current(&self, key: K) -> LookUp {
        self.book().looked_up.push(key.to_string());
        self.look_up()
    }

    fn try_current(&self, key: &K) -> Option<Result<Current, Broken>> {
        let mut book = self.book();
        if !book.answers_at_once {
            return None;
        }
        book.looked_up.push(key.to_string());
        Some(book.current)
    }

    fn try_latest(&self, key: &K) -> Option<Result<Current, Broken>> {
        self.try_current(key)
    }

    fn adopt(&self, key: K) -> Option<LookUp> {
        self.book().adopted.push(key.to_string());
        Some(self.look_up())
    }
}

pub(crate) struct LookUp {
    book: Arc<Mutex<Book>>,
    _under_way: Arc<()>,
}

impl Future for LookUp {
    type Output = Result<Current, Broken>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut book = self.book.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(waiting) = &mut book.waiting {
            waiting.push(cx.waker().clone());
            return Poll::Pending;
        }
        Poll::Ready(book.current)
    }
}

/// The layer around a mock service, with a [`Ledger`] as its store and all events written down.
pub(crate) struct Bench<X: KeyExtractor = PathKeys> {
    pub(crate) service: mock::Spawn<Conditional<Inner, Ledger, X>>,
    pub(crate) handle: mock::Handle<Request<String>, Answer>,
    pub(crate) ledger: Ledger,
    pub(crate) layer: ConditionalLayer<Ledger, X>,
    events: Arc<Mutex<Vec<String>>>,
}

impl Bench {
    /// The layer as it is by default, over a store that knows this.
    pub(crate) fn new(current: impl Into<Current>) -> Self {
        Self::with(current, |layer| layer)
    }

    /// The layer as it is by default, over version `version`.
    pub(crate) fn at(version: u64) -> Self {
        Self::new(Version::new(version))
    }
}

impl<X: KeyExtractor<Key: fmt::Display>> Bench<X> {
    pub(crate) fn with(
        current: impl Into<Current>,
        build: impl FnOnce(ConditionalLayer<Ledger>) -> ConditionalLayer<Ledger, X>,
    ) -> Self {
        let ledger = Ledger::new(Ok(current.into()));
        let events = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&events);
        let layer = build(ConditionalLayer::new(ledger.clone())).on_event(move |event| {
            let mut heard = heard.lock().unwrap_or_else(PoisonError::into_inner);
            heard.push(line(event));
        });
        let (service, handle) = mock::spawn_layer(layer.clone());
        Self {
            service,
            handle,
            ledger,
            layer,
            events,
        }
    }

    /// Calls the service, which is ready.
    pub(crate) fn start(&mut self, request: Request<String>) -> Call<X> {
        assert_ready_ok!(self.service.poll_ready());
        task::spawn(self.service.call(request))
    }

    /// The layer's own answer, undigested; the service inside has not been called.
    pub(crate) fn refuse(
        &mut self,
        request: Request<String>,
    ) -> Response<ResponseBody<Full<Bytes>>> {
        let mut call = self.start(request);
        let response = assert_ready!(call.poll()).expect("the layer has no errors of its own");
        assert_pending!(self.handle.poll_request());
        response
    }

    /// The layer's own answer; the service inside has not been called.
    pub(crate) fn refused(&mut self, request: Request<String>) -> Response<Bytes> {
        digest(self.refuse(request))
    }

    /// The answer where the service inside is called and `handler` speaks for it.
    pub(crate) fn served(
        &mut self,
        request: Request<String>,
        handler: impl FnOnce(&Request<String>) -> Answer,
    ) -> Response<Bytes> {
        let mut call = self.start(request);
        assert_pending!(call.poll());
        let (seen, reply) =
            assert_ready!(self.handle.poll_request()).expect("the service is still there");
        reply.send_response(handler(&seen));
        assert!(call.is_woken());
        digest(assert_ready!(call.poll()).expect("the service gave no error"))
    }

    /// The request as the service inside gets it; the answer is a plain 200.
    pub(crate) fn seen(&mut self, request: Request<String>) -> Request<String> {
        let mut seen = None;
        self.served(request, |request| {
            seen = Some(request.clone());
            ok()
        });
        seen.expect("`served` calls the handler")
    }

    /// The events so far; they are forgotten here.
    pub(crate) fn events(&self) -> Vec<String> {
        let mut heard = self.events.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut heard)
    }
}

/// An event in one line.
fn line(event: &Event<'_>) -> String {
    let what = match event.kind {
        EventKind::Read(status, version) => format!("read {status:?} {}", text(version)),
        EventKind::Written(status, version) => format!("written {status:?} {}", text(version)),
        EventKind::Rejected(rejection) => format!(
            "rejected {:?} {:?} {}",
            rejection.status(),
            rejection.kind(),
            rejection.field().map_or("-", |field| field.as_str())
        ),
        EventKind::StoreFailed(error) => format!("store failed: {error}"),
        EventKind::CommitMissing => "commit missing".to_owned(),
        EventKind::Undeclared(field) => format!("undeclared {field}"),
        other => format!("{other:?}"),
    };
    format!("{} {:?}: {what}", event.method, event.key)
}

fn text(version: Option<Version>) -> String {
    version.map_or_else(|| "-".to_owned(), |version| version.to_string())
}

fn digest(response: Response<ResponseBody<Full<Bytes>>>) -> Response<Bytes> {
    let (parts, body) = response.into_parts();
    let body = tokio_test::block_on(body.collect()).expect("a body in memory");
    Response::from_parts(parts, body.to_bytes())
}

pub(crate) fn request(method: &str, path: &str, fields: &[(&str, &str)]) -> Request<String> {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in fields {
        request = request.header(*name, *value);
    }
    request.body(String::new()).expect("a valid request")
}

pub(crate) fn get(fields: &[(&str, &str)]) -> Request<String> {
    request("GET", "/a", fields)
}

pub(crate) fn put(fields: &[(&str, &str)]) -> Request<String> {
    request("PUT", "/a", fields)
}

pub(crate) fn answer(status: u16) -> Answer {
    Response::builder()
        .status(status)
        .body(Full::from("from the handler"))
        .expect("a valid status")
}

pub(crate) fn ok() -> Answer {
    answer(200)
}

/// An answer with something for the layer in its extensions.
pub(crate) fn answer_with<T: Clone + Send + Sync + 'static>(status: u16, extension: T) -> Answer {
    let mut response = answer(status);
    response.extensions_mut().insert(extension);
    response
}

/// All lines of a field.
pub(crate) fn lines<B>(response: &Response<B>, name: impl Into<HeaderName>) -> Vec<&str> {
    response
        .headers()
        .get_all(name.into())
        .iter()
        .map(|line| line.to_str().expect("visible ASCII"))
        .collect()
}

/// The `ETag` of a response that has one at most.
pub(crate) fn tag<B>(response: &Response<B>) -> Option<&str> {
    match lines(response, header::ETAG)[..] {
        [] => None,
        [tag] => Some(tag),
        _ => panic!("two entity-tags"),
    }
}

/// The response's problem document, whose `status` member is its status.
pub(crate) fn problem(response: &Response<Bytes>) -> serde_json::Value {
    assert_eq!(
        lines(response, header::CONTENT_TYPE),
        ["application/problem+json"]
    );
    let document: serde_json::Value =
        serde_json::from_slice(response.body()).expect("a JSON document");
    assert_eq!(document["status"], response.status().as_u16());
    for member in ["type", "title", "detail"] {
        assert!(
            document[member].as_str().is_some_and(|it| !it.is_empty()),
            "{member}"
        );
    }
    document
}

pub(crate) fn status(response: &Response<Bytes>) -> StatusCode {
    response.status()
}
