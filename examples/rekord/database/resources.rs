//! The statements. Each write is one statement that compares and sets: no schedule of any number
//! of processes can put another write between its check and its effect.

use std::time::{Duration, SystemTime};

use sqlx::sqlite::SqliteRow;
use sqlx::{FromRow, Row as _, SqliteExecutor};
use tower_conditional::precondition::Expectation;
use tower_conditional::{Current, Validators, Version};
use uuid::Uuid;

use super::Database;

const CURRENT: &str = "\
    SELECT version, modified FROM resources
    WHERE collection = ?1 AND id = ?2 AND NOT deleted";

const READ: &str = "\
    SELECT id, version, document FROM resources
    WHERE collection = ?1 AND id = ?2 AND NOT deleted";

const PAGE: &str = "\
    SELECT id, version, document FROM resources
    WHERE collection = ?1 AND id > ?2 AND NOT deleted
    ORDER BY id LIMIT ?3";

// The clock is read inside the statement, which is to say after the write lock was taken: of two
// writes the later one has the later time, whichever process they came from. Where the clock was
// set back, the next second is taken, which no earlier version was ever dated with.

/// Creates, or revives what was deleted, or (?4) replaces what exists.
const CREATE_OR_REPLACE: &str = "\
    INSERT INTO resources (collection, id, version, created_version, modified, document)
    VALUES (?1, ?2, 1, 1, CAST(round(unixepoch('subsec') * 1000) AS INTEGER), ?3)
    ON CONFLICT (collection, id) DO UPDATE SET
        version = version + 1,
        created_version = iif(deleted, version + 1, created_version),
        deleted = 0,
        modified = iif(excluded.modified >= modified,
                       excluded.modified, (modified / 1000 + 1) * 1000),
        document = excluded.document
    WHERE deleted OR ?4
    RETURNING version, created_version = version AS created";

/// Replaces (?5: deletes) what exists, if it has the version ?4 or any version will do (NULL).
const UPDATE: &str = "\
    UPDATE resources SET
        version = version + 1,
        deleted = ?5,
        modified = iif(now >= modified, now, (modified / 1000 + 1) * 1000),
        document = ?3
    FROM (SELECT CAST(round(unixepoch('subsec') * 1000) AS INTEGER) AS now)
    WHERE collection = ?1 AND id = ?2 AND NOT deleted AND (?4 IS NULL OR version = ?4)
    RETURNING version, 0 AS created";

/// A resource as it stands in the database.
pub(crate) struct Row {
    pub(crate) id: String,
    pub(crate) version: Version,
    /// JSON text of an object.
    pub(crate) document: String,
}

/// What a write made.
pub(crate) struct Written {
    pub(crate) version: Version,
    pub(crate) created: bool,
}

impl Database {
    /// What the layer asks before a request goes on.
    pub(crate) async fn current(
        &self,
        collection: &'static str,
        id: Uuid,
    ) -> Result<Current, sqlx::Error> {
        let row = sqlx::query(CURRENT)
            .bind(collection)
            .bind(id.to_string())
            .fetch_optional(&self.readers)
            .await?;
        let Some(row) = row else {
            return Ok(Current::Missing);
        };
        let modified = u64::try_from(row.try_get::<i64, _>("modified")?).unwrap_or_default();
        let modified = SystemTime::UNIX_EPOCH + Duration::from_millis(modified);
        Ok(Validators::new(version(&row)?).modified_at(modified).into())
    }

    pub(crate) async fn read(
        &self,
        collection: &'static str,
        id: Uuid,
    ) -> Result<Option<Row>, sqlx::Error> {
        read(&self.readers, collection, id).await
    }

    /// Up to `limit` resources in the order of their ids, starting behind `after`.
    pub(crate) async fn page(
        &self,
        collection: &'static str,
        after: Option<Uuid>,
        limit: u32,
    ) -> Result<Vec<Row>, sqlx::Error> {
        sqlx::query_as(PAGE)
            .bind(collection)
            .bind(after.map(|id| id.to_string()).unwrap_or_default())
            .bind(limit)
            .fetch_all(&self.readers)
            .await
    }

    /// Creates or replaces as far as `expected` allows it; `None` where it does not.
    pub(crate) async fn put(
        &self,
        collection: &'static str,
        id: Uuid,
        document: &str,
        expected: Expectation,
    ) -> Result<Option<Written>, sqlx::Error> {
        put(&self.writer, collection, id, document, expected).await
    }

    /// Deletes what exists, if it has the version `expected`; `None` where nothing was deleted.
    pub(crate) async fn delete(
        &self,
        collection: &'static str,
        id: Uuid,
        expected: Option<Version>,
    ) -> Result<Option<Written>, sqlx::Error> {
        update(&self.writer, collection, id, "{}", expected, true).await
    }
}

// The statements by themselves are run alone, each its own transaction, or inside of one.

pub(super) async fn read(
    executor: impl SqliteExecutor<'_>,
    collection: &'static str,
    id: Uuid,
) -> Result<Option<Row>, sqlx::Error> {
    sqlx::query_as(READ)
        .bind(collection)
        .bind(id.to_string())
        .fetch_optional(executor)
        .await
}

pub(super) async fn put(
    executor: impl SqliteExecutor<'_>,
    collection: &'static str,
    id: Uuid,
    document: &str,
    expected: Expectation,
) -> Result<Option<Written>, sqlx::Error> {
    match expected {
        Expectation::Any => create_or_replace(executor, collection, id, document, true).await,
        Expectation::Absent => create_or_replace(executor, collection, id, document, false).await,
        Expectation::Exists => update(executor, collection, id, document, None, false).await,
        Expectation::Exactly(version) => {
            update(executor, collection, id, document, Some(version), false).await
        }
        Expectation::Never => Ok(None),
    }
}

async fn create_or_replace(
    executor: impl SqliteExecutor<'_>,
    collection: &'static str,
    id: Uuid,
    document: &str,
    may_replace: bool,
) -> Result<Option<Written>, sqlx::Error> {
    let rows = sqlx::query_as(CREATE_OR_REPLACE)
        .bind(collection)
        .bind(id.to_string())
        .bind(document)
        .bind(may_replace)
        .fetch_all(executor)
        .await?;
    Ok(committed(rows))
}

async fn update(
    executor: impl SqliteExecutor<'_>,
    collection: &'static str,
    id: Uuid,
    document: &str,
    expected: Option<Version>,
    deletes: bool,
) -> Result<Option<Written>, sqlx::Error> {
    // A version that SQLite cannot hold is one that no row has.
    let Ok(expected) = expected.map(i64::try_from).transpose() else {
        return Ok(None);
    };
    let rows = sqlx::query_as(UPDATE)
        .bind(collection)
        .bind(id.to_string())
        .bind(document)
        .bind(expected)
        .bind(deletes)
        .fetch_all(executor)
        .await?;
    Ok(committed(rows))
}

/// Writes use `fetch_all`, though there is one row at most: SQLite hands out the row of RETURNING
/// before it commits, and `fetch_optional` stops there and would not see the commit fail.
fn committed(rows: Vec<Written>) -> Option<Written> {
    rows.into_iter().next()
}

fn version(row: &SqliteRow) -> Result<Version, sqlx::Error> {
    Version::try_from(row.try_get::<i64, _>("version")?)
        .map_err(|error| sqlx::Error::Decode(error.into()))
}

impl FromRow<'_, SqliteRow> for Row {
    fn from_row(row: &SqliteRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: row.try_get("id")?,
            version: version(row)?,
            document: row.try_get("document")?,
        })
    }
}

impl FromRow<'_, SqliteRow> for Written {
    fn from_row(row: &SqliteRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            version: version(row)?,
            created: row.try_get("created")?,
        })
    }
}
