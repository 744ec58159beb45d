//! The claims on records, as rows.

use std::collections::BTreeSet;

use sqlx::{FromRow, PgConnection, QueryBuilder, SqliteConnection};
use uuid::Uuid;

use super::connection::{Connection, run, within};
use super::{DatabaseError, Transaction};

const CLAIMS: &str = "\
    SELECT field, source, seconds, nanoseconds, confidence, value FROM claims
    WHERE record = $1";

const DISCARD_ALL: &str = "DELETE FROM claims WHERE record = $1";

/// What a source claims about one field of a record.
#[derive(Debug, FromRow)]
pub(crate) struct ClaimRow {
    // As bytes, since a text of PostgreSQL holds no NUL.
    #[sqlx(try_from = "Vec<u8>")]
    pub(crate) field: String,
    #[sqlx(try_from = "Vec<u8>")]
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
    pub(crate) async fn claims(&mut self, record: Uuid) -> Result<Vec<ClaimRow>, DatabaseError> {
        let connection = self.connection();
        let claims = run!(connection => {
            let query = sqlx::query_as(CLAIMS).bind(record.to_string());
            query.fetch_all(connection).await
        });
        Ok(claims?)
    }

    /// Adds claims to those on a record. None of them may be there already.
    pub(crate) async fn add_claims(
        &mut self,
        record: Uuid,
        claims: &[ClaimRow],
    ) -> Result<(), DatabaseError> {
        let record = record.to_string();
        match self.connection() {
            Connection::Sqlite(connection) => sqlite_add(connection, &record, claims).await?,
            Connection::Postgres(connection) => {
                within(postgres_add(connection, &record, claims)).await?;
            }
        }
        Ok(())
    }

    /// Discards the claims on some fields of a record.
    pub(crate) async fn discard_claims(
        &mut self,
        record: Uuid,
        fields: &BTreeSet<String>,
    ) -> Result<(), DatabaseError> {
        let record = record.to_string();
        match self.connection() {
            Connection::Sqlite(connection) => sqlite_discard(connection, &record, fields).await?,
            Connection::Postgres(connection) => {
                within(postgres_discard(connection, &record, fields)).await?;
            }
        }
        Ok(())
    }

    /// Discards the claims on all fields of a record.
    pub(crate) async fn discard_all_claims(&mut self, record: Uuid) -> Result<(), DatabaseError> {
        let connection = self.connection();
        let discarded = run!(connection => {
            let query = sqlx::query(DISCARD_ALL).bind(record.to_string());
            query.execute(connection).await.map(drop)
        });
        Ok(discarded?)
    }
}

// Locks are held while many claims go in, and one statement for each would hold them long. In
// SQLite a statement is about as many as its 32766 parameters allow, in PostgreSQL about all.

const BATCH: usize = 1000;

async fn sqlite_add(
    connection: &mut SqliteConnection,
    record: &str,
    claims: &[ClaimRow],
) -> Result<(), sqlx::Error> {
    for claims in claims.chunks(BATCH) {
        let mut statement = QueryBuilder::new(
            "INSERT INTO claims (record, field, source, seconds, nanoseconds, confidence, value) ",
        );
        statement.push_values(claims, |mut row, claim| {
            row.push_bind(record)
                .push_bind(&claim.field)
                .push_bind(&claim.source)
                .push_bind(claim.seconds)
                .push_bind(claim.nanoseconds)
                .push_bind(claim.confidence)
                .push_bind(&claim.value);
        });
        let statement = statement.build().persistent(false);
        statement.execute(&mut *connection).await?;
    }
    Ok(())
}

async fn postgres_add(
    connection: &mut PgConnection,
    record: &str,
    claims: &[ClaimRow],
) -> Result<(), sqlx::Error> {
    let bytes = |of: fn(&ClaimRow) -> &String| -> Vec<&[u8]> {
        claims.iter().map(|claim| of(claim).as_bytes()).collect()
    };
    sqlx::query(
        "INSERT INTO claims (record, field, source, seconds, nanoseconds, confidence, value)
         SELECT $1, * FROM unnest($2, $3, $4, $5, $6, $7)",
    )
    .bind(record)
    .bind(bytes(|claim| &claim.field))
    .bind(bytes(|claim| &claim.source))
    .bind(claims.iter().map(|claim| claim.seconds).collect::<Vec<_>>())
    .bind(
        claims
            .iter()
            .map(|claim| claim.nanoseconds)
            .collect::<Vec<_>>(),
    )
    .bind(
        claims
            .iter()
            .map(|claim| claim.confidence)
            .collect::<Vec<_>>(),
    )
    .bind(claims.iter().map(|claim| &*claim.value).collect::<Vec<_>>())
    .execute(connection)
    .await?;
    Ok(())
}

async fn sqlite_discard(
    connection: &mut SqliteConnection,
    record: &str,
    fields: &BTreeSet<String>,
) -> Result<(), sqlx::Error> {
    let fields: Vec<_> = fields.iter().collect();
    for fields in fields.chunks(BATCH) {
        let mut statement = QueryBuilder::new("DELETE FROM claims WHERE field IN (");
        let mut names = statement.separated(", ");
        for field in fields {
            names.push_bind(*field);
        }
        statement.push(") AND record = ").push_bind(record);
        let statement = statement.build().persistent(false);
        statement.execute(&mut *connection).await?;
    }
    Ok(())
}

async fn postgres_discard(
    connection: &mut PgConnection,
    record: &str,
    fields: &BTreeSet<String>,
) -> Result<(), sqlx::Error> {
    let fields: Vec<_> = fields.iter().map(String::as_bytes).collect();
    sqlx::query("DELETE FROM claims WHERE record = $1 AND field = ANY($2)")
        .bind(record)
        .bind(fields)
        .execute(connection)
        .await?;
    Ok(())
}
