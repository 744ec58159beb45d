//! The transaction of a guarded write, which a handler's statements join.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use tower_conditional::store::postgres::{self, PostgresStore};
use tower_conditional::store::sqlite::{self, SqliteStore, SqliteStoreErrorKind};

use super::connection::{Connection, Pooled};
use super::{Database, DatabaseError, Engine};
use crate::error::Error;

/// Where the versions of rules are kept.
pub(crate) enum Ledger {
    Sqlite(SqliteStore),
    Postgres(PostgresStore),
}

impl Database {
    pub(crate) fn ledger(&self) -> Ledger {
        match &self.engine {
            Engine::Sqlite(file) => Ledger::Sqlite(file.ledger.clone()),
            Engine::Postgres(server) => Ledger::Postgres(server.ledger.clone()),
        }
    }
}

/// A place among the writers, until it is dropped.
#[must_use]
pub(crate) struct Place {
    _writer: Option<Pooled>,
}

impl Database {
    /// Waits for a place. A SQLite file has one writer at a time, and the ledger's connection
    /// would poll for its turn by chance beside that of the others; so all of a process wait in
    /// one line, for the one connection. In PostgreSQL nobody need wait but for the same rows.
    pub(crate) async fn place(&self) -> Result<Place, DatabaseError> {
        let writer = match &self.engine {
            Engine::Sqlite(_) => Some(self.writer().await?),
            Engine::Postgres(_) => None,
        };
        Ok(Place { _writer: writer })
    }
}

/// Statements that take effect together with the version of the resource that the request is
/// about. The layer commits them when the handler has succeeded, and rolls them back otherwise.
pub(crate) enum Joined {
    Sqlite(sqlite::JoinedTransaction),
    Postgres(postgres::JoinedTransaction),
}

impl Joined {
    pub(super) fn connection(&mut self) -> Connection<'_> {
        match self {
            Self::Sqlite(transaction) => Connection::Sqlite(transaction),
            Self::Postgres(transaction) => Connection::Postgres(transaction),
        }
    }
}

impl<S: Sync> FromRequestParts<S> for Joined {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Error> {
        let failed = |error| Error::Database(DatabaseError::Failed(error));
        if let Some(transaction) = parts.extensions.get::<postgres::Transaction>() {
            let joined = transaction.begin().await.map(Self::Postgres);
            return joined.map_err(|error| failed(error.into()));
        }
        let joined = match parts.extensions.get::<sqlite::Transaction>() {
            Some(transaction) => transaction.begin().await.map(Self::Sqlite),
            None => Err(SqliteStoreErrorKind::NotLent.into()),
        };
        joined.map_err(|error| failed(error.into()))
    }
}
