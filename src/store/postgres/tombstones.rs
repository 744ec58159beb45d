use std::time::{Duration, SystemTime, UNIX_EPOCH};

use sqlx::Row as _;

use crate::version::Version;

use super::{PostgresError, PostgresErrorKind, PostgresStore, key::StoredKey, store::Inner};

/// How many tombstones one transaction drops; each takes an entry of the server's lock table.
const BATCH: i64 = 200;

impl PostgresStore {
    /// Drops what is kept of keys that were deleted at least `age` ago, and gives their number.
    ///
    /// The floor rises to the highest of their versions in the same transaction, so what is
    /// created under such a key later has a version that it never had. Until it is written a
    /// dropped key is unknown instead of missing, which costs a reader the 404's preconditions and
    /// nothing else. Keys that are being written are passed over.
    ///
    /// # Errors
    /// The database is not reachable. What was dropped by then stays dropped.
    pub async fn prune_tombstones(&self, age: Duration) -> Result<u64, PostgresError> {
        let until = SystemTime::now().checked_sub(age);
        let since = until.and_then(|until| until.duration_since(UNIX_EPOCH).ok());
        let Some(until) = since.and_then(|since| i64::try_from(since.as_millis()).ok()) else {
            return Ok(0);
        };
        let mut behind = None;
        let mut dropped = 0;
        while let Some((last, count)) = self.inner.prune(until, behind).await? {
            behind = Some(last);
            dropped += count;
        }
        Ok(dropped)
    }

    /// Makes no version up to `version` any more, for any key: what a database needs that was
    /// restored from a backup, with a version above all that were issued since.
    ///
    /// # Errors
    /// [`PostgresErrorKind::Exhausted`] above `i64::MAX - 1`: no version would be left. Others
    /// where the database is not reachable.
    pub async fn raise_floor(&self, version: Version) -> Result<(), PostgresError> {
        let exhausted = |error| PostgresError::new(PostgresErrorKind::Exhausted, error);
        let floor = i64::try_from(version).map_err(exhausted)?;
        if floor == i64::MAX {
            return Err(PostgresErrorKind::Exhausted.into());
        }
        let query = self.inner.sql.raise_floor.query().bind(floor);
        let raise = query.execute(&self.inner.pool);
        match self.inner.limits.statement(raise).await?.rows_affected() {
            0 => Err(PostgresErrorKind::NotMigrated.into()),
            _ => Ok(()),
        }
    }
}

impl Inner {
    /// One batch behind a key: the last key that was looked at, and how many were dropped.
    async fn prune(
        &self,
        until: i64,
        behind: Option<Vec<u8>>,
    ) -> Result<Option<(Vec<u8>, u64)>, PostgresError> {
        let (sql, limits) = (&self.sql, self.limits);
        let mut transaction = limits.statement(self.pool.begin()).await?;
        // First, so that nobody takes a key for unseen with the floor as it was: those who do so
        // without the key's lock have this row locked.
        let floor = sql.lock_floor.query().fetch_one(&mut *transaction);
        let mut floor: i64 = limits.statement(floor).await?.try_get(0)?;
        let tombstones = sql.tombstones.query().bind(until).bind(behind).bind(BATCH);
        let tombstones = tombstones.fetch_all(&mut *transaction);
        let tombstones = limits.statement(tombstones).await?;
        let mut last = None;
        let mut dropped = 0;
        for row in tombstones {
            let key = StoredKey::from_stored(row.try_get("key")?);
            // A guard may have found the tombstone, and count on it.
            let lock = sql.try_lock.query().bind(key.lock());
            let lock = limits.statement(lock.fetch_one(&mut *transaction)).await?;
            if lock.try_get::<bool, _>(0)? {
                let tombstone = sql.drop_tombstone.query().bind(key.as_bytes());
                let tombstone = tombstone.fetch_optional(&mut *transaction);
                if let Some(row) = limits.statement(tombstone).await? {
                    floor = floor.max(row.try_get("version")?);
                    dropped += 1;
                }
            }
            last = Some(key.into_bytes().into_vec());
        }
        let raise = sql.raise_floor.query().bind(floor);
        limits.statement(raise.execute(&mut *transaction)).await?;
        limits.statement(transaction.commit()).await?;
        Ok(last.map(|last| (last, dropped)))
    }
}
