use std::{
    convert::Infallible,
    fmt,
    future::{Ready, ready},
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use crate::{
    current::Current,
    precondition::{Committed, Expectation, VersionConflict, WritePermit},
    store::{Busy, Effect, GuardedStore, VersionStore},
    version::Version,
};

use super::{begin::MemoryBegin, entry::Entry, guard::MemoryGuard, ledger::Ledger, row::Row};

/// Versions in this process's memory, for handlers that keep no database, and for tests.
///
/// Look-ups take no lock. A write comes in one of two ways:
///
/// * under a guard ([`GuardedStore`]), as
///   [`ConditionalLayer::guarded`](crate::ConditionalLayer::guarded) does it, with any handler;
/// * by [`compare_and_set`](Self::compare_and_set) or [`remove`](Self::remove), which check the
///   permit, change the application's own data in memory and raise the version as one step. On a
///   key that a guard is out for, from its grant to its end, both refuse with
///   [`VersionConflict`].
///
/// Clones share the same versions. A key can be anything that gives bytes.
///
/// A key that was never written is unknown to the layer, and the first successful read adopts it
/// as version 1. `compare_and_set` and `remove`, and guarded writes under `If-None-Match: *`, take
/// such a key for missing: where the data was
/// there before the store, call [`VersionStore::adopt`] for its keys first. A key whose last write
/// may have been half done, since its guard was lost or `write` panicked, is unknown too: its old
/// tags match no more, the next successful read adopts it with a version that was never issued,
/// and the next write is above that.
///
/// # Memory
/// About 110 bytes and the key's length for each key that was written, or read with a 2xx: a
/// route that answers any path with 200 grows without bound, so give it no layer. Keys whose
/// current version has a [`Fingerprint`](super::super::Fingerprint) take as much again, and guards
/// leave nothing. Deleted keys stay, so that no version comes back when they are created again,
/// for the last 65,536 deletions ([`tombstone_limit`](Self::tombstone_limit)), and each is held
/// twice; so do keys whose first write was lost. What is older is dropped, and a floor takes its
/// place: keys that the store holds nothing of start above the highest version that was dropped.
///
/// # Caveats
/// The versions end with the process: use it where the data does too, or
/// [`since_boot`](Self::since_boot). Data that `write` changes step by step is seen half-way by
/// readers that take no lock of the application's; and it is the new data under the old version
/// until `write` is done, so don't serve ranges of it. (A guard that is armed tells readers so,
/// and the layer ignores Range.)
///
/// Keys are hashed by foldhash, with a random seed for each store: fast, and not cryptographic.
/// Whoever may create resources, and can time look-ups very finely, might find keys that collide.
///
/// ```
/// use tower_conditional::{MemoryStore, Version, VersionConflict, WritePermit};
///
/// let versions = MemoryStore::new();
/// let permit = WritePermit::UNCONDITIONAL;
/// let mut data = Vec::new();
/// let (committed, ()) = versions.compare_and_set("/models/1", &permit, |_| data.push("draft"))?;
/// assert_eq!(committed.0, Version::FIRST);
/// # Ok::<(), VersionConflict>(())
/// ```
#[derive(Clone)]
pub struct MemoryStore {
    ledger: Arc<Ledger>,
}

impl MemoryStore {
    /// An empty store: versions start at 1.
    #[must_use]
    pub fn new() -> Self {
        Self::above(0)
    }

    /// An empty store for data that outlives the process: versions start above the present time in
    /// microseconds since 1970, which is below 2^53, what JSON numbers can say, until the year
    /// 2255. So no tag of an earlier process is valid or comes back.
    ///
    /// That assumes that the clock is not set back between two processes, that the earlier one has
    /// ended, and that no key is written more than a million times a second for as long as it ran.
    ///
    /// ```
    /// use tower_conditional::{MemoryStore, Version, VersionConflict, WritePermit};
    ///
    /// let permit = WritePermit::UNCONDITIONAL;
    /// let commit = |versions: &MemoryStore| versions.compare_and_set("/models/1", &permit, |_| ());
    /// let (before, ()) = commit(&MemoryStore::since_boot())?;
    /// let (after, ()) = commit(&MemoryStore::since_boot())?;
    /// assert!(before.0 < after.0 && after.0 < Version::new(1 << 53));
    /// # Ok::<(), VersionConflict>(())
    /// ```
    #[must_use]
    pub fn since_boot() -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        Self::above(since.map_or(0, |it| u64::try_from(it.as_micros()).unwrap_or(0)))
    }

    fn above(unseen_floor: u64) -> Self {
        Self {
            ledger: Arc::new(Ledger::new(unseen_floor)),
        }
    }

    /// Keeps the second in which each version is made, for `Last-Modified`. A look-up then costs
    /// the layer one allocation for the date. Set it before the first write.
    #[must_use]
    pub fn keep_modification_times(self) -> Self {
        self.ledger.keep_times();
        self
    }

    /// How many deleted keys are remembered one by one; the default is 65,536.
    #[must_use]
    pub fn tombstone_limit(self, limit: usize) -> Self {
        self.ledger.tombstones.set_limit(limit);
        self
    }

    /// How many writers may wait for the guard of one key, its holder not counted; the default is
    /// 1024. The next one is refused with [`Busy`], a 503.
    #[must_use]
    pub fn queue_limit(self, limit: usize) -> Self {
        self.ledger.turns.set_limit(limit);
        self
    }

    /// Lets each version that is made from now on, of any key, be above `floor`: for data that was
    /// restored from a backup, with the highest version that was issued since. Versions rise by
    /// one above it. A lower floor than the present one changes nothing.
    ///
    /// What is current stays so until it is written: to make a key's old tags invalid at once,
    /// [`raise`](GuardedStore::raise) it.
    ///
    /// ```
    /// use tower_conditional::{MemoryStore, Version, VersionConflict, WritePermit};
    ///
    /// let versions = MemoryStore::new();
    /// let permit = WritePermit::UNCONDITIONAL;
    /// versions.compare_and_set("/models/1", &permit, |_| ())?;
    /// versions.raise_floor(Version::new(1000));
    /// for (key, next) in [("/models/1", 1001), ("/models/1", 1002), ("/models/2", 1001)] {
    ///     let (committed, ()) = versions.compare_and_set(key, &permit, |_| ())?;
    ///     assert_eq!(committed.0, Version::new(next));
    /// }
    /// # Ok::<(), VersionConflict>(())
    /// ```
    pub fn raise_floor(&self, floor: Version) {
        self.ledger.raise_floor(floor);
    }

    /// Runs `write`, and makes the next version of `key` current, if `permit` allows a write
    /// that starts from what is current.
    ///
    /// No other write of the key comes between: `write` runs under the lock of its stripe of
    /// keys, so it should only change memory, and must not call this store. Readers see the new
    /// version when `write` is done. What `write` returns is handed on and not looked at: check
    /// what may fail before. If it panics nobody knows what it has changed: the key is unknown,
    /// and the version that `write` was told is never used.
    ///
    /// # Errors
    /// [`VersionConflict`] if the permit asks for something else than is current, or a guard of the
    /// key is out; `write` has not run. So it is at the end of the counter, 2^64 - 1.
    pub fn compare_and_set<T>(
        &self,
        key: impl AsRef<[u8]>,
        permit: &WritePermit,
        write: impl FnOnce(Version) -> T,
    ) -> Result<(Committed, T), VersionConflict> {
        let row = self.free_row(key.as_ref())?;
        permit.check(current(row.entry()))?;
        under(&row, Effect::Written, write)
    }

    /// Runs `write`, and makes `key` missing, if `permit` allows it. Otherwise as
    /// [`compare_and_set`](Self::compare_and_set). The version that is committed is the
    /// deletion's own; what is created under the key later has a higher one.
    ///
    /// `None` if there is nothing to remove and nothing that the permit insists on: a 404.
    ///
    /// # Errors
    /// [`VersionConflict`] if the permit asks for something else than is current, or a guard of the
    /// key is out; `write` has not run.
    pub fn remove<T>(
        &self,
        key: impl AsRef<[u8]>,
        permit: &WritePermit,
        write: impl FnOnce(Version) -> T,
    ) -> Result<Option<(Committed, T)>, VersionConflict> {
        let key = key.as_ref();
        let row = self.free_row(key)?;
        if current(row.entry()) == Current::Missing {
            return match permit.expectation() {
                Expectation::Any | Expectation::Absent | Expectation::Never => Ok(None),
                Expectation::Exists | Expectation::Exactly(_) => Err(VersionConflict),
            };
        }
        permit.check(current(row.entry()))?;
        let removed = under(&row, Effect::Deleted, write)?;
        drop(row);
        let (Committed(version), _) = &removed;
        self.ledger.bury(key, *version);
        Ok(Some(removed))
    }

    /// The key under its lock, if no guard of it is out. One that is granted from now on looks at
    /// the key when the lock is free.
    fn free_row<'a>(&'a self, key: &'a [u8]) -> Result<Row<'a>, VersionConflict> {
        let row = self.ledger.row(key);
        if self.ledger.turns.is_taken(key) {
            return Err(VersionConflict);
        }
        Ok(row)
    }
}

/// What is current by a key's entry, where this store is the one that knows: no entry, no
/// resource.
fn current(entry: Option<Entry>) -> Current {
    entry.map_or(Current::Missing, Entry::current)
}

/// Runs `write` and puts what came of it.
fn under<T>(
    row: &Row<'_>,
    effect: Effect,
    write: impl FnOnce(Version) -> T,
) -> Result<(Committed, T), VersionConflict> {
    let version = row.next().ok_or(VersionConflict)?;
    let mut made = Made {
        row,
        // A panic may leave the version that `write` was told in what it has changed.
        version: version.next().unwrap_or(version),
        effect: Effect::Unknown,
    };
    let value = write(version);
    made.version = version;
    made.effect = effect;
    drop(made);
    Ok((Committed(version), value))
}

/// Puts its version when it goes, also while a panic unwinds.
struct Made<'a> {
    row: &'a Row<'a>,
    version: Version,
    effect: Effect,
}

impl Drop for Made<'_> {
    fn drop(&mut self) {
        self.row.put(self.version, self.effect, None);
    }
}

impl<K: AsRef<[u8]>> VersionStore<K> for MemoryStore {
    type Error = Infallible;
    type Current = Ready<Result<Current, Infallible>>;

    fn current(&self, key: K) -> Self::Current {
        ready(Ok(self.ledger.look_up(key.as_ref())))
    }

    #[inline]
    fn try_current(&self, key: &K) -> Option<Result<Current, Infallible>> {
        Some(Ok(self.ledger.look_up(key.as_ref())))
    }

    #[inline]
    fn try_latest(&self, key: &K) -> Option<Result<Current, Infallible>> {
        self.try_current(key)
    }

    /// While a guard of the key is out, nothing changes.
    fn adopt(&self, key: K) -> Option<Self::Current> {
        self.ledger.adopt(key.as_ref());
        Some(self.current(key))
    }
}

impl<K: AsRef<[u8]>> GuardedStore<K> for MemoryStore {
    type Guard = MemoryGuard<K>;
    type BeginError = Busy;
    type Begin = MemoryBegin<K>;
    type Raise = Ready<Result<Current, Infallible>>;

    fn begin(&self, key: K) -> MemoryBegin<K> {
        MemoryBegin::new(&self.ledger, key.as_ref())
    }

    /// At the end of the counter the key is unknown, and stays so.
    fn raise(&self, key: K, effect: Effect) -> Self::Raise {
        self.ledger.raise(key.as_ref(), effect, None, None);
        self.current(key)
    }
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryStore")
            .field("keys", &self.ledger.len())
            .finish_non_exhaustive()
    }
}
