//! Several statements as one step.

use sqlx::{Sqlite, SqliteConnection};
use tower_conditional::precondition::Expectation;
use uuid::Uuid;

use super::Database;
use super::resources::{self, Row, Written};

/// Statements that take effect together or, if it is dropped before [`commit`](Self::commit), not
/// at all.
///
/// It holds the write lock from its start: what it has read stays current until it ends, so that
/// a check against it, and the write that follows, are one step.
pub(crate) struct Transaction(sqlx::Transaction<'static, Sqlite>);

impl Database {
    /// Waits for its turn to write.
    pub(crate) async fn begin(&self) -> Result<Transaction, sqlx::Error> {
        // IMMEDIATE: one that began as a reader could find, when it comes to write, that what it
        // has read is no longer current, and would have to start over.
        self.writer
            .begin_with("BEGIN IMMEDIATE")
            .await
            .map(Transaction)
    }
}

impl Transaction {
    pub(crate) async fn read(
        &mut self,
        collection: &'static str,
        id: Uuid,
    ) -> Result<Option<Row>, sqlx::Error> {
        resources::read(self.connection(), collection, id).await
    }

    /// Creates or replaces as far as `expected` allows it; `None` where it does not.
    pub(crate) async fn put(
        &mut self,
        collection: &'static str,
        id: Uuid,
        document: &str,
        expected: Expectation,
    ) -> Result<Option<Written>, sqlx::Error> {
        resources::put(self.connection(), collection, id, document, expected).await
    }

    pub(crate) async fn commit(self) -> Result<(), sqlx::Error> {
        self.0.commit().await
    }

    pub(super) fn connection(&mut self) -> &mut SqliteConnection {
        &mut self.0
    }
}
