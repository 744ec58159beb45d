//! The statements. Each write is one statement that compares and sets: no schedule of any number
//! of processes can put another write between its check and its effect.

use std::time::{Duration, SystemTime};

use sqlx::FromRow;
use tower_conditional::precondition::Expectation;
use tower_conditional::{Current, Validators, Version};
use uuid::Uuid;

use super::connection::{Connection, Statement, run, within};
use super::{Database, DatabaseError};

const CURRENT: &str = "\
    SELECT version, modified FROM resources
    WHERE collection = $1 AND id = $2 AND NOT deleted";

const READ: &str = "\
    SELECT id, version, document FROM resources
    WHERE collection = $1 AND id = $2 AND NOT deleted";

const PAGE: &str = "\
    SELECT id, version, document FROM resources
    WHERE collection = $1 AND id > $2 AND NOT deleted
    ORDER BY id LIMIT $3";

/// Milliseconds since 1970, by the database's own clock, which all processes share.
macro_rules! now {
    (sqlite) => {
        "CAST(round(unixepoch('subsec') * 1000) AS INTEGER)"
    };
    (postgres) => {
        "CAST(round(extract(epoch FROM clock_timestamp()) * 1000) AS BIGINT)"
    };
}

// The clock is read where a row is set, which is to say after its lock was taken: of two writes
// the later one has the later time, whichever process they came from. Where the clock was set
// back, the next second is taken, which no earlier version was ever dated with.
macro_rules! modified {
    ($engine:ident) => {
        concat!(
            "(SELECT CASE WHEN now >= resources.modified THEN now
                     ELSE (resources.modified / 1000 + 1) * 1000 END
              FROM (SELECT ",
            now!($engine),
            " AS now) AS clock)"
        )
    };
}

/// Creates, or revives what was deleted, or ($4) replaces what exists.
macro_rules! create_or_replace {
    ($engine:ident) => {
        concat!(
            "INSERT INTO resources (collection, id, version, created_version, modified, document)
            VALUES ($1, $2, 1, 1, ",
            now!($engine),
            ", $3)
            ON CONFLICT (collection, id) DO UPDATE SET
                version = resources.version + 1,
                created_version = CASE WHEN resources.deleted THEN resources.version + 1
                                       ELSE resources.created_version END,
                deleted = FALSE,
                modified = ",
            modified!($engine),
            ", document = excluded.document
            WHERE resources.deleted OR $4
            RETURNING version, created_version = version AS created"
        )
    };
}

/// Replaces ($5: deletes) what exists, if it has the version $4 or any version will do (NULL).
macro_rules! update {
    ($engine:ident) => {
        concat!(
            "UPDATE resources SET
                version = version + 1,
                deleted = $5,
                modified = ",
            modified!($engine),
            ", document = $3
            WHERE collection = $1 AND id = $2 AND NOT deleted
              AND ($4 IS NULL OR version = $4)
            RETURNING version, FALSE AS created"
        )
    };
}

const CREATE_OR_REPLACE: Statement = Statement {
    sqlite: create_or_replace!(sqlite),
    postgres: create_or_replace!(postgres),
};

const UPDATE: Statement = Statement {
    sqlite: update!(sqlite),
    postgres: update!(postgres),
};

/// A resource as it stands in the database.
#[derive(FromRow)]
pub(crate) struct Row {
    pub(crate) id: String,
    #[sqlx(try_from = "i64")]
    pub(crate) version: Version,
    /// JSON text of an object.
    pub(crate) document: String,
}

/// What a write made.
#[derive(FromRow)]
pub(crate) struct Written {
    #[sqlx(try_from = "i64")]
    pub(crate) version: Version,
    pub(crate) created: bool,
}

#[derive(FromRow)]
struct CurrentRow {
    #[sqlx(try_from = "i64")]
    version: Version,
    modified: i64,
}

impl Database {
    /// What the layer asks before a request goes on.
    pub(crate) async fn current(
        &self,
        collection: &'static str,
        id: Uuid,
    ) -> Result<Current, DatabaseError> {
        let mut reader = self.reader().await?;
        let connection = reader.connection();
        let row: Option<CurrentRow> = run!(connection => {
            let query = sqlx::query_as(CURRENT).bind(collection).bind(id.to_string());
            query.fetch_optional(connection).await
        })?;
        Ok(row
            .map(|row| {
                let modified = Duration::from_millis(u64::try_from(row.modified).unwrap_or(0));
                Validators::new(row.version).modified_at(SystemTime::UNIX_EPOCH + modified)
            })
            .into())
    }

    pub(crate) async fn read(
        &self,
        collection: &'static str,
        id: Uuid,
    ) -> Result<Option<Row>, DatabaseError> {
        let mut reader = self.reader().await?;
        Ok(read(reader.connection(), collection, id).await?)
    }

    /// Up to `limit` resources in the order of their ids, starting behind `after`.
    pub(crate) async fn page(
        &self,
        collection: &'static str,
        after: Option<Uuid>,
        limit: u32,
    ) -> Result<Vec<Row>, DatabaseError> {
        let mut reader = self.reader().await?;
        let connection = reader.connection();
        let after = after.map(|id| id.to_string()).unwrap_or_default();
        let rows = run!(connection => {
            let query = sqlx::query_as(PAGE).bind(collection).bind(after);
            query.bind(i64::from(limit)).fetch_all(connection).await
        });
        Ok(rows?)
    }

    /// Creates or replaces as far as `expected` allows it; `None` where it does not.
    pub(crate) async fn put(
        &self,
        collection: &'static str,
        id: Uuid,
        document: &str,
        expected: Expectation,
    ) -> Result<Option<Written>, DatabaseError> {
        let mut writer = self.writer().await?;
        let put = put(writer.connection(), collection, id, document, expected);
        put.await.map_err(DatabaseError::at_commit)
    }

    /// Deletes what exists, if it has the version `expected`; `None` where nothing was deleted.
    pub(crate) async fn delete(
        &self,
        collection: &'static str,
        id: Uuid,
        expected: Option<Version>,
    ) -> Result<Option<Written>, DatabaseError> {
        let mut writer = self.writer().await?;
        let update = update(writer.connection(), collection, id, "{}", expected, true);
        update.await.map_err(DatabaseError::at_commit)
    }
}

// The statements by themselves are run alone, each its own transaction, or inside of one.

pub(super) async fn read(
    connection: Connection<'_>,
    collection: &'static str,
    id: Uuid,
) -> Result<Option<Row>, sqlx::Error> {
    run!(connection => {
        let query = sqlx::query_as(READ).bind(collection).bind(id.to_string());
        query.fetch_optional(connection).await
    })
}

pub(super) async fn put(
    connection: Connection<'_>,
    collection: &'static str,
    id: Uuid,
    document: &str,
    expected: Expectation,
) -> Result<Option<Written>, sqlx::Error> {
    match expected {
        Expectation::Any => create_or_replace(connection, collection, id, document, true).await,
        Expectation::Absent => create_or_replace(connection, collection, id, document, false).await,
        Expectation::Exists => update(connection, collection, id, document, None, false).await,
        Expectation::Exactly(version) => {
            update(connection, collection, id, document, Some(version), false).await
        }
        Expectation::Never => Ok(None),
    }
}

async fn create_or_replace(
    connection: Connection<'_>,
    collection: &'static str,
    id: Uuid,
    document: &str,
    may_replace: bool,
) -> Result<Option<Written>, sqlx::Error> {
    let statement = CREATE_OR_REPLACE.on(&connection);
    let rows = run!(connection => {
        let query = sqlx::query_as(statement).bind(collection).bind(id.to_string());
        query.bind(document).bind(may_replace).fetch_all(connection).await
    })?;
    Ok(committed(rows))
}

async fn update(
    connection: Connection<'_>,
    collection: &'static str,
    id: Uuid,
    document: &str,
    expected: Option<Version>,
    deletes: bool,
) -> Result<Option<Written>, sqlx::Error> {
    // A version that no row can hold is one that no row has.
    let Ok(expected) = expected.map(i64::try_from).transpose() else {
        return Ok(None);
    };
    let statement = UPDATE.on(&connection);
    let rows = run!(connection => {
        let query = sqlx::query_as(statement).bind(collection).bind(id.to_string());
        let query = query.bind(document).bind(expected).bind(deletes);
        query.fetch_all(connection).await
    })?;
    Ok(committed(rows))
}

/// Writes use `fetch_all`, though there is one row at most: both engines hand out the row of
/// RETURNING before they commit, and `fetch_optional` stops there and would not see the commit
/// fail.
fn committed(rows: Vec<Written>) -> Option<Written> {
    rows.into_iter().next()
}
