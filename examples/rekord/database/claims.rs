//! The claims on records, as rows.

use std::collections::BTreeSet;

use sqlx::{FromRow, QueryBuilder};
use uuid::Uuid;

use super::Transaction;

const CLAIMS: &str = "\
    SELECT field, source, seconds, nanoseconds, confidence, value FROM claims
    WHERE record = ?1";

/// Rows follow.
const ADD: &str = "\
    INSERT INTO claims (record, field, source, seconds, nanoseconds, confidence, value) ";

/// The names of fields follow, in brackets.
const DISCARD: &str = "DELETE FROM claims WHERE field IN (";

const DISCARD_ALL: &str = "DELETE FROM claims WHERE record = ?1";

/// How many claims one statement is about: the write lock is held while they go in, and one
/// statement for each would hold it long. SQLite allows 32766 parameters in a statement.
const BATCH: usize = 1000;

/// What a source claims about one field of a record.
#[derive(Debug, FromRow)]
pub(crate) struct ClaimRow {
    pub(crate) field: String,
    pub(crate) source: String,
    /// When it was observed, since the start of 1970 (UTC).
    pub(crate) seconds: i64,
    pub(crate) nanoseconds: i32,
    /// From 0 to 1.
    pub(crate) confidence: f64,
    /// JSON text.
    pub(crate) value: String,
}

impl Transaction {
    /// All claims on a record, in no order.
    pub(crate) async fn claims(&mut self, record: Uuid) -> Result<Vec<ClaimRow>, sqlx::Error> {
        sqlx::query_as(CLAIMS)
            .bind(record.to_string())
            .fetch_all(self.connection())
            .await
    }

    /// Adds claims to those on a record; a claim that is there already stays as it is.
    pub(crate) async fn add_claims(
        &mut self,
        record: Uuid,
        claims: &[ClaimRow],
    ) -> Result<(), sqlx::Error> {
        let record = record.to_string();
        for claims in claims.chunks(BATCH) {
            let mut statement = QueryBuilder::new(ADD);
            statement.push_values(claims, |mut row, claim| {
                row.push_bind(&record)
                    .push_bind(&claim.field)
                    .push_bind(&claim.source)
                    .push_bind(claim.seconds)
                    .push_bind(claim.nanoseconds)
                    .push_bind(claim.confidence)
                    .push_bind(&claim.value);
            });
            statement.push(" ON CONFLICT DO NOTHING");
            let statement = statement.build().persistent(false);
            statement.execute(self.connection()).await?;
        }
        Ok(())
    }

    /// Discards the claims on some fields of a record.
    pub(crate) async fn discard_claims(
        &mut self,
        record: Uuid,
        fields: &BTreeSet<String>,
    ) -> Result<(), sqlx::Error> {
        let record = record.to_string();
        let fields: Vec<_> = fields.iter().collect();
        for fields in fields.chunks(BATCH) {
            let mut statement = QueryBuilder::new(DISCARD);
            let mut names = statement.separated(", ");
            for field in fields {
                names.push_bind(*field);
            }
            statement.push(") AND record = ").push_bind(&record);
            let statement = statement.build().persistent(false);
            statement.execute(self.connection()).await?;
        }
        Ok(())
    }

    /// Discards the claims on all fields of a record.
    pub(crate) async fn discard_all_claims(&mut self, record: Uuid) -> Result<(), sqlx::Error> {
        sqlx::query(DISCARD_ALL)
            .bind(record.to_string())
            .execute(self.connection())
            .await?;
        Ok(())
    }
}
