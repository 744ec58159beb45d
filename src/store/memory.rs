use std::{
    collections::VecDeque,
    convert::Infallible,
    fmt,
    future::{Ready, ready},
    hash::{BuildHasher, RandomState},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use crate::{
    current::{Current, Validators},
    precondition::{Committed, Expectation, VersionConflict, WritePermit},
    version::Version,
};

use super::VersionStore;

/// Versions in this process's memory, for handlers that keep no database, and for tests.
///
/// Look-ups take no lock. A write goes through [`compare_and_set`](Self::compare_and_set) or
/// [`remove`](Self::remove), which check the permit, change the application's own data and raise
/// the version as one step. Clones share the same versions. A key can be anything that gives
/// bytes.
///
/// A key that was never written is unknown to the layer, and the first successful read adopts it
/// as version 1. Writes take such a key for missing: where the data was there before the store,
/// call [`VersionStore::adopt`] for its keys first.
///
/// # Memory
/// About 110 bytes and the key's length for each key that was written, or read with a 2xx: a
/// route that answers any path with 200 grows without bound, so give it no layer. Deleted keys
/// stay, so that no version comes back when they are created again, for the last 65,536
/// deletions ([`tombstone_limit`](Self::tombstone_limit)), and each is held twice. What is older
/// is dropped, and a floor takes its place: keys that the store holds nothing of start above the
/// highest version that was dropped.
///
/// # Caveats
/// The versions end with the process: use it where the data does too. Data that `write` changes
/// step by step is seen half-way by readers that take no lock of the application's; and it is
/// the new data under the old version until `write` is done, so don't serve ranges of it.
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
#[derive(Clone, Default)]
pub struct MemoryStore {
    inner: Arc<Inner>,
}

struct Inner {
    entries: papaya::HashMap<Box<[u8]>, Entry>,
    /// One writer per stripe of keys at a time; readers never take these.
    stripes: [Mutex<()>; STRIPES],
    stripe_of: RandomState,
    /// The highest version of a key that was dropped.
    floor: AtomicU64,
    /// Deletions, oldest first; some keys may have been created, or deleted, again.
    tombstones: Mutex<VecDeque<(Box<[u8]>, Version)>>,
    tombstone_limit: AtomicUsize,
    keeps_times: AtomicBool,
}

const STRIPES: usize = 64;

#[derive(Clone, Copy)]
struct Entry {
    version: Version,
    /// Seconds since the epoch; dates show no more. Zero where no times are kept.
    modified: u32,
    deleted: bool,
}

impl MemoryStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Keeps the second in which each version is made, for `Last-Modified`. A look-up then costs
    /// the layer one allocation for the date. Set it before the first write.
    #[must_use]
    pub fn keep_modification_times(self) -> Self {
        self.inner.keeps_times.store(true, Ordering::Relaxed);
        self
    }

    /// How many deleted keys are remembered one by one; the default is 65,536.
    #[must_use]
    pub fn tombstone_limit(self, limit: usize) -> Self {
        self.inner.tombstone_limit.store(limit, Ordering::Relaxed);
        self
    }

    /// Runs `write`, and makes the next version of `key` current, if `permit` allows a write
    /// that starts from what is current.
    ///
    /// No other write of the key comes between: `write` runs under the lock of its stripe of
    /// keys, so it should only change memory, and must not call this store. Readers see the new
    /// version when `write` is done. What `write` returns is handed on and not looked at: check
    /// what may fail before. If it panics the version rises all the same, since nobody knows what
    /// it has changed.
    ///
    /// # Errors
    /// [`VersionConflict`] if the permit asks for something else than is current; `write` has
    /// not run. So it is at the end of the counter, 2^64 - 1.
    pub fn compare_and_set<T>(
        &self,
        key: impl AsRef<[u8]>,
        permit: &WritePermit,
        write: impl FnOnce(Version) -> T,
    ) -> Result<(Committed, T), VersionConflict> {
        let key = key.as_ref();
        let _stripe = self.inner.lock(key);
        let entry = self.inner.entry(key);
        permit.check(current(entry))?;
        self.inner.write(key, entry, false, write)
    }

    /// Runs `write`, and makes `key` missing, if `permit` allows it. Otherwise as
    /// [`compare_and_set`](Self::compare_and_set). The version that is committed is the
    /// deletion's own; what is created under the key later has a higher one.
    ///
    /// `None` if there is nothing to remove and nothing that the permit insists on: a 404.
    ///
    /// # Errors
    /// [`VersionConflict`] if the permit asks for something else than is current; `write` has
    /// not run.
    pub fn remove<T>(
        &self,
        key: impl AsRef<[u8]>,
        permit: &WritePermit,
        write: impl FnOnce(Version) -> T,
    ) -> Result<Option<(Committed, T)>, VersionConflict> {
        let key = key.as_ref();
        let removed = {
            let _stripe = self.inner.lock(key);
            let entry = self.inner.entry(key);
            if current(entry) == Current::Missing {
                return match permit.expectation() {
                    Expectation::Any | Expectation::Absent | Expectation::Never => Ok(None),
                    Expectation::Exists | Expectation::Exactly(_) => Err(VersionConflict),
                };
            }
            permit.check(current(entry))?;
            self.inner.write(key, entry, true, write)?
        };
        let (Committed(version), _) = &removed;
        self.inner.bury(key, *version);
        Ok(Some(removed))
    }

    fn look_up(&self, key: &[u8]) -> Current {
        match self.inner.entry(key) {
            // Nothing was written here, but the resource may have been there before.
            None => Current::Unknown,
            entry => current(entry),
        }
    }
}

/// What is current by a key's entry, where this store is the one that knows: no entry, no
/// resource.
fn current(entry: Option<Entry>) -> Current {
    match entry {
        None | Some(Entry { deleted: true, .. }) => Current::Missing,
        Some(entry) => {
            let validators = Validators::new(entry.version);
            Current::Present(match entry.modified {
                0 => validators,
                second => {
                    validators.modified_at(UNIX_EPOCH + Duration::from_secs(u64::from(second)))
                }
            })
        }
    }
}

impl<K: AsRef<[u8]>> VersionStore<K> for MemoryStore {
    type Error = Infallible;
    type Current = Ready<Result<Current, Infallible>>;

    fn current(&self, key: K) -> Self::Current {
        ready(Ok(self.look_up(key.as_ref())))
    }

    fn adopt(&self, key: K) -> Option<Self::Current> {
        let key = key.as_ref();
        let _stripe = self.inner.lock(key);
        if self.inner.entry(key).is_none()
            && let Some(version) = self.inner.next(None)
        {
            self.inner.put(key, None, version, false);
        }
        Some(ready(Ok(self.look_up(key))))
    }
}

impl Inner {
    fn lock(&self, key: &[u8]) -> MutexGuard<'_, ()> {
        let hash = self.stripe_of.hash_one(key);
        #[expect(
            clippy::cast_possible_truncation,
            reason = "any bits of a hash will do"
        )]
        let stripe = hash as usize % STRIPES;
        // A writer that panicked has left its version raised, which is all there is to mend.
        self.stripes[stripe]
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn entry(&self, key: &[u8]) -> Option<Entry> {
        self.entries.pin().get(key).copied()
    }

    /// The version that follows `entry`. The stripe's lock is held, so that a key which is being
    /// dropped has either its entry or the floor above it.
    fn next(&self, entry: Option<Entry>) -> Option<Version> {
        match entry {
            Some(entry) => entry.version.next(),
            None => Version::new(self.floor.load(Ordering::Acquire)).next(),
        }
    }

    fn write<T>(
        &self,
        key: &[u8],
        entry: Option<Entry>,
        deleted: bool,
        write: impl FnOnce(Version) -> T,
    ) -> Result<(Committed, T), VersionConflict> {
        let version = self.next(entry).ok_or(VersionConflict)?;
        let mut raised = Raised {
            inner: self,
            key,
            entry,
            version,
            // What a panic leaves of a deletion may still be there.
            deleted: false,
        };
        let value = write(version);
        raised.deleted = deleted;
        drop(raised);
        Ok((Committed(version), value))
    }

    fn put(&self, key: &[u8], entry: Option<Entry>, version: Version, deleted: bool) {
        let modified = if self.keeps_times.load(Ordering::Relaxed) {
            modification_second(entry)
        } else {
            0
        };
        let entry = Entry {
            version,
            modified,
            deleted,
        };
        self.entries.pin().insert(key.into(), entry);
    }

    /// Remembers that `deletion` was one of `key`, and forgets the oldest one past the limit.
    fn bury(&self, key: &[u8], deletion: Version) {
        let limit = self.tombstone_limit.load(Ordering::Relaxed);
        let mut dropped = Vec::new();
        {
            let mut tombstones = self
                .tombstones
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            tombstones.push_back((key.into(), deletion));
            while tombstones.len() > limit {
                dropped.extend(tombstones.pop_front());
            }
        }
        for (key, deletion) in dropped {
            let _stripe = self.lock(&key);
            // A later deletion of the key has a place of its own in the queue.
            if let Some(Entry {
                version,
                deleted: true,
                ..
            }) = self.entry(&key)
                && version == deletion
            {
                self.floor.fetch_max(version.get(), Ordering::AcqRel);
                self.entries.pin().remove(&key);
            }
        }
    }
}

impl Default for Inner {
    fn default() -> Self {
        Self {
            entries: papaya::HashMap::new(),
            stripes: [const { Mutex::new(()) }; STRIPES],
            stripe_of: RandomState::new(),
            floor: AtomicU64::new(0),
            tombstones: Mutex::default(),
            tombstone_limit: AtomicUsize::new(1 << 16),
            keeps_times: AtomicBool::new(false),
        }
    }
}

/// Makes its version current when it goes, also while a panic unwinds.
struct Raised<'a> {
    inner: &'a Inner,
    key: &'a [u8],
    entry: Option<Entry>,
    version: Version,
    deleted: bool,
}

impl Drop for Raised<'_> {
    fn drop(&mut self) {
        self.inner
            .put(self.key, self.entry, self.version, self.deleted);
    }
}

/// The present second, and never an earlier one than the entry's: if the clock was set back, the
/// entry's date may have been given out already, so the next second is taken.
fn modification_second(entry: Option<Entry>) -> u32 {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| u32::try_from(since.as_secs()).unwrap_or(0));
    match entry {
        Some(entry) if now < entry.modified => entry.modified.saturating_add(1),
        _ => now,
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryStore")
            .field("keys", &self.inner.entries.len())
            .finish_non_exhaustive()
    }
}
