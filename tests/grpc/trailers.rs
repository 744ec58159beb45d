//! Answers whose trailers say what was done, from services that are not tonic's.

use std::{
    convert::Infallible,
    sync::{Arc, Mutex},
};

use bytes::Bytes;
use futures_util::stream;
use http_body_util::{BodyExt, Full, StreamBody, combinators::UnsyncBoxBody};
use hyper::{
    HeaderMap, Request, Response,
    body::Frame,
    header::{CONTENT_TYPE, ETAG, HeaderValue},
};
use tower::{Layer, Service, ServiceExt, service_fn};
use tower_conditional::{
    Affects, Committed, ConditionalLayer, EventKind, MemoryStore, PathKey, RequestBody, Version,
    VersionConflict, WritePermit, store::GuardedStore,
};

use crate::{
    raw::{message, text},
    service::{NAME, keys},
};

type Body = UnsyncBoxBody<Bytes, Infallible>;

/// What a service answers: an HTTP status, `grpc-status` of head and trailers, its messages.
#[derive(Clone, Copy)]
struct Told {
    http: u16,
    head: Option<&'static str>,
    trailers: Option<&'static str>,
    messages: usize,
}

const DONE: Told = Told {
    http: 200,
    head: None,
    trailers: Some("0"),
    messages: 1,
};

impl Told {
    fn answer(self) -> Response<Body> {
        let mut frames = Vec::new();
        for _ in 0..self.messages {
            frames.push(Frame::data(Bytes::from(message("one"))));
        }
        if let Some(status) = self.trailers {
            let mut trailers = HeaderMap::new();
            trailers.insert("grpc-status", HeaderValue::from_static(status));
            trailers.insert(ETAG, HeaderValue::from_static("\"another's\""));
            frames.push(Frame::trailers(trailers));
        }
        let frames = stream::iter(frames.into_iter().map(Ok));
        let mut response = Response::builder().status(self.http);
        if let Some(status) = self.head {
            response = response.header("grpc-status", status);
        }
        let body = UnsyncBoxBody::new(StreamBody::new(frames));
        response.body(body).expect("an answer")
    }
}

fn update(method: &str, condition: Option<&'static str>) -> Request<Full<Bytes>> {
    let mut request = Request::post(format!("/notes.Notes/{method}"))
        .header(CONTENT_TYPE, "application/grpc")
        .header("resource-name", NAME);
    if let Some(tag) = condition {
        request = request.header("if-match", tag);
    }
    request.body(Full::from(message("x"))).expect("a request")
}

/// `grpc-status` and tag, from wherever they stand.
async fn outcome<S, B>(
    service: S,
    request: Request<Full<Bytes>>,
) -> (Option<String>, Option<String>)
where
    S: Service<Request<Full<Bytes>>, Response = Response<B>, Error = Infallible>,
    B: hyper::body::Body<Error: std::fmt::Debug>,
{
    let answer = service.oneshot(request).await.expect("an answer");
    let (head, body) = answer.into_parts();
    let body = body.collect().await.expect("a whole answer");
    let mut fields = head.headers;
    fields.extend(body.trailers().cloned().unwrap_or_default());
    let field = |name| fields.get(name).map(|value| text(value).to_owned());
    (field("grpc-status"), field("etag"))
}

fn guarded(
    store: &MemoryStore,
    told: Told,
) -> impl Service<
    Request<Full<Bytes>>,
    Response = Response<impl hyper::body::Body<Error = Infallible>>,
    Error = Infallible,
> {
    let layer = ConditionalLayer::guarded_cancellable(store.clone()).key(keys());
    layer.body_limit(100).layer(service_fn(
        move |_: Request<RequestBody<Full<Bytes>>>| async move {
            Ok::<_, Infallible>(told.answer())
        },
    ))
}

/// What the store says of note 1: a version, or that nobody knows.
async fn now(store: &MemoryStore) -> Option<Version> {
    use tower_conditional::VersionStore;
    let current = store.current(PathKey::new("/notes/1")).await;
    current.expect("memory does not fail").version()
}

#[tokio::test]
async fn a_guard_commits_on_status_0_alone_wherever_it_stands() {
    let with = |trailers| Told { trailers, ..DONE };
    let whole = |head| Told {
        head: Some(head),
        trailers: None,
        messages: 0,
        ..DONE
    };
    let twice = |head, trailers| Told {
        head: Some(head),
        trailers: Some(trailers),
        ..DONE
    };
    let status = |http| Told { http, ..DONE };
    // Version, status and tag afterwards, where the version was 1.
    let table = [
        (DONE, Some(2), "0", Some("\"2\"")),
        (whole("0"), Some(2), "0", Some("\"2\"")),
        (with(Some("9")), Some(1), "9", Some("\"another's\"")),
        (whole("5"), Some(1), "5", None),
        (with(Some("13")), None, "13", None),
        (whole("14"), None, "14", None),
        // Of an answer that cannot be sent, after the handler has done its work.
        (with(Some("8")), None, "8", None),
        (with(Some("11")), None, "11", None),
        // Two that do not agree, and two that do.
        (twice("0", "13"), None, "13", None),
        (twice("5", "0"), None, "0", None),
        (twice("0", "0"), Some(2), "0", Some("\"2\"")),
        (twice("5", "5"), Some(1), "5", Some("\"another's\"")),
        (with(Some("zero")), None, "zero", None),
        (
            Told {
                messages: 2,
                ..DONE
            },
            None,
            "2",
            None,
        ),
        (
            Told {
                messages: 50,
                ..DONE
            },
            None,
            "2",
            None,
        ),
        (status(404), Some(1), "0", Some("\"another's\"")),
        (status(204), None, "0", Some("\"another's\"")),
        (status(500), None, "0", Some("\"another's\"")),
    ];
    for (row, (told, version, code, tag)) in table.into_iter().enumerate() {
        let store = MemoryStore::new();
        let first = outcome(guarded(&store, DONE), update("Update", None)).await;
        assert_eq!(first.1.as_deref(), Some("\"1\""));
        let answer = outcome(guarded(&store, told), update("Update", Some("\"1\""))).await;
        assert_eq!(now(&store).await, version.map(Version::new), "{row}");
        assert_eq!(
            (answer.0.as_deref(), answer.1.as_deref()),
            (Some(code), tag),
            "{row}"
        );
    }
}

#[tokio::test]
async fn an_answer_without_any_status_leaves_the_outcome_unknown() {
    let store = MemoryStore::new();
    let mute = Told {
        trailers: None,
        ..DONE
    };
    let answer = outcome(guarded(&store, mute), update("Update", None)).await;
    assert_eq!(answer, (None, None));
    assert_eq!(now(&store).await, None);
    // What nobody has said is no deletion either.
    outcome(guarded(&store, DONE), update("Update", None)).await;
    outcome(guarded(&store, mute), update("Delete", None)).await;
    assert_eq!(now(&store).await, None);
    let raised = store.raise(
        PathKey::new("/notes/1"),
        tower_conditional::store::Effect::Written,
    );
    assert!(raised.await.expect("memory does not fail").version() > Some(Version::new(2)));
}

#[tokio::test]
async fn the_tag_of_a_compared_write_goes_with_status_0_alone() {
    let with = |trailers| Told { trailers, ..DONE };
    let whole = |head| Told {
        head: Some(head),
        trailers: None,
        messages: 0,
        ..DONE
    };
    for (told, committed, tag) in [
        (DONE, true, Some("\"7\"")),
        (whole("0"), true, Some("\"7\"")),
        (DONE, false, None),
        (with(Some("9")), true, Some("\"another's\"")),
        (whole("9"), true, None),
    ] {
        let layer = ConditionalLayer::new(MemoryStore::new()).key(keys());
        let service = layer.layer(service_fn(
            move |request: Request<Full<Bytes>>| async move {
                assert!(request.extensions().get::<WritePermit>().is_some());
                let mut response = told.answer();
                if committed {
                    response.extensions_mut().insert(Committed(Version::new(7)));
                }
                Ok::<_, Infallible>(response)
            },
        ));
        let answer = outcome(service, update("Update", None)).await;
        assert_eq!(answer.0.as_deref(), told.head.or(told.trailers));
        assert_eq!(answer.1.as_deref(), tag);
    }
}

#[tokio::test]
async fn a_version_conflict_in_the_extensions_is_aborted() {
    for is_guarded in [false, true] {
        let conflict = || {
            let mut response = DONE.answer();
            response.extensions_mut().insert(VersionConflict);
            Ok::<_, Infallible>(response)
        };
        let store = MemoryStore::new();
        outcome(guarded(&store, DONE), update("Update", None)).await;
        let request = update("Update", Some("\"1\""));
        let answer = if is_guarded {
            let layer = ConditionalLayer::guarded_cancellable(store).key(keys());
            let handler =
                move |_: Request<RequestBody<Full<Bytes>>>| std::future::ready(conflict());
            outcome(layer.layer(service_fn(handler)), request).await
        } else {
            let layer = ConditionalLayer::new(store).key(keys());
            let handler = move |_: Request<Full<Bytes>>| std::future::ready(conflict());
            outcome(layer.layer(service_fn(handler)), request).await
        };
        assert_eq!(answer.0.as_deref(), Some("10"));
        assert_eq!(answer.1.as_deref(), Some("\"1\""));
    }
}

#[tokio::test]
async fn what_a_write_says_that_it_affects_is_raised_though_its_own_outcome_is_unknown() {
    let store = MemoryStore::new();
    let other = PathKey::new("/notes/other");
    let version = async || {
        use tower_conditional::VersionStore;
        let current = store.current(other.clone()).await;
        current.expect("memory does not fail").version()
    };
    let raised = store.raise(other.clone(), tower_conditional::store::Effect::Written);
    raised.await.expect("memory does not fail");
    assert_eq!(version().await, Some(Version::new(1)));

    let layer = ConditionalLayer::guarded_cancellable(store.clone()).key(keys());
    let affected = other.clone();
    let service = layer.layer(service_fn(move |_: Request<RequestBody<Full<Bytes>>>| {
        let streams = Told {
            messages: 2,
            ..DONE
        };
        let mut response = streams.answer();
        let affects = Affects::changed([affected.clone()]);
        response.extensions_mut().insert(affects);
        async { Ok::<_, Infallible>(response) }
    }));
    let answer = outcome(service, update("Update", None)).await;
    assert_eq!(answer.0.as_deref(), Some("2"));
    assert_eq!(version().await, None);
}

#[tokio::test]
async fn a_compared_write_that_was_refused_keeps_its_own_metadata_and_status() {
    for (http, head, told) in [
        (200, Some("9"), 400),
        (200, Some("5"), 404),
        (404, None, 404),
    ] {
        let heard = Arc::new(Mutex::new(Vec::new()));
        let events = Arc::clone(&heard);
        let layer = ConditionalLayer::new(MemoryStore::new())
            .key(keys())
            .on_event(move |event| {
                let mut events = events.lock().expect("events");
                match event.kind {
                    EventKind::Written(status, None) => events.push(status.as_u16()),
                    _ => events.push(0),
                }
            });
        let service = layer.layer(service_fn(move |_: Request<Full<Bytes>>| async move {
            let refused = Told {
                http,
                head,
                trailers: None,
                messages: 0,
            };
            let mut response = refused.answer();
            let tag = HeaderValue::from_static("\"7\"");
            response.headers_mut().insert(ETAG, tag);
            Ok::<_, Infallible>(response)
        }));
        let answer = outcome(service, update("Update", None)).await;
        assert_eq!(
            (answer.0.as_deref(), answer.1.as_deref()),
            (head, Some("\"7\""))
        );
        assert_eq!(*heard.lock().expect("events"), [told]);
    }
}

#[tokio::test]
async fn a_read_makes_its_resource_known_by_what_is_there_behind_its_head() {
    let message = || Ok(Frame::data(Bytes::from(message("one"))));
    let status = |number| {
        let mut trailers = HeaderMap::new();
        trailers.insert("grpc-status", HeaderValue::from_static(number));
        Ok(Frame::trailers(trailers))
    };
    let table = [
        ("a message", vec![message(), status("0")], true, Some("0")),
        ("none", vec![status("0")], true, Some("0")),
        ("a failure", vec![status("5")], false, Some("5")),
        ("no status", vec![], false, None),
        (
            "an error",
            vec![Err("broken"), status("0")],
            false,
            Some("13"),
        ),
    ];
    for (name, frames, is_known, expected) in table {
        let store = MemoryStore::new();
        let layer = ConditionalLayer::guarded_cancellable(store.clone()).key(keys());
        let frames = Arc::new(Mutex::new(frames));
        let service = layer.layer(service_fn(move |_: Request<RequestBody<Full<Bytes>>>| {
            let frames = std::mem::take(&mut *frames.lock().expect("frames"));
            let frames = stream::iter(frames);
            let response = Response::new(UnsyncBoxBody::new(StreamBody::new(frames)));
            async { Ok::<_, Infallible>(response) }
        }));
        let answer = outcome(service, update("Get", None)).await;
        assert_eq!(answer.0.as_deref(), expected, "{name}");
        assert_eq!(now(&store).await.is_some(), is_known, "{name}");
    }
}

#[tokio::test]
async fn the_head_of_a_read_does_not_wait_for_its_first_message() {
    let store = MemoryStore::new();
    let layer = ConditionalLayer::guarded_cancellable(store.clone()).key(keys());
    let service = layer.layer(service_fn(|_: Request<RequestBody<Full<Bytes>>>| async {
        let frames = stream::pending::<Result<Frame<Bytes>, Infallible>>();
        Ok::<_, Infallible>(Response::new(StreamBody::new(frames)))
    }));
    let answer = service.oneshot(update("Get", None)).await;
    assert_eq!(answer.expect("a head").status(), 200);
    assert_eq!(now(&store).await, None);
}
