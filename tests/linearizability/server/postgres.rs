//! Contents in the ledger's own database.

use http::Extensions;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{PgConnection, PgPool};
use tower_conditional::store::postgres::{JoinedTransaction, Transaction};

use super::contents::{Failure, LOAD, Row, Rows, STORE};

/// `size` connections, which are open before they are asked for and are called `name`.
pub(super) fn pool(url: &str, name: &str, size: u32) -> PgPool {
    let options: PgConnectOptions = url.parse().expect("a URL");
    PgPoolOptions::new()
        .min_connections(size)
        .max_connections(size)
        .test_before_acquire(false)
        .connect_lazy_with(options.application_name(name))
}

pub(super) async fn join(extensions: &Extensions) -> Result<JoinedTransaction, Failure> {
    let transaction = extensions.get::<Transaction>().ok_or("nothing to join")?;
    Ok(transaction.begin().await?)
}

impl Rows for PgConnection {
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
