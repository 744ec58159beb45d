//! What the layer answers in the service's stead; `refused` checks that the service was not
//! called.

use bytes::Bytes;
use http::{HeaderValue, Method, StatusCode, header};
use http_body::Body;
use tower_conditional::{Current, Version, precondition::RejectionKind};

use crate::support::{Bench, answer, get, lines, ok, problem, put, request, status, tag};

#[test]
fn a_304_calls_no_service() {
    for method in ["GET", "HEAD"] {
        for value in ["\"5\"", "W/\"5\"", "*", "\"4\", \"5\""] {
            let mut bench = Bench::at(5);
            let response = bench.refused(request(method, "/a", &[("if-none-match", value)]));
            assert_eq!(status(&response), StatusCode::NOT_MODIFIED, "{value}");
            assert_eq!(tag(&response), Some("\"5\""));
            assert_eq!(bench.ledger.looked_up(), ["/a"]);
        }
    }
}

#[test]
fn a_304_has_no_body_and_claims_no_length() {
    let response = Bench::at(5).refuse(get(&[("if-none-match", "\"5\"")]));
    assert!(response.body().is_end_stream());
    assert_eq!(response.body().size_hint().exact(), None);
    assert_eq!(response.body().size_hint().lower(), 0);
}

#[test]
fn a_304_carries_no_field_of_the_request() {
    let response = Bench::at(5).refused(get(&[
        ("if-none-match", "\"5\""),
        ("cookie", "secret"),
        ("accept", "text/html"),
        ("content-type", "text/html"),
    ]));
    let names: Vec<_> = response.headers().keys().collect();
    assert_eq!(names, [header::ETAG]);
}

#[test]
fn a_412_calls_no_service_and_names_field_and_current_tag() {
    for (method, field, value) in [
        ("PUT", "If-Match", "\"4\""),
        ("PUT", "If-Match", "W/\"5\""),
        ("PUT", "If-Match", ""),
        ("PATCH", "If-Match", "\"05\""),
        ("DELETE", "If-Match", "\"6\""),
        ("POST", "If-None-Match", "*"),
        ("PUT", "If-None-Match", "\"5\""),
        ("GET", "If-Match", "\"4\""),
    ] {
        let mut bench = Bench::at(5);
        let response = bench.refused(request(
            method,
            "/a",
            &[(field, value), ("cookie", "secret")],
        ));
        assert_eq!(
            status(&response),
            StatusCode::PRECONDITION_FAILED,
            "{method} {value}"
        );
        assert_eq!(tag(&response), Some("\"5\""));
        assert!(!response.headers().contains_key(header::COOKIE));
        let document = problem(&response);
        assert_eq!(document["header"], field);
        assert_eq!(document["currentETag"], "\"5\"");
        assert_eq!(bench.ledger.looked_up(), ["/a"]);
    }
}

#[test]
fn a_412_for_a_missing_target_has_no_tag_and_says_null() {
    let response = Bench::new(Current::Missing).refused(put(&[("if-match", "\"5\"")]));
    assert_eq!(status(&response), StatusCode::PRECONDITION_FAILED);
    assert_eq!(tag(&response), None);
    let document = problem(&response);
    assert!(document["currentETag"].is_null());
    assert!(document.as_object().unwrap().contains_key("currentETag"));
}

#[test]
fn a_412_for_an_unknown_target_names_no_tag_at_all() {
    let response = Bench::new(Current::Unknown).refused(put(&[("if-match", "\"5\"")]));
    assert_eq!(status(&response), StatusCode::PRECONDITION_FAILED);
    assert_eq!(tag(&response), None);
    let document = problem(&response);
    assert!(!document.as_object().unwrap().contains_key("currentETag"));
}

#[test]
fn a_400_calls_no_service_and_names_the_field() {
    for (method, field, value) in [
        ("PUT", "If-Match", "5"),
        ("DELETE", "If-Match", "\"5"),
        ("GET", "If-Match", "\"5\", *"),
        ("PATCH", "If-None-Match", "5"),
    ] {
        for current in [
            Current::from(Version::new(5)),
            Current::Missing,
            Current::Unknown,
        ] {
            let response = Bench::new(current).refused(request(method, "/a", &[(field, value)]));
            assert_eq!(status(&response), StatusCode::BAD_REQUEST, "{value}");
            assert_eq!(problem(&response)["header"], field);
            assert_eq!(tag(&response), None);
        }
    }
}

#[test]
fn a_428_calls_no_service_and_is_not_stored() {
    for method in ["PUT", "PATCH", "DELETE"] {
        let mut bench = Bench::with(Version::new(5), |layer| layer.require_precondition(true));
        let response = bench.refused(request(method, "/a", &[]));
        assert_eq!(status(&response), StatusCode::PRECONDITION_REQUIRED);
        assert_eq!(lines(&response, header::CACHE_CONTROL), ["no-store"]);
        assert_eq!(tag(&response), None);
        problem(&response);
    }
}

#[test]
fn a_428_spares_posts_reads_and_what_has_a_precondition() {
    let mut bench = Bench::with(Version::new(5), |layer| layer.require_precondition(true));
    for request in [
        request("POST", "/a", &[]),
        get(&[]),
        put(&[("if-match", "\"5\"")]),
        put(&[("if-match", "*")]),
        put(&[("if-none-match", "\"4\"")]),
    ] {
        assert_eq!(status(&bench.served(request, |_| ok())), StatusCode::OK);
    }
}

/// A date that is ignored guards nothing.
#[test]
fn a_428_is_not_talked_away_by_a_date_that_is_ignored() {
    let mut bench = Bench::with(Version::new(5), |layer| layer.require_precondition(true));
    let response = bench.refused(put(&[("if-unmodified-since", "yesterday")]));
    assert_eq!(status(&response), StatusCode::PRECONDITION_REQUIRED);
}

#[test]
fn a_428_only_where_the_target_exists_or_may() {
    let mut missing = Bench::with(Current::Missing, |layer| layer.require_precondition(true));
    assert_eq!(
        status(&missing.served(put(&[]), |_| answer(201))),
        StatusCode::CREATED
    );
    let mut unknown = Bench::with(Current::Unknown, |layer| layer.require_precondition(true));
    assert_eq!(
        status(&unknown.refused(put(&[]))),
        StatusCode::PRECONDITION_REQUIRED
    );
}

#[test]
fn preconditions_are_required_of_the_methods_that_are_named() {
    let mut bench = Bench::with(Version::new(5), |layer| {
        layer.require_precondition_for([Method::POST])
    });
    let post = bench.refused(request("POST", "/a", &[]));
    assert_eq!(status(&post), StatusCode::PRECONDITION_REQUIRED);
    assert_eq!(status(&bench.served(put(&[]), |_| ok())), StatusCode::OK);
}

#[test]
fn preconditions_are_required_where_the_predicate_says_so() {
    let mut bench = Bench::with(Version::new(5), |layer| {
        layer.require_precondition_if(|request| request.headers.contains_key("x-careful"))
    });
    let careful = bench.refused(put(&[("x-careful", "1")]));
    assert_eq!(status(&careful), StatusCode::PRECONDITION_REQUIRED);
    assert_eq!(status(&bench.served(put(&[]), |_| ok())), StatusCode::OK);
}

#[test]
fn preconditions_are_optional_by_default_and_when_switched_off() {
    assert_eq!(
        status(&Bench::at(5).served(put(&[]), |_| ok())),
        StatusCode::OK
    );
    let mut bench = Bench::with(Version::new(5), |layer| layer.require_precondition(false));
    assert_eq!(status(&bench.served(put(&[]), |_| ok())), StatusCode::OK);
}

#[test]
fn the_hook_gives_each_refusal_its_body() {
    let mut bench = Bench::with(Version::new(5), |layer| {
        layer
            .require_precondition_for([Method::DELETE])
            .strict_commits()
            .rejection_body(|rejection| {
                let text = format!("{:?} {:?}", rejection.kind(), rejection.current());
                Some((HeaderValue::from_static("text/plain"), Bytes::from(text)))
            })
    });
    let conflict = || crate::support::answer_with(200, tower_conditional::VersionConflict);
    let answers = [
        (400, "Malformed", bench.refused(put(&[("if-match", "5")]))),
        (
            412,
            "PreconditionFailed Some(Version(5))",
            bench.refused(put(&[("if-match", "\"4\"")])),
        ),
        (
            428,
            "PreconditionRequired",
            bench.refused(request("DELETE", "/a", &[])),
        ),
        (
            409,
            "Conflict Some(Version(5))",
            bench.served(put(&[]), |_| conflict()),
        ),
        (
            412,
            "Conflict Some(Version(5))",
            bench.served(put(&[("if-match", "*")]), |_| conflict()),
        ),
        (
            500,
            "CommitMissing",
            bench.served(put(&[("if-match", "*")]), |_| ok()),
        ),
        (503, "StoreUnavailable None", {
            bench.ledger.break_down();
            bench.refused(put(&[]))
        }),
    ];
    for (code, text, response) in answers {
        assert_eq!(status(&response).as_u16(), code);
        assert_eq!(lines(&response, header::CONTENT_TYPE), ["text/plain"]);
        let body = std::str::from_utf8(response.body()).unwrap();
        assert!(body.starts_with(text), "{body}");
    }
}

#[test]
fn the_hook_can_leave_the_problem_document_and_is_not_asked_of_a_304() {
    let mut bench = Bench::with(Version::new(5), |layer| {
        layer.rejection_body(|rejection| {
            assert_ne!(rejection.kind(), RejectionKind::NotModified);
            None
        })
    });
    problem(&bench.refused(put(&[("if-match", "\"4\"")])));
    let unchanged = bench.refused(get(&[("if-none-match", "*")]));
    assert_eq!(status(&unchanged), StatusCode::NOT_MODIFIED);
    assert!(unchanged.body().is_empty());
}

#[test]
fn a_problem_body_states_its_length() {
    let response = Bench::at(5).refuse(put(&[("if-match", "\"4\"")]));
    let length = response.body().size_hint().exact();
    assert!(!response.body().is_end_stream());
    assert_eq!(
        length,
        Some(
            Bench::at(5)
                .refused(put(&[("if-match", "\"4\"")]))
                .body()
                .len() as u64
        )
    );
}

#[test]
fn an_empty_body_of_the_hook_ends_the_stream_at_once() {
    let mut bench = Bench::with(Version::new(5), |layer| {
        layer.rejection_body(|_| Some((HeaderValue::from_static("text/plain"), Bytes::new())))
    });
    let response = bench.refuse(put(&[("if-match", "\"4\"")]));
    assert!(response.body().is_end_stream());
    assert_eq!(response.body().size_hint().exact(), Some(0));
}
