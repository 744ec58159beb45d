//! Which resource a request is about, and keys that the store has not seen.

use http::StatusCode;
use tower_conditional::{Access, Current, PathKey, RequestHead, Version, WritePermit};

use crate::support::{Bench, answer, get, ok, put, request, status, tag};

#[test]
fn tenants_from_a_field_are_kept_apart() {
    let mut bench = Bench::with(Version::new(5), |layer| {
        layer.key(|request: &RequestHead<'_>| {
            let tenant = request.headers.get("x-tenant");
            let tenant = tenant.and_then(|it| it.to_str().ok()).unwrap_or_default();
            let key = PathKey::scoped(tenant, request.path());
            Access::by_method(request.method, key)
        })
    });
    for tenant in ["acme", "umbrella", ""] {
        bench.served(get(&[("x-tenant", tenant)]), |_| ok());
    }
    let looked_up = bench.ledger.looked_up();
    let mut distinct = looked_up.clone();
    distinct.sort_unstable();
    distinct.dedup();
    assert_eq!(distinct.len(), 3, "{looked_up:?}");
    assert!(!looked_up.contains(&"/a".to_owned()));
}

#[test]
fn a_contribution_is_a_write_of_its_record() {
    let mut bench = Bench::with(Version::new(5), |layer| {
        layer.key(
            |request: &RequestHead<'_>| match request.path().strip_suffix("/contributions") {
                Some(record) => Access::Write(PathKey::new(record)),
                None => Access::by_method(request.method, PathKey::new(request.path())),
            },
        )
    });
    let path = "/records/7/contributions";
    let stale = bench.refused(request("POST", path, &[("if-match", "\"4\"")]));
    assert_eq!(status(&stale), StatusCode::PRECONDITION_FAILED);
    bench.served(request("POST", path, &[("if-match", "\"5\"")]), |seen| {
        assert!(seen.extensions().get::<WritePermit>().is_some());
        ok()
    });
    bench.served(request("GET", "/records/7", &[]), |_| ok());
    assert_eq!(bench.ledger.looked_up(), ["/records/7"; 3]);
}

#[test]
fn one_resource_has_one_key_however_it_is_spelled() {
    let mut bench = Bench::at(5);
    for path in ["/a-b", "/a%2Db", "/a%2db?x=1", "/%61-b?"] {
        bench.served(request("GET", path, &[]), |_| ok());
    }
    assert_eq!(bench.ledger.looked_up(), ["/a-b"; 4]);
}

#[test]
fn what_is_about_no_resource_passes_untouched_its_preconditions_unread() {
    let mut bench = Bench::with(Version::new(5), |layer| {
        layer
            .cache_control("no-cache")
            .require_precondition(true)
            .key(|_: &RequestHead<'_>| Access::<PathKey>::Neither)
    });
    let fields = [
        ("if-match", "not a tag"),
        ("if-none-match", "*"),
        ("range", "bytes=0-1"),
        ("if-range", "\"4\""),
    ];
    for method in ["GET", "PUT", "DELETE"] {
        let response = bench.served(request(method, "/a", &fields), |seen| {
            for (name, value) in fields {
                assert_eq!(seen.headers()[name], value);
            }
            assert!(seen.extensions().is_empty());
            ok()
        });
        assert_eq!(status(&response), StatusCode::OK);
        assert!(response.headers().is_empty());
        assert_eq!(response.body(), "from the handler");
    }
    assert_eq!(bench.ledger.looked_up(), [""; 0]);
    assert_eq!(bench.events(), [""; 0]);
}

#[test]
fn options_and_trace_have_no_preconditions() {
    for method in ["OPTIONS", "TRACE", "CONNECT"] {
        let mut bench = Bench::at(5);
        let response = bench.served(request(method, "/a", &[("if-match", "5")]), |_| ok());
        assert_eq!(status(&response), StatusCode::OK);
        assert_eq!(bench.ledger.looked_up(), [""; 0]);
    }
}

#[test]
fn an_unknown_key_is_adopted_after_a_read_that_succeeded() {
    let mut bench = Bench::new(Current::Unknown);
    let response = bench.served(get(&[]), |_| ok());
    assert_eq!(status(&response), StatusCode::OK);
    assert_eq!(tag(&response), None, "adopted after the content was read");
    assert_eq!(bench.ledger.adopted(), ["/a"]);

    bench.ledger.set(Version::FIRST);
    assert_eq!(tag(&bench.served(get(&[]), |_| ok())), Some("\"1\""));
    assert_eq!(bench.ledger.adopted(), ["/a"], "once");
}

#[test]
fn an_unknown_key_is_not_adopted_by_anything_else() {
    let mut bench = Bench::new(Current::Unknown);
    for code in [202, 303, 304, 401, 403, 404, 410, 500] {
        bench.served(get(&[]), |_| answer(code));
    }
    for method in ["PUT", "PATCH", "DELETE", "POST"] {
        bench.served(request(method, "/a", &[]), |_| ok());
    }
    assert_eq!(bench.ledger.adopted(), [""; 0]);

    let mut missing = Bench::new(Current::Missing);
    missing.served(get(&[]), |_| ok());
    assert_eq!(missing.ledger.adopted(), [""; 0]);
}

#[test]
fn a_read_stands_although_its_adoption_fails() {
    let mut bench = Bench::new(Current::Unknown);
    let ledger = bench.ledger.clone();
    let response = bench.served(get(&[]), |_| {
        ledger.break_down();
        ok()
    });
    assert_eq!(status(&response), StatusCode::OK);
    assert_eq!(response.body(), "from the handler");
}

#[test]
fn an_unknown_key_matches_no_tag_and_gives_no_304() {
    let mut bench = Bench::new(Current::Unknown);
    for value in ["\"1\"", "*", "W/\"1\""] {
        let response = bench.served(get(&[("if-none-match", value)]), |_| ok());
        assert_eq!(status(&response), StatusCode::OK, "{value}");
    }
    let response = bench.refused(put(&[("if-match", "\"1\"")]));
    assert_eq!(status(&response), StatusCode::PRECONDITION_FAILED);
}
