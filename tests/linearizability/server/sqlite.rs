//! Contents in the ledger's own file.

use std::time::Duration;

use http::Extensions;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{SqliteConnection, SqlitePool};
use tower_conditional::store::sqlite::{JoinedTransaction, Transaction};

use super::contents::{Failure, LOAD, Row, Rows, STORE};

pub(super) fn pool(file: &str) -> SqlitePool {
    let options = SqliteConnectOptions::new()
        .filename(file)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Normal)
        .busy_timeout(Duration::from_secs(5));
    SqlitePoolOptions::new()
        .max_connections(4)
        .connect_lazy_with(options)
}

pub(super) async fn join(extensions: &Extensions) -> Result<JoinedTransaction, Failure> {
    let transaction = extensions.get::<Transaction>().ok_or("nothing to join")?;
    Ok(transaction.begin().await?)
}

impl Rows for SqliteConnection {
    async fn load(&mut self, key: &str) -> Result<Row, Failure> {
        let found: Option<(String, bool)> =
            sqlx::query_as(LOAD).bind(key).fetch_optional(self).await?;
        Row::found(found)
    }

    async fn store(&mut self, key: &str, row: &Row) -> Result<(), Failure> {
        sqlx::query(STORE)
            .bind(key)
            .bind(row.trail.to_string())
            .bind(row.is_live)
            .execute(self)
            .await?;
        Ok(())
    }
}
