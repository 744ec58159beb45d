//! The SQLite file: opening it, its connection pools, and what its errors mean.

mod claims;
mod resources;
mod schema;
mod transaction;

use std::error::Error as StdError;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqlitePool, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection};
use tokio::sync::{Mutex, MutexGuard};

pub(crate) use self::claims::ClaimRow;
pub(crate) use self::resources::{Row, Written};
pub(crate) use self::transaction::Transaction;

/// How long a statement waits for another process's write, and a request for a connection.
const PATIENCE: Duration = Duration::from_secs(5);

const READERS: u32 = 8;

/// Why a database could not be opened.
pub(crate) type OpenError = Box<dyn StdError + Send + Sync>;

/// Where the database is, as `--database` names it.
#[derive(Clone, Debug)]
pub(crate) struct DatabaseUrl {
    path: PathBuf,
}

impl FromStr for DatabaseUrl {
    type Err = String;

    fn from_str(url: &str) -> Result<Self, String> {
        let refusal = |why: &str| format!("cannot use the database URL: {why}; use sqlite:FILE");
        let path = match url.split_once(':') {
            Some(("sqlite", path)) => path.strip_prefix("//").unwrap_or(path),
            Some(("postgres" | "postgresql", _)) => {
                return Err(refusal("PostgreSQL comes with a later version"));
            }
            Some((scheme, _)) => {
                return Err(refusal(&format!("{scheme:?} is no known database")));
            }
            None => return Err(refusal("it is not a URL")),
        };
        // `:memory:` would be another database for each connection, and parameters after `?` could
        // undo what is promised about durability.
        if path.is_empty() || path.starts_with(':') || path.contains(['?', '\0']) {
            return Err(refusal("it does not name a file"));
        }
        Ok(Self { path: path.into() })
    }
}

/// A handle on the database. Clones share its connections.
#[derive(Clone, Debug)]
pub(crate) struct Database {
    readers: SqlitePool,
    /// One connection: SQLite has one writer at a time, and those that wait here are served in the
    /// order in which they came, where those that wait for the file's lock poll for it by chance.
    /// Readers have connections of their own, so that no read queues behind a write.
    writer: SqlitePool,
    turn: Arc<Mutex<()>>,
}

impl Database {
    /// Opens the database at `url`, and creates it when the file is missing.
    ///
    /// # Errors
    /// When the file is not a Rekord database, or cannot be opened, created or written.
    pub(crate) async fn open(url: &DatabaseUrl) -> Result<Self, OpenError> {
        Self::try_open(&url.path)
            .await
            .map_err(|error| format!("cannot use database {}: {error}", url.path.display()).into())
    }

    async fn try_open(path: &Path) -> Result<Self, OpenError> {
        schema::check_header(path)?;
        let options = SqliteConnectOptions::new()
            .filename(path)
            .busy_timeout(PATIENCE)
            // FULL: in WAL mode anything less can forget an acknowledged write in a power cut.
            .synchronous(SqliteSynchronous::Full);

        let mut connection = options.clone().create_if_missing(true).connect().await?;
        schema::migrate(&mut connection).await?;
        schema::use_wal(&mut connection).await?;

        let pool = SqlitePoolOptions::new()
            .acquire_timeout(PATIENCE)
            .idle_timeout(None)
            .max_lifetime(None)
            .test_before_acquire(false);
        let database = Self {
            readers: pool
                .clone()
                .max_connections(READERS)
                .connect_lazy_with(options.clone().pragma("query_only", "ON")),
            writer: pool.max_connections(1).connect_with(options).await?,
            turn: Arc::default(),
        };
        // Closed last: as the only connection it would take the log with it.
        connection.close().await?;
        Ok(database)
    }

    /// Waits until no other request of this process holds a turn.
    pub(crate) async fn turn(&self) -> Result<MutexGuard<'_, ()>, sqlx::Error> {
        let turn = tokio::time::timeout(PATIENCE, self.turn.lock()).await;
        turn.map_err(|_| sqlx::Error::PoolTimedOut)
    }

    /// Closes all connections; the last process to do so folds the log into the file.
    pub(crate) async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }
}

/// Whether nothing was executed because the database was in use for longer than [`PATIENCE`].
pub(crate) fn is_busy(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::PoolTimedOut => true,
        // The low byte is the primary code: 5 is SQLITE_BUSY, 6 SQLITE_LOCKED.
        sqlx::Error::Database(error) => error
            .code()
            .and_then(|code| code.parse::<u32>().ok())
            .is_some_and(|code| matches!(code & 0xFF, 5 | 6)),
        _ => false,
    }
}
