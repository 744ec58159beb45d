//! The ledger's tables, and every statement on them.

use std::sync::Arc;

use sqlx::{AssertSqlSafe, SqlSafeStr, SqlStr};

use super::{SqliteStoreError, SqliteStoreErrorKind};

/// The name in `schema.sql`.
const DEFAULT_TABLE: &str = "conditional_versions";

const SCHEMA: &str = include_str!("schema.sql");

/// The statements that create the ledger's tables where they are missing, for those who run
/// migrations themselves. [`SqliteStore::migrate`](super::SqliteStore::migrate) runs the same.
///
/// `table` is 1 to 48 ASCII letters, digits and `_`, no digit first, and does not start with
/// `sqlite_`. The default is `conditional_versions`; two more names start with it.
///
/// ```
/// use tower_conditional::store::sqlite;
///
/// let statements = sqlite::schema("ledger")?;
/// assert!(statements.starts_with("CREATE TABLE IF NOT EXISTS \"ledger\" ("));
/// assert!(sqlite::schema("no; table").is_err());
/// # Ok::<(), sqlite::SqliteStoreError>(())
/// ```
///
/// # Errors
/// [`SqliteStoreErrorKind::InvalidTable`].
pub fn schema(table: &str) -> Result<String, SqliteStoreError> {
    if is_valid(table) {
        Ok(SCHEMA.replace(DEFAULT_TABLE, table))
    } else {
        Err(SqliteStoreErrorKind::InvalidTable.into())
    }
}

/// A name that can stand between double quotes as it is, and that SQLite does not keep for itself.
fn is_valid(table: &str) -> bool {
    (1..=48).contains(&table.len())
        && table
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && !table.starts_with(|first: char| first.is_ascii_digit())
        && !table.to_ascii_lowercase().starts_with("sqlite_")
}

/// The statements on one ledger, prepared once per connection.
#[derive(Clone)]
pub(super) struct Statements {
    /// What readers need, by the primary key.
    pub(super) read: SqlStr,
    /// The whole row, and the floors with it.
    pub(super) load: SqlStr,
    pub(super) save: SqlStr,
    pub(super) delete: SqlStr,
    pub(super) deleted: SqlStr,
    pub(super) raise_floors: SqlStr,
    pub(super) create: SqlStr,
}

impl Default for Statements {
    fn default() -> Self {
        Self::on(DEFAULT_TABLE)
    }
}

impl Statements {
    pub(super) fn new(table: &str) -> Result<Self, SqliteStoreError> {
        schema(table).map(|_| Self::on(table))
    }

    /// `table` is a valid name.
    fn on(table: &str) -> Self {
        let of = |statement: &str| {
            let statement = statement.replace(DEFAULT_TABLE, table);
            AssertSqlSafe(Arc::<str>::from(statement)).into_sql_str()
        };
        Self {
            read: of(
                "SELECT version, state, modified, intent, armed FROM \"conditional_versions\" \
                 WHERE key = ?1",
            ),
            load: of(
                "SELECT coalesce(f.dropped, 0), coalesce(f.raised, 0), r.version, r.state, \
                 r.modified, r.writer, r.made_by, r.intent, r.armed FROM (SELECT 1) \
                 LEFT JOIN \"conditional_versions_floor\" AS f ON f.id = 1 \
                 LEFT JOIN \"conditional_versions\" AS r ON r.key = ?1",
            ),
            save: of("INSERT INTO \"conditional_versions\" \
                 (key, version, state, modified, writer, made_by, intent, armed) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (key) DO UPDATE SET \
                 version = excluded.version, state = excluded.state, \
                 modified = excluded.modified, writer = excluded.writer, \
                 made_by = excluded.made_by, intent = excluded.intent, armed = excluded.armed"),
            delete: of("DELETE FROM \"conditional_versions\" WHERE key = ?1"),
            deleted: of("SELECT key, version FROM \"conditional_versions\" \
                 WHERE state = 3 AND modified < ?1 AND intent IS NULL LIMIT ?2"),
            raise_floors: of(
                "INSERT INTO \"conditional_versions_floor\" (id, dropped, raised) \
                 VALUES (1, ?1, ?2) ON CONFLICT (id) DO UPDATE SET \
                 dropped = max(dropped, excluded.dropped), raised = max(raised, excluded.raised)",
            ),
            create: of(SCHEMA),
        }
    }
}
