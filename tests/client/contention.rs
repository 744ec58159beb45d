//! Many updaters at once, on an axum service inside the layer.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::{
    Json, Router,
    body::Body,
    extract::State,
    middleware::{Next, from_fn},
    response::IntoResponse,
    routing::get,
};
use http::{HeaderValue, Request, StatusCode, header};
use serde_json::{Map, Value, json};
use tower_conditional::{
    Committed, ConditionalLayer, MemoryStore, PathKey, VersionConflict, WritePermit,
    client::{UpdateErrorKind, Updater},
};

/// Any JSON at one path, and its versions.
#[derive(Clone, Default)]
struct App {
    versions: MemoryStore,
    value: Arc<Mutex<Option<Value>>>,
}

impl App {
    fn value(&self) -> Option<Value> {
        self.value
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn set(&self, value: Option<Value>) {
        *self.value.lock().unwrap_or_else(PoisonError::into_inner) = value;
    }
}

async fn read(State(app): State<App>) -> Result<Json<Value>, StatusCode> {
    app.value().map(Json).ok_or(StatusCode::NOT_FOUND)
}

async fn write(
    State(app): State<App>,
    key: PathKey,
    permit: WritePermit,
    Json(value): Json<Value>,
) -> Result<impl IntoResponse, VersionConflict> {
    let stored = value.clone();
    let write = |_| app.set(Some(stored));
    let (committed, ()) = app.versions.compare_and_set(&key, &permit, write)?;
    let location = [(header::CONTENT_LOCATION, HeaderValue::from_static(PATH))];
    Ok((committed, location, Json(value)))
}

async fn remove(
    State(app): State<App>,
    key: PathKey,
    permit: WritePermit,
) -> Result<(Committed, StatusCode), Result<VersionConflict, StatusCode>> {
    let removed = app.versions.remove(&key, &permit, |_| app.set(None));
    match removed.map_err(Ok)? {
        Some((committed, ())) => Ok((committed, StatusCode::NO_CONTENT)),
        None => Err(Err(StatusCode::NOT_FOUND)),
    }
}

const PATH: &str = "/value";

/// The router, and how many 412s it has answered.
fn router(app: App) -> (Router, Arc<AtomicUsize>) {
    let refused = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&refused);
    let layer = ConditionalLayer::new(app.versions.clone()).cache_control("no-cache");
    let resource = get(read).put(write).delete(remove).route_layer(layer);
    let count = from_fn(move |request: Request<Body>, next: Next| {
        let counter = Arc::clone(&counter);
        async move {
            // Others get their turn between the read and the write.
            tokio::task::yield_now().await;
            let response = next.run(request).await;
            if response.status() == StatusCode::PRECONDITION_FAILED {
                counter.fetch_add(1, Ordering::Relaxed);
            }
            response
        }
    });
    (
        Router::new()
            .route(PATH, resource.layer(count))
            .with_state(app),
        refused,
    )
}

fn updater(router: &Router) -> Updater<Router, Body> {
    Updater::new(router.clone())
        .tries(1_000)
        .backoff(Duration::from_micros(100), Duration::from_millis(5))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_update_of_32_concurrent_updaters_is_lost() {
    const CLIENTS: u64 = 32;
    const EACH: u64 = 8;
    let app = App::default();
    let (router, refused) = router(app.clone());
    updater(&router)
        .create(PATH, json!({"n": 0}))
        .await
        .expect("created");
    let clients: Vec<_> = (0..CLIENTS)
        .map(|_| {
            let updater = updater(&router);
            tokio::spawn(async move {
                for _ in 0..EACH {
                    let update = updater.update(PATH, |value: &mut Value| {
                        let n = value["n"].as_u64().expect("a number");
                        value["n"] = json!(n + 1);
                    });
                    update.await.expect("it goes through in the end");
                }
            })
        })
        .collect();
    for client in clients {
        client.await.expect("no panic");
    }
    assert_eq!(app.value(), Some(json!({"n": CLIENTS * EACH})));
    assert!(
        refused.load(Ordering::Relaxed) > 0,
        "nobody was in anybody's way"
    );
    let saved = updater(&router)
        .read::<Value, _>(PATH)
        .await
        .expect("a value");
    let version = saved
        .tag
        .and_then(|tag| tag.version())
        .map(tower_conditional::Version::get);
    // One for the creation, one for each update, and none for a refusal.
    assert_eq!(version, Some(1 + CLIENTS * EACH));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn edits_of_32_clients_that_merge_are_all_kept() {
    const CLIENTS: usize = 32;
    let app = App::default();
    let (router, refused) = router(app.clone());
    let members = (0..CLIENTS).map(|n| (format!("m{n}"), json!(0)));
    let value = Value::Object(members.collect::<Map<_, _>>());
    let base = updater(&router).create(PATH, value).await.expect("created");
    let clients: Vec<_> = (0..CLIENTS)
        .map(|n| {
            let (updater, base) = (updater(&router), base.clone());
            let mut mine = base.value.clone();
            mine[format!("m{n}")] = json!(n + 1);
            tokio::spawn(updater.replace_with_merge(PATH, base, mine))
        })
        .collect();
    for client in clients {
        client.await.expect("no panic").expect("saved");
    }
    let value = app.value().expect("a value");
    for n in 0..CLIENTS {
        assert_eq!(value[format!("m{n}")], json!(n + 1));
    }
    assert!(refused.load(Ordering::Relaxed) >= CLIENTS - 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_32_that_create_and_of_32_that_delete_one_does() {
    let app = App::default();
    let (router, _) = router(app.clone());
    let mut created = 0;
    let clients: Vec<_> = (0..32)
        .map(|n| tokio::spawn(updater(&router).create(PATH, json!(n))))
        .collect();
    for client in clients {
        match client.await.expect("no panic") {
            Ok(value) => {
                created += 1;
                assert_eq!(app.value(), Some(value.value));
            }
            Err(error) => assert_eq!(error.kind(), UpdateErrorKind::AlreadyExists),
        }
    }
    assert_eq!(created, 1);

    let held = updater(&router)
        .read::<Value, _>(PATH)
        .await
        .expect("a value");
    let mut deleted = 0;
    let clients: Vec<_> = (0..32)
        .map(|_| tokio::spawn(updater(&router).delete(PATH, held.clone())))
        .collect();
    for client in clients {
        match client.await.expect("no panic") {
            Ok(()) => deleted += 1,
            Err(error) => assert_eq!(error.kind(), UpdateErrorKind::Missing),
        }
    }
    assert_eq!((deleted, app.value()), (1, None));
}
