//! What the hook hears, in order and with keys.

use http::{HeaderName, HeaderValue, header};
use tower_conditional::{Committed, ConditionalLayer, Observed, Version, VersionConflict};

use crate::support::{Answer, Bench, answer, answer_with, get, ok, put, request};

#[test]
fn each_request_is_told_once_with_method_key_and_version() {
    let mut bench = Bench::at(5);
    bench.served(get(&[]), |_| ok());
    bench.served(request("HEAD", "/b?x=1", &[]), |_| answer(404));
    bench.served(put(&[("if-match", "\"5\"")]), |_| {
        answer_with(200, Committed(Version::new(6)))
    });
    bench.refused(get(&[("if-none-match", "\"5\"")]));
    bench.refused(put(&[("if-match", "\"4\"")]));
    bench.refused(put(&[("if-match", "4")]));
    assert_eq!(
        bench.events(),
        [
            "GET \"/a\": read 200 5",
            "HEAD \"/b\": read 404 -",
            "PUT \"/a\": written 200 6",
            "GET \"/a\": rejected 304 NotModified If-None-Match",
            "PUT \"/a\": rejected 412 PreconditionFailed If-Match",
            "PUT \"/a\": rejected 400 MalformedPrecondition If-Match",
        ]
    );
}

#[test]
fn a_conflict_is_a_rejection_and_no_write() {
    let mut bench = Bench::at(5);
    bench.served(put(&[("if-match", "*")]), |_| {
        answer_with(200, VersionConflict)
    });
    bench.served(put(&[]), |_| answer_with(200, VersionConflict));
    assert_eq!(
        bench.events(),
        [
            "PUT \"/a\": rejected 412 Conflict If-Match",
            "PUT \"/a\": rejected 409 Conflict -",
        ]
    );
}

#[test]
fn a_strict_missing_commit_is_told_before_its_refusal() {
    let mut bench = Bench::with(Version::new(5), ConditionalLayer::strict_commits);
    bench.served(put(&[("if-match", "*")]), |_| ok());
    assert_eq!(
        bench.events(),
        [
            "PUT \"/a\": commit missing",
            "PUT \"/a\": rejected 500 CommitMissing -",
        ]
    );
}

#[test]
fn a_part_is_told_when_it_is_let_out_or_refused() {
    let mut bench = Bench::at(5);
    bench.served(get(&[("range", "bytes=0-1")]), |_| answer(206));
    let ledger = bench.ledger.clone();
    bench.served(get(&[("range", "bytes=0-1")]), |_| {
        ledger.set_version(6);
        answer(206)
    });
    assert_eq!(
        bench.events(),
        [
            "GET \"/a\": read 206 5",
            "GET \"/a\": rejected 503 ChangedWhileRead -",
        ]
    );
}

fn with_field(name: &HeaderName, value: &'static str) -> Answer {
    let mut response = ok();
    let value = HeaderValue::from_static(value);
    response.headers_mut().insert(name, value);
    response
}

#[test]
fn what_a_handler_sets_and_no_304_can_know_is_told() {
    for name in [
        header::CACHE_CONTROL,
        header::CONTENT_LOCATION,
        header::EXPIRES,
        header::VARY,
        header::ETAG,
    ] {
        let mut bench = Bench::at(5);
        bench.served(get(&[]), |_| with_field(&name, "\"own\""));
        assert_eq!(
            bench.events(),
            [
                format!("GET \"/a\": undeclared {name}"),
                "GET \"/a\": read 200 5".to_owned(),
            ]
        );
    }
}

#[test]
fn what_was_declared_is_not_told() {
    let mut bench = Bench::with(Version::new(5), |layer| {
        layer
            .cache_control("no-cache")
            .vary("accept")
            .declare(|_, fields| {
                fields.insert(header::EXPIRES, HeaderValue::from_static("0"));
                fields.append(header::VARY, HeaderValue::from_static("prefer"));
                fields.append(header::VARY, HeaderValue::from_static("cookie"));
            })
    });
    for (name, value) in [
        (header::CACHE_CONTROL, "no-cache"),
        (header::VARY, "accept"),
        (header::VARY, "prefer"),
        (header::VARY, "cookie"),
        (header::EXPIRES, "0"),
        (header::ETAG, "\"5\""),
        (header::CONTENT_TYPE, "text/plain"),
    ] {
        bench.served(get(&[]), |_| with_field(&name, value));
        assert_eq!(
            bench.events(),
            ["GET \"/a\": read 200 5"],
            "{name}: {value}"
        );
    }
}

#[test]
fn what_was_declared_otherwise_is_told() {
    let mut bench = Bench::with(Version::new(5), |layer| layer.cache_control("no-cache"));
    bench.served(get(&[]), |_| with_field(&header::CACHE_CONTROL, "no-store"));
    assert_eq!(
        bench.events(),
        [
            "GET \"/a\": undeclared cache-control",
            "GET \"/a\": read 200 5"
        ]
    );
}

/// The 304 has the one that was declared for the request.
#[test]
fn what_the_request_s_own_declaration_replaced_is_told() {
    let mut bench = Bench::with(Version::new(5), |layer| {
        layer.cache_control("no-cache").declare(|_, fields| {
            let own = HeaderValue::from_static("max-age=60");
            fields.insert(header::CACHE_CONTROL, own);
        })
    });
    bench.served(get(&[]), |_| with_field(&header::CACHE_CONTROL, "no-cache"));
    assert_eq!(
        bench.events(),
        [
            "GET \"/a\": undeclared cache-control",
            "GET \"/a\": read 200 5"
        ]
    );
}

#[test]
fn answers_that_are_not_labelled_have_nothing_undeclared() {
    let mut bench = Bench::at(5);
    bench.served(get(&[]), |_| {
        let mut response = with_field(&header::CACHE_CONTROL, "no-store");
        *response.status_mut() = http::StatusCode::NOT_FOUND;
        response
    });
    bench.served(put(&[]), |_| with_field(&header::CACHE_CONTROL, "no-store"));
    assert_eq!(
        bench.events(),
        ["GET \"/a\": read 404 -", "PUT \"/a\": written 200 -"]
    );
}

#[test]
fn the_version_of_a_read_is_the_one_of_its_label() {
    let mut bench = Bench::at(5);
    bench.served(get(&[]), |_| answer_with(200, Observed(Version::new(6))));
    assert_eq!(bench.events(), ["GET \"/a\": read 200 6"]);
}
