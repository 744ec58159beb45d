//! The store fails: a plain read passes, whatever needs the version is 503.

use std::time::Duration;

use http::{StatusCode, header};
use tower_conditional::{Observed, Version};

use crate::support::{Bench, answer_with, get, lines, ok, problem, put, request, status, tag};

fn broken() -> Bench {
    let bench = Bench::at(5);
    bench.ledger.break_down();
    bench
}

#[test]
fn a_read_passes_untagged_and_without_range() {
    for fields in [
        &[][..],
        &[("if-none-match", "\"5\"")],
        &[("if-none-match", "*")],
        &[("if-modified-since", "Sun, 06 Nov 2044 08:49:37 GMT")],
        &[("range", "bytes=0-1"), ("if-range", "\"5\"")],
    ] {
        let mut bench = broken();
        let response = bench.served(get(fields), |seen| {
            assert!(!seen.headers().contains_key(header::RANGE));
            assert!(!seen.headers().contains_key(header::IF_RANGE));
            ok()
        });
        assert_eq!(status(&response), StatusCode::OK, "{fields:?}");
        assert_eq!(tag(&response), None);
        assert_eq!(
            bench.ledger.adopted(),
            [""; 0],
            "what failed is not adopted"
        );
    }
}

#[test]
fn a_read_that_tells_its_version_has_a_tag_all_the_same() {
    let response = broken().served(get(&[]), |_| answer_with(200, Observed(Version::new(7))));
    assert_eq!(tag(&response), Some("\"7\""));
}

#[test]
fn a_guarded_read_is_503_and_calls_no_service() {
    for field in [
        ("if-match", "\"5\""),
        ("if-match", "*"),
        ("if-unmodified-since", "Sun, 06 Nov 1994 08:49:37 GMT"),
    ] {
        let response = broken().refused(get(&[field]));
        assert_eq!(
            status(&response),
            StatusCode::SERVICE_UNAVAILABLE,
            "{field:?}"
        );
        assert_eq!(lines(&response, header::RETRY_AFTER), ["1"]);
    }
}

#[test]
fn every_write_is_503_and_calls_no_service() {
    for method in ["PUT", "PATCH", "DELETE", "POST", "BREW"] {
        for fields in [&[][..], &[("if-match", "\"5\"")], &[("if-none-match", "*")]] {
            let response = broken().refused(request(method, "/a", fields));
            assert_eq!(
                status(&response),
                StatusCode::SERVICE_UNAVAILABLE,
                "{method}"
            );
            assert_eq!(lines(&response, header::RETRY_AFTER), ["1"]);
            assert_eq!(tag(&response), None);
            // What failed inside is told to the application, never to a client.
            assert!(!problem(&response).to_string().contains("SECRET"));
        }
    }
}

#[test]
fn a_malformed_write_is_400_with_or_without_a_store() {
    let response = broken().refused(put(&[("if-match", "5")]));
    assert_eq!(status(&response), StatusCode::BAD_REQUEST);
}

#[test]
fn retry_after_is_the_one_that_was_set() {
    let mut bench = Bench::with(Version::new(5), |layer| {
        layer.retry_after(Duration::from_secs(30))
    });
    bench.ledger.break_down();
    let response = bench.refused(put(&[]));
    assert_eq!(lines(&response, header::RETRY_AFTER), ["30"]);
}

#[test]
fn the_error_is_told_with_the_key_before_the_refusal() {
    let mut bench = broken();
    bench.refused(put(&[]));
    assert_eq!(
        bench.events(),
        [
            "PUT \"/a\": store failed: SECRET: the disk at shelf 7 is gone",
            "PUT \"/a\": rejected 503 StoreUnavailable -",
        ]
    );
}
