//! Fields that are declared on the layer are the same on 200 and 304 (RFC 9110 §15.4.5).

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};
use tower_conditional::{ConditionalLayer, Current, Version};

use crate::support::{Bench, Ledger, answer, get, lines, ok, put, request, status};

type Build = fn(ConditionalLayer<Ledger>) -> ConditionalLayer<Ledger>;

/// The 200 and the 304 of the same resource, its handler setting nothing.
fn both(build: Build) -> [Response<Bytes>; 2] {
    let mut bench = Bench::with(Version::new(5), build);
    let full = bench.served(get(&[]), |_| ok());
    let unchanged = bench.refused(get(&[("if-none-match", "\"5\"")]));
    assert_eq!(status(&unchanged), StatusCode::NOT_MODIFIED);
    [full, unchanged]
}

#[track_caller]
fn assert_both(build: Build, name: &HeaderName, expected: &[&str]) {
    for response in both(build) {
        let status = response.status();
        assert_eq!(lines(&response, name.clone()), expected, "on {status}");
    }
}

#[test]
fn cache_control_and_vary_are_the_same_on_200_and_304() {
    let build: Build = |layer| {
        layer
            .cache_control("private, no-cache")
            .vary("accept-language")
    };
    assert_both(build, &header::CACHE_CONTROL, &["private, no-cache"]);
    assert_both(build, &header::VARY, &["accept-language"]);
    assert_both(build, &header::ETAG, &["\"5\""]);
}

#[test]
fn declared_fields_are_the_same_on_200_and_304_and_know_the_request() {
    let build: Build = |layer| {
        layer.declare(|request, fields| {
            let path = HeaderValue::from_str(request.path()).expect("a path");
            fields.insert(header::CONTENT_LOCATION, path);
            let never = HeaderValue::from_static("Thu, 01 Jan 1970 00:00:00 GMT");
            fields.insert(header::EXPIRES, never);
        })
    };
    assert_both(build, &header::CONTENT_LOCATION, &["/a"]);
    assert_both(build, &header::EXPIRES, &["Thu, 01 Jan 1970 00:00:00 GMT"]);
}

/// The last line only on the 304, the first only on the 200: such was the mistake.
#[test]
fn all_lines_of_a_declared_field_stand_on_both() {
    let build: Build = |layer| {
        layer.declare(|_, fields| {
            fields.append(header::VARY, HeaderValue::from_static("accept"));
            fields.append(header::VARY, HeaderValue::from_static("prefer"));
        })
    };
    assert_both(build, &header::VARY, &["accept", "prefer"]);
}

/// The 200 had the builder's value and the 304 the closure's: such was the mistake.
#[test]
fn what_is_declared_for_a_request_replaces_what_is_declared_for_all() {
    let build: Build = |layer| {
        layer.cache_control("no-cache").declare(|_, fields| {
            fields.insert(
                header::CACHE_CONTROL,
                HeaderValue::from_static("max-age=60"),
            );
        })
    };
    assert_both(build, &header::CACHE_CONTROL, &["max-age=60"]);
}

#[test]
fn vary_of_the_builder_is_added_to_the_declared_one_on_both() {
    let build: Build = |layer| {
        layer.vary("accept-language").declare(|_, fields| {
            fields.insert(header::VARY, HeaderValue::from_static("prefer"));
        })
    };
    assert_both(build, &header::VARY, &["prefer", "accept-language"]);
    let same: Build = |layer| {
        layer.vary("prefer").declare(|_, fields| {
            fields.insert(header::VARY, HeaderValue::from_static("prefer"));
        })
    };
    assert_both(same, &header::VARY, &["prefer"]);
}

/// A 304 whose tag is another one would make a client keep the wrong content.
#[test]
fn a_declared_tag_replaces_no_version() {
    let build: Build = |layer| {
        layer.declare(|_, fields| {
            fields.insert(header::ETAG, HeaderValue::from_static("\"other\""));
        })
    };
    assert_both(build, &header::ETAG, &["\"5\""]);
}

#[test]
fn a_handlers_own_fields_stand_and_its_vary_is_completed() {
    let mut bench = Bench::with(Version::new(5), |layer| {
        layer
            .cache_control("no-cache")
            .vary("accept-language")
            .declare(|_, fields: &mut HeaderMap| {
                fields.insert(header::EXPIRES, HeaderValue::from_static("0"));
            })
    });
    let response = bench.served(get(&[]), |_| {
        let mut response = ok();
        let fields = response.headers_mut();
        fields.insert(header::CACHE_CONTROL, HeaderValue::from_static("max-age=9"));
        fields.insert(header::VARY, HeaderValue::from_static("accept"));
        fields.insert(header::EXPIRES, HeaderValue::from_static("-1"));
        response
    });
    assert_eq!(lines(&response, header::CACHE_CONTROL), ["max-age=9"]);
    assert_eq!(
        lines(&response, header::VARY),
        ["accept", "accept-language"]
    );
    assert_eq!(lines(&response, header::EXPIRES), ["-1"]);
}

#[test]
fn a_vary_that_the_handler_sets_too_is_not_doubled() {
    let mut bench = Bench::with(Version::new(5), |layer| layer.vary("accept"));
    let response = bench.served(get(&[]), |_| {
        let mut response = ok();
        let vary = HeaderValue::from_static("accept");
        response.headers_mut().insert(header::VARY, vary);
        response
    });
    assert_eq!(lines(&response, header::VARY), ["accept"]);
}

#[test]
fn declared_fields_stand_on_reads_that_succeed_and_nowhere_else() {
    let build: Build = |layer| layer.cache_control("no-cache").vary("accept");
    let mut bench = Bench::with(Version::new(5), build);
    let answers = [
        bench.served(get(&[]), |_| answer(404)),
        bench.served(put(&[]), |_| ok()),
        bench.served(request("OPTIONS", "/a", &[]), |_| ok()),
        bench.refused(put(&[("if-match", "\"4\"")])),
        bench.refused(get(&[("if-match", "\"4\"")])),
    ];
    for response in answers {
        assert_eq!(lines(&response, header::CACHE_CONTROL), [""; 0]);
        assert_eq!(lines(&response, header::VARY), [""; 0]);
    }
    let unknown = Bench::with(Current::Unknown, build).served(get(&[]), |_| ok());
    assert_eq!(lines(&unknown, header::CACHE_CONTROL), ["no-cache"]);
}

#[test]
fn a_304_has_no_fields_but_the_tag_and_the_declared_ones() {
    let [_, unchanged] = both(|layer| layer.cache_control("no-cache").vary("accept"));
    let mut names: Vec<_> = unchanged.headers().keys().map(HeaderName::as_str).collect();
    names.sort_unstable();
    assert_eq!(names, ["cache-control", "etag", "vary"]);
    assert!(unchanged.body().is_empty());
}
