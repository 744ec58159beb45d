//! A client that leaves, at every stage, and what the next one sees.

use http::StatusCode;
use tower_conditional::{Current, Version};

use crate::support::{Bench, Call, Form, Op, answer, build, ok, put, request, tag, upload};

/// What the next careful client finds, which still holds the old tag.
fn next(bench: &mut Bench) -> (u16, Option<String>) {
    let response = bench.exchange(put(&[("if-match", "\"5\"")]), |_| ok());
    (
        response.status().as_u16(),
        tag(&response).map(str::to_owned),
    )
}

/// Nothing has happened: the old tag is as good as ever.
fn untouched(bench: &mut Bench) {
    assert!(!bench.shelf.is_held("/a"));
    assert_eq!(bench.tasks(), 0);
    assert_eq!(bench.events(), [""; 0]);
    assert_eq!(next(bench), (200, Some("\"6\"".to_owned())));
}

/// Nobody knows: the old tag matches no more, and the next version is above both.
fn unknown(bench: &mut Bench) {
    assert!(!bench.shelf.is_held("/a"));
    assert_eq!(bench.tasks(), 0);
    assert_eq!(bench.shelf.get("/a"), Current::Unknown);
    assert_eq!(bench.events(), ["PUT \"/a\": OutcomeUnknown"]);
    assert_eq!(next(bench), (412, None));
    let written = bench.exchange(put(&[]), |_| ok());
    assert_eq!(tag(&written), Some("\"7\""));
}

fn start(bench: &mut Bench) -> Call {
    bench.start(put(&[("if-match", "\"5\"")]))
}

#[test]
fn before_the_first_poll_nothing_has_happened() {
    for form in Form::BOTH {
        let mut bench = Bench::at(form, 5);
        drop(start(&mut bench));
        assert_eq!(bench.shelf.calls(), [""; 0]);
        untouched(&mut bench);
    }
}

#[test]
fn while_the_content_comes_nothing_has_happened() {
    for form in Form::BOTH {
        let mut bench = Bench::at(form, 5);
        let (client, request) = upload(&[]);
        let mut call = bench.start(request);
        client.data("half");
        assert!(bench.turn(&mut call).is_pending());
        drop(call);
        assert!(client.is_dropped());
        untouched(&mut bench);
    }
}

#[test]
fn while_the_guard_is_waited_for_nothing_has_happened() {
    for form in Form::BOTH {
        let mut bench = Bench::at(form, 5);
        bench.shelf.hold(Op::Begin);
        let mut call = start(&mut bench);
        assert!(bench.turn(&mut call).is_pending());
        drop(call);
        bench.shelf.let_go(Op::Begin);
        untouched(&mut bench);
    }
}

#[test]
fn while_a_refusal_is_released_nothing_has_happened() {
    for form in Form::BOTH {
        let mut bench = Bench::at(form, 5);
        bench.shelf.hold(Op::Release);
        let mut call = bench.start(put(&[("if-match", "\"4\"")]));
        assert!(bench.turn(&mut call).is_pending());
        drop(call);
        bench.shelf.let_go(Op::Release);
        assert_eq!(
            bench.events(),
            ["PUT \"/a\": rejected 412 PreconditionFailed"]
        );
        untouched(&mut bench);
    }
}

#[test]
fn a_cancelled_write_is_unknown_from_its_intent_to_its_commit() {
    for held in [Op::Arm, Op::Commit] {
        let mut bench = Bench::at(Form::InPlace, 5);
        bench.shelf.hold(held);
        let mut call = start(&mut bench);
        assert!(bench.turn(&mut call).is_pending());
        if held == Op::Commit {
            let (_, reply) = bench.reached().expect("the service was called");
            reply.send_response(ok());
            assert!(bench.turn(&mut call).is_pending());
        }
        drop(call);
        bench.shelf.let_go(held);
        unknown(&mut bench);
    }
    // And while the handler runs.
    let mut bench = Bench::at(Form::InPlace, 5);
    let mut call = start(&mut bench);
    let (_, reply) = bench.run(&mut call);
    drop(call);
    reply.send_response(ok());
    unknown(&mut bench);
}

#[test]
fn a_cancelled_release_leaves_it_to_the_store() {
    let mut bench = Bench::at(Form::InPlace, 5);
    bench.shelf.hold(Op::Release);
    let mut call = start(&mut bench);
    let (_, reply) = bench.run(&mut call);
    reply.send_response(answer(422));
    assert!(bench.turn(&mut call).is_pending());
    drop(call);
    assert_eq!(
        bench.shelf.get("/a"),
        Current::Unknown,
        "its guard was lost"
    );
    assert!(!bench.shelf.is_held("/a"));
}

/// A write on a task of its own goes on to its end.
#[test]
fn a_spawned_write_is_done_whenever_the_client_leaves() {
    for held in [Some(Op::Arm), None, Some(Op::Commit)] {
        let mut bench = Bench::at(Form::Spawned, 5);
        if let Some(op) = held {
            bench.shelf.hold(op);
        }
        let mut call = start(&mut bench);
        assert!(bench.turn(&mut call).is_pending());
        let mut replied = false;
        if held != Some(Op::Arm) {
            let (_, reply) = bench.reached().expect("the service was called");
            reply.send_response(ok());
            replied = true;
            if held == Some(Op::Commit) {
                assert!(bench.turn(&mut call).is_pending());
            }
        }
        drop(call);
        assert_eq!(bench.tasks(), 1, "{held:?}");
        if let Some(op) = held {
            bench.shelf.let_go(op);
        }
        bench.turn_tasks();
        if !replied {
            let (_, reply) = bench.reached().expect("the service was called");
            reply.send_response(ok());
            bench.turn_tasks();
        }
        assert_eq!(bench.tasks(), 0, "{held:?}");
        assert_eq!(bench.shelf.get("/a"), Version::new(6).into());
        assert_eq!(bench.events(), ["PUT \"/a\": written 200 6"]);
        assert!(!bench.shelf.is_held("/a"));
        assert_eq!(next(&mut bench), (412, Some("\"6\"".to_owned())));
    }
}

#[test]
fn a_spawned_post_raises_its_key_though_the_client_has_left() {
    let mut bench = Bench::at(Form::Spawned, 5);
    let mut call = bench.start(request("POST", "/a", &[]));
    let (_, reply) = bench.run(&mut call);
    drop(call);
    reply.send_response(answer(201));
    bench.turn_tasks();
    assert_eq!(bench.shelf.calls(), ["raise /a Unknown"]);
    assert_eq!(bench.tasks(), 0);
}

/// The limit of the cancellable form: nobody raises what an unguarded POST has changed half-way.
#[test]
fn a_cancelled_post_is_told_and_with_guard_posts_it_is_unknown() {
    let mut bench = Bench::at(Form::InPlace, 5);
    let mut call = bench.start(request("POST", "/a", &[]));
    let (_, _reply) = bench.run(&mut call);
    drop(call);
    assert_eq!(bench.events(), ["POST \"/a\": OutcomeUnknown"]);
    assert_eq!(bench.shelf.get("/a"), Version::new(5).into());

    let mut bench = Bench::new(Form::InPlace, &build!(layer => layer.guard_posts()));
    bench.shelf.set("/a", Version::new(5));
    let mut call = bench.start(request("POST", "/a", &[]));
    let (_, _reply) = bench.run(&mut call);
    drop(call);
    assert_eq!(bench.events(), ["POST \"/a\": OutcomeUnknown"]);
    assert_eq!(bench.shelf.get("/a"), Current::Unknown);
}

#[test]
fn a_client_that_left_before_its_task_began_has_its_write_done_all_the_same() {
    let mut bench = Bench::at(Form::Spawned, 5);
    let mut call = start(&mut bench);
    assert!(call.poll().is_pending());
    assert_eq!(bench.shelf.calls(), ["begin /a"]);
    drop(call);
    bench.turn_tasks();
    let (_, reply) = bench.reached().expect("the service was called");
    reply.send_response(ok());
    bench.turn_tasks();
    assert_eq!(bench.shelf.calls(), ["arm /a", "commit /a Written"]);
    assert_eq!(bench.tasks(), 0);
    assert_eq!(next(&mut bench).0, StatusCode::PRECONDITION_FAILED.as_u16());
}
