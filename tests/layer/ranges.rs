//! Parts: If-Range, and the 206 that is let out only if nothing changed meanwhile.

use bytes::Bytes;
use http::{Response, StatusCode, header};
use tower_conditional::{Current, Observed, Version};

use crate::support::{Bench, answer, answer_with, get, lines, problem, request, status, tag};

const RANGE: (&str, &str) = ("range", "bytes=0-3");

#[test]
fn a_range_reaches_the_service_where_if_range_is_true_or_absent() {
    let seen = Bench::at(5).seen(get(&[RANGE, ("if-range", "\"5\"")]));
    assert_eq!(seen.headers()[header::RANGE], "bytes=0-3");
    let seen = Bench::at(5).seen(get(&[RANGE]));
    assert_eq!(seen.headers()[header::RANGE], "bytes=0-3");
}

#[test]
fn a_range_is_taken_away_where_if_range_is_false() {
    for value in ["\"4\"", "W/\"5\"", "\"05\"", "*", "5", "yesterday", ""] {
        let seen = Bench::at(5).seen(get(&[RANGE, ("if-range", value)]));
        assert!(!seen.headers().contains_key(header::RANGE), "{value}");
    }
}

#[test]
fn if_range_never_reaches_the_service() {
    for fields in [
        &[RANGE, ("if-range", "\"5\"")][..],
        &[("if-range", "\"5\"")],
    ] {
        let seen = Bench::at(5).seen(get(fields));
        assert!(!seen.headers().contains_key(header::IF_RANGE));
    }
}

/// Nobody could tell whether a part belongs to what the client has.
#[test]
fn a_range_is_taken_away_where_no_version_is_known() {
    for current in [Current::Unknown, Current::Missing] {
        let seen = Bench::new(current).seen(get(&[RANGE]));
        assert!(!seen.headers().contains_key(header::RANGE), "{current:?}");
    }
}

/// The version moves from 5 to `after` while the handler reads a part.
fn part_while(fields: &[(&str, &str)], after: impl Into<Current>) -> (Response<Bytes>, Bench) {
    let mut bench = Bench::at(5);
    let ledger = bench.ledger.clone();
    let after = after.into();
    let response = bench.served(get(fields), |_| {
        ledger.set(after);
        answer(206)
    });
    assert_eq!(bench.ledger.looked_up(), ["/a", "/a"]);
    (response, bench)
}

#[test]
fn a_part_is_let_out_where_nothing_changed() {
    for fields in [
        &[RANGE][..],
        &[RANGE, ("if-range", "\"5\"")],
        &[RANGE, ("if-match", "\"5\"")],
        &[RANGE, ("if-none-match", "\"4\"")],
    ] {
        let (response, _) = part_while(fields, Version::new(5));
        assert_eq!(status(&response), StatusCode::PARTIAL_CONTENT);
        assert_eq!(tag(&response), Some("\"5\""));
        assert_eq!(response.body(), "from the handler");
    }
}

#[test]
fn a_part_that_changed_under_if_range_is_503() {
    for after in [
        Current::from(Version::new(6)),
        Current::Missing,
        Current::Unknown,
    ] {
        let (response, _) = part_while(&[RANGE, ("if-range", "\"5\"")], after);
        assert_eq!(status(&response), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(lines(&response, header::RETRY_AFTER), ["1"]);
        assert_eq!(tag(&response), None);
        problem(&response);
    }
}

#[test]
fn a_part_that_changed_under_if_match_is_412() {
    let (response, _) = part_while(&[RANGE, ("if-match", "\"5\"")], Version::new(6));
    assert_eq!(status(&response), StatusCode::PRECONDITION_FAILED);
    assert_eq!(tag(&response), Some("\"6\""));
    assert_eq!(problem(&response)["header"], "If-Match");
}

/// §13.1.2: a false If-None-Match of a GET is 304, never 412, and here it is not even false.
#[test]
fn a_part_that_changed_under_if_none_match_is_no_412() {
    let (response, _) = part_while(&[RANGE, ("if-none-match", "\"4\"")], Version::new(6));
    assert_eq!(status(&response), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(lines(&response, header::RETRY_AFTER), ["1"]);
}

/// 412 says that the condition is false, which nobody knows while the store is down.
#[test]
fn a_part_whose_second_look_up_fails_is_503_under_any_precondition() {
    for fields in [
        &[RANGE][..],
        &[RANGE, ("if-match", "\"5\"")],
        &[RANGE, ("if-none-match", "\"4\"")],
    ] {
        let mut bench = Bench::at(5);
        let ledger = bench.ledger.clone();
        let response = bench.served(get(fields), |_| {
            ledger.break_down();
            answer(206)
        });
        assert_eq!(
            status(&response),
            StatusCode::SERVICE_UNAVAILABLE,
            "{fields:?}"
        );
        assert_eq!(lines(&response, header::RETRY_AFTER), ["1"]);
        assert!(!problem(&response).to_string().contains("SECRET"));
    }
}

#[test]
fn a_part_of_another_version_than_was_judged_is_refused() {
    for observed in [4, 6] {
        let mut bench = Bench::at(5);
        let response = bench.served(get(&[RANGE]), |_| {
            answer_with(206, Observed(Version::new(observed)))
        });
        assert_eq!(status(&response), StatusCode::SERVICE_UNAVAILABLE);
    }
    let mut bench = Bench::at(5);
    let response = bench.served(get(&[RANGE]), |_| {
        answer_with(206, Observed(Version::new(5)))
    });
    assert_eq!(status(&response), StatusCode::PARTIAL_CONTENT);
}

/// The store still has what the client asked for, so a 412 would name the client's own tag.
#[test]
fn a_part_of_another_version_under_if_match_is_503_while_the_condition_holds() {
    let mut bench = Bench::at(5);
    let response = bench.served(get(&[RANGE, ("if-match", "\"5\"")]), |_| {
        answer_with(206, Observed(Version::new(4)))
    });
    assert_eq!(status(&response), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(tag(&response), None);
}

#[test]
fn a_whole_that_changed_is_let_out_with_the_older_label() {
    let mut bench = Bench::at(5);
    let ledger = bench.ledger.clone();
    let response = bench.served(get(&[RANGE]), |_| {
        ledger.set_version(6);
        answer(200)
    });
    assert_eq!(status(&response), StatusCode::OK);
    assert_eq!(tag(&response), Some("\"5\""));
    assert_eq!(bench.ledger.looked_up(), ["/a"]);
}

/// §14.2: Range is defined for GET; the Range of a write is the service's business.
#[test]
fn the_range_of_a_write_is_left_alone() {
    let seen = Bench::at(5).seen(request("PATCH", "/a", &[RANGE]));
    assert_eq!(seen.headers()[header::RANGE], "bytes=0-3");
}
