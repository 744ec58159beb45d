//! POST: unguarded unless asked, and what it makes of its own key and of the one that it created.

use http::{HeaderValue, StatusCode, header};
use tower_conditional::{Committed, Current, Version, VersionConflict};

use crate::support::{
    Answer, Bench, Form, Op, answer, answer_with, build, ok, problem, request, tag, upload,
    with_field,
};

fn post(fields: &[(&str, &str)]) -> http::Request<crate::support::Body> {
    request("POST", "/a", fields)
}

fn created(location: &'static str) -> Answer {
    with_field(201, header::LOCATION, location)
}

#[test]
fn a_post_without_preconditions_waits_for_nobody() {
    for form in Form::BOTH {
        let mut bench = Bench::at(form, 5);
        let mut first = bench.start(post(&[]));
        let mut second = bench.start(post(&[]));
        let (_, reply_first) = bench.run(&mut first);
        let (_, reply_second) = bench.run(&mut second);
        reply_second.send_response(answer(201));
        assert_eq!(bench.end(second).status(), StatusCode::CREATED);
        reply_first.send_response(answer(201));
        assert_eq!(bench.end(first).status(), StatusCode::CREATED);
        assert_eq!(
            bench.shelf.calls(),
            ["raise /a Unknown", "raise /a Unknown"]
        );
    }
}

#[test]
fn a_posts_content_is_not_read_before_its_handler() {
    let mut bench = Bench::new(Form::Spawned, &build!(layer => layer.body_limit(4)));
    let (client, upload) = upload(&[]);
    let request = post(&[("content-length", "19")]).map(|_| upload.into_body());
    let mut call = bench.start(request);
    let (_seen, reply) = bench.run(&mut call);
    client.data("more than four bytes");
    reply.send_response(ok());
    assert_eq!(bench.end(call).status(), StatusCode::OK);
}

#[test]
fn a_posts_own_key_has_no_valid_tag_afterwards() {
    for form in Form::BOTH {
        for status in [200, 201, 202, 204, 207, 303, 500, 503] {
            let mut bench = Bench::at(form, 5);
            let response = bench.exchange(post(&[]), |_| answer(status));
            assert_eq!(response.status().as_u16(), status);
            assert_eq!(bench.shelf.calls(), ["raise /a Unknown"], "{status}");
            assert_eq!(bench.shelf.get("/a"), Current::Unknown);
            let told = format!("POST \"/a\": written {status} -");
            assert_eq!(bench.events(), [told]);
        }
        for status in [304, 307, 308, 400, 404, 422] {
            let mut bench = Bench::at(form, 5);
            bench.exchange(post(&[]), |_| answer(status));
            assert_eq!(bench.shelf.calls(), [""; 0], "{status}");
        }
    }
}

#[test]
fn what_a_201_names_is_known_from_then_on() {
    for form in Form::BOTH {
        for location in [
            "/a/7",
            "a/7",
            "http://h.example/a/7",
            "//h.example/a/7#x",
            "/a/./7?x=1",
        ] {
            let mut bench = Bench::at(form, 5);
            let post = post(&[("host", "h.example")]);
            let response = bench.exchange(post, |_| created(location));
            assert_eq!(
                tag(&response),
                None,
                "the version may be another writer's by now"
            );
            assert_eq!(
                bench.shelf.calls(),
                ["raise /a Unknown", "adopt /a/7"],
                "{location}"
            );
            assert_eq!(bench.shelf.get("/a/7"), Version::FIRST.into());
        }
    }
}

#[test]
fn what_is_not_this_servers_is_not_registered() {
    for location in ["http://other.example/7", "urn:x:7", "\u{e9}", "/a b"] {
        let mut bench = Bench::at(Form::InPlace, 5);
        bench.exchange(post(&[("host", "h.example")]), |_| {
            let mut response = answer(201);
            let value = HeaderValue::from_bytes(location.as_bytes()).expect("a field value");
            response.headers_mut().insert(header::LOCATION, value);
            response
        });
        assert_eq!(bench.shelf.calls(), ["raise /a Unknown"], "{location}");
    }
    let mut bench = Bench::at(Form::InPlace, 5);
    bench.exchange(post(&[]), |_| with_field(303, header::LOCATION, "/a/7"));
    assert_eq!(
        bench.shelf.calls(),
        ["raise /a Unknown"],
        "created by a 201 alone"
    );
}

#[test]
fn what_was_deleted_before_and_created_anew_gets_a_version_that_was_never_issued() {
    for form in Form::BOTH {
        let mut bench = Bench::at(form, 5);
        bench.shelf.set("/a/7", Version::new(3));
        bench.exchange(request("DELETE", "/a/7", &[]), |_| answer(204));
        bench.shelf.calls();
        bench.exchange(post(&[]), |_| created("/a/7"));
        assert_eq!(
            bench.shelf.calls(),
            ["raise /a Unknown", "adopt /a/7", "raise /a/7 Unknown"]
        );
        bench.exchange(request("GET", "/a/7", &[]), |_| ok());
        let read = bench.exchange(request("GET", "/a/7", &[]), |_| ok());
        assert_eq!(tag(&read), Some("\"5\""), "above the deletion's 4");
    }
}

#[test]
fn what_exists_already_keeps_its_version() {
    let mut bench = Bench::at(Form::Spawned, 5);
    bench.shelf.set("/a/7", Version::new(3));
    bench.exchange(post(&[]), |_| created("/a/7"));
    assert_eq!(bench.shelf.get("/a/7"), Version::new(3).into());
}

#[test]
fn a_post_with_a_precondition_is_guarded() {
    for form in Form::BOTH {
        for field in [
            ("if-match", "\"5\""),
            ("if-none-match", "\"4\""),
            ("if-unmodified-since", "x"),
        ] {
            let mut bench = Bench::at(form, 5);
            bench.exchange(post(&[field]), |_| ok());
            assert_eq!(
                bench.shelf.calls(),
                ["begin /a", "arm /a", "commit /a Written"],
                "{field:?}"
            );
        }
    }
}

#[test]
fn guard_posts_guards_them_all_and_registers_what_they_create() {
    for form in Form::BOTH {
        let mut bench = Bench::new(form, &build!(layer => layer.guard_posts()));
        let response = bench.exchange(post(&[]), |_| created("/a/7"));
        assert_eq!(response.status(), StatusCode::CREATED);
        assert_eq!(
            bench.shelf.calls(),
            ["begin /a", "arm /a", "commit /a Written", "adopt /a/7"]
        );
        assert_eq!(bench.shelf.get("/a/7"), Version::FIRST.into());
        bench.exchange(post(&[]), |_| created("/a"));
        assert_eq!(
            bench.shelf.calls(),
            ["begin /a", "arm /a", "commit /a Written"]
        );
    }
}

/// §8.8: the tag belongs to what the answer speaks of.
#[test]
fn a_guarded_posts_tag_is_that_of_the_resource_that_its_answer_names() {
    let named = |status, fields: &[(header::HeaderName, &'static str)]| {
        let mut response = answer(status);
        for (name, value) in fields {
            let value = HeaderValue::from_static(value);
            response.headers_mut().insert(name, value);
        }
        response
    };
    let (location, content) = (header::LOCATION, header::CONTENT_LOCATION);
    let table = [
        (named(200, &[]), None),
        (named(201, &[]), None),
        (named(200, &[(content.clone(), "/a")]), Some("\"6\"")),
        (named(200, &[(content.clone(), "/a/7")]), None),
        (named(201, &[(location.clone(), "/a")]), Some("\"6\"")),
        (named(201, &[(location.clone(), "/a/7")]), None),
        (named(200, &[(location.clone(), "/a")]), None),
        (
            named(201, &[(location.clone(), "/a/7"), (content.clone(), "/a")]),
            Some("\"6\""),
        ),
        (
            named(201, &[(location.clone(), "/a"), (content.clone(), "/a/7")]),
            None,
        ),
        (named(204, &[(content, "/a")]), Some("\"6\"")),
    ];
    for form in Form::BOTH {
        for (response, expected) in &table {
            let mut bench = Bench::new(form, &build!(layer => layer.guard_posts()));
            bench.shelf.set("/a", Version::new(5));
            let fields = response.headers().clone();
            let answered = bench.exchange(post(&[]), |_| response.clone());
            assert_eq!(
                tag(&answered),
                *expected,
                "{} {fields:?}",
                response.status()
            );
        }
    }
}

#[test]
fn an_unguarded_posts_versions_are_nobodys() {
    let mut bench = Bench::at(Form::InPlace, 5);
    let response = bench.exchange(post(&[]), |_| {
        let mut response = answer_with(201, Committed(Version::new(9)));
        let own = HeaderValue::from_static("\"9\"");
        response.headers_mut().insert(header::ETAG, own);
        response
    });
    assert_eq!(tag(&response), None);
    assert_eq!(response.extensions().get::<Committed>(), None);
}

#[test]
fn a_conflict_of_an_unguarded_post_is_409_and_raises_nothing() {
    for form in Form::BOTH {
        let mut bench = Bench::at(form, 5);
        let response = bench.exchange(post(&[]), |_| answer_with(200, VersionConflict));
        assert_eq!(response.status(), StatusCode::CONFLICT);
        problem(&response);
        assert_eq!(bench.shelf.calls(), [""; 0]);
    }
}

#[test]
fn a_raise_that_fails_is_told_and_the_answer_stands() {
    for form in Form::BOTH {
        let mut bench = Bench::at(form, 5);
        bench.shelf.break_down(Op::Raise);
        bench.shelf.break_down(Op::Adopt);
        let response = bench.exchange(post(&[]), |_| created("/a/7"));
        assert_eq!(response.status(), StatusCode::CREATED);
        let failed = "POST \"/a\": store failed: SECRET: the disk at shelf 7 is gone";
        assert_eq!(
            bench.events(),
            ["POST \"/a\": written 201 -", failed, failed]
        );
    }
}
