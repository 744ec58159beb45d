use std::{fmt, pin::Pin, sync::Arc, time::Duration};

use sqlx::SqlitePool;

use crate::{
    current::Current,
    error::BoxError,
    store::{Effect, GuardedStore, VersionStore},
    version::Version,
};

use super::{
    SqliteGuard, SqliteStoreError,
    connection::Durability,
    inner::Inner,
    row::{self, Floors},
    schema::Statements,
    writer::CommitFailure,
};

type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// The longest wait that the clock can count.
const LONGEST: Duration = Duration::from_hours(24 * 365);

/// Versions in an SQLite file; the [module docs](super) say how.
///
/// Keys are anything that gives bytes, of any length. Clones share connections and queues; the
/// builders are for before it is cloned or used.
#[derive(Clone)]
pub struct SqliteStore {
    inner: Arc<Inner>,
}

impl SqliteStore {
    /// Versions in the table `conditional_versions` of the pool's database, which
    /// [`migrate`](Self::migrate) creates.
    ///
    /// Reads take the pool's connections. Writes have one of their own, opened with the pool's
    /// [connect options](SqlitePool::connect_options) on first use, so that guards and handlers
    /// don't wait for each other's connections. What the pool's `after_connect` does is not done
    /// to it.
    #[must_use]
    pub fn new(pool: SqlitePool) -> Self {
        Self::with(pool, Statements::default(), Duration::from_secs(5), false)
    }

    fn with(
        pool: SqlitePool,
        statements: Statements,
        patience: Duration,
        is_joined_only: bool,
    ) -> Self {
        let inner = Inner::new(pool, statements, patience, is_joined_only);
        Self {
            inner: Arc::new(inner),
        }
    }

    fn replaced(&self, statements: Statements, patience: Duration, is_joined_only: bool) -> Self {
        Self::with(
            self.inner.pool.clone(),
            statements,
            patience,
            is_joined_only,
        )
    }

    /// Another name for the table: 1 to 48 ASCII letters, digits and `_`, no digit first, not
    /// starting with `sqlite_`. Several ledgers can live in one file.
    ///
    /// # Errors
    /// [`SqliteStoreErrorKind::InvalidTable`](super::SqliteStoreErrorKind::InvalidTable).
    pub fn table(self, name: &str) -> Result<Self, SqliteStoreError> {
        let Inner {
            patience,
            is_joined_only,
            ..
        } = *self.inner;
        Ok(self.replaced(Statements::new(name)?, patience, is_joined_only))
    }

    /// Promises that every handler joins its guard's [`Transaction`](super::Transaction), or
    /// changes nothing that lasts: then a guard is one transaction from begin to commit, and there
    /// are no intents and no lock files.
    ///
    /// It makes all writes of the file wait for each other while handlers run. A handler that
    /// writes to the file without joining waits for its own guard, until
    /// [`busy_timeout`](Self::busy_timeout) ends it.
    #[must_use]
    pub fn joined_only(self) -> Self {
        let statements = self.inner.statements.clone();
        self.replaced(statements, self.inner.patience, true)
    }

    /// How long a guard waits for the writers of other keys and other processes, at each of its
    /// steps, and for another process's guard of its key. The default is five seconds. The wait
    /// for guards of this process is bounded by the layer.
    #[must_use]
    pub fn busy_timeout(self, timeout: Duration) -> Self {
        let statements = self.inner.statements.clone();
        self.replaced(statements, timeout.min(LONGEST), self.inner.is_joined_only)
    }

    /// Creates the ledger's tables where they are missing, with the statements that
    /// [`schema`](super::schema) prints. Any number of processes can do it at once.
    ///
    /// # Errors
    /// [`SqliteStoreErrorKind::NotAFile`](super::SqliteStoreErrorKind::NotAFile) for a database in
    /// memory; [`Busy`](super::SqliteStoreErrorKind::Busy);
    /// [`LockFile`](super::SqliteStoreErrorKind::LockFile);
    /// [`Database`](super::SqliteStoreErrorKind::Database), also if there is another table of the
    /// ledger's name.
    pub async fn migrate(&self) -> Result<(), SqliteStoreError> {
        let deadline = self.inner.deadline();
        let mut transaction = self.inner.begin(deadline, Durability::Disk).await?;
        let create = self.inner.statements.create.clone();
        transaction.connection.run(create).await?;
        // Another table of that name has other columns.
        transaction.load(&self.inner.statements, b"").await?;
        let committed = transaction.commit(deadline).await;
        committed.map_err(CommitFailure::into_error)
    }

    /// Forgets the keys whose resources were deleted before the last `age`, and returns how many
    /// they were. A floor takes their place: whatever is created under a key that the ledger does
    /// not know has a version above theirs. To readers such a key is unknown, not missing.
    ///
    /// Other writers get their turns in between.
    ///
    /// # Errors
    /// [`Busy`](super::SqliteStoreErrorKind::Busy) or
    /// [`Database`](super::SqliteStoreErrorKind::Database); some keys may be forgotten already.
    pub async fn prune_tombstones(&self, age: Duration) -> Result<u64, SqliteStoreError> {
        const BATCH: u32 = 500;
        let age = i64::try_from(age.as_millis()).unwrap_or(i64::MAX);
        let before = row::now().saturating_sub(age);
        let statements = &self.inner.statements;
        let mut count = 0;
        loop {
            let deadline = self.inner.deadline();
            let mut transaction = self.inner.begin(deadline, Durability::Disk).await?;
            let deleted: Vec<(Vec<u8>, i64)> = sqlx::query_as(statements.deleted.clone())
                .bind(before)
                .bind(BATCH)
                .fetch_all(&mut transaction.connection.sqlite)
                .await?;
            let Some(highest) = deleted.iter().map(|(_, version)| *version).max() else {
                transaction.roll_back().await;
                return Ok(count);
            };
            let floors = Floors {
                dropped: highest,
                raised: 0,
            };
            transaction.raise_floors(statements, floors).await?;
            for (key, _) in &deleted {
                sqlx::query(statements.delete.clone())
                    .bind(key)
                    .execute(&mut transaction.connection.sqlite)
                    .await?;
                count += 1;
            }
            let committed = transaction.commit(deadline).await;
            committed.map_err(CommitFailure::into_error)?;
        }
    }

    /// Makes every new version of every key higher than `floor`, from now on: for a ledger that
    /// was restored from a backup, and a `floor` that no version had reached when it was lost.
    /// Versions that are current stay so. A lower floor than the present one changes nothing.
    ///
    /// # Errors
    /// [`EndOfVersions`](super::SqliteStoreErrorKind::EndOfVersions) if `floor` leaves none, from
    /// `i64::MAX` on; [`Busy`](super::SqliteStoreErrorKind::Busy) or
    /// [`Database`](super::SqliteStoreErrorKind::Database).
    pub async fn raise_floor(&self, floor: Version) -> Result<(), SqliteStoreError> {
        let raised = i64::try_from(floor).ok().filter(|floor| *floor < i64::MAX);
        let raised = raised.ok_or(super::SqliteStoreErrorKind::EndOfVersions)?;
        let deadline = self.inner.deadline();
        let mut transaction = self.inner.begin(deadline, Durability::Disk).await?;
        let floors = Floors { dropped: 0, raised };
        transaction
            .raise_floors(&self.inner.statements, floors)
            .await?;
        let committed = transaction.commit(deadline).await;
        committed.map_err(CommitFailure::into_error)
    }
}

impl<K: AsRef<[u8]>> VersionStore<K> for SqliteStore {
    type Error = SqliteStoreError;
    type Current = BoxFuture<Result<Current, SqliteStoreError>>;

    fn current(&self, key: K) -> Self::Current {
        let (inner, key) = self.of(&key);
        Box::pin(async move { inner.current(&key).await })
    }

    fn adopt(&self, key: K) -> Option<Self::Current> {
        let (inner, key) = self.of(&key);
        Some(Box::pin(async move { inner.adopt(&key).await }))
    }
}

impl<K: AsRef<[u8]>> GuardedStore<K> for SqliteStore {
    type Guard = SqliteGuard;
    type BeginError = BoxError;
    type Begin = BoxFuture<Result<SqliteGuard, BoxError>>;
    type Raise = BoxFuture<Result<Current, SqliteStoreError>>;

    fn begin(&self, key: K) -> Self::Begin {
        let (inner, key) = self.of(&key);
        Box::pin(async move {
            let begun = SqliteGuard::begin(inner, key).await;
            begun.map_err(SqliteStoreError::into_begin_error)
        })
    }

    fn raise(&self, key: K, effect: Effect) -> Self::Raise {
        let (inner, key) = self.of(&key);
        Box::pin(async move { inner.raise(&key, effect).await })
    }
}

impl SqliteStore {
    fn of(&self, key: &impl AsRef<[u8]>) -> (Arc<Inner>, Box<[u8]>) {
        (Arc::clone(&self.inner), key.as_ref().into())
    }
}

impl fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteStore")
            .field("joined_only", &self.inner.is_joined_only)
            .field("busy_timeout", &self.inner.patience)
            .finish_non_exhaustive()
    }
}
