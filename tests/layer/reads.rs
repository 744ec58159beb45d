//! What answers to reads are labelled with.

use std::time::{Duration, SystemTime};

use http::{HeaderValue, StatusCode, header};
use tower_conditional::{Current, Observed, Validators, Version, WritePermit};

use crate::support::{Bench, answer, answer_with, get, lines, ok, request, status, tag};

#[test]
fn a_read_is_labelled_with_the_version_from_before_the_service_ran() {
    let mut bench = Bench::at(5);
    let ledger = bench.ledger.clone();
    let response = bench.served(get(&[]), |_| {
        ledger.set_version(6);
        ok()
    });
    assert_eq!(tag(&response), Some("\"5\""));
    assert_eq!(response.body(), "from the handler");
}

#[test]
fn the_look_up_comes_before_the_service_and_once_a_request() {
    for method in ["GET", "HEAD", "PUT", "PATCH", "DELETE", "POST", "BREW"] {
        let mut bench = Bench::at(5);
        let ledger = bench.ledger.clone();
        bench.served(request(method, "/a?x=1", &[]), |_| {
            assert_eq!(ledger.looked_up(), ["/a"]);
            ok()
        });
        assert_eq!(bench.ledger.looked_up(), ["/a"], "{method}");
    }
}

#[test]
fn observed_is_exact_whatever_was_looked_up() {
    for observed in [4, 5, 6] {
        let mut bench = Bench::at(5);
        let read = answer_with(200, Observed(Version::new(observed)));
        let response = bench.served(get(&[]), |_| read);
        assert_eq!(tag(&response), Some(format!("\"{observed}\"").as_str()));
    }
}

#[test]
fn observed_labels_what_the_store_does_not_know() {
    let mut bench = Bench::new(Current::Unknown);
    let response = bench.served(get(&[]), |_| answer_with(200, Observed(Version::new(7))));
    assert_eq!(tag(&response), Some("\"7\""));
}

#[test]
fn only_a_2xx_is_labelled_and_not_a_202() {
    for code in [200, 201, 203, 204, 205] {
        let response = Bench::at(5).served(get(&[]), |_| answer(code));
        assert_eq!(tag(&response), Some("\"5\""), "{code}");
    }
    for code in [
        202, 301, 302, 304, 307, 400, 403, 404, 410, 412, 416, 500, 503,
    ] {
        let mut bench = Bench::with(Version::new(5), |layer| layer.cache_control("no-cache"));
        let response = bench.served(get(&[]), |_| answer_with(code, Observed(Version::new(5))));
        assert_eq!(status(&response).as_u16(), code);
        assert!(response.headers().is_empty(), "{code}");
    }
}

#[test]
fn a_missing_or_unknown_resource_gives_no_tag() {
    for current in [Current::Missing, Current::Unknown] {
        let response = Bench::new(current).served(get(&[]), |_| ok());
        assert_eq!(tag(&response), None, "{current:?}");
    }
}

#[test]
fn a_missing_target_is_the_services_own_404_under_any_precondition() {
    for (name, value) in [
        ("if-match", "\"5\""),
        ("if-match", "*"),
        ("if-none-match", "\"5\""),
        ("if-none-match", "*"),
        ("if-modified-since", "Sun, 06 Nov 1994 08:49:37 GMT"),
        ("if-unmodified-since", "Sun, 06 Nov 1994 08:49:37 GMT"),
    ] {
        for method in ["GET", "HEAD"] {
            let request = request(method, "/a", &[(name, value)]);
            let response = Bench::new(Current::Missing).served(request, |_| answer(404));
            assert_eq!(status(&response), StatusCode::NOT_FOUND, "{name}: {value}");
            assert!(response.headers().is_empty());
        }
    }
}

#[test]
fn a_malformed_if_none_match_of_a_read_counts_as_absent() {
    for value in ["5", "\"5", "\"5\" \"6\"", "*, \"5\"", "w/\"5\""] {
        let response = Bench::at(5).served(get(&[("if-none-match", value)]), |_| ok());
        assert_eq!(status(&response), StatusCode::OK, "{value}");
        assert_eq!(tag(&response), Some("\"5\""));
    }
}

#[test]
fn a_read_gets_no_permit() {
    let seen = Bench::at(5).seen(get(&[]));
    assert!(seen.extensions().get::<WritePermit>().is_none());
}

#[test]
fn a_large_version_is_printed_in_full() {
    let response = Bench::at(u64::MAX).served(get(&[]), |_| ok());
    assert_eq!(tag(&response), Some("\"18446744073709551615\""));
}

/// The date comes from the store; the layer shows it once its second is over.
#[test]
fn last_modified_is_the_stores_and_of_a_second_that_is_over() {
    let epoch = SystemTime::UNIX_EPOCH;
    let past = Validators::new(Version::new(5))
        .modified_at(epoch + Duration::from_millis(784_111_777_900));
    let response = Bench::new(past).served(get(&[]), |_| ok());
    assert_eq!(
        lines(&response, header::LAST_MODIFIED),
        ["Sun, 06 Nov 1994 08:49:37 GMT"]
    );

    // An hour ahead: no test waits for that second to end.
    let ahead = SystemTime::now() + Duration::from_hours(1);
    let current = Validators::new(Version::new(5)).modified_at(ahead);
    let response = Bench::new(current).served(get(&[]), |_| ok());
    assert_eq!(lines(&response, header::LAST_MODIFIED), [""; 0]);
    assert_eq!(tag(&response), Some("\"5\""));
}

/// Mistake: a date for two versions. While the service runs another writer may make the next
/// version in the same second, and the second may end; then it is over, but not for what was
/// looked up.
#[test]
fn last_modified_is_left_out_of_a_second_that_ended_while_the_service_ran() {
    let started = SystemTime::now();
    let current = Validators::new(Version::new(5)).modified_at(started);
    let second = |time: SystemTime| {
        time.duration_since(SystemTime::UNIX_EPOCH)
            .unwrap()
            .as_secs()
    };
    let response = Bench::new(current).served(get(&[]), |_| {
        while second(SystemTime::now()) == second(started) {
            std::thread::sleep(Duration::from_millis(5));
        }
        ok()
    });
    assert_eq!(tag(&response), Some("\"5\""));
    assert_eq!(lines(&response, header::LAST_MODIFIED), [""; 0]);
}

#[test]
fn last_modified_is_left_out_where_the_handler_observed_another_version() {
    let past = Validators::new(Version::new(5)).modified_at(SystemTime::UNIX_EPOCH);
    let response =
        Bench::new(past).served(get(&[]), |_| answer_with(200, Observed(Version::new(6))));
    assert_eq!(tag(&response), Some("\"6\""));
    assert_eq!(lines(&response, header::LAST_MODIFIED), [""; 0]);
}

#[test]
fn a_304_by_date_has_the_tag() {
    let past = Validators::new(Version::new(5)).modified_at(SystemTime::UNIX_EPOCH);
    let response = Bench::new(past).refused(get(&[(
        "if-modified-since",
        "Thu, 01 Jan 1970 00:00:00 GMT",
    )]));
    assert_eq!(status(&response), StatusCode::NOT_MODIFIED);
    assert_eq!(tag(&response), Some("\"5\""));
}

#[test]
fn a_handlers_own_tag_stands_unless_it_told_the_version() {
    let own = || {
        let mut response = ok();
        let tag = HeaderValue::from_static("\"own\"");
        response.headers_mut().insert(header::ETAG, tag);
        response
    };
    assert_eq!(
        tag(&Bench::at(5).served(get(&[]), |_| own())),
        Some("\"own\"")
    );
    let response = Bench::at(5).served(get(&[]), |_| {
        let mut response = own();
        response.extensions_mut().insert(Observed(Version::new(6)));
        response
    });
    assert_eq!(tag(&response), Some("\"6\""));
}
