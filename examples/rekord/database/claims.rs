//! The claims on records, as rows.

use sqlx::FromRow;
use uuid::Uuid;

use super::Transaction;

const CLAIMS: &str = "\
    SELECT field, source, seconds, nanoseconds, confidence, value FROM claims
    WHERE record = ?1";

const ADD: &str = "\
    INSERT INTO claims (record, field, source, seconds, nanoseconds, confidence, value)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
    ON CONFLICT DO NOTHING";

const DISCARD: &str = "DELETE FROM claims WHERE record = ?1 AND field = ?2";
const DISCARD_ALL: &str = "DELETE FROM claims WHERE record = ?1";

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
        for claim in claims {
            sqlx::query(ADD)
                .bind(&record)
                .bind(&claim.field)
                .bind(&claim.source)
                .bind(claim.seconds)
                .bind(claim.nanoseconds)
                .bind(claim.confidence)
                .bind(&claim.value)
                .execute(self.connection())
                .await?;
        }
        Ok(())
    }

    /// Discards the claims on some fields of a record.
    pub(crate) async fn discard_claims(
        &mut self,
        record: Uuid,
        fields: &[String],
    ) -> Result<(), sqlx::Error> {
        let record = record.to_string();
        for field in fields {
            sqlx::query(DISCARD)
                .bind(&record)
                .bind(field)
                .execute(self.connection())
                .await?;
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
