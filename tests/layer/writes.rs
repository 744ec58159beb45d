//! Permits into the request; commits and conflicts out of the response.

use http::{HeaderValue, StatusCode, header};
use tower_conditional::{
    Committed, ConditionalLayer, Current, Version, VersionConflict, WritePermit,
    precondition::{Expectation, Field},
};

use crate::support::{Bench, answer, answer_with, get, ok, problem, put, request, status, tag};

fn permit(bench: &mut Bench, request: http::Request<String>) -> WritePermit {
    let seen = bench.seen(request);
    *seen.extensions().get().expect("a write has a permit")
}

fn committed(code: u16, version: u64) -> crate::support::Answer {
    answer_with(code, Committed(Version::new(version)))
}

#[test]
fn the_permit_pins_what_was_evaluated() {
    let exactly = Expectation::Exactly(Version::new(5));
    for (fields, expectation) in [
        (&[][..], Expectation::Any),
        (&[("if-match", "*")], Expectation::Exists),
        (&[("if-match", "\"5\"")], exactly),
        (&[("if-match", "\"4\", \"5\"")], exactly),
        (&[("if-none-match", "\"4\"")], exactly),
        (&[("if-match", "*"), ("if-none-match", "\"4\"")], exactly),
    ] {
        let permit = permit(&mut Bench::at(5), put(fields));
        assert_eq!(permit.expectation(), expectation, "{fields:?}");
        assert_eq!(permit.is_conditional(), !fields.is_empty());
    }
    let absent = permit(
        &mut Bench::new(Current::Missing),
        put(&[("if-none-match", "*")]),
    );
    assert_eq!(absent.expectation(), Expectation::Absent);
}

#[test]
fn a_permit_of_an_outer_layer_is_replaced() {
    let mut outer = put(&[("if-match", "\"5\"")]);
    outer.extensions_mut().insert(WritePermit::UNCONDITIONAL);
    let permit = permit(&mut Bench::at(5), outer);
    assert_eq!(permit.expectation(), Expectation::Exactly(Version::new(5)));
}

#[test]
fn if_match_on_a_missing_target_reaches_the_service_with_a_permit_that_nothing_satisfies() {
    for method in ["PATCH", "DELETE", "POST"] {
        for value in ["\"5\"", "*", ""] {
            let mut bench = Bench::new(Current::Missing);
            let request = request(method, "/a", &[("if-match", value)]);
            let response = bench.served(request, |seen| {
                let permit: &WritePermit = seen.extensions().get().unwrap();
                assert_eq!(permit.expectation(), Expectation::Never);
                assert_eq!(permit.expected(), Err(VersionConflict));
                answer(404)
            });
            assert_eq!(status(&response), StatusCode::NOT_FOUND, "{method} {value}");
        }
    }
}

#[test]
fn a_put_under_if_match_to_a_missing_target_is_412_where_put_creates() {
    let response = Bench::new(Current::Missing).refused(put(&[("if-match", "*")]));
    assert_eq!(status(&response), StatusCode::PRECONDITION_FAILED);

    let mut replaces_only = Bench::with(Current::Missing, |layer| layer.put_creates(false));
    let response = replaces_only.served(put(&[("if-match", "*")]), |_| answer(404));
    assert_eq!(status(&response), StatusCode::NOT_FOUND);
}

#[test]
fn the_tag_of_a_write_is_the_one_that_it_committed() {
    for (method, code) in [("PUT", 200), ("PUT", 201), ("PATCH", 204), ("POST", 201)] {
        let mut bench = Bench::at(5);
        let ledger = bench.ledger.clone();
        let response = bench.served(request(method, "/a", &[("if-match", "\"5\"")]), |_| {
            // Another writer is already past this one.
            ledger.set_version(9);
            committed(code, 6)
        });
        assert_eq!(tag(&response), Some("\"6\""), "{method} {code}");
        assert_eq!(bench.ledger.looked_up(), ["/a"]);
    }
}

#[test]
fn without_a_commit_there_is_no_tag() {
    for method in ["PUT", "PATCH", "POST", "DELETE"] {
        let response = Bench::at(5).served(request(method, "/a", &[]), |_| ok());
        assert_eq!(tag(&response), None, "{method}");
    }
}

#[test]
fn there_is_no_tag_on_202_on_delete_and_on_what_failed() {
    for (method, code) in [
        ("PUT", 202),
        ("POST", 202),
        ("DELETE", 200),
        ("DELETE", 204),
        ("PUT", 303),
        ("PUT", 404),
        ("PATCH", 422),
        ("POST", 500),
    ] {
        let response = Bench::at(5).served(request(method, "/a", &[]), |_| committed(code, 6));
        assert_eq!(status(&response).as_u16(), code);
        assert_eq!(tag(&response), None, "{method} {code}");
    }
}

#[test]
fn tags_on_put_answers_can_be_switched_off() {
    let mut bench = Bench::with(Version::new(5), |layer| layer.tag_put_answers(false));
    assert_eq!(tag(&bench.served(put(&[]), |_| committed(200, 6))), None);
    let patch = bench.served(request("PATCH", "/a", &[]), |_| committed(200, 7));
    assert_eq!(tag(&patch), Some("\"7\""));
    assert_eq!(tag(&bench.served(get(&[]), |_| ok())), Some("\"5\""));
}

#[test]
fn a_commit_replaces_a_tag_of_the_handlers() {
    let response = Bench::at(5).served(put(&[]), |_| {
        let mut response = committed(200, 6);
        let own = HeaderValue::from_static("\"5\"");
        response.headers_mut().insert(header::ETAG, own);
        response
    });
    assert_eq!(tag(&response), Some("\"6\""));
}

#[test]
fn a_conflict_of_a_conditional_write_is_412_with_the_tag_that_is_current_now() {
    for (fields, field) in [
        (&[("if-match", "\"5\"")][..], Field::IfMatch),
        (&[("if-match", "*")], Field::IfMatch),
        (&[("if-none-match", "\"4\"")], Field::IfNoneMatch),
    ] {
        for code in [200, 409, 500] {
            let mut bench = Bench::at(5);
            let ledger = bench.ledger.clone();
            let response = bench.served(put(fields), |_| {
                ledger.set_version(8);
                answer_with(code, VersionConflict)
            });
            assert_eq!(status(&response), StatusCode::PRECONDITION_FAILED);
            assert_eq!(tag(&response), Some("\"8\""));
            let document = problem(&response);
            assert_eq!(document["header"], field.as_str());
            assert_eq!(document["currentETag"], "\"8\"");
            // `If-None-Match: "4"` held because it matched nothing.
            let detail = document["detail"].as_str().unwrap();
            assert!(
                detail.starts_with(&format!("{field} held, but")),
                "{detail}"
            );
            assert_eq!(bench.ledger.looked_up(), ["/a", "/a"]);
        }
    }
}

#[test]
fn a_conflict_with_a_deletion_says_that_nothing_is_there() {
    let mut bench = Bench::at(5);
    let ledger = bench.ledger.clone();
    let response = bench.served(put(&[("if-match", "\"5\"")]), |_| {
        ledger.set(Current::Missing);
        answer_with(200, VersionConflict)
    });
    assert_eq!(status(&response), StatusCode::PRECONDITION_FAILED);
    assert_eq!(tag(&response), None);
    assert!(problem(&response)["currentETag"].is_null());
}

#[test]
fn a_conflict_while_the_store_is_down_is_412_without_a_tag() {
    let mut bench = Bench::at(5);
    let ledger = bench.ledger.clone();
    let response = bench.served(put(&[("if-match", "\"5\"")]), |_| {
        ledger.break_down();
        answer_with(200, VersionConflict)
    });
    assert_eq!(status(&response), StatusCode::PRECONDITION_FAILED);
    assert_eq!(tag(&response), None);
    assert_eq!(problem(&response).get("currentETag"), None);
}

#[test]
fn a_conflict_without_condition_is_409_and_never_412() {
    for fields in [&[][..], &[("if-unmodified-since", "yesterday")]] {
        let mut bench = Bench::at(5);
        let response = bench.served(put(fields), |_| answer_with(200, VersionConflict));
        assert_eq!(status(&response), StatusCode::CONFLICT);
        assert_eq!(tag(&response), None);
        assert_eq!(problem(&response).get("header"), None);
    }
}

/// "No row" is what an `UPDATE` under the permit finds of a missing target, too.
#[test]
fn a_conflict_over_a_target_that_was_missing_is_404() {
    let methods = [("PUT", 404), ("PATCH", 404), ("DELETE", 404)];
    for (method, status_without) in methods {
        let mut bench = Bench::new(Current::Missing);
        let response = bench.served(request(method, "/a", &[]), |_| {
            answer_with(200, VersionConflict)
        });
        assert_eq!(status(&response).as_u16(), status_without, "{method}");
        assert_eq!(problem(&response)["title"], "Not Found");
    }
    for method in ["PATCH", "DELETE"] {
        let mut bench = Bench::new(Current::Missing);
        let guarded = request(method, "/a", &[("if-match", "\"5\"")]);
        let response = bench.served(guarded, |_| answer_with(200, VersionConflict));
        assert_eq!(status(&response), StatusCode::NOT_FOUND, "{method}");
    }
}

#[test]
fn a_conflict_over_a_target_that_appeared_meanwhile_is_412() {
    let mut bench = Bench::new(Current::Missing);
    let ledger = bench.ledger.clone();
    let guarded = request("PATCH", "/a", &[("if-match", "\"5\"")]);
    let response = bench.served(guarded, |_| {
        ledger.set_version(7);
        answer_with(200, VersionConflict)
    });
    assert_eq!(status(&response), StatusCode::PRECONDITION_FAILED);
    assert_eq!(tag(&response), Some("\"7\""));
}

/// Mistake: a tag that may be another writer's.
#[test]
fn a_tag_that_is_not_the_commits_is_taken_off() {
    let own = |code: u16| {
        let mut response = answer(code);
        let tag = HeaderValue::from_static("\"99\"");
        response.headers_mut().insert(header::ETAG, tag);
        response
    };
    let mut bench = Bench::at(5);
    for method in ["PUT", "PATCH", "POST", "DELETE"] {
        let response = bench.served(request(method, "/a", &[]), |_| own(200));
        assert_eq!(tag(&response), None, "{method}");
    }
    let response = bench.served(put(&[]), |_| own(202));
    assert_eq!(tag(&response), None);
    assert!(bench.events().iter().any(|it| it.contains("undeclared")));

    let mut bench = Bench::with(Version::new(5), |layer| layer.tag_put_answers(false));
    let response = bench.served(put(&[]), |_| {
        let mut response = own(200);
        response.extensions_mut().insert(Committed(Version::new(6)));
        response
    });
    assert_eq!(tag(&response), None);
}

#[test]
fn a_redirect_after_a_write_is_a_commit_too() {
    let mut bench = Bench::at(5);
    bench.served(put(&[("if-match", "\"5\"")]), |_| answer(303));
    assert_eq!(bench.layer.missing_commits(), 1);
    bench.served(put(&[("if-match", "\"5\"")]), |_| answer(307));
    assert_eq!(bench.layer.missing_commits(), 1);
}

/// `problem` fails on any other body.
#[test]
fn a_conflict_never_carries_what_the_handler_said() {
    for fields in [&[][..], &[("if-match", "*")]] {
        let response = Bench::at(5).served(put(fields), |_| {
            let mut response = answer_with(200, VersionConflict);
            let fields = response.headers_mut();
            fields.insert(header::SET_COOKIE, HeaderValue::from_static("secret"));
            fields.insert(header::CONTENT_LENGTH, HeaderValue::from_static("16"));
            fields.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
            response
        });
        problem(&response);
        for name in [
            header::SET_COOKIE,
            header::CONTENT_LENGTH,
            header::CONTENT_ENCODING,
        ] {
            assert!(!response.headers().contains_key(name));
        }
    }
}

#[test]
fn a_missing_commit_is_counted_and_told() {
    let mut bench = Bench::at(5);
    assert_eq!(bench.layer.missing_commits(), 0);
    let response = bench.served(put(&[("if-match", "\"5\"")]), |_| ok());
    assert_eq!(status(&response), StatusCode::OK);
    assert_eq!(tag(&response), None);
    assert_eq!(bench.layer.missing_commits(), 1);
    assert_eq!(
        bench.events(),
        ["PUT \"/a\": commit missing", "PUT \"/a\": written 200 -"]
    );

    bench.served(request("DELETE", "/a", &[("if-match", "*")]), |_| {
        answer(204)
    });
    assert_eq!(bench.layer.missing_commits(), 2);
    assert_eq!(bench.layer.clone().missing_commits(), 2);
}

#[test]
fn no_commit_is_missed_where_none_is_due() {
    let mut bench = Bench::at(5);
    bench.served(put(&[]), |_| ok());
    bench.served(put(&[("if-match", "\"5\"")]), |_| answer(422));
    // Accepted for later: nothing is written yet (RFC 9110 §15.3.3).
    bench.served(put(&[("if-match", "\"5\"")]), |_| answer(202));
    bench.served(put(&[("if-match", "\"5\"")]), |_| committed(200, 6));
    bench.served(put(&[("if-match", "\"5\"")]), |_| {
        answer_with(200, VersionConflict)
    });
    bench.served(get(&[("if-match", "\"5\"")]), |_| ok());
    assert_eq!(bench.layer.missing_commits(), 0);
}

#[test]
fn strict_commits_make_a_missing_one_500() {
    let mut bench = Bench::with(Version::new(5), ConditionalLayer::strict_commits);
    let response = bench.served(put(&[("if-match", "\"5\"")]), |_| ok());
    assert_eq!(status(&response), StatusCode::INTERNAL_SERVER_ERROR);
    problem(&response);
    assert_eq!(bench.layer.missing_commits(), 1);

    for response in [
        bench.served(put(&[]), |_| ok()),
        bench.served(put(&[("if-match", "\"5\"")]), |_| committed(200, 6)),
        bench.served(put(&[("if-match", "\"5\"")]), |_| answer(422)),
    ] {
        assert_ne!(status(&response), StatusCode::INTERNAL_SERVER_ERROR);
    }
}
