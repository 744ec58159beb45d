//! Preconditions under the guard.

use http::{StatusCode, header};
use tower_conditional::{Current, Version};

use crate::support::{Bench, Form, Op, answer, build, ok, problem, put, request, tag};

#[test]
fn what_is_refused_releases_the_guard_and_calls_no_service() {
    let table = [
        (
            Current::from(Version::new(5)),
            "PUT",
            ("if-match", "\"4\""),
            412,
        ),
        (Version::new(5).into(), "PUT", ("if-match", ""), 412),
        (Version::new(5).into(), "PUT", ("if-match", "W/\"5\""), 412),
        (Version::new(5).into(), "PUT", ("if-none-match", "*"), 412),
        (
            Version::new(5).into(),
            "DELETE",
            ("if-none-match", "\"5\""),
            412,
        ),
        (Version::new(5).into(), "POST", ("if-match", "\"4\""), 412),
        (Current::Missing, "PUT", ("if-match", "*"), 412),
        (Current::Missing, "PUT", ("if-match", "\"5\""), 412),
        (Current::Unknown, "PUT", ("if-match", "\"5\""), 412),
        (
            Current::Unknown,
            "PATCH",
            ("if-unmodified-since", "Sun, 06 Nov 1994 08:49:37 GMT"),
            412,
        ),
    ];
    for form in Form::BOTH {
        for (current, method, field, status) in table {
            let mut bench = Bench::new(form, &());
            bench.shelf.set("/a", current);
            let response = bench.refused(request(method, "/a", &[field]));
            assert_eq!(response.status().as_u16(), status, "{method} {field:?}");
            problem(&response);
            assert_eq!(bench.shelf.calls(), ["begin /a", "release /a"]);
            assert_eq!(bench.shelf.get("/a"), current, "nothing rises");
            assert!(!bench.shelf.is_held("/a"));
            assert_eq!(bench.tasks(), 0);
        }
    }
}

#[test]
fn a_412_tells_what_is_current_under_the_guard() {
    for form in Form::BOTH {
        let mut bench = Bench::at(form, 5);
        let response = bench.refused(put(&[("if-match", "\"4\"")]));
        assert_eq!(tag(&response), Some("\"5\""));
        assert_eq!(problem(&response)["currentETag"], "\"5\"");
        assert_eq!(
            bench.events(),
            ["PUT \"/a\": rejected 412 PreconditionFailed"]
        );
    }
}

/// There is no permit that would keep a handler from creating what If-Match says must exist.
#[test]
fn a_method_that_needs_its_target_is_404_where_that_is_missing() {
    for form in Form::BOTH {
        for method in ["PATCH", "DELETE", "POST"] {
            for value in ["\"5\"", "*"] {
                let mut bench = Bench::new(form, &());
                bench.shelf.set("/a", Current::Missing);
                let response = bench.refused(request(method, "/a", &[("if-match", value)]));
                assert_eq!(response.status(), StatusCode::NOT_FOUND, "{method} {value}");
                problem(&response);
                assert_eq!(bench.shelf.calls(), ["begin /a", "release /a"]);
            }
        }
        let mut bench = Bench::new(form, &build!(layer => layer.put_creates(false)));
        bench.shelf.set("/a", Current::Missing);
        let response = bench.refused(put(&[("if-match", "*")]));
        assert_eq!(response.status(), StatusCode::NOT_FOUND);
    }
}

#[test]
fn what_holds_runs() {
    let table = [
        (Current::from(Version::new(5)), ("if-match", "\"5\"")),
        (Version::new(5).into(), ("if-match", "\"4\", \"5\"")),
        (Version::new(5).into(), ("if-match", "*")),
        (Version::new(5).into(), ("if-none-match", "\"4\"")),
        (Current::Missing, ("if-none-match", "*")),
        (Current::Missing, ("if-none-match", "\"4\"")),
        (Current::Unknown, ("if-none-match", "\"4\"")),
        (Current::Unknown, ("x-none", "")),
        (Current::Missing, ("x-none", "")),
    ];
    for form in Form::BOTH {
        for (current, field) in table {
            let mut bench = Bench::new(form, &());
            bench.shelf.set("/a", current);
            let next = current.version().map_or(1, |it| it.get() + 1);
            let response = bench.exchange(put(&[field]), |_| ok());
            assert_eq!(response.status(), StatusCode::OK, "{current:?} {field:?}");
            assert_eq!(tag(&response), Some(format!("\"{next}\"").as_str()));
            assert_eq!(
                bench.shelf.calls(),
                ["begin /a", "arm /a", "commit /a Written"]
            );
        }
    }
}

/// §13.1.4: a missing target has no date, so the field is ignored.
#[test]
fn an_ignored_date_on_a_missing_target_leaves_it_to_the_handler() {
    let mut bench = Bench::new(Form::Spawned, &());
    bench.shelf.set("/a", Current::Missing);
    let date = ("if-unmodified-since", "Sun, 06 Nov 1994 08:49:37 GMT");
    let response = bench.exchange(request("PATCH", "/a", &[date]), |_| answer(404));
    assert_eq!(response.status(), StatusCode::NOT_FOUND);
    assert_eq!(response.body(), "from the handler");
}

#[test]
fn a_required_precondition_is_428_under_the_guard() {
    let built = build!(layer => layer.require_precondition(true));
    for form in Form::BOTH {
        for current in [Current::from(Version::new(5)), Current::Unknown] {
            let mut bench = Bench::new(form, &built);
            bench.shelf.set("/a", current);
            let response = bench.refused(put(&[]));
            assert_eq!(response.status(), StatusCode::PRECONDITION_REQUIRED);
            assert_eq!(response.headers()[header::CACHE_CONTROL], "no-store");
            assert_eq!(bench.shelf.calls(), ["begin /a", "release /a"]);
        }
        let mut bench = Bench::new(form, &built);
        bench.shelf.set("/a", Current::Missing);
        let response = bench.exchange(put(&[]), |_| answer(201));
        assert_eq!(response.status(), StatusCode::CREATED);
    }
}

#[test]
fn a_post_that_needs_a_precondition_is_428_as_well() {
    let built = build!(layer => layer.require_precondition_for([http::Method::POST]));
    let mut bench = Bench::new(Form::InPlace, &built);
    bench.shelf.set("/a", Version::new(5));
    let response = bench.refused(request("POST", "/a", &[]));
    assert_eq!(response.status(), StatusCode::PRECONDITION_REQUIRED);
}

#[test]
fn a_release_that_fails_is_told_and_the_refusal_stands() {
    for form in Form::BOTH {
        let mut bench = Bench::at(form, 5);
        bench.shelf.break_down(Op::Release);
        let response = bench.refused(put(&[("if-match", "\"4\"")]));
        assert_eq!(response.status(), StatusCode::PRECONDITION_FAILED);
        assert_eq!(
            bench.events(),
            [
                "PUT \"/a\": rejected 412 PreconditionFailed",
                "PUT \"/a\": store failed: SECRET: the disk at shelf 7 is gone",
            ]
        );
    }
}

#[test]
fn the_builders_of_both_protocols_work_here_too() {
    let built = build!(layer => layer
        .cache_control("private, no-cache")
        .vary("accept-language")
        .variants(["de"], |_| Some("de"))
        .retry_after(std::time::Duration::from_secs(30))
        .accept_weakened()
        .rejection_body(|_| Some((http::HeaderValue::from_static("text/plain"), "own".into()))));
    let mut bench = Bench::new(Form::Spawned, &built);
    bench.shelf.set("/a", Version::new(5));
    let read = bench.exchange(request("GET", "/a", &[]), |_| ok());
    assert_eq!(tag(&read), Some("\"5-de\""));
    assert_eq!(read.headers()[header::CACHE_CONTROL], "private, no-cache");
    let written = bench.exchange(put(&[("if-match", "W/\"5\"")]), |_| ok());
    assert_eq!(tag(&written), Some("\"6-de\""));
    let refused = bench.refused(put(&[("if-match", "\"5\"")]));
    assert_eq!(tag(&refused), Some("\"6-de\""));
    assert_eq!(refused.body(), "own");
    bench.shelf.break_down(Op::Begin);
    let down = bench.refused(put(&[]));
    assert_eq!(down.headers()[header::RETRY_AFTER], "30");
}
