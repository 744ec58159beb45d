//! Handlers that fail, panic or never end, and tasks that are dropped.

use std::{
    any::Any,
    convert::Infallible,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    task::Poll,
    time::Duration,
};

use http::{Request, StatusCode, header};
use tokio_test::task;
use tower::{Layer, Service, ServiceExt, service_fn};
use tower_conditional::{
    ConditionalLayer, Current, RequestBody, Version, conditional::guarded::Task, tokio_spawn,
};

use crate::support::{
    Answer, Bench, Body, Form, Op, Shelf, build, ok, problem, put, request, tag, with_field,
};

#[test]
fn an_error_of_the_service_is_passed_through_and_its_outcome_is_unknown() {
    for form in Form::BOTH {
        let mut bench = Bench::at(form, 5);
        let mut call = bench.start(put(&[("if-match", "\"5\"")]));
        let (_, reply) = bench.run(&mut call);
        reply.send_error("broken pipe");
        let Poll::Ready(outcome) = bench.turn(&mut call) else {
            panic!("there is no answer")
        };
        assert_eq!(outcome.expect_err("an error").to_string(), "broken pipe");
        assert_eq!(bench.shelf.calls(), ["begin /a", "arm /a", "lost /a"]);
        assert_eq!(bench.events(), ["PUT \"/a\": OutcomeUnknown"]);
        assert_eq!(bench.tasks(), 0);
    }
}

#[test]
fn a_task_that_is_dropped_before_it_began_has_executed_nothing() {
    let mut bench = Bench::at(Form::Spawned, 5);
    let mut call = bench.start(put(&[]));
    assert!(call.poll().is_pending());
    bench.drop_tasks();
    assert!(call.is_woken());
    let response = bench.end(call);
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(response.headers()["retry-after"], "1");
    assert!(
        problem(&response)["detail"]
            .to_string()
            .contains("nothing was executed")
    );
    assert_eq!(bench.shelf.calls(), ["begin /a", "left /a"]);
    assert_eq!(bench.shelf.get("/a"), Version::new(5).into());
    assert_eq!(bench.events(), ["PUT \"/a\": rejected 503 NotBegun"]);
}

/// Guards: "nothing was executed" after a commit, which a client would send again.
#[test]
fn a_task_that_is_dropped_after_its_commit_does_not_say_that_nothing_was_executed() {
    let mut bench = Bench::new(Form::Spawned, &build!(layer => layer.guard_posts()));
    bench.shelf.hold(Op::Adopt);
    let mut call = bench.start(request("POST", "/a", &[]));
    let (_, reply) = bench.run(&mut call);
    reply.send_response(with_field(201, header::LOCATION, "/a/1"));
    assert!(bench.turn(&mut call).is_pending());
    assert_eq!(
        bench.shelf.calls(),
        ["begin /a", "arm /a", "commit /a Written", "adopt /a/1"]
    );
    bench.drop_tasks();
    let response = bench.end(call);
    assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(
        problem(&response)["type"],
        "urn:tower-conditional:outcome-unknown"
    );
}

#[test]
fn a_task_that_is_dropped_later_leaves_the_outcome_unknown() {
    for held in [Some(Op::Arm), None, Some(Op::Commit)] {
        let mut bench = Bench::at(Form::Spawned, 5);
        if let Some(op) = held {
            bench.shelf.hold(op);
        }
        let mut call = bench.start(put(&[]));
        assert!(bench.turn(&mut call).is_pending());
        if held == Some(Op::Commit) {
            let (_, reply) = bench.reached().expect("the service was called");
            reply.send_response(ok());
            assert!(bench.turn(&mut call).is_pending());
        }
        bench.drop_tasks();
        let response = bench.end(call);
        assert_eq!(
            response.status(),
            StatusCode::INTERNAL_SERVER_ERROR,
            "{held:?}"
        );
        assert_eq!(
            problem(&response)["type"],
            "urn:tower-conditional:outcome-unknown"
        );
        assert_eq!(bench.shelf.get("/a"), Current::Unknown);
        assert!(!bench.shelf.is_held("/a"));
        assert_eq!(
            bench.events(),
            [
                "PUT \"/a\": OutcomeUnknown",
                "PUT \"/a\": rejected 500 OutcomeUnknown"
            ]
        );
    }
}

#[tokio::test]
async fn a_handler_that_never_ends_is_dropped_past_the_hold_limit() {
    let built = build!(layer => layer.hold_limit(Duration::from_millis(30)));
    for form in Form::BOTH {
        let mut bench = Bench::new(form, &built);
        bench.shelf.set("/a", Version::new(5));
        let mut call = bench.start(put(&[]));
        let (_, reply) = bench.run(&mut call);
        while !call.is_woken() {
            tokio::time::sleep(Duration::from_millis(5)).await;
            bench.turn_tasks();
        }
        let response = bench.end(call);
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(
            problem(&response)["type"],
            "urn:tower-conditional:outcome-unknown"
        );
        assert_eq!(bench.shelf.calls(), ["begin /a", "arm /a", "lost /a"]);
        assert_eq!(
            bench.events(),
            [
                "PUT \"/a\": OutcomeUnknown",
                "PUT \"/a\": rejected 500 OutcomeUnknown"
            ]
        );
        drop(reply);
        let next = bench.exchange(put(&[]), |_| ok());
        assert_eq!(tag(&next), Some("\"7\""));
    }
}

/// Told when it goes: whether the key was still held then.
struct Witness(Shelf, Arc<AtomicBool>);

impl Drop for Witness {
    fn drop(&mut self) {
        self.1.store(self.0.is_held("/a"), Ordering::Relaxed);
    }
}

/// What a handler holds goes before its guard.
#[test]
fn the_handler_goes_before_the_guard() {
    for how in ["panic", "drop"] {
        let shelf = Shelf::default();
        let was_held = Arc::new(AtomicBool::new(false));
        let (witnessed, held) = (shelf.clone(), Arc::clone(&was_held));
        let handler = service_fn(move |_: Request<RequestBody<Body>>| {
            let witness = Witness(witnessed.clone(), Arc::clone(&held));
            async move {
                let _witness = witness;
                assert_ne!(how, "panic", "as the test wants it");
                std::future::pending::<Result<Answer, Infallible>>().await
            }
        });
        let layer = ConditionalLayer::guarded_cancellable(shelf.clone());
        let mut call = task::spawn(layer.layer(handler).call(put(&[])));
        let panic = catch_unwind(AssertUnwindSafe(|| call.poll().is_pending()));
        assert_eq!(panic.is_err(), how == "panic");
        assert!(shelf.is_held("/a") || how == "panic");
        drop(call);
        assert!(was_held.load(Ordering::Relaxed), "{how}");
        assert!(!shelf.is_held("/a"), "{how}");
        assert_eq!(shelf.calls(), ["begin /a", "arm /a", "lost /a"], "{how}");
    }
}

fn message(panic: &(dyn Any + Send)) -> Option<&str> {
    panic.downcast_ref::<&str>().copied()
}

async fn panics(_: Request<RequestBody<Body>>) -> Result<Answer, Infallible> {
    tokio::task::yield_now().await;
    panic!("the handler's own")
}

#[tokio::test]
async fn a_panic_is_the_callers_and_the_outcome_is_unknown() {
    let shelf = Shelf::default();
    shelf.set("/a", Version::new(5));
    let heard = Arc::new(Mutex::new(Vec::new()));
    let events = Arc::clone(&heard);
    let layer = ConditionalLayer::guarded(shelf.clone(), tokio_spawn)
        .on_event(move |event| events.lock().unwrap().push(format!("{:?}", event.kind)));
    let service = layer.layer(service_fn(panics));
    let call = tokio::spawn(service.clone().oneshot(put(&[("if-match", "\"5\"")])));
    let panic = call.await.expect_err("the panic goes on").into_panic();
    assert_eq!(message(&*panic), Some("the handler's own"));
    assert_eq!(shelf.calls(), ["begin /a", "arm /a", "lost /a"]);
    assert_eq!(*heard.lock().unwrap(), ["OutcomeUnknown"]);

    // The next one is not held up, and the old tag is stale.
    let Ok(response) = service.oneshot(put(&[("if-match", "\"5\"")])).await;
    assert_eq!(response.status(), StatusCode::PRECONDITION_FAILED);
}

#[tokio::test]
async fn an_unguarded_post_that_panics_or_fails_raises_its_key_first() {
    for form in Form::BOTH {
        let shelf = Shelf::default();
        shelf.set("/a", Version::new(5));
        let spawn = |task: Task| drop(tokio::spawn(task));
        let call = match form {
            Form::Spawned => {
                let layer = ConditionalLayer::guarded(shelf.clone(), spawn);
                let service = layer.layer(service_fn(panics));
                tokio::spawn(
                    async move { service.oneshot(request("POST", "/a", &[])).await.is_ok() },
                )
            }
            Form::InPlace => {
                let layer = ConditionalLayer::guarded_cancellable(shelf.clone());
                let service = layer.layer(service_fn(panics));
                tokio::spawn(
                    async move { service.oneshot(request("POST", "/a", &[])).await.is_ok() },
                )
            }
        };
        let panic = call.await.expect_err("the panic goes on").into_panic();
        assert_eq!(message(&*panic), Some("the handler's own"));
        assert_eq!(shelf.calls(), ["raise /a Unknown"], "{form:?}");

        let mut bench = Bench::at(form, 5);
        let mut call = bench.start(request("POST", "/a", &[]));
        let (_, reply) = bench.run(&mut call);
        reply.send_error("broken pipe");
        assert!(matches!(bench.turn(&mut call), Poll::Ready(Err(_))));
        assert_eq!(bench.shelf.calls(), ["raise /a Unknown"], "{form:?}");
    }
}

/// Fails in `call`, before there is a future.
#[derive(Clone)]
struct Rash;

impl Service<Request<RequestBody<Body>>> for Rash {
    type Response = Answer;
    type Error = Infallible;
    type Future = std::future::Ready<Result<Answer, Infallible>>;

    fn poll_ready(&mut self, _: &mut std::task::Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<RequestBody<Body>>) -> Self::Future {
        panic!("in call")
    }
}

#[test]
fn a_panic_in_call_counts_as_one_of_the_handler() {
    for (method, calls) in [
        ("PUT", &["begin /a", "arm /a", "lost /a"][..]),
        ("POST", &["raise /a Unknown"]),
    ] {
        let shelf = Shelf::default();
        let mut service = ConditionalLayer::guarded_cancellable(shelf.clone()).layer(Rash);
        let mut call = task::spawn(service.call(request(method, "/a", &[])));
        let panic = catch_unwind(AssertUnwindSafe(|| call.poll().is_pending()));
        assert_eq!(message(&*panic.expect_err("a panic")), Some("in call"));
        drop(call);
        assert_eq!(shelf.calls(), calls);
    }
}

/// The caller has gone: nobody hears of the panic, and nothing else is different.
#[test]
fn a_panic_that_nobody_waits_for_stays_in_its_task() {
    let shelf = Shelf::default();
    let tasks = Arc::new(Mutex::new(Vec::new()));
    let spawned = Arc::clone(&tasks);
    let spawn = move |task: Task| spawned.lock().unwrap().push(task);
    let mut service = ConditionalLayer::guarded(shelf.clone(), spawn).layer(Rash);
    let mut call = task::spawn(service.call(put(&[])));
    assert!(call.poll().is_pending());
    drop(call);
    let mut write = task::spawn(tasks.lock().unwrap().pop().expect("a task"));
    assert!(write.poll().is_ready());
    assert!(write.poll().is_ready(), "polled once too often");
    assert_eq!(shelf.calls(), ["begin /a", "arm /a", "lost /a"]);
}

#[test]
fn nothing_was_executed_where_the_spawn_function_itself_panics() {
    let shelf = Shelf::default();
    shelf.set("/a", Version::new(5));
    let mut service = ConditionalLayer::guarded(shelf.clone(), tokio_spawn).layer(Rash);
    let mut call = task::spawn(service.call(put(&[])));
    let panic = catch_unwind(AssertUnwindSafe(|| call.poll().is_pending()));
    assert!(panic.is_err(), "there is no runtime here");
    drop(call);
    assert_eq!(shelf.calls(), ["begin /a", "left /a"]);
    assert_eq!(shelf.get("/a"), Version::new(5).into());
}
