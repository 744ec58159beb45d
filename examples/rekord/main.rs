//! Rekord: a small data API whose every mutable resource carries a version.
//!
//! ```text
//! cargo run --release --example rekord --features full
//! cargo run --release --example rekord --features full -- --database postgres://localhost/rekord
//! ```
//!
//! It is the reference application of `tower-conditional`, and written to be copied from:
//!
//! | file | subject |
//! |---|---|
//! | `resource.rs` | the routes of a kind of resource, and a handler for each method: start here |
//! | `layers.rs` | the layers on those routes |
//! | `models.rs` | the members of a model, whose version is a column: compare-and-set |
//! | `rules/` | rules, whose versions the library keeps: guarded writes |
//! | `records/` | records, which are made of what sources claim; writes of several statements |
//! | `database/` | SQLite and PostgreSQL: the statements, transactions, schemas, errors |
//! | `list.rs`, `answer.rs` | collections, page by page; answers about one resource |
//! | `compression.rs`, `cors.rs` | gzip with tags of its own, web pages of other origins |
//! | `auth.rs`, `id.rs`, `media_type.rs`, `body.rs`, `linger.rs` | what comes before a handler |
//! | `json.rs`, `members.rs`, `merge_patch.rs` | reading JSON, faults named by JSON Pointer |
//! | `error.rs`, `problem.rs` | what clients are told when something goes wrong |
//! | `page.rs`, `page/` | the page at `/`, for browsers |
//! | `options.rs`, `greeting.rs`, `server.rs` | start, life and stop |

mod answer;
mod auth;
mod body;
mod compression;
mod cors;
mod database;
mod error;
mod greeting;
mod id;
mod json;
mod layers;
mod linger;
mod list;
mod media_type;
mod members;
mod merge_patch;
mod models;
mod options;
mod page;
mod problem;
mod records;
mod resource;
mod rules;
mod server;
mod stop;

use std::process::ExitCode;
use std::time::Duration;

use tokio::net::TcpListener;
use tracing_subscriber::EnvFilter;

use crate::auth::Token;
use crate::database::{Database, DatabaseUrl};
use crate::options::Options;

#[tokio::main]
async fn main() -> ExitCode {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("warn"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .init();
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("rekord: {error}");
            ExitCode::from(2)
        }
    }
}

async fn run() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let options = Options::read()?;
    let url: DatabaseUrl = options.database.parse()?;
    let token = Token::from_env()?;
    let stop = stop::signal()?;

    // The address first: where it is taken, no database is touched.
    let listener = TcpListener::bind(&options.listen)
        .await
        .map_err(|error| format!("cannot listen on {}: {error}", options.listen))?;
    let address = listener.local_addr()?;
    let database = Database::open(&url).await?;

    if token.is_demo() {
        eprintln!(
            "rekord: warning: the token is `rekord-demo`, which everybody knows; set REKORD_API_TOKEN"
        );
    }
    if let Err(error) = greeting::print(address, token.is_demo()) {
        // Nobody reads our standard output; the server can do without.
        tracing::warn!(%error, "cannot write to standard output");
    }
    let application = server::application(
        &database,
        token,
        options.require_if_match,
        options.allow_origin,
    );
    server::serve(listener, application, stop).await?;
    // A request that outlived its time may still hold a connection. Nothing that was acknowledged
    // depends on the closing: it only tidies up.
    let _ = tokio::time::timeout(Duration::from_millis(400), database.close()).await;
    Ok(())
}
