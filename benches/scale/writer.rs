//! The handler of the guarded writes: it knows nothing of versions, and puts a text where its data
//! is.

use std::{
    collections::HashMap,
    convert::Infallible,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use bytes::Bytes;
use http::{Extensions, Request, Response, StatusCode};
use http_body_util::Full;
use sqlx::{PgPool, SqlitePool};
use tower::{Service, service_fn};
use tower_conditional::store::{postgres, sqlite};

const CREATE: &str = "CREATE TABLE contents (key TEXT PRIMARY KEY, content TEXT NOT NULL)";
const PUT: &str = "INSERT INTO contents (key, content) VALUES ($1, $2) \
    ON CONFLICT (key) DO UPDATE SET content = excluded.content";

/// A content that no write has had before: SQLite writes nothing, and so waits for no disk, where a
/// row stays as it is.
fn content() -> String {
    static WRITES: AtomicU64 = AtomicU64::new(0);
    let number = WRITES.fetch_add(1, Ordering::Relaxed);
    format!(r#"{{"name":"A model of moderate length","status":"active","weight":{number}}}"#)
}

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Where the data is, and whether the handler writes it in the guard's transaction.
#[derive(Clone)]
pub(crate) enum Data {
    Memory(Arc<Mutex<HashMap<String, String>>>),
    Sqlite { pool: SqlitePool, joins: bool },
    Postgres { pool: PgPool, joins: bool },
}

impl Data {
    pub(crate) async fn create(&self) -> Result<(), sqlx::Error> {
        match self {
            Self::Memory(_) => {}
            Self::Sqlite { pool, .. } => _ = sqlx::query(CREATE).execute(pool).await?,
            Self::Postgres { pool, .. } => _ = sqlx::query(CREATE).execute(pool).await?,
        }
        Ok(())
    }

    async fn put(&self, key: &str, extensions: &Extensions) -> Result<(), Failure> {
        match self {
            Self::Memory(data) => {
                let mut data = data.lock().unwrap_or_else(PoisonError::into_inner);
                data.insert(key.to_owned(), content());
            }
            Self::Sqlite { joins: true, .. } => {
                let lent = extensions.get::<sqlite::Transaction>();
                let mut joined = lent.ok_or("nothing to join")?.begin().await?;
                let put = sqlx::query(PUT).bind(key).bind(content());
                put.execute(&mut *joined).await?;
            }
            Self::Sqlite { pool, .. } => {
                let put = sqlx::query(PUT).bind(key).bind(content());
                put.execute(pool).await?;
            }
            Self::Postgres { joins: true, .. } => {
                let lent = extensions.get::<postgres::Transaction>();
                let mut joined = lent.ok_or("nothing to join")?.begin().await?;
                let put = sqlx::query(PUT).bind(key).bind(content());
                put.execute(&mut *joined).await?;
            }
            Self::Postgres { pool, .. } => {
                let put = sqlx::query(PUT).bind(key).bind(content());
                put.execute(pool).await?;
            }
        }
        Ok(())
    }

    /// The handler, for requests with any body.
    pub(crate) fn handler<B>(
        &self,
    ) -> impl Service<
        Request<B>,
        Response = Response<Full<Bytes>>,
        Error = Infallible,
        Future: Send + 'static,
    > + Clone
    + Send
    + 'static
    where
        B: Send + 'static,
    {
        let data = self.clone();
        service_fn(move |request: Request<B>| {
            let data = data.clone();
            async move {
                let (parts, _) = request.into_parts();
                let put = data.put(parts.uri.path(), &parts.extensions).await;
                let mut response = Response::new(Full::default());
                if put.is_err() {
                    *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
                }
                Ok(response)
            }
        })
    }
}
