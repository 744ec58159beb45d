//! The PostgreSQL server: its connection pools, and what is set on each connection.

mod schema;

use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::{ConnectOptions, Connection, PgConnection};
use tower_conditional::store::postgres::PostgresStore;

use super::{OpenError, PATIENCE};

/// Of three processes together, within the 100 connections that a server has by default.
const READERS: u32 = 8;
const WRITERS: u32 = 12;
const GUARDS: usize = 10;

/// How long one statement may take, as in [`SETTINGS`].
const LONGEST: Duration = Duration::from_secs(8);

/// How long the first connection may take.
const ARRIVAL: Duration = Duration::from_secs(10);

/// Whatever the server, the database or the role have set otherwise: writes are right at this
/// level (a higher one would only refuse more of them), nothing waits without end, and a process
/// that hangs holds no lock for long.
const SETTINGS: &str = "\
    SELECT set_config('default_transaction_isolation', 'read committed', FALSE),
           set_config('lock_timeout', '5s', FALSE),
           set_config('statement_timeout', '8s', FALSE),
           set_config('idle_in_transaction_session_timeout', '10s', FALSE)";

/// A database of a server, and the connections to it.
#[derive(Clone, Debug)]
pub(crate) struct Server {
    pub(super) readers: PgPool,
    /// Writers wait for one another's locks on their connections; readers have others.
    pub(super) writers: PgPool,
    /// The versions of rules. Every write of one is in the ledger's transaction, on connections
    /// that the ledger opens.
    pub(super) ledger: PostgresStore,
}

impl Server {
    /// Opens the database and creates the tables when it has none.
    ///
    /// # Errors
    /// When the database holds something else, or cannot be reached or written.
    pub(super) async fn open(options: &PgConnectOptions) -> Result<Self, OpenError> {
        let connecting = tokio::time::timeout(ARRIVAL, options.connect());
        let mut connection = connecting
            .await
            .map_err(|_| "the server does not answer")??;
        schema::migrate(&mut connection).await?;
        let commit: String = sqlx::query_scalar("SELECT current_setting('synchronous_commit')")
            .fetch_one(&mut connection)
            .await?;
        connection.close().await?;
        let options = if commit == "off" {
            // What was acknowledged is to be on the disk.
            options.clone().options([("synchronous_commit", "on")])
        } else {
            options.clone()
        };

        let pool = |connections| {
            PgPoolOptions::new()
                .max_connections(connections)
                .acquire_timeout(PATIENCE)
                // Connections that died with the server are noticed here, and replaced.
                .test_before_acquire(true)
                .after_connect(|connection, _| Box::pin(set(connection)))
                .connect_lazy_with(options.clone())
        };
        let readers = pool(READERS);
        Ok(Self {
            ledger: PostgresStore::new(readers.clone())
                .table("ledger")?
                .lock_timeout(PATIENCE)
                .statement_timeout(LONGEST)
                .guards(GUARDS)
                .joined_only(),
            readers,
            writers: pool(WRITERS),
        })
    }
}

async fn set(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::query(SETTINGS).execute(connection).await?;
    Ok(())
}
