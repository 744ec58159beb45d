//! Guarded commits a second, with their p99, against the same handler with no layer.
//!
//! SQLite has one write lock. The layer queues its writers in front of it, so the bare handler has
//! one connection, for which its writers queue as well: with several they would poll the lock, and
//! the ratio would praise the layer for the queue. The other stores' bare handlers have what the
//! guarded ones have.

use std::{path::Path, sync::Arc, time::Duration};

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use http_body_util::Full;
use serde::Serialize;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use tempfile::TempDir;
use tower::{Layer as _, Service, ServiceExt as _};
use tower_conditional::{
    ConditionalLayer, MemoryStore,
    store::{postgres::PostgresStore, sqlite::SqliteStore},
    tokio_spawn,
};
use tower_conditional_benches::figure_data;

use crate::{
    Failure,
    clients::{self, CLIENTS, Server, Taken},
    server::{self, Server as Postgres},
    writer::Data,
};

/// `bare`: no layer. `apart`: in a connection of their own. `joined`: in the guard's transaction.
/// `joined_only`: so, and the store has been told that all handlers do.
const HANDLERS: [&str; 4] = ["bare", "apart", "joined", "joined_only"];

/// One way to write, and what came of it.
struct Way {
    store: &'static str,
    handlers: &'static str,
    server: Server,
    /// On as many keys as there are clients, and on one.
    taken: [Taken; 2],
}

#[derive(Serialize)]
struct Row {
    store: &'static str,
    handlers: &'static str,
    keys: usize,
    commits_per_second: f64,
    ratio_to_bare: f64,
    p50_us: f64,
    p99_us: f64,
    refused: u64,
}

pub(crate) fn run(is_quick: bool) -> Result<(), Failure> {
    let (rounds, slice) = if is_quick {
        (1, Duration::from_millis(300))
    } else {
        (6, Duration::from_millis(500))
    };
    let rows = crate::runtime()?.block_on(async {
        let folder = TempDir::new()?;
        let database = if server::programs().is_some() {
            Postgres::start().await
        } else {
            return Err("PostgreSQL is not installed: apt-get install postgresql".into());
        };
        let mut ways = memory()?;
        ways.extend(sqlite(folder.path()).await?);
        ways.extend(postgres(&database).await?);
        for round in 0..=rounds {
            for way in &mut ways {
                for (keys, taken) in [CLIENTS, 1].into_iter().zip(&mut way.taken) {
                    let servers = vec![way.server.clone(); CLIENTS];
                    let asked = clients::run(servers, slice, StatusCode::OK, move |client, _| {
                        put(client % keys)
                    });
                    let asked = asked.await?;
                    // The first round opens the connections and makes the rows.
                    if round > 0 {
                        taken.add(&asked)?;
                    }
                }
            }
        }
        Ok::<_, Failure>(rows(&ways))
    })?;
    println!(
        "{:9} {:12} {:>4} {:>10} {:>7} {:>9} {:>9} {:>8}",
        "store", "handlers", "keys", "commits/s", "ratio", "p50 µs", "p99 µs", "refused"
    );
    for row in &rows {
        println!(
            "{:9} {:12} {:>4} {:>10.0} {:>7.2} {:>9.0} {:>9.0} {:>8}",
            row.store,
            row.handlers,
            row.keys,
            row.commits_per_second,
            row.ratio_to_bare,
            row.p50_us,
            row.p99_us,
            row.refused
        );
    }
    figure_data::write("scale_commits.csv", &rows)?;
    Ok(())
}

fn rows(ways: &[Way]) -> Vec<Row> {
    let rate = |way: &Way, index: usize| way.taken[index].per_second();
    let mut rows = Vec::new();
    for way in ways {
        let bare = ways
            .iter()
            .find(|bare| bare.store == way.store && bare.handlers == "bare");
        for (index, keys) in [CLIENTS, 1].into_iter().enumerate() {
            let taken = &way.taken[index];
            rows.push(Row {
                store: way.store,
                handlers: way.handlers,
                keys,
                commits_per_second: rate(way, index).round(),
                ratio_to_bare: bare.map_or(0.0, |bare| rate(way, index) / rate(bare, index)),
                p50_us: taken.microseconds(0.5),
                p99_us: taken.microseconds(0.99),
                refused: taken.refused,
            });
        }
    }
    rows
}

fn put(key: usize) -> Request<Full<Bytes>> {
    let mut request = Request::new(Full::from("content"));
    *request.method_mut() = Method::PUT;
    *request.uri_mut() = clients::path(key);
    request
}

fn memory() -> Result<Vec<Way>, Failure> {
    let data = Data::Memory(Arc::default());
    let layer = ConditionalLayer::guarded(MemoryStore::new(), tokio_spawn);
    let guarded = layer.layer(data.handler());
    Ok(vec![
        bare("memory", &data)?,
        way("memory", "apart", status(guarded).boxed_clone())?,
    ])
}

async fn sqlite(folder: &Path) -> Result<Vec<Way>, Failure> {
    let mut ways = Vec::new();
    for handlers in HANDLERS {
        // A file for each, so that none waits for what another has left to do.
        let connections = if handlers == "bare" { 1 } else { 4 };
        let pool = sqlite_pool(&folder.join(format!("{handlers}.db")), connections);
        let data = Data::Sqlite {
            pool: pool.clone(),
            joins: handlers.starts_with("joined"),
        };
        data.create().await?;
        if handlers == "bare" {
            ways.push(bare("sqlite", &data)?);
            continue;
        }
        let store = match handlers {
            "joined_only" => SqliteStore::new(pool).joined_only(),
            _ => SqliteStore::new(pool),
        };
        store.migrate().await?;
        let guarded = ConditionalLayer::guarded(store, tokio_spawn).layer(data.handler());
        ways.push(way("sqlite", handlers, status(guarded).boxed_clone())?);
    }
    Ok(ways)
}

fn sqlite_pool(file: &Path, connections: u32) -> SqlitePool {
    let options = SqliteConnectOptions::new()
        .filename(file)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        // As the ledger commits.
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(Duration::from_secs(5));
    SqlitePoolOptions::new()
        .max_connections(connections)
        .connect_lazy_with(options)
}

async fn postgres(server: &Postgres) -> Result<Vec<Way>, Failure> {
    let mut ways = Vec::new();
    for handlers in HANDLERS {
        let database = server.create_database().await;
        let pool = server.pool(&database, 8);
        let data = Data::Postgres {
            pool: pool.clone(),
            joins: handlers.starts_with("joined"),
        };
        data.create().await?;
        if handlers == "bare" {
            ways.push(bare("postgres", &data)?);
            continue;
        }
        let store = match handlers {
            "joined_only" => PostgresStore::new(pool).joined_only(),
            _ => PostgresStore::new(pool),
        };
        store.migrate().await?;
        let guarded = ConditionalLayer::guarded(store, tokio_spawn).layer(data.handler());
        ways.push(way("postgres", handlers, status(guarded).boxed_clone())?);
    }
    Ok(ways)
}

fn bare(store: &'static str, data: &Data) -> Result<Way, Failure> {
    let service = data.handler::<Full<Bytes>>();
    way(store, "bare", status(service).boxed_clone())
}

/// Of the answers the status alone.
fn status<S, R, B>(service: S) -> tower::util::MapResponse<S, fn(Response<B>) -> StatusCode>
where
    S: Service<R, Response = Response<B>>,
{
    service.map_response(|response| response.status())
}

fn way(store: &'static str, handlers: &'static str, server: Server) -> Result<Way, Failure> {
    Ok(Way {
        store,
        handlers,
        server,
        taken: [Taken::nothing()?, Taken::nothing()?],
    })
}
