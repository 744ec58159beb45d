//! The request's span goes with its write. Feature `tracing`.

use std::convert::Infallible;

use http::Request;
use tower::{Layer, ServiceExt, service_fn};
use tower_conditional::{ConditionalLayer, RequestBody, tokio_spawn};
use tracing::{Instrument, Span};

use crate::support::{Answer, Body, Shelf, ok, put, request};

#[tokio::test]
async fn a_spawned_write_runs_in_the_span_of_its_request() {
    let _subscriber = tracing::subscriber::set_default(tracing_subscriber::registry());
    let span = tracing::info_span!("the request");
    let expected = span.id().expect("an enabled span");
    let handler = service_fn(move |_: Request<RequestBody<Body>>| {
        let expected = expected.clone();
        async move {
            tokio::task::yield_now().await;
            assert_eq!(Span::current().id(), Some(expected));
            Ok::<Answer, Infallible>(ok())
        }
    });
    let service = ConditionalLayer::guarded(Shelf::default(), tokio_spawn).layer(handler);
    for request in [put(&[]), request("POST", "/a", &[])] {
        let call = service.clone().oneshot(request).instrument(span.clone());
        let Ok(response) = call.await;
        assert_eq!(response.status(), 200);
    }
}
