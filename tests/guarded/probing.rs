//! `*` on a resource that the store does not know: it may be created where it was never heard of, and the service
//! is asked where the layer is told to.

use std::time::Duration;

use http::{Method, StatusCode, header};
use tokio_test::task;
use tower::{Layer, Service, limit::ConcurrencyLimit};
use tower_conditional::{
    ConditionalLayer, Current, VersionWanted, WritePermit, precondition::Expectation,
};
use tower_test::mock;

use crate::support::{
    Answer, Bench, Form, Shelf, answer, build, get, ok, put, request, tag, with_content,
};

const CREATE: &[(&str, &str)] = &[("if-none-match", "*")];
const REPLACE: &[(&str, &str)] = &[("if-match", "*")];

fn asking(form: Form) -> Bench {
    Bench::new(form, &build!(layer => layer.ask_service()))
}

#[test]
fn what_the_store_has_never_heard_of_may_be_created_and_nothing_else_goes_by_a_star() {
    for form in Form::BOTH {
        let mut bench = Bench::new(form, &());
        let mut permits = Vec::new();
        let response = bench.exchange(put(CREATE), |seen| {
            assert_eq!(seen.method(), Method::PUT);
            permits.extend(seen.extensions().get::<WritePermit>().copied());
            answer(201)
        });
        assert_eq!(response.status(), StatusCode::CREATED);
        assert_eq!(tag(&response), Some("\"1\""));
        assert_eq!(permits[0].expectation(), Expectation::Absent);
        assert_eq!(bench.refused(put(CREATE)).status(), 412);

        for fields in [REPLACE, &[REPLACE[0], CREATE[0]]] {
            let mut bench = Bench::new(form, &());
            assert_eq!(bench.refused(put(fields)).status(), 412, "{fields:?}");
            assert_eq!(bench.shelf.calls(), ["begin /a", "release /a"]);
        }
    }
}

/// Guards: a creation whose answer was lost has created, and the next one writes over it.
#[test]
fn after_a_lost_outcome_nothing_is_created_until_the_resource_was_read() {
    for form in Form::BOTH {
        let mut bench = Bench::new(form, &());
        assert_eq!(bench.exchange(put(CREATE), |_| answer(500)).status(), 500);
        assert_eq!(bench.refused(put(CREATE)).status(), 412);
        // A read finds it.
        bench.exchange(get(&[]), |_| answer(200));
        let refused = bench.refused(put(CREATE));
        assert_eq!(
            (refused.status().as_u16(), tag(&refused)),
            (412, Some("\"1\""))
        );
    }
}

#[test]
fn whether_an_unknown_resource_exists_is_asked_of_the_service() {
    // The probe's status; the answers to If-None-Match: * and to If-Match: *.
    let table = [
        (200, 412, 200),
        (204, 412, 200),
        (404, 200, 412),
        (410, 200, 412),
        (405, 200, 412),
        (501, 200, 412),
        (301, 503, 503),
        (401, 503, 503),
        (403, 503, 503),
        (500, 503, 503),
    ];
    for form in Form::BOTH {
        for (probed, create, replace) in table {
            for (fields, status) in [(CREATE, create), (REPLACE, replace)] {
                let mut bench = asking(form);
                let mut methods = Vec::new();
                let response = bench.exchange(put(fields), |seen| {
                    methods.push(seen.method().clone());
                    answer(if seen.method() == Method::GET {
                        probed
                    } else {
                        200
                    })
                });
                assert_eq!(response.status().as_u16(), status, "{probed} {fields:?}");
                let calls = bench.shelf.calls();
                if status == 200 {
                    assert_eq!(methods, [Method::GET, Method::PUT]);
                    assert_eq!(calls, ["begin /a", "arm /a", "commit /a Written"]);
                    assert_eq!(tag(&response), Some("\"1\""));
                } else {
                    assert_eq!(methods, [Method::GET]);
                    assert_eq!(calls, ["begin /a", "release /a"]);
                    assert_eq!(bench.shelf.get("/a"), Current::Unknown);
                }
                if status == 503 {
                    assert_eq!(response.headers()[header::RETRY_AFTER], "1");
                }
                assert!(!bench.shelf.is_held("/a"));
            }
        }
    }
}

#[test]
fn nothing_is_asked_where_the_answer_does_not_depend_on_it() {
    for form in Form::BOTH {
        for (current, fields) in [
            (Current::Unknown, &[][..]),
            (Current::Unknown, &[("if-none-match", "\"4\"")]),
            (Current::Missing, CREATE),
            (tower_conditional::Version::new(5).into(), REPLACE),
        ] {
            let mut bench = asking(form);
            bench.shelf.set("/a", current);
            bench.exchange(put(fields), |seen| {
                assert_eq!(seen.method(), Method::PUT);
                ok()
            });
        }
        let mut bench = asking(form);
        let response = bench.refused(put(&[("if-match", "\"5\""), ("if-none-match", "*")]));
        assert_eq!(response.status(), StatusCode::PRECONDITION_FAILED);
    }
}

#[test]
fn both_stars_at_once_never_hold() {
    for probed in [200, 404] {
        let mut bench = asking(Form::InPlace);
        let both = [REPLACE[0], CREATE[0]];
        let response = bench.exchange(put(&both), |seen| {
            assert_eq!(seen.method(), Method::GET);
            answer(probed)
        });
        assert_eq!(
            response.status(),
            StatusCode::PRECONDITION_FAILED,
            "{probed}"
        );
    }
}

#[test]
fn the_probe_is_the_same_clients_plain_get() {
    #[derive(Clone, Debug, PartialEq)]
    struct User(&'static str);

    let fields = [
        CREATE[0],
        ("if-modified-since", "x"),
        ("if-range", "\"1\""),
        ("range", "bytes=0-1"),
        ("content-type", "text/plain"),
        ("content-length", "4"),
        ("content-encoding", "gzip"),
        ("expect", "100-continue"),
        ("idempotency-key", "k"),
        ("authorization", "Bearer x"),
        ("accept-language", "de"),
        ("host", "h.example"),
    ];
    let mut bench = asking(Form::Spawned);
    let mut write = with_content("PUT", "/a?x=1", &fields, "text");
    write.extensions_mut().insert(User("ann"));
    write.extensions_mut().insert(VersionWanted);
    let mut count = 0;
    bench.exchange(write, |seen| {
        count += 1;
        assert_eq!(seen.uri(), "/a?x=1");
        assert_eq!(seen.extensions().get(), Some(&User("ann")));
        let mut names: Vec<_> = seen
            .headers()
            .keys()
            .map(header::HeaderName::as_str)
            .collect();
        names.sort_unstable();
        if seen.method() == Method::GET {
            assert_eq!(names, ["accept-language", "authorization", "host"]);
            assert_eq!(seen.body(), "");
            assert!(seen.extensions().get::<VersionWanted>().is_none());
            answer(404)
        } else {
            assert_eq!(seen.headers()[header::CONTENT_TYPE], "text/plain");
            assert_eq!(seen.body(), "text");
            assert!(seen.extensions().get::<VersionWanted>().is_some());
            answer(201)
        }
    });
    assert_eq!(count, 2);
}

#[test]
fn an_error_of_the_probe_is_the_services_own_and_nothing_is_executed() {
    for form in Form::BOTH {
        let mut bench = asking(form);
        let mut call = bench.start(put(CREATE));
        let (_, reply) = bench.run(&mut call);
        reply.send_error("broken pipe");
        let outcome = match bench.turn(&mut call) {
            std::task::Poll::Ready(outcome) => outcome,
            std::task::Poll::Pending => panic!("there is no answer"),
        };
        assert_eq!(outcome.expect_err("an error").to_string(), "broken pipe");
        assert_eq!(bench.shelf.calls(), ["begin /a", "left /a"]);
        assert!(!bench.shelf.is_held("/a"));
    }
}

#[test]
fn a_client_that_leaves_during_the_probe_leaves_no_trace() {
    for form in Form::BOTH {
        let mut bench = asking(form);
        let mut call = bench.start(put(CREATE));
        let (_, _reply) = bench.run(&mut call);
        assert!(bench.shelf.is_held("/a"));
        drop(call);
        assert_eq!(bench.shelf.calls(), ["begin /a", "left /a"]);
        assert!(!bench.shelf.is_held("/a"));
        assert_eq!(bench.events(), [""; 0]);
    }
}

#[tokio::test]
async fn a_probe_that_never_ends_is_503_past_the_hold_limit() {
    let built = build!(layer => layer.ask_service().hold_limit(Duration::from_millis(30)));
    for form in Form::BOTH {
        let mut bench = Bench::new(form, &built);
        let mut call = bench.start(put(CREATE));
        let (_, _reply) = bench.run(&mut call);
        let response = call.into_inner().await.expect("no error");
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(bench.shelf.calls(), ["begin /a", "release /a"]);
    }
}

/// One place in the service is enough for the probe and the write: neither waits for the other.
#[test]
fn the_probe_takes_no_second_place_in_a_service_with_one() {
    let shelf = Shelf::default();
    let (inner, mut handle) = mock::pair::<_, Answer>();
    let layer = ConditionalLayer::guarded_cancellable(shelf.clone()).ask_service();
    let mut service = layer.layer(ConcurrencyLimit::new(inner, 1));
    let mut ready = task::spawn(());
    assert!(ready.enter(|cx, _| service.poll_ready(cx)).is_ready());
    let mut call = task::spawn(service.call(request("PUT", "/a", CREATE)));
    for status in [404, 201] {
        assert!(call.poll().is_pending());
        let polled = ready.enter(|_, _| handle.poll_request());
        let std::task::Poll::Ready(Some((_, reply))) = polled else {
            panic!("the service was not called")
        };
        reply.send_response(answer(status));
    }
    let std::task::Poll::Ready(Ok(response)) = call.poll() else {
        panic!("there is no answer")
    };
    assert_eq!(response.status(), StatusCode::CREATED);
}
