use sqlx::{AssertSqlSafe, PgPool};

use super::{PostgresError, names::Names};

/// The ledger as [`sql`] names it by default; the module's docs print it.
const LEDGER: &str = include_str!("ledger.sql");

/// Migrations wait for each other: `IF NOT EXISTS` alone fails where two run at once.
const MIGRATIONS: i64 = i64::from_be_bytes(*b"tower_if");

/// What creates the ledger under its names.
pub(super) fn sql(names: &Names) -> String {
    let mut sql = schema(names).unwrap_or_default();
    sql.push_str(&tables(names));
    sql
}

fn schema(names: &Names) -> Option<String> {
    let schema = names.quoted_schema()?;
    Some(format!("CREATE SCHEMA IF NOT EXISTS {schema};\n"))
}

fn tables(names: &Names) -> String {
    let defaults = Names::default();
    let (ledger, floor) = (names.ledger(), names.floor());
    let parts: Vec<_> = LEDGER
        .split(&defaults.floor())
        .map(|part| part.replace(&defaults.ledger(), &ledger))
        .collect();
    parts.join(&floor)
}

pub(super) async fn migrate(pool: &PgPool, names: &Names) -> Result<(), PostgresError> {
    let mut transaction = pool.begin().await?;
    sqlx::query("SELECT pg_advisory_xact_lock($1)")
        .bind(MIGRATIONS)
        .execute(&mut *transaction)
        .await?;
    // Who may not create what is there already has no need to.
    let is_there: bool =
        sqlx::query_scalar("SELECT to_regclass($1) IS NOT NULL AND to_regclass($2) IS NOT NULL")
            .bind(names.ledger())
            .bind(names.floor())
            .fetch_one(&mut *transaction)
            .await?;
    if !is_there {
        let has_schema: bool = sqlx::query_scalar("SELECT to_regnamespace($1) IS NOT NULL")
            .bind(names.quoted_schema())
            .fetch_one(&mut *transaction)
            .await?;
        let schema = schema(names).filter(|_| !has_schema);
        let sql = schema.unwrap_or_default() + &tables(names);
        sqlx::raw_sql(AssertSqlSafe(sql))
            .execute(&mut *transaction)
            .await?;
    }
    transaction.commit().await?;
    Ok(())
}
