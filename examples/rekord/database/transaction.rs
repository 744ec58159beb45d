//! Several statements as one step.

use sqlx::{Postgres, Sqlite};
use tower_conditional::precondition::Expectation;
use uuid::Uuid;

use super::connection::{Connection, within};
use super::resources::{self, Row, Written};
use super::{Database, DatabaseError, Engine};

/// Waits for the others that write the resource, whether it exists or not. A lock of its row is
/// not enough: where there is no row, two could create it at once, and the one that came late
/// would have to start over.
const WAIT: &str = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))";

/// The row is locked besides, since a single statement (`DELETE`) does not wait for the others.
const READ_AND_LOCK: &str = "\
    SELECT id, version, document FROM resources
    WHERE collection = $1 AND id = $2 AND NOT deleted
    FOR UPDATE";

/// Statements that write one resource and take effect together or, if it is dropped before
/// [`commit`](Self::commit), not at all.
///
/// What [`Database::begin`] has read stays current until it ends, so that a check against it, and
/// the write that follows, are one step. In SQLite all writers wait for one another.
pub(crate) enum Transaction {
    Sqlite(sqlx::Transaction<'static, Sqlite>),
    Postgres(sqlx::Transaction<'static, Postgres>),
}

impl Database {
    /// Waits for its turn to write a resource, and reads it.
    pub(crate) async fn begin(
        &self,
        collection: &'static str,
        id: Uuid,
    ) -> Result<(Transaction, Option<Row>), DatabaseError> {
        match &self.engine {
            // IMMEDIATE: one that began as a reader could find, when it comes to write, that what
            // it has read is no longer current, and would have to start over.
            Engine::Sqlite(file) => {
                let transaction = file.writer.begin_with("BEGIN IMMEDIATE").await?;
                let mut transaction = Transaction::Sqlite(transaction);
                let row = transaction.read(collection, id).await?;
                Ok((transaction, row))
            }
            Engine::Postgres(server) => {
                let mut transaction = within(server.writers.begin()).await?;
                let wait = sqlx::query(WAIT).bind(format!("{collection}/{id}"));
                within(wait.execute(&mut *transaction)).await?;
                let read = sqlx::query_as(READ_AND_LOCK)
                    .bind(collection)
                    .bind(id.to_string());
                let row = within(read.fetch_optional(&mut *transaction)).await?;
                Ok((Transaction::Postgres(transaction), row))
            }
        }
    }
}

impl Transaction {
    /// Reads a resource which is not the one that is written. Others may write it meanwhile: what
    /// is read was current after this transaction had begun.
    pub(crate) async fn read(
        &mut self,
        collection: &'static str,
        id: Uuid,
    ) -> Result<Option<Row>, DatabaseError> {
        Ok(resources::read(self.connection(), collection, id).await?)
    }

    /// Creates or replaces as far as `expected` allows it; `None` where it does not.
    pub(crate) async fn put(
        &mut self,
        collection: &'static str,
        id: Uuid,
        document: &str,
        expected: Expectation,
    ) -> Result<Option<Written>, DatabaseError> {
        Ok(resources::put(self.connection(), collection, id, document, expected).await?)
    }

    pub(crate) async fn commit(self) -> Result<(), DatabaseError> {
        let committed = match self {
            Self::Sqlite(transaction) => transaction.commit().await,
            Self::Postgres(transaction) => within(transaction.commit()).await,
        };
        committed.map_err(DatabaseError::at_commit)
    }

    pub(super) fn connection(&mut self) -> Connection<'_> {
        match self {
            Self::Sqlite(transaction) => Connection::Sqlite(transaction),
            Self::Postgres(transaction) => Connection::Postgres(transaction),
        }
    }
}
