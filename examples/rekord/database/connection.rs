//! A connection of either engine, and code that runs on both.

use std::io::ErrorKind;
use std::time::Duration;

use sqlx::pool::PoolConnection;
use sqlx::{PgConnection, Postgres, Sqlite, SqliteConnection};

/// What statements are run on.
pub(super) enum Connection<'c> {
    Sqlite(&'c mut SqliteConnection),
    Postgres(&'c mut PgConnection),
}

/// One that goes back to its pool.
pub(super) enum Pooled {
    Sqlite(PoolConnection<Sqlite>),
    Postgres(PoolConnection<Postgres>),
}

impl Pooled {
    pub(super) fn connection(&mut self) -> Connection<'_> {
        match self {
            Self::Sqlite(connection) => Connection::Sqlite(connection),
            Self::Postgres(connection) => Connection::Postgres(connection),
        }
    }
}

/// A statement where the engines have different words for the same.
pub(super) struct Statement {
    pub(super) sqlite: &'static str,
    pub(super) postgres: &'static str,
}

impl Statement {
    pub(super) fn on(&self, connection: &Connection<'_>) -> &'static str {
        match connection {
            Connection::Sqlite(_) => self.sqlite,
            Connection::Postgres(_) => self.postgres,
        }
    }
}

/// Runs an expression on the connection of whichever engine it is, within [`LONGEST`]. Parameters
/// are `$1` in both.
macro_rules! run {
    ($connection:ident => $run:expr) => {
        match $connection {
            Connection::Sqlite($connection) => within(async move { $run }).await,
            Connection::Postgres($connection) => within(async move { $run }).await,
        }
    };
}

/// Longer than the engines' own limits: past it nobody is there any more.
const LONGEST: Duration = Duration::from_secs(12);

/// What the database answers, or that it does not: a host that is cut off says nothing.
pub(super) async fn within<T>(
    work: impl Future<Output = Result<T, sqlx::Error>>,
) -> Result<T, sqlx::Error> {
    match tokio::time::timeout(LONGEST, work).await {
        Ok(done) => done,
        Err(_) => Err(sqlx::Error::Io(ErrorKind::TimedOut.into())),
    }
}

pub(super) use run;
