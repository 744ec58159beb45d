//! What comes before the handler: the fields, the content, the guard, in this order.

use std::time::Duration;

use http::{StatusCode, header};

use crate::support::{
    Bench, Form, Lent, Op, answer, build, get, ok, problem, put, request, tag, upload, with_content,
};

#[test]
fn a_write_begins_arms_runs_and_commits_in_this_order() {
    for form in Form::BOTH {
        let mut bench = Bench::at(form, 5);
        let mut call = bench.start(put(&[("if-match", "\"5\"")]));
        let (seen, reply) = bench.run(&mut call);
        assert_eq!(seen.extensions().get(), Some(&Lent("/a".to_owned())));
        assert_eq!(bench.shelf.calls(), ["begin /a", "arm /a"]);
        reply.send_response(ok());
        let response = bench.end(call);
        assert_eq!(tag(&response), Some("\"6\""));
        assert_eq!(response.body(), "from the handler");
        assert_eq!(bench.shelf.calls(), ["commit /a Written"]);
        assert_eq!(bench.events(), ["PUT \"/a\": written 200 6"]);
        assert_eq!(bench.tasks(), 0);
    }
}

#[test]
fn a_read_takes_no_guard() {
    for form in Form::BOTH {
        let mut bench = Bench::at(form, 5);
        let response = bench.exchange(get(&[]), |_| ok());
        assert_eq!(tag(&response), Some("\"5\""));
        let response = bench.refused(get(&[("if-none-match", "\"5\"")]));
        assert_eq!(response.status(), StatusCode::NOT_MODIFIED);
        assert_eq!(bench.shelf.calls(), ["current /a", "current /a"]);
        let options = bench.exchange(request("OPTIONS", "/a", &[]), |_| answer(204));
        assert_eq!(options.status(), StatusCode::NO_CONTENT);
        assert_eq!(bench.shelf.calls(), [""; 0]);
        assert_eq!(bench.tasks(), 0);
    }
}

#[test]
fn malformed_tags_are_400_before_the_content_is_read_and_the_store_is_asked() {
    for form in Form::BOTH {
        for field in ["if-match", "if-none-match"] {
            let mut bench = Bench::at(form, 5);
            let (client, request) = upload(&[(field, "5"), ("content-length", "99999999999")]);
            let response = bench.refused(request);
            assert_eq!(response.status(), StatusCode::BAD_REQUEST);
            assert_eq!(
                problem(&response)["header"].as_str().map(str::len),
                Some(field.len())
            );
            assert!(client.is_dropped());
            assert_eq!(bench.shelf.calls(), [""; 0]);
        }
        let mut bench = Bench::at(form, 5);
        let response = bench.refused(request("POST", "/a", &[("if-match", "5")]));
        assert_eq!(response.status(), StatusCode::BAD_REQUEST, "a POST too");
    }
}

#[test]
fn a_declared_length_above_the_limit_is_413_at_once() {
    for form in Form::BOTH {
        for (length, is_taken) in [("4", true), ("5", false), ("18446744073709551615", false)] {
            let mut bench = Bench::new(form, &build!(layer => layer.body_limit(4)));
            let (client, request) = upload(&[("content-length", length)]);
            let mut call = bench.start(request);
            let polled = bench.turn(&mut call);
            assert_eq!(polled.is_pending(), is_taken, "{length}");
            assert_eq!(client.is_dropped(), !is_taken);
            assert_eq!(bench.shelf.calls(), [""; 0]);
        }
        // By the body's own hint as well, if no field declares it.
        let mut bench = Bench::new(form, &build!(layer => layer.body_limit(4)));
        let response = bench.refused(with_content("PUT", "/a", &[], "12345"));
        assert_eq!(response.status(), StatusCode::PAYLOAD_TOO_LARGE);
        assert_eq!(problem(&response)["title"], "Content Too Large");
        assert_eq!(bench.shelf.calls(), [""; 0]);
        let response = bench.exchange(with_content("PUT", "/a", &[], "1234"), |seen| {
            assert_eq!(seen.body(), "1234");
            ok()
        });
        assert_eq!(response.status(), StatusCode::OK);
    }
}

#[test]
fn the_default_limit_is_two_mebibytes() {
    for (length, is_taken) in [("2097152", true), ("2097153", false)] {
        let mut bench = Bench::at(Form::InPlace, 5);
        let (_client, request) = upload(&[("content-length", length)]);
        let mut call = bench.start(request);
        assert_eq!(bench.turn(&mut call).is_pending(), is_taken, "{length}");
    }
}

#[test]
fn content_of_unknown_length_is_413_when_it_passes_the_limit() {
    for form in Form::BOTH {
        for frames in [&["12345"][..], &["1234", "5"], &["1", "", "23", "45"]] {
            let mut bench = Bench::new(form, &build!(layer => layer.body_limit(4)));
            let (client, request) = upload(&[]);
            let call = bench.start(request);
            for frame in frames {
                client.data(*frame);
            }
            let response = bench.end(call);
            assert_eq!(
                response.status(),
                StatusCode::PAYLOAD_TOO_LARGE,
                "{frames:?}"
            );
            problem(&response);
            assert!(client.is_dropped(), "the rest is not read");
            assert_eq!(bench.shelf.calls(), [""; 0]);
            assert_eq!(bench.tasks(), 0);
            assert_eq!(bench.events(), ["PUT \"/a\": rejected 413 ContentTooLarge"]);
        }
    }
}

#[test]
fn content_that_fails_is_400_and_nothing_is_executed() {
    for form in Form::BOTH {
        let mut bench = Bench::at(form, 5);
        let (client, request) = upload(&[]);
        let mut call = bench.start(request);
        client.data("the first half");
        assert!(bench.turn(&mut call).is_pending());
        client.tear();
        let response = bench.end(call);
        assert_eq!(response.status(), StatusCode::BAD_REQUEST);
        assert!(
            problem(&response)["detail"]
                .as_str()
                .unwrap()
                .contains("nothing was executed")
        );
        assert_eq!(bench.shelf.calls(), [""; 0]);
        assert_eq!(bench.tasks(), 0);
        assert_eq!(
            bench.events(),
            ["PUT \"/a\": rejected 400 ContentIncomplete"]
        );
    }
}

#[test]
fn a_slow_client_holds_nobody_up() {
    for form in Form::BOTH {
        let mut bench = Bench::at(form, 5);
        let (client, request) = upload(&[("if-match", "\"5\"")]);
        let mut slow = bench.start(request);
        client.data("slow");
        assert!(bench.turn(&mut slow).is_pending());
        assert!(!bench.shelf.is_held("/a"));

        let quick = bench.exchange(put(&[("if-match", "\"5\"")]), |_| ok());
        assert_eq!(tag(&quick), Some("\"6\""));

        // What was current when it started does not matter: the judgement comes now.
        drop(client);
        let response = bench.end(slow);
        assert_eq!(response.status(), StatusCode::PRECONDITION_FAILED);
        assert_eq!(tag(&response), Some("\"6\""));
    }
}

#[test]
fn a_store_that_cannot_begin_is_503_and_nothing_is_executed() {
    for form in Form::BOTH {
        let mut bench = Bench::at(form, 5);
        bench.shelf.break_down(Op::Begin);
        let response = bench.refused(put(&[]));
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(response.headers()[header::RETRY_AFTER], "1");
        problem(&response);
        assert_eq!(
            bench.events(),
            [
                "PUT \"/a\": store failed: SECRET: the disk at shelf 7 is gone",
                "PUT \"/a\": rejected 503 StoreUnavailable",
            ]
        );
    }
}

#[test]
fn a_store_that_cannot_arm_is_503_and_nothing_is_executed() {
    for form in Form::BOTH {
        let mut bench = Bench::at(form, 5);
        bench.shelf.break_down(Op::Arm);
        let response = bench.refused(put(&[("if-match", "\"5\"")]));
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(response.headers()[header::RETRY_AFTER], "1");
        assert!(
            problem(&response)["detail"]
                .as_str()
                .unwrap()
                .contains("nothing was executed")
        );
        assert_eq!(bench.shelf.get("/a").version().map(Into::into), Some(5));
        assert_eq!(
            bench.events(),
            [
                "PUT \"/a\": store failed: SECRET: the disk at shelf 7 is gone",
                "PUT \"/a\": rejected 503 NotBegun",
            ]
        );
    }
}

#[test]
fn a_store_with_too_many_waiting_is_503_in_words_of_its_own() {
    for form in Form::BOTH {
        let mut bench = Bench::at(form, 5);
        bench.shelf.limit_waiters(0);
        let mut first = bench.start(put(&[]));
        let (_, reply) = bench.run(&mut first);
        let response = bench.refused(put(&[]));
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(response.headers()[header::RETRY_AFTER], "1");
        let detail = problem(&response)["detail"].to_string();
        assert!(detail.contains("waiting to write"), "{detail}");
        assert_eq!(
            bench.events(),
            ["PUT \"/a\": rejected 503 Busy"],
            "no fault of the store's"
        );
        reply.send_response(ok());
        assert_eq!(bench.end(first).status(), StatusCode::OK);
    }
}

#[tokio::test]
async fn a_guard_that_is_not_granted_in_time_is_503() {
    for form in Form::BOTH {
        let built = build!(layer => layer.wait_limit(Duration::from_millis(30)));
        let mut bench = Bench::new(form, &built);
        bench.shelf.set("/a", tower_conditional::Version::new(5));
        let mut first = bench.start(put(&[]));
        let (_, reply) = bench.run(&mut first);
        let second = bench.start(put(&[])).into_inner();
        let response = second.await.expect("no error");
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(response.headers()[header::RETRY_AFTER], "1");
        assert_eq!(
            bench.shelf.waiting("/a"),
            0,
            "its place in the queue is given up"
        );
        assert_eq!(
            bench.events(),
            ["PUT \"/a\": waited", "PUT \"/a\": rejected 503 Busy"]
        );
        reply.send_response(ok());
        assert_eq!(tag(&bench.end(first)), Some("\"6\""));
    }
}

#[tokio::test]
async fn the_longest_wait_limit_is_no_fault() {
    let built = build!(layer => layer.wait_limit(Duration::MAX).hold_limit(Duration::MAX));
    let mut bench = Bench::new(Form::InPlace, &built);
    let mut first = bench.start(put(&[]));
    let (_, reply) = bench.run(&mut first);
    let mut second = bench.start(put(&[]));
    assert!(bench.turn(&mut second).is_pending());
    reply.send_response(ok());
    assert_eq!(bench.end(first).status(), StatusCode::OK);
    let (_, reply) = bench.run(&mut second);
    reply.send_response(ok());
    assert_eq!(bench.end(second).status(), StatusCode::OK);
}

#[test]
fn a_wait_is_told_where_there_was_one() {
    let mut bench = Bench::at(Form::Spawned, 5);
    let mut first = bench.start(put(&[]));
    let (_, reply) = bench.run(&mut first);
    let mut second = bench.start(put(&[]));
    assert!(bench.turn(&mut second).is_pending());
    assert_eq!(bench.events(), [""; 0]);
    reply.send_response(ok());
    bench.end(first);
    let (_, reply) = bench.run(&mut second);
    reply.send_response(ok());
    bench.end(second);
    assert_eq!(
        bench.events(),
        [
            "PUT \"/a\": written 200 6",
            "PUT \"/a\": waited",
            "PUT \"/a\": written 200 7",
        ]
    );
}

#[test]
fn different_keys_do_not_wait_for_each_other() {
    for form in Form::BOTH {
        let mut bench = Bench::at(form, 5);
        let mut first = bench.start(put(&[]));
        let (_, reply) = bench.run(&mut first);
        let other = bench.exchange(request("PUT", "/b", &[]), |_| ok());
        assert_eq!(tag(&other), Some("\"1\""));
        reply.send_response(ok());
        assert_eq!(tag(&bench.end(first)), Some("\"6\""));
    }
}

/// An unconditional write slips in between no careful writer's check and write.
#[test]
fn an_unconditional_write_takes_the_guard_too() {
    for form in Form::BOTH {
        let mut bench = Bench::at(form, 5);
        let mut careful = bench.start(put(&[("if-match", "\"5\"")]));
        let (_, reply) = bench.run(&mut careful);
        let mut careless = bench.start(put(&[]));
        assert!(bench.turn(&mut careless).is_pending());
        assert!(bench.reached().is_none());
        reply.send_response(ok());
        assert_eq!(tag(&bench.end(careful)), Some("\"6\""));
        let (_, reply) = bench.run(&mut careless);
        reply.send_response(ok());
        assert_eq!(tag(&bench.end(careless)), Some("\"7\""));
        assert_eq!(bench.shelf.get("/a").version().map(Into::into), Some(7));
    }
}

#[test]
fn a_waiting_writer_that_leaves_gives_its_turn_to_the_next() {
    for form in Form::BOTH {
        let mut bench = Bench::at(form, 5);
        let mut first = bench.start(put(&[]));
        let (_, reply) = bench.run(&mut first);
        let mut second = bench.start(put(&[]));
        let mut third = bench.start(put(&[]));
        assert!(bench.turn(&mut second).is_pending());
        assert!(bench.turn(&mut third).is_pending());
        assert_eq!(bench.shelf.waiting("/a"), 2);
        drop(second);
        assert_eq!(bench.shelf.waiting("/a"), 1);
        reply.send_response(ok());
        bench.end(first);
        let (_, reply) = bench.run(&mut third);
        reply.send_response(ok());
        assert_eq!(tag(&bench.end(third)), Some("\"7\""));
        assert_eq!(bench.tasks(), 0, "one that waits is no task");
    }
}

#[test]
fn no_permit_is_put_into_a_guarded_request() {
    let mut bench = Bench::at(Form::InPlace, 5);
    bench.exchange(put(&[("if-match", "\"5\"")]), |seen| {
        let permit = seen.extensions().get::<tower_conditional::WritePermit>();
        assert_eq!(permit, None);
        ok()
    });
}
