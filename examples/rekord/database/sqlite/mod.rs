//! The SQLite file: opening it, and its connection pools.

mod schema;

use std::path::Path;

use sqlx::sqlite::{SqliteConnectOptions, SqlitePool, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection, SqliteConnection};
use tower_conditional::store::sqlite::SqliteStore;

use super::{OpenError, PATIENCE};

const READERS: u32 = 8;

/// A file, and the connections to it.
#[derive(Clone, Debug)]
pub(crate) struct File {
    pub(super) readers: SqlitePool,
    /// One connection: SQLite has one writer at a time, and those that wait here are served in the
    /// order in which they came, where those that wait for the file's lock poll for it by chance.
    /// Readers have connections of their own, so that no read queues behind a write.
    pub(super) writer: SqlitePool,
    /// The versions of rules. Every write of one is in the ledger's transaction, on a connection
    /// that the ledger opens.
    pub(super) ledger: SqliteStore,
}

impl File {
    /// Opens the database at `path`, and creates it when the file is missing.
    ///
    /// # Errors
    /// When the file is not a Rekord database, or cannot be opened, created or written.
    pub(super) async fn open(path: &Path) -> Result<Self, OpenError> {
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
        let readers = pool
            .clone()
            .max_connections(READERS)
            .after_connect(|connection, _| Box::pin(only_read(connection)))
            .connect_lazy_with(options.clone());
        let file = Self {
            ledger: SqliteStore::new(readers.clone())
                .table("ledger")?
                .busy_timeout(PATIENCE)
                .joined_only(),
            readers,
            writer: pool.max_connections(1).connect_with(options).await?,
        };
        // Closed last: as the only connection it would take the log with it.
        connection.close().await?;
        Ok(file)
    }
}

async fn only_read(connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    sqlx::query("PRAGMA query_only = ON")
        .execute(connection)
        .await?;
    Ok(())
}
