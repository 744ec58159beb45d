//! The server under test: contents by key, which know nothing of versions, behind the layer.
//!
//! `serve` as the first argument makes the test's executable such a server, until its standard
//! input ends. It prints the address that it listens on.

mod contents;
mod hand_made;
mod handlers;
mod postgres;
mod sqlite;

use std::convert::Infallible;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::response::IntoResponse;
use axum::routing::{MethodFilter, MethodRouter, get, on_service, post};
use clap::{Parser, ValueEnum};
use tokio::io::AsyncReadExt as _;
use tower::{Layer as _, Service};
use tower_conditional::store::{MemoryStore, postgres::PostgresStore, sqlite::SqliteStore};
use tower_conditional::{ConditionalLayer, tokio_spawn};
use tracing_subscriber::EnvFilter;

use contents::Contents;
use hand_made::HandMade;
use handlers::App;

/// Where the versions are, and the contents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Store {
    /// In the process.
    Memory,
    /// In one SQLite file.
    Sqlite,
    /// In one PostgreSQL database.
    Postgres,
    /// In the process, checked and raised under one lock, without the layer.
    Locked,
    /// The same without the lock.
    Racy,
}

/// What the handlers do with the guard's transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Handlers {
    /// Nothing: they have connections of their own.
    Apart,
    /// They join it.
    Joined,
    /// They join it, and the store has been told that all of them do.
    JoinedOnly,
}

#[derive(Debug, Parser)]
pub(crate) struct Options {
    #[arg(value_enum)]
    store: Store,
    #[arg(value_enum, default_value = "apart")]
    handlers: Handlers,
    /// The file's path, or the database's URL.
    #[arg(default_value = "")]
    database: String,
    /// Without the layer: no versions.
    #[arg(long)]
    bare: bool,
    /// Microseconds between a handler's reading and its writing.
    #[arg(long, default_value_t = 1000)]
    pause: u64,
}

/// The name that the connections of guards have in PostgreSQL's views.
pub(crate) const GUARDS: &str = "guards";

pub(crate) fn run(options: &Options) {
    // `RUST_LOG=tower_conditional=debug` shows what the layer does.
    tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::from_default_env())
        .with_writer(std::io::stderr)
        .init();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(serve(options));
}

async fn serve(options: &Options) {
    let app = app(options).await;
    let local = SocketAddr::from(([127, 0, 0, 1], 0));
    let listener = tokio::net::TcpListener::bind(local).await.expect("a port");
    println!("{}", listener.local_addr().expect("an address"));
    // Whoever has started this server is gone when this ends, however it went.
    let orphaned = async {
        let mut nothing = Vec::new();
        let _ = tokio::io::stdin().read_to_end(&mut nothing).await;
    };
    tokio::select! {
        served = axum::serve(listener, app).into_future() => served.expect("the listener works"),
        () = orphaned => {}
    }
}

async fn app(options: &Options) -> Router {
    let handlers = options.handlers;
    let joins = handlers != Handlers::Apart;
    let resource = || {
        get(handlers::read)
            .put(handlers::put)
            .delete(handlers::delete)
    };
    let mut contents = Contents::memory();
    let guard: Box<dyn FnOnce(MethodRouter) -> MethodRouter> = match options.store {
        Store::Memory => {
            let layer = ConditionalLayer::guarded(MemoryStore::new(), tokio_spawn);
            Box::new(|handlers| one_service(layer.ask_service().layer(handlers)))
        }
        Store::Sqlite => {
            let pool = sqlite::pool(&options.database);
            contents = Contents::sqlite(pool.clone(), joins).await;
            let mut store = SqliteStore::new(pool);
            if handlers == Handlers::JoinedOnly {
                store = store.joined_only();
            }
            store.migrate().await.expect("a ledger");
            let layer = ConditionalLayer::guarded(store, tokio_spawn);
            Box::new(|handlers| one_service(layer.ask_service().layer(handlers)))
        }
        Store::Postgres => {
            let pool = postgres::pool(&options.database, "contents", 8);
            contents = Contents::postgres(pool, joins, options.bare).await;
            let pool = postgres::pool(&options.database, GUARDS, 5);
            let mut store = PostgresStore::new(pool).guards(6);
            if handlers == Handlers::JoinedOnly {
                store = store.joined_only();
            }
            store.migrate().await.expect("a ledger");
            let layer = ConditionalLayer::guarded(store, tokio_spawn);
            Box::new(|handlers| one_service(layer.ask_service().layer(handlers)))
        }
        Store::Locked | Store::Racy => {
            let versions = HandMade::new(options.store == Store::Locked);
            let layer = axum::middleware::from_fn_with_state(versions, hand_made::check_and_write);
            Box::new(|handlers| handlers.route_layer(layer))
        }
    };
    let app = App::new(contents, Duration::from_micros(options.pause));
    let handlers = resource().with_state(app.clone());
    let resource = if options.bare {
        handlers
    } else {
        guard(handlers)
    };
    Router::new()
        .route("/keys/{key}", resource)
        .route("/freeze", post(handlers::freeze).with_state(app))
}

/// All methods behind one layer, which asks about what the store cannot tell: so nothing stays
/// unknown that can be read.
fn one_service<S>(service: S) -> MethodRouter
where
    S: Service<Request, Error = Infallible, Response: IntoResponse, Future: Send>
        + Clone
        + Send
        + Sync
        + 'static,
{
    let methods = MethodFilter::GET
        .or(MethodFilter::PUT)
        .or(MethodFilter::DELETE);
    on_service(methods, service)
}
