//! A flood of writers on one key.

use std::{
    convert::Infallible,
    sync::{Arc, Mutex},
};

use http::{Request, StatusCode};
use tokio::sync::Semaphore;
use tower::{Layer, ServiceExt, service_fn};
use tower_conditional::{
    ConditionalLayer, RequestBody, Version,
    conditional::guarded::{Task, tokio_spawn},
};

use crate::support::{Answer, Body, Shelf, ok, put, request};

const WAITING: usize = 1000;

#[tokio::test]
async fn a_thousand_waiting_writers_are_bounded_served_in_order_and_hold_up_no_other_key() {
    let shelf = Shelf::default();
    shelf.limit_waiters(WAITING);
    let gate = Arc::new(Semaphore::new(0));
    let order = Arc::new(Mutex::new(Vec::new()));
    let spawned = Arc::new(Mutex::new(0_usize));

    let (opened, seen) = (Arc::clone(&gate), Arc::clone(&order));
    let handler = service_fn(move |request: Request<RequestBody<Body>>| {
        let (opened, seen) = (Arc::clone(&opened), Arc::clone(&seen));
        async move {
            if request.uri().path() == "/a" {
                opened.acquire().await.expect("open").forget();
                let number = request.headers()["x-number"].to_str().expect("digits");
                seen.lock()
                    .unwrap()
                    .push(number.parse::<usize>().expect("a number"));
            }
            Ok::<Answer, Infallible>(ok())
        }
    });
    let count = Arc::clone(&spawned);
    let layer = ConditionalLayer::guarded(shelf.clone(), move |task: Task| {
        *count.lock().unwrap() += 1;
        tokio_spawn(task);
    });
    let service = layer.layer(handler);

    let mut clients = Vec::new();
    for number in 0..WAITING + 50 {
        let service = service.clone();
        let number = number.to_string();
        let request = put(&[("x-number", &number)]);
        clients.push(tokio::spawn(async move {
            let Ok(response) = service.oneshot(request).await;
            response.status()
        }));
        // One after the other, so that the order is known.
        tokio::task::yield_now().await;
    }
    while shelf.waiting("/a") < WAITING {
        tokio::task::yield_now().await;
    }
    assert_eq!(*spawned.lock().unwrap(), 1, "one that waits takes no task");

    let Ok(other) = service.clone().oneshot(request("PUT", "/b", &[])).await;
    assert_eq!(other.status(), StatusCode::OK, "another key is not held up");

    gate.add_permits(WAITING + 1);
    let mut statuses = Vec::new();
    for client in clients {
        statuses.push(client.await.expect("no panic"));
    }
    assert_eq!(statuses[..=WAITING], [StatusCode::OK; WAITING + 1]);
    assert_eq!(
        statuses[WAITING + 1..],
        [StatusCode::SERVICE_UNAVAILABLE; 49]
    );
    assert_eq!(*order.lock().unwrap(), (0..=WAITING).collect::<Vec<_>>());
    assert_eq!(shelf.get("/a"), Version::new(WAITING as u64 + 1).into());
    assert_eq!(shelf.waiting("/a"), 0);
    assert!(!shelf.is_held("/a"));
}
