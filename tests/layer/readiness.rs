//! Backpressure, cancellation, and errors that are not the layer's.

use http::StatusCode;
use tokio_test::{assert_pending, assert_ready, assert_ready_err, assert_ready_ok, task};
use tower::{Layer, limit::ConcurrencyLimit};
use tower_conditional::{Access, RequestHead, Version, VersionConflict};
use tower_test::mock;

use crate::support::{Answer, Bench, answer_with, get, ok, put, request, tag};

#[test]
fn a_service_that_is_not_ready_is_not_called_ready() {
    let mut bench = Bench::at(5);
    bench.handle.allow(0);
    assert_pending!(bench.service.poll_ready());
    assert!(!bench.service.is_woken());

    bench.handle.allow(1);
    assert!(bench.service.is_woken());
    assert_ready_ok!(bench.service.poll_ready());
}

#[test]
fn an_error_of_readiness_is_passed_through() {
    let mut bench = Bench::at(5);
    bench.handle.send_error("no more");
    let error = assert_ready_err!(bench.service.poll_ready());
    assert_eq!(error.to_string(), "no more");
}

/// `Mock` panics when a clone is called that was not polled ready itself.
#[test]
fn the_service_that_was_polled_ready_is_the_one_that_is_called() {
    let mut bench = Bench::at(5);
    bench.handle.allow(1);
    let response = bench.served(get(&[]), |_| ok());
    assert_eq!(response.status(), StatusCode::OK);

    // What stays behind is a clone, which must be readied anew.
    assert_pending!(bench.service.poll_ready());
}

#[test]
fn each_call_needs_its_own_readiness() {
    let mut bench = Bench::at(5);
    bench.handle.allow(2);
    let mut first = bench.start(get(&[]));
    let mut second = bench.start(get(&[]));
    assert_pending!(second.poll());
    assert_pending!(first.poll());
    assert_pending!(bench.service.poll_ready());
    for _ in 0..2 {
        let (_, reply) = assert_ready!(bench.handle.poll_request()).expect("a request");
        reply.send_response(ok());
    }
    assert_ready_ok!(first.poll());
    assert_ready_ok!(second.poll());
}

#[test]
fn what_passes_untouched_needs_readiness_too() {
    let mut bench = Bench::at(5);
    bench.handle.allow(1);
    bench.served(request("OPTIONS", "/a", &[]), |_| ok());
    assert_pending!(bench.service.poll_ready());
}

/// Connections that stay open, each with a service of its own, would soon hold all places.
#[test]
fn a_refusal_gives_the_readied_place_back() {
    for at_once in [false, true] {
        let Bench { layer, ledger, .. } = Bench::with(Version::new(5), |layer| layer.key(by_query));
        if at_once {
            ledger.answer_at_once();
        }
        let (inner, _handle) = mock::pair::<_, Answer>();
        let inner = ConcurrencyLimit::new(inner, 1);
        let mut services = [(), ()].map(|()| mock::Spawn::new(layer.layer(inner.clone())));
        let requests = [
            (304, get(&[("if-none-match", "\"5\"")])),
            (412, put(&[("if-match", "\"4\"")])),
            (400, request("GET", "/a?unnamed", &[])),
        ];
        for (status, request) in requests {
            for service in &mut services {
                assert_ready_ok!(service.poll_ready());
                let mut call = task::spawn(service.call(request.clone()));
                assert_eq!(assert_ready_ok!(call.poll()).status(), status);
            }
        }
    }
}

fn by_query(head: &RequestHead<'_>) -> Access<String> {
    if head.uri.query().is_some() {
        return Access::Unidentified;
    }
    Access::by_method(head.method, head.path().to_owned())
}

#[test]
fn what_the_store_knows_at_once_is_not_waited_for() {
    let mut bench = Bench::at(5);
    bench.ledger.answer_at_once();
    bench.ledger.hold();
    let response = bench.refused(get(&[("if-none-match", "\"5\"")]));
    assert_eq!(response.status(), StatusCode::NOT_MODIFIED);
    let response = bench.refused(put(&[("if-match", "\"4\"")]));
    assert_eq!(response.status(), StatusCode::PRECONDITION_FAILED);
    let response = bench.served(get(&[]), |_| ok());
    assert_eq!(tag(&response), Some("\"5\""));
    assert_eq!(bench.ledger.looked_up(), ["/a", "/a", "/a"]);
    assert_eq!(bench.ledger.under_way(), 0);

    bench.ledger.break_down();
    let response = bench.refused(put(&[]));
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    let response = bench.served(get(&[]), |_| ok());
    assert_eq!(tag(&response), None);
}

#[test]
fn the_service_waits_for_the_look_up() {
    let mut bench = Bench::at(5);
    bench.ledger.hold();
    let mut call = bench.start(get(&[]));
    assert_pending!(call.poll());
    assert_pending!(bench.handle.poll_request());

    bench.ledger.release();
    assert!(call.is_woken());
    assert_pending!(call.poll());
    let (_, reply) = assert_ready!(bench.handle.poll_request()).expect("a request");
    reply.send_response(ok());
    assert_eq!(tag(&assert_ready_ok!(call.poll())), Some("\"5\""));
}

#[test]
fn nothing_happens_before_the_first_poll_but_the_look_up() {
    let mut bench = Bench::at(5);
    let call = bench.start(put(&[]));
    assert_pending!(bench.handle.poll_request());
    drop(call);
    assert_pending!(bench.handle.poll_request());
    assert_eq!(bench.events(), [""; 0]);
}

#[test]
fn cancelled_in_the_look_up_the_service_is_never_called() {
    let mut bench = Bench::at(5);
    bench.ledger.hold();
    bench.handle.allow(1);
    let mut call = bench.start(put(&[("if-match", "\"5\"")]));
    assert_pending!(call.poll());
    assert_eq!(bench.ledger.under_way(), 1);

    drop(call);
    assert_eq!(bench.ledger.under_way(), 0, "the look-up is gone");
    bench.ledger.release();
    assert_pending!(bench.handle.poll_request());
    assert_eq!(bench.events(), [""; 0]);
}

#[test]
fn cancelled_in_the_service_nothing_is_left_behind() {
    for method in ["GET", "PUT"] {
        let mut bench = Bench::at(5);
        let mut call = bench.start(request(method, "/a", &[]));
        assert_pending!(call.poll());
        let (_, reply) = assert_ready!(bench.handle.poll_request()).expect("a request");
        assert_eq!(bench.ledger.under_way(), 0, "the look-up is over");

        drop(call);
        reply.send_response(ok());
        assert_eq!(bench.events(), [""; 0]);
        assert_eq!(bench.ledger.looked_up(), ["/a"]);
        // And the next request is served as if there had been none.
        bench.served(get(&[]), |_| ok());
    }
}

#[test]
fn cancelled_in_the_second_look_up_nothing_is_left_behind() {
    let mut bench = Bench::at(5);
    let mut call = bench.start(put(&[("if-match", "\"5\"")]));
    assert_pending!(call.poll());
    let (_, reply) = assert_ready!(bench.handle.poll_request()).expect("a request");
    bench.ledger.hold();
    reply.send_response(answer_with(200, VersionConflict));
    assert_pending!(call.poll());
    assert_eq!(bench.ledger.under_way(), 1);

    drop(call);
    assert_eq!(bench.ledger.under_way(), 0);
    bench.ledger.release();
    assert_eq!(bench.events(), [""; 0]);
    assert_eq!(bench.ledger.looked_up(), ["/a", "/a"]);
}

#[test]
fn the_second_look_up_wakes_its_task() {
    let mut bench = Bench::at(5);
    let mut call = bench.start(put(&[("if-match", "\"5\"")]));
    assert_pending!(call.poll());
    let (_, reply) = assert_ready!(bench.handle.poll_request()).expect("a request");
    bench.ledger.hold();
    reply.send_response(answer_with(200, VersionConflict));
    assert_pending!(call.poll());

    bench.ledger.set_version(9);
    bench.ledger.release();
    assert!(call.is_woken());
    let response = assert_ready_ok!(call.poll());
    assert_eq!(response.status(), StatusCode::PRECONDITION_FAILED);
    assert_eq!(tag(&response), Some("\"9\""));
}

#[test]
fn errors_of_the_service_are_passed_through() {
    for method in ["GET", "PUT", "DELETE", "OPTIONS"] {
        let mut bench = Bench::at(5);
        let mut call = bench.start(request(method, "/a", &[("if-match", "\"5\"")]));
        assert_pending!(call.poll());
        let (_, reply) = assert_ready!(bench.handle.poll_request()).expect("a request");
        reply.send_error("broken pipe");
        let error = assert_ready_err!(call.poll());
        assert_eq!(error.to_string(), "broken pipe", "{method}");
        assert_eq!(bench.events(), [""; 0], "{method}: no answer, no event");
    }
}
