//! Whose schema is it, and is it up to date?

use sqlx::{Connection, FromRow, PgConnection};

use super::OpenError;

/// Applied in order; `rekord_schema` holds how many have been. Append, never edit.
const MIGRATIONS: &[&str] = &[
    include_str!("../../migrations/postgres/0001_resources.sql"),
    include_str!("../../migrations/postgres/0002_claims.sql"),
    include_str!("../../migrations/postgres/0003_ledger.sql"),
    include_str!("../../migrations/postgres/0004_rules.sql"),
];

/// "REKD". Processes that start at once on a new database take turns.
const WAIT: &str = "SELECT pg_advisory_xact_lock(1380272964)";

/// What is there already, but for what extensions have brought along.
const FOUND: &str = "\
    SELECT current_setting('server_encoding') AS encoding,
           current_schema()::text AS schema,
           count(relname) AS relations,
           count(*) FILTER (WHERE relkind = 'r' AND relname = 'resources') AS resources,
           count(*) FILTER (WHERE relkind = 'r' AND relname = 'rekord_schema') AS marks
    FROM pg_namespace LEFT JOIN pg_class ON relnamespace = pg_namespace.oid AND NOT EXISTS (
        SELECT FROM pg_depend
        WHERE classid = 'pg_class'::regclass AND objid = pg_class.oid AND deptype = 'e'
    )
    WHERE nspname = current_schema()";

/// Marks the schema as Rekord's, as the application id does in a SQLite file.
const MARK: &str = "\
    CREATE TABLE rekord_schema (
        migrations INTEGER NOT NULL,
        is_only_row BOOLEAN PRIMARY KEY DEFAULT TRUE CHECK (is_only_row)
    );
    INSERT INTO rekord_schema (migrations) VALUES (0);";

#[derive(FromRow)]
struct Found {
    encoding: String,
    schema: Option<String>,
    relations: i64,
    resources: i64,
    marks: i64,
}

/// Brings the schema up to date in one transaction, which creates nothing before it knows that
/// the schema is empty or ours.
pub(super) async fn migrate(connection: &mut PgConnection) -> Result<(), OpenError> {
    let mut transaction = connection.begin().await?;
    sqlx::query(WAIT).execute(&mut *transaction).await?;

    let found: Found = sqlx::query_as(FOUND).fetch_one(&mut *transaction).await?;
    let schema = found
        .schema
        .ok_or("its search path names no schema that exists")?;
    if found.encoding != "UTF8" {
        return Err(format!("its encoding is {} and not UTF8", found.encoding).into());
    }
    let is_new = found.relations == 0;
    let is_ours = found.resources == 1 && found.marks == 1;
    if !is_new && !is_ours {
        return Err(format!("another application's tables are in its schema {schema:?}").into());
    }
    if is_new {
        sqlx::raw_sql(MARK).execute(&mut *transaction).await?;
    }
    let done: i32 = sqlx::query_scalar("SELECT migrations FROM rekord_schema")
        .fetch_one(&mut *transaction)
        .await?;
    let done = usize::try_from(done).map_err(|_| "its schema version is negative")?;
    if done > MIGRATIONS.len() {
        return Err("a newer version of rekord wrote it".into());
    }
    for migration in &MIGRATIONS[done..] {
        sqlx::raw_sql(*migration).execute(&mut *transaction).await?;
    }
    if done < MIGRATIONS.len() {
        sqlx::query("UPDATE rekord_schema SET migrations = $1")
            .bind(i32::try_from(MIGRATIONS.len())?)
            .execute(&mut *transaction)
            .await?;
    }
    transaction.commit().await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use sqlx::PgPool;
    use tower_conditional::store::postgres::PostgresStore;

    use super::*;

    /// Where this fails the library has another ledger: append what turns one into the other.
    #[tokio::test]
    async fn the_ledger_is_the_one_that_the_library_prints() {
        let pool = PgPool::connect_lazy("postgres://localhost/rekord").unwrap();
        let store = PostgresStore::new(pool).table("ledger").unwrap();
        assert_eq!(MIGRATIONS[2], store.sql());
    }
}
