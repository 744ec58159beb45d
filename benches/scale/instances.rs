//! The 304 path against the number of instances on one PostgreSQL, with and without a cache.
//!
//! An instance is a store with a pool of its own, as each process of an application has it. The
//! clients are as many whatever the number of instances, so what is shown is what one instance
//! more costs, and not what more load does.

use std::{
    convert::Infallible,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use http::{HeaderValue, Request, Response, StatusCode, header};
use http_body_util::Full;
use serde::Serialize;
use tower::{Layer as _, ServiceExt as _, service_fn};
use tower_conditional::{
    ConditionalLayer, PathKey, VersionStore,
    store::{cached::CachedStore, postgres::PostgresStore},
};
use tower_conditional_benches::figure_data;

use crate::{
    Failure,
    clients::{self, CLIENTS, Server, Taken},
    server::{self, Server as Postgres},
};

const KEYS: usize = 64;
const INSTANCES: [usize; 4] = [1, 2, 4, 8];
const CONNECTIONS: u32 = 4;
/// How old an answer of a cache may be: less than a slice takes, so that caches ask again in it.
const MAX_AGE: Duration = Duration::from_millis(200);

#[derive(Serialize)]
struct Row {
    store: &'static str,
    instances: usize,
    not_modified_per_second: f64,
    p50_us: f64,
    p99_us: f64,
    /// Look-ups that reach the database.
    lookups_per_second: f64,
    lookups_per_304: f64,
}

/// Counts the look-ups that reach the store in it.
#[derive(Clone)]
struct Counted<S> {
    inner: S,
    lookups: Arc<AtomicU64>,
}

impl<K, S: VersionStore<K>> VersionStore<K> for Counted<S> {
    type Error = S::Error;
    type Current = S::Current;

    fn current(&self, key: K) -> S::Current {
        self.lookups.fetch_add(1, Ordering::Relaxed);
        self.inner.current(key)
    }

    fn adopt(&self, key: K) -> Option<S::Current> {
        self.inner.adopt(key)
    }
}

struct Way {
    store: &'static str,
    instances: usize,
    lookups: u64,
    taken: Taken,
}

pub(crate) fn run(is_quick: bool) -> Result<(), Failure> {
    let (rounds, slice) = if is_quick {
        (1, Duration::from_millis(300))
    } else {
        (5, Duration::from_millis(800))
    };
    let rows = crate::runtime()?.block_on(async {
        if server::programs().is_none() {
            return Err("PostgreSQL is not installed: apt-get install postgresql".into());
        }
        let database = Postgres::start().await;
        measure(&database, rounds, slice).await
    })?;
    println!(
        "{:22} {:>9} {:>10} {:>9} {:>9} {:>11} {:>12}",
        "store", "instances", "304/s", "p50 µs", "p99 µs", "look-ups/s", "look-ups/304"
    );
    for row in &rows {
        println!(
            "{:22} {:>9} {:>10.0} {:>9.1} {:>9.1} {:>11.0} {:>12.5}",
            row.store,
            row.instances,
            row.not_modified_per_second,
            row.p50_us,
            row.p99_us,
            row.lookups_per_second,
            row.lookups_per_304
        );
    }
    figure_data::write("scale_instances.csv", &rows)?;
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
async fn measure(database: &Postgres, rounds: u32, slice: Duration) -> Result<Vec<Row>, Failure> {
    let name = database.create_database().await;
    let store = || PostgresStore::new(database.pool(&name, CONNECTIONS));
    store().migrate().await?;
    let lookups = Arc::new(AtomicU64::new(0));
    let mut plain = Vec::new();
    let mut cached = Vec::new();
    for _ in 0..INSTANCES.into_iter().max().unwrap_or_default() {
        let counted = Counted {
            inner: store(),
            lookups: Arc::clone(&lookups),
        };
        plain.push(layered(counted.clone()));
        cached.push(layered(CachedStore::new(counted, MAX_AGE, 16 * KEYS)));
    }
    // The first read of a key adopts it as version 1.
    for server in plain.iter().chain(&cached) {
        for key in 0..KEYS {
            let mut read = reread(key);
            read.headers_mut().clear();
            let status = server.clone().oneshot(read).await?;
            assert_eq!(status, StatusCode::OK);
        }
    }
    let mut ways = Vec::new();
    for instances in INSTANCES {
        for store in ["PostgresStore", "CachedStore, 0.2 s"] {
            ways.push(Way {
                store,
                instances,
                lookups: 0,
                taken: Taken::nothing()?,
            });
        }
    }
    for round in 0..=rounds {
        for way in &mut ways {
            let servers = if way.store == "PostgresStore" {
                &plain
            } else {
                &cached
            };
            let of_clients = (0..CLIENTS).map(|client| servers[client % way.instances].clone());
            let before = lookups.load(Ordering::Relaxed);
            let due = StatusCode::NOT_MODIFIED;
            // Each client begins at another key.
            let asked = clients::run(of_clients.collect(), slice, due, |client, number| {
                reread((client * KEYS / CLIENTS + number) % KEYS)
            });
            let asked = asked.await?;
            if asked.refused > 0 {
                return Err("an answer was no 304".into());
            }
            // The first round opens the connections.
            if round > 0 {
                way.taken.add(&asked)?;
                way.lookups += lookups.load(Ordering::Relaxed) - before;
            }
        }
    }
    let row = |way: &Way| {
        let lookups_per_304 = way.lookups as f64 / way.taken.done as f64;
        Row {
            store: way.store,
            instances: way.instances,
            not_modified_per_second: way.taken.per_second().round(),
            p50_us: way.taken.microseconds(0.5),
            p99_us: way.taken.microseconds(0.99),
            lookups_per_second: (lookups_per_304 * way.taken.per_second()).round(),
            lookups_per_304,
        }
    };
    Ok(ways.iter().map(row).collect())
}

fn layered<S>(store: S) -> Server
where
    S: VersionStore<PathKey, Current: Send> + Send + Sync + 'static,
{
    let service = service_fn(|_: Request<Full<Bytes>>| async {
        Ok::<_, Infallible>(Response::new(Full::<Bytes>::from("{}")))
    });
    ConditionalLayer::new(store)
        .layer(service)
        .map_response(|response| response.status())
        .boxed_clone()
}

fn reread(key: usize) -> Request<Full<Bytes>> {
    let mut request = Request::new(Full::default());
    *request.uri_mut() = clients::path(key);
    let tag = HeaderValue::from_static("\"1\"");
    request.headers_mut().insert(header::IF_NONE_MATCH, tag);
    request
}
