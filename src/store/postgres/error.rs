use sqlx::{
    error::DatabaseError,
    postgres::{PgDatabaseError, PgSeverity},
};

use crate::error::BoxError;

/// Why the ledger could not do what it was asked for. Nothing was executed, unless a method says
/// otherwise.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.kind.reason())]
pub struct PostgresError {
    kind: PostgresErrorKind,
    source: Option<BoxError>,
}

/// What kind of [`PostgresError`] it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PostgresErrorKind {
    /// A name that no table or schema can have.
    Name,
    /// The ledger's tables are not there: [`migrate`](super::PostgresStore::migrate) was not run.
    NotMigrated,
    /// No connection, or it was lost.
    Unavailable,
    /// The server did not answer in time.
    TimedOut,
    /// The end of the counter: a version must fit an `i64`.
    Exhausted,
    /// The guard was lost: its connection was ended, and another writer may have come.
    Lost,
    /// The [`Transaction`](super::Transaction) has ended with its guard, or is in use.
    NotJoinable,
    /// The request did not come through a layer with a guard of this store.
    NotLent,
    /// The database refused a statement.
    Database,
}

impl PostgresError {
    pub(super) fn new(kind: PostgresErrorKind, source: impl Into<BoxError>) -> Self {
        let source = Some(source.into());
        Self { kind, source }
    }

    /// What kind it is.
    #[must_use]
    pub const fn kind(&self) -> PostgresErrorKind {
        self.kind
    }

    /// Whether the connection is gone, so that nobody knows what became of the statement.
    pub(super) fn is_lost_connection(&self) -> bool {
        matches!(
            self.kind,
            PostgresErrorKind::Unavailable | PostgresErrorKind::TimedOut
        )
    }

    /// Whether a statement that waits for a lock has waited too long: `lock_not_available`, or
    /// `query_canceled` where a statement may take no longer than the wait.
    pub(super) fn is_busy(&self) -> bool {
        matches!(self.code().as_deref(), Some("55P03" | "57014"))
    }

    /// Whether the database has rolled back what would go through if it were sent again: a
    /// serialization failure or a deadlock.
    pub(super) fn is_to_be_sent_again(&self) -> bool {
        matches!(self.code().as_deref(), Some("40001" | "40P01"))
    }

    /// The code of the database's error (SQLSTATE).
    pub(super) fn code(&self) -> Option<String> {
        let error = self.source.as_ref()?.downcast_ref::<sqlx::Error>()?;
        Some(error.as_database_error()?.code()?.into_owned())
    }
}

impl From<PostgresErrorKind> for PostgresError {
    fn from(kind: PostgresErrorKind) -> Self {
        Self { kind, source: None }
    }
}

impl From<sqlx::Error> for PostgresError {
    fn from(error: sqlx::Error) -> Self {
        let kind = match &error {
            sqlx::Error::Database(error) => kind_of(&**error),
            sqlx::Error::PoolTimedOut => PostgresErrorKind::TimedOut,
            // The one row of the floor's table.
            sqlx::Error::RowNotFound => PostgresErrorKind::NotMigrated,
            sqlx::Error::ColumnDecode { .. }
            | sqlx::Error::ColumnNotFound(_)
            | sqlx::Error::Decode(_) => PostgresErrorKind::Database,
            _ => PostgresErrorKind::Unavailable,
        };
        Self::new(kind, error)
    }
}

fn kind_of(error: &dyn DatabaseError) -> PostgresErrorKind {
    let ends_the_session = error
        .try_downcast_ref::<PgDatabaseError>()
        .is_some_and(|error| matches!(error.severity(), PgSeverity::Fatal | PgSeverity::Panic));
    match error.code().as_deref() {
        _ if ends_the_session => PostgresErrorKind::Unavailable,
        // undefined_table, invalid_schema_name
        Some("42P01" | "3F000") => PostgresErrorKind::NotMigrated,
        // numeric_value_out_of_range: there is no next `bigint`.
        Some("22003") => PostgresErrorKind::Exhausted,
        _ => PostgresErrorKind::Database,
    }
}

impl PostgresErrorKind {
    const fn reason(self) -> &'static str {
        match self {
            Self::Name => "no table or schema can have this name",
            Self::NotMigrated => "the ledger's tables are not there",
            Self::Unavailable => "the ledger's database is not reachable",
            Self::TimedOut => "the ledger's database did not answer in time",
            Self::Exhausted => "the counter of versions has come to its end",
            Self::Lost => "the guard was lost",
            Self::NotJoinable => "the guard's transaction has ended or is in use",
            Self::NotLent => "no guard has lent this request its transaction",
            Self::Database => "the ledger's database has refused a statement",
        }
    }
}
