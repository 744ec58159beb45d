use std::{fmt, sync::Arc, time::Duration};

use sqlx::PgPool;

use crate::store::turns::Turns;

use super::{
    PostgresError, connections::Connections, key::StoredKey, ledger::Ledger, limits::Limits,
    migrate, names::Names, sql::Sql,
};

/// Versions in a table of a PostgreSQL database: a ledger.
///
/// Clones share the queue of writers and the guards' connections; make one store per process and
/// database, and clone it. The [module docs](super) say what it keeps and how.
///
/// ```no_run
/// use tower_conditional::store::postgres::PostgresStore;
///
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// let pool = sqlx::PgPool::connect("postgres://localhost/models").await?;
/// let store = PostgresStore::new(pool).schema("http")?.table("versions")?;
/// store.migrate().await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct PostgresStore {
    pub(super) inner: Arc<Inner>,
}

#[derive(Clone)]
pub(super) struct Inner {
    /// The application's, for reads.
    pub(super) pool: PgPool,
    pub(super) connections: Arc<Connections>,
    pub(super) turns: Turns,
    pub(super) sql: Arc<Sql>,
    pub(super) limits: Limits,
    pub(super) is_joined_only: bool,
    pub(super) notifies: bool,
    names: Names,
    guards: usize,
}

impl Inner {
    pub(super) fn ledger(&self) -> Ledger<'_> {
        Ledger {
            sql: &self.sql,
            limits: self.limits,
            notifies: self.notifies,
        }
    }
}

impl PostgresStore {
    /// How many guards are held at a time, unless [`guards`](Self::guards) says otherwise.
    const GUARDS: usize = 10;

    /// A ledger in the table `tower_conditional`, as the search path finds it.
    ///
    /// `pool` is for reads. Guards open connections of their own, with the same options, when
    /// they need them.
    #[must_use]
    pub fn new(pool: PgPool) -> Self {
        let names = Names::default();
        let limits = Limits::default();
        let connections = Connections::new(pool.clone(), limits, Self::GUARDS);
        let inner = Inner {
            pool,
            connections: Arc::new(connections),
            turns: Turns::new(),
            sql: Arc::new(Sql::new(&names)),
            limits,
            is_joined_only: false,
            notifies: false,
            names,
            guards: Self::GUARDS,
        };
        Self {
            inner: Arc::new(inner),
        }
    }

    /// The ledger in a table of this name, and its floor in one that is called the same with
    /// `_floor` behind it. Any name of 1 to 57 bytes without a NUL; it is quoted, so case counts.
    ///
    /// # Errors
    /// [`PostgresErrorKind::Name`](super::PostgresErrorKind::Name)
    pub fn table(self, name: &str) -> Result<Self, PostgresError> {
        let mut names = self.inner.names.clone();
        names.set_table(name)?;
        Ok(self.with(|inner| inner.names = names))
    }

    /// The ledger in this schema, wherever the search path leads. Any name of 1 to 63 bytes
    /// without a NUL; it is quoted, so case counts.
    ///
    /// # Errors
    /// [`PostgresErrorKind::Name`](super::PostgresErrorKind::Name)
    pub fn schema(self, name: &str) -> Result<Self, PostgresError> {
        let mut names = self.inner.names.clone();
        names.set_schema(name)?;
        Ok(self.with(|inner| inner.names = names))
    }

    /// Promises that every guarded handler does all of its writing in its
    /// [`Transaction`](super::Transaction).
    ///
    /// The transaction then begins with the guard, and one commit takes the handler's statements
    /// and the version. No intent is written, so nothing can be orphaned: whatever fails, all of
    /// it is rolled back and no version rises. What a handler does elsewhere is not covered. The
    /// isolation level is READ COMMITTED, whatever the default is.
    #[must_use]
    pub fn joined_only(self) -> Self {
        self.with(|inner| inner.is_joined_only = true)
    }

    /// How long a guard waits for its key while another process holds it, for a connection, or
    /// for a row: 10 s unless set; at least 1 ms.
    #[must_use]
    pub fn lock_timeout(self, limit: Duration) -> Self {
        self.with(|inner| inner.limits.lock = Limits::of(limit))
    }

    /// How long one statement of a guard takes at most, those of joined handlers included: 30 s
    /// unless set; at least 1 ms.
    #[must_use]
    pub fn statement_timeout(self, limit: Duration) -> Self {
        self.with(|inner| inner.limits.statement = Limits::of(limit))
    }

    /// How many guards are held at a time, each with a connection of its own: 10 unless set, at
    /// least 1. Writers of one key count once, however many wait.
    #[must_use]
    pub fn guards(self, count: usize) -> Self {
        let count = count.clamp(1, tokio::sync::Semaphore::MAX_PERMITS);
        self.with(|inner| inner.guards = count)
    }

    /// Tells other processes of each change by `NOTIFY`, for caches: see the
    /// [module docs](super#notifications).
    #[must_use]
    pub fn notify(self) -> Self {
        self.with(|inner| inner.notifies = true)
    }

    /// Creates the ledger's tables, and the schema if one was named, where they are missing.
    ///
    /// # Errors
    /// The database is not reachable, or does not let this user create them.
    pub async fn migrate(&self) -> Result<(), PostgresError> {
        migrate::migrate(&self.inner.pool, &self.inner.names).await
    }

    /// What [`migrate`](Self::migrate) executes, for those who run migrations themselves.
    #[must_use]
    pub fn sql(&self) -> String {
        migrate::sql(&self.inner.names)
    }

    /// The channel that [`notify`](Self::notify) tells changes on.
    ///
    /// # Errors
    /// The database is not reachable, or the ledger is not there.
    pub async fn channel(&self) -> Result<String, PostgresError> {
        use sqlx::Row as _;

        let channel = self.inner.sql.channel.query();
        let channel = channel.fetch_one(&self.inner.pool);
        let row = self.inner.limits.statement(channel).await?;
        Ok(row.try_get(0)?)
    }

    /// What [`notify`](Self::notify) sends for a change of `key`, in hexadecimal digits.
    #[must_use]
    pub fn payload(key: &[u8]) -> String {
        payload(&StoredKey::new(key))
    }

    /// The store with another setting. It starts without guards.
    fn with(self, set: impl FnOnce(&mut Inner)) -> Self {
        let mut inner = Arc::unwrap_or_clone(self.inner);
        set(&mut inner);
        inner.sql = Arc::new(Sql::new(&inner.names));
        let connections = Connections::new(inner.pool.clone(), inner.limits, inner.guards);
        inner.connections = Arc::new(connections);
        inner.turns = Turns::new();
        Self {
            inner: Arc::new(inner),
        }
    }
}

pub(super) fn payload(key: &StoredKey) -> String {
    use fmt::Write as _;

    let mut payload = String::with_capacity(2 * key.as_bytes().len());
    for byte in key.as_bytes() {
        // Writing to a string does not fail.
        let _ = write!(payload, "{byte:02x}");
    }
    payload
}

impl fmt::Debug for PostgresStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresStore")
            .field("ledger", &self.inner.names.ledger())
            .finish_non_exhaustive()
    }
}
