use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use http::Extensions;
use sqlx::{PgPool, SqlitePool};

use super::{postgres, sqlite};
use crate::history::Trail;

pub(super) type Failure = Box<dyn std::error::Error + Send + Sync>;

/// What is kept of one resource. It stays when the resource is deleted.
#[derive(Clone, Debug, Default)]
pub(super) struct Row {
    pub(super) trail: Trail,
    pub(super) is_live: bool,
}

impl Row {
    /// As a query has found it.
    pub(super) fn found(row: Option<(String, bool)>) -> Result<Self, Failure> {
        Ok(match row {
            Some((trail, is_live)) => Self {
                trail: trail.parse()?,
                is_live,
            },
            None => Self::default(),
        })
    }
}

/// Where a handler reads and writes rows: by two steps, which nothing makes one.
pub(super) trait Rows: Send {
    fn load(&mut self, key: &str) -> impl Future<Output = Result<Row, Failure>> + Send;
    fn store(&mut self, key: &str, row: &Row) -> impl Future<Output = Result<(), Failure>> + Send;
}

#[derive(Clone)]
pub(super) enum Contents {
    Memory(Memory),
    Sqlite {
        pool: SqlitePool,
        joins: bool,
    },
    Postgres {
        pool: PgPool,
        joins: bool,
        /// Whether handlers wait for a connection.
        waits: bool,
    },
}

#[derive(Clone, Default)]
pub(super) struct Memory(Arc<Mutex<HashMap<String, Row>>>);

pub(super) const CREATE: &str = "CREATE TABLE IF NOT EXISTS contents (key TEXT PRIMARY KEY, trail TEXT NOT NULL, is_live BOOLEAN NOT NULL)";
pub(super) const LOAD: &str = "SELECT trail, is_live FROM contents WHERE key = $1";
pub(super) const STORE: &str = "INSERT INTO contents (key, trail, is_live) VALUES ($1, $2, $3) \
    ON CONFLICT (key) DO UPDATE SET trail = excluded.trail, is_live = excluded.is_live";

impl Contents {
    pub(super) fn memory() -> Self {
        Self::Memory(Memory::default())
    }

    pub(super) async fn sqlite(pool: SqlitePool, joins: bool) -> Self {
        let created = sqlx::query(CREATE).execute(&pool).await;
        created.expect("a table");
        Self::Sqlite { pool, joins }
    }

    pub(super) async fn postgres(pool: PgPool, joins: bool, waits: bool) -> Self {
        // Two that create it at once: one of them may fail, and finds it there then.
        if sqlx::query(CREATE).execute(&pool).await.is_err() {
            let created = sqlx::query(CREATE).execute(&pool).await;
            created.expect("a table");
        }
        Self::Postgres { pool, joins, waits }
    }

    pub(super) async fn read(&self, key: &str) -> Result<Row, Failure> {
        match self {
            Self::Memory(memory) => memory.clone().load(key).await,
            Self::Sqlite { pool, .. } => pool.acquire().await?.load(key).await,
            Self::Postgres { pool, .. } => pool.acquire().await?.load(key).await,
        }
    }

    /// Does `work` with the rows that a handler of a request with these extensions writes to.
    pub(super) async fn write<W: Work>(
        &self,
        extensions: &Extensions,
        work: W,
    ) -> Result<W::Done, Failure> {
        match self {
            Self::Memory(memory) => work.with(&mut memory.clone()).await,
            Self::Sqlite { joins: true, .. } => {
                let mut transaction = sqlite::join(extensions).await?;
                work.with(&mut *transaction).await
            }
            Self::Sqlite { pool, .. } => work.with(&mut *pool.acquire().await?).await,
            Self::Postgres { joins: true, .. } => {
                let mut transaction = postgres::join(extensions).await?;
                work.with(&mut *transaction).await
            }
            Self::Postgres {
                pool, waits: true, ..
            } => work.with(&mut *pool.acquire().await?).await,
            Self::Postgres { pool, .. } => {
                // One that is there already. Waiting for a new one could outlast the guard, when
                // the database is gone and comes back, and with it the promise.
                let connection = pool.try_acquire().ok_or("no connection")?;
                work.with(&mut *{ connection }).await
            }
        }
    }
}

/// What a handler does with rows.
pub(super) trait Work: Send {
    type Done;
    fn with<R: Rows>(
        self,
        rows: &mut R,
    ) -> impl Future<Output = Result<Self::Done, Failure>> + Send;
}

impl Rows for Memory {
    async fn load(&mut self, key: &str) -> Result<Row, Failure> {
        let rows = self.0.lock().expect("no panic while held");
        Ok(rows.get(key).cloned().unwrap_or_default())
    }

    async fn store(&mut self, key: &str, row: &Row) -> Result<(), Failure> {
        let mut rows = self.0.lock().expect("no panic while held");
        rows.insert(key.to_owned(), row.clone());
        Ok(())
    }
}
