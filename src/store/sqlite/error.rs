use crate::{error::BoxError, store::Busy};

/// Why an [`SqliteStore`](super::SqliteStore), one of its guards or a transaction failed. Nothing
/// was executed, unless a method says otherwise.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.kind.reason())]
pub struct SqliteStoreError {
    kind: SqliteStoreErrorKind,
    source: Option<BoxError>,
}

/// What was wrong with an [`SqliteStoreError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SqliteStoreErrorKind {
    /// Not the name of a table as [`schema`](super::schema) takes it.
    InvalidTable,
    /// The database is not a file: several connections to it would see nothing of each other, or
    /// lose it together.
    NotAFile,
    /// Others were writing for longer than
    /// [`SqliteStore::busy_timeout`](super::SqliteStore::busy_timeout).
    Busy,
    /// The database failed, or has no ledger: see the source.
    Database,
    /// The lock file beside the database, by which other processes know that this one lives, could
    /// not be made: see the source.
    LockFile,
    /// The key has had version `i64::MAX`.
    EndOfVersions,
    /// The guard has lost its key, or has ended.
    GuardLost,
    /// The handler still holds the [`JoinedTransaction`](super::JoinedTransaction), which can
    /// therefore not be committed, and will be rolled back.
    StillHeld,
    /// The transaction was rolled back while the handler held it: by the handler, by
    /// `ON CONFLICT ROLLBACK`, or by SQLite after an error such as a full disk.
    RolledBackInside,
    /// No guard of this store has lent the request a transaction to join: it did not pass a
    /// guarded layer as a write.
    NotLent,
}

impl SqliteStoreError {
    pub(super) fn new(kind: SqliteStoreErrorKind, source: impl Into<BoxError>) -> Self {
        let source = Some(source.into());
        Self { kind, source }
    }

    /// What was wrong.
    #[must_use]
    pub const fn kind(&self) -> SqliteStoreErrorKind {
        self.kind
    }

    /// As the layer looks for it: [`Busy`] itself where others were in the way.
    pub(super) fn into_begin_error(self) -> BoxError {
        match self.kind {
            SqliteStoreErrorKind::Busy => Busy.into(),
            _ => self.into(),
        }
    }
}

impl From<SqliteStoreErrorKind> for SqliteStoreError {
    fn from(kind: SqliteStoreErrorKind) -> Self {
        Self { kind, source: None }
    }
}

impl From<Busy> for SqliteStoreError {
    fn from(busy: Busy) -> Self {
        Self::new(SqliteStoreErrorKind::Busy, busy)
    }
}

impl From<sqlx::Error> for SqliteStoreError {
    fn from(error: sqlx::Error) -> Self {
        let kind = if is_busy(&error) {
            SqliteStoreErrorKind::Busy
        } else {
            SqliteStoreErrorKind::Database
        };
        Self::new(kind, error)
    }
}

impl From<std::io::Error> for SqliteStoreError {
    fn from(error: std::io::Error) -> Self {
        Self::new(SqliteStoreErrorKind::LockFile, error)
    }
}

/// Whether others were in the way, and nothing was executed.
pub(super) fn is_busy(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::PoolTimedOut => true,
        // The low byte is the primary code: 5 is SQLITE_BUSY, 6 SQLITE_LOCKED.
        sqlx::Error::Database(error) => error
            .code()
            .and_then(|code| code.parse::<u32>().ok())
            .is_some_and(|code| matches!(code & 0xFF, 5 | 6)),
        _ => false,
    }
}

impl SqliteStoreErrorKind {
    const fn reason(self) -> &'static str {
        match self {
            Self::InvalidTable => {
                "not a table's name: expected 1 to 48 ASCII letters, digits and _, no digit first"
            }
            Self::NotAFile => "the ledger's database must be a file",
            Self::Busy => "others were writing to the database for too long",
            Self::Database => "the ledger's database failed",
            Self::LockFile => "the lock file beside the database could not be made",
            Self::EndOfVersions => "the key has no version left",
            Self::GuardLost => "the guard has lost its key",
            Self::StillHeld => "the handler still holds the transaction",
            Self::RolledBackInside => "the transaction was rolled back before its end",
            Self::NotLent => "no guard has lent this request a transaction",
        }
    }
}
