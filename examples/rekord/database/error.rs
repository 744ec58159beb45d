//! What an error of the database means for the request that met it.

use std::error::Error as StdError;
use std::fmt;

use sqlx::error::DatabaseError as Reported;
use sqlx::postgres::{PgDatabaseError, PgSeverity};
use tower_conditional::BoxError;

/// Why the database did not do what it was asked for.
#[derive(Debug)]
pub(crate) enum DatabaseError {
    /// It is in use, or cannot be reached: nothing was executed, and a later attempt may succeed.
    Unavailable(sqlx::Error),
    /// It failed, and nothing was written.
    Failed(BoxError),
    /// It failed while it committed: nobody knows whether it did.
    OutcomeUnknown(sqlx::Error),
}

impl DatabaseError {
    /// A commit, or a statement that commits by itself, has failed.
    pub(super) fn at_commit(error: sqlx::Error) -> Self {
        if is_rolled_back(&error) {
            error.into()
        } else {
            Self::OutcomeUnknown(error)
        }
    }
}

/// Of anything that comes before a commit: whatever it has done is undone without one.
impl From<sqlx::Error> for DatabaseError {
    fn from(error: sqlx::Error) -> Self {
        if is_unavailable(&error) {
            Self::Unavailable(error)
        } else {
            Self::Failed(error.into())
        }
    }
}

pub(super) fn is_unavailable(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::Io(_) => true,
        sqlx::Error::Database(error) => match postgres(error.as_ref()) {
            Some(error) => is_unavailable_postgres(error.code()),
            None => is_busy_sqlite(error.as_ref()),
        },
        _ => false,
    }
}

/// Whether a commit that failed like this has not taken place, for certain.
fn is_rolled_back(error: &sqlx::Error) -> bool {
    let sqlx::Error::Database(error) = error else {
        return false;
    };
    match postgres(error.as_ref()) {
        // An ERROR aborts the transaction. FATAL and PANIC end the connection, and can do so when
        // the commit is in the log and only its acknowledgement is not yet sent.
        Some(error) => matches!(error.severity(), PgSeverity::Error),
        // Where SQLite was merely busy, it had not begun.
        None => is_busy_sqlite(error.as_ref()),
    }
}

fn postgres(error: &dyn Reported) -> Option<&PgDatabaseError> {
    error.try_downcast_ref()
}

/// By the SQLSTATE, <https://www.postgresql.org/docs/current/errcodes-appendix.html>.
fn is_unavailable_postgres(code: &str) -> bool {
    match code {
        // A lock was not free in time; the transaction idled for too long; a standby took over.
        "55P03" | "25P03" | "25P04" | "25006" => true,
        // Connection exceptions, rollbacks for the sake of others (serialization, deadlock),
        // resources used up, an operator's intervention (statement timeout, shutdown).
        _ => ["08", "40", "53", "57"]
            .iter()
            .any(|class| code.starts_with(class)),
    }
}

fn is_busy_sqlite(error: &dyn Reported) -> bool {
    // The low byte is the primary code: 5 is SQLITE_BUSY, 6 SQLITE_LOCKED.
    error
        .code()
        .and_then(|code| code.parse::<u32>().ok())
        .is_some_and(|code| matches!(code & 0xFF, 5 | 6))
}

impl fmt::Display for DatabaseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unavailable(_) => "the database is busy or away",
            Self::Failed(_) => "the database failed",
            Self::OutcomeUnknown(_) => "a commit failed",
        })
    }
}

impl StdError for DatabaseError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Self::Unavailable(error) | Self::OutcomeUnknown(error) => Some(error),
            Self::Failed(error) => Some(&**error),
        }
    }
}
