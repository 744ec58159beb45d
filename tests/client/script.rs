//! A service that answers as it is told and writes down what it was asked.

use std::{
    collections::VecDeque,
    convert::Infallible,
    future::{Ready, ready},
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use futures_util::stream;
use http::{HeaderMap, Request, Response};
use http_body::Frame;
use http_body_util::{BodyExt, Full, StreamBody, combinators::BoxBody};
use serde::{Deserialize, Serialize};
use tower::Service;
use tower_conditional::client::{UpdateError, Updater};

/// What the resource of these tests holds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Count {
    pub(crate) n: u64,
}

pub(crate) fn increment(count: &mut Count) {
    count.n += 1;
}

/// What the service fails with.
#[derive(Debug, thiserror::Error)]
#[error("the connection was reset")]
pub(crate) struct Reset;

/// What one request meets.
#[derive(Clone)]
pub(crate) enum Step {
    Answer(u16, Vec<(&'static str, String)>, Bytes),
    /// A status line and fields, and then nothing more.
    Broken(u16, Vec<(&'static str, String)>),
    /// The request is taken, and no answer comes.
    Lost,
    /// The service does not become ready.
    NotReady,
}

/// An answer without content.
pub(crate) fn status(status: u16) -> Step {
    Step::Answer(status, Vec::new(), Bytes::new())
}

/// 200 with a count under a tag.
pub(crate) fn count(tag: &str, n: u64) -> Step {
    status(200)
        .with("etag", tag)
        .holding(&format!(r#"{{"n":{n}}}"#))
}

/// The answer to a write that went through.
pub(crate) fn done(tag: &str) -> Step {
    status(204).with("etag", tag)
}

impl Step {
    pub(crate) fn with(mut self, name: &'static str, value: &str) -> Self {
        match &mut self {
            Self::Answer(_, fields, _) | Self::Broken(_, fields) => {
                fields.push((name, value.to_owned()));
            }
            Self::Lost | Self::NotReady => panic!("there is no answer"),
        }
        self
    }

    pub(crate) fn holding(mut self, text: &str) -> Self {
        match &mut self {
            Self::Answer(_, _, content) => *content = text.to_owned().into(),
            _ => panic!("there is no content"),
        }
        self
    }
}

#[derive(Clone)]
pub(crate) struct Script {
    state: Arc<Mutex<State>>,
}

struct State {
    steps: VecDeque<Step>,
    /// What all requests past the script meet.
    rest: Option<Vec<Step>>,
    requests: Vec<Request<Bytes>>,
}

impl Script {
    pub(crate) fn new(steps: impl IntoIterator<Item = Step>) -> Self {
        Self {
            state: Arc::new(Mutex::new(State {
                steps: steps.into_iter().collect(),
                rest: None,
                requests: Vec::new(),
            })),
        }
    }

    /// After these, the same again and again.
    pub(crate) fn and_forever(self, steps: impl IntoIterator<Item = Step>) -> Self {
        self.state().rest = Some(steps.into_iter().collect());
        self
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An updater over this service, in no hurry but without long waits.
    pub(crate) fn updater(&self) -> Updater<Self, Full<Bytes>> {
        Updater::new(self.clone())
            .backoff(Duration::from_micros(10), Duration::from_micros(50))
            .tries(4)
    }

    /// The requests in one line each: method, preconditions, content.
    pub(crate) fn log(&self) -> Vec<String> {
        self.state().requests.iter().map(line).collect()
    }

    /// The fields of the request of that number.
    pub(crate) fn fields(&self, index: usize) -> HeaderMap {
        self.state().requests[index].headers().clone()
    }

    /// Whether all that the script has was asked for.
    pub(crate) fn is_over(&self) -> bool {
        self.state().steps.is_empty()
    }
}

fn line(request: &Request<Bytes>) -> String {
    let mut line = format!("{} {}", request.method(), request.uri());
    for name in ["if-match", "if-none-match", "cache-control"] {
        for value in request.headers().get_all(name) {
            line.extend([" ", name, ": ", value.to_str().expect("ASCII")]);
        }
    }
    if !request.body().is_empty() {
        line.extend([" ", &String::from_utf8_lossy(request.body())]);
    }
    line
}

/// The content of a request, which is in one piece.
fn content_of(body: Full<Bytes>) -> Bytes {
    tokio_test::block_on(body.collect())
        .unwrap_or_else(|never: Infallible| match never {})
        .to_bytes()
}

impl Service<Request<Full<Bytes>>> for Script {
    type Response = Response<BoxBody<Bytes, Reset>>;
    type Error = Reset;
    type Future = Ready<Result<Self::Response, Reset>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Reset>> {
        let mut state = self.state();
        Poll::Ready(match state.steps.front() {
            Some(Step::NotReady) => {
                state.steps.pop_front();
                Err(Reset)
            }
            _ => Ok(()),
        })
    }

    fn call(&mut self, request: Request<Full<Bytes>>) -> Self::Future {
        let (head, body) = request.into_parts();
        // Within a runtime already; a body in memory needs none.
        let body = std::thread::spawn(move || content_of(body)).join();
        let mut state = self.state();
        state
            .requests
            .push(Request::from_parts(head, body.expect("a body")));
        if state.steps.is_empty()
            && let Some(rest) = state.rest.clone()
        {
            state.steps.extend(rest);
        }
        let step = state
            .steps
            .pop_front()
            .expect("no more requests than steps");
        ready(answer(step))
    }
}

fn answer(step: Step) -> Result<Response<BoxBody<Bytes, Reset>>, Reset> {
    let (status, fields, body) = match step {
        Step::Answer(status, fields, content) => {
            let body = Full::new(content).map_err(|never| match never {});
            (status, fields, body.boxed())
        }
        Step::Broken(status, fields) => {
            let frames = [Ok(Frame::data(Bytes::from_static(b"{\"n\""))), Err(Reset)];
            (
                status,
                fields,
                BodyExt::boxed(StreamBody::new(stream::iter(frames))),
            )
        }
        Step::Lost | Step::NotReady => return Err(Reset),
    };
    let mut response = Response::builder().status(status);
    for (name, value) in fields {
        response = response.header(name, value);
    }
    Ok(response.body(body).expect("a valid answer"))
}

/// The documents of an error, in short: the counts of base, mine and theirs.
pub(crate) fn documents(error: &UpdateError<Count>) -> [Option<u64>; 3] {
    [
        error.base().map(|base| base.value.n),
        error.mine().map(|mine| mine.n),
        error.theirs().map(|theirs| theirs.value.n),
    ]
}

/// The tag as it stands in the field.
pub(crate) fn tag<T>(value: &tower_conditional::client::Versioned<T>) -> Option<String> {
    value.tag.as_ref().map(ToString::to_string)
}
