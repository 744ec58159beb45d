//! The database: a SQLite file or a PostgreSQL server, opened, written and read.
//!
//! | file | subject |
//! |---|---|
//! | `url.rs`, `error.rs` | which database, and what its errors mean |
//! | `sqlite/`, `postgres/` | opening it, its connections, its schema |
//! | `connection.rs` | statements that run on both |
//! | `resources.rs` | compare-and-set, one statement for a write |
//! | `transaction.rs`, `claims.rs` | writes of several statements |
//! | `joined.rs`, `rules.rs` | writes in the transaction of the layer's guard |

mod claims;
mod connection;
mod error;
mod joined;
mod postgres;
mod resources;
mod rules;
mod sqlite;
mod transaction;
mod url;

use std::error::Error as StdError;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Mutex, MutexGuard};

use self::connection::Pooled;

pub(crate) use self::claims::ClaimRow;
pub(crate) use self::error::DatabaseError;
pub(crate) use self::joined::{Joined, Ledger, Place};
pub(crate) use self::resources::{Row, Written};
pub(crate) use self::transaction::Transaction;
pub(crate) use self::url::DatabaseUrl;

/// How long a statement waits for another's write, and a request for a connection.
const PATIENCE: Duration = Duration::from_secs(5);

/// Why a database could not be opened.
pub(crate) type OpenError = Box<dyn StdError + Send + Sync>;

/// A handle on the database. Clones share its connections.
#[derive(Clone, Debug)]
pub(crate) struct Database {
    engine: Engine,
    turn: Arc<Mutex<()>>,
}

#[derive(Clone, Debug)]
enum Engine {
    Sqlite(sqlite::File),
    Postgres(postgres::Server),
}

impl Database {
    /// Opens the database at `url`, and creates what is missing of it: a file, tables.
    ///
    /// # Errors
    /// When it is not a Rekord database, or cannot be opened, created or written.
    pub(crate) async fn open(url: &DatabaseUrl) -> Result<Self, OpenError> {
        let engine = match url {
            DatabaseUrl::Sqlite(path) => sqlite::File::open(path).await.map(Engine::Sqlite),
            DatabaseUrl::Postgres(options) => {
                postgres::Server::open(options).await.map(Engine::Postgres)
            }
        };
        let engine = engine.map_err(|error| {
            let error = error.to_string().replace('\n', " ");
            format!("cannot use database {url}: {error}")
        })?;
        let turn = Arc::default();
        Ok(Self { engine, turn })
    }

    /// Waits until no other request of this process holds a turn.
    pub(crate) async fn turn(&self) -> Result<MutexGuard<'_, ()>, DatabaseError> {
        let turn = tokio::time::timeout(PATIENCE, self.turn.lock()).await;
        turn.map_err(|_| DatabaseError::Unavailable(sqlx::Error::PoolTimedOut))
    }

    async fn reader(&self) -> Result<Pooled, sqlx::Error> {
        match &self.engine {
            Engine::Sqlite(file) => file.readers.acquire().await.map(Pooled::Sqlite),
            Engine::Postgres(server) => server.readers.acquire().await.map(Pooled::Postgres),
        }
    }

    async fn writer(&self) -> Result<Pooled, sqlx::Error> {
        match &self.engine {
            Engine::Sqlite(file) => file.writer.acquire().await.map(Pooled::Sqlite),
            Engine::Postgres(server) => server.writers.acquire().await.map(Pooled::Postgres),
        }
    }

    /// Closes all connections; the last process to do so folds a SQLite file's log into the file.
    pub(crate) async fn close(&self) {
        match &self.engine {
            Engine::Sqlite(file) => {
                file.readers.close().await;
                file.writer.close().await;
            }
            Engine::Postgres(server) => {
                server.readers.close().await;
                server.writers.close().await;
            }
        }
    }
}
