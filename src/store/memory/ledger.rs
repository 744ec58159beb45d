use std::{
    hash::BuildHasher,
    sync::{
        PoisonError,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
};

use foldhash::quality::RandomState;

use crate::{
    current::Current,
    store::{
        Effect, Fingerprint,
        sync::{AtomicU64, Mutex, Ordering, STRIPES},
        turns::Turns,
    },
    version::Version,
};

use super::{armed::Armed, entry::Entry, map::Map, row::Row, tombstones::Tombstones};

/// All that a memory store knows, and how it changes.
pub(super) struct Ledger {
    entries: Map<Box<[u8]>, Entry>,
    /// Requests that made a version, beside the entries since few keys have one.
    made_by: Map<Box<[u8]>, (Version, Fingerprint)>,
    /// One change per stripe of keys at a time; look-ups never take these.
    stripes: Box<[Mutex<()>]>,
    stripe_of: RandomState,
    /// What keys without an entry start above: the highest version of a key that was dropped.
    unseen_floor: AtomicU64,
    /// What all keys go on above.
    floor: AtomicU64,
    keeps_times: AtomicBool,
    pub(super) tombstones: Tombstones,
    pub(super) turns: Turns,
    pub(super) armed: Armed,
}

impl Ledger {
    pub(super) fn new(unseen_floor: u64) -> Self {
        Self {
            entries: Map::new(),
            made_by: Map::new(),
            stripes: (0..STRIPES).map(|_| Mutex::new(())).collect(),
            stripe_of: RandomState::default(),
            unseen_floor: AtomicU64::new(unseen_floor),
            floor: AtomicU64::new(0),
            keeps_times: AtomicBool::new(false),
            tombstones: Tombstones::new(),
            turns: Turns::new(),
            armed: Armed::new(),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(super) fn keep_times(&self) {
        self.keeps_times.store(true, Relaxed);
    }

    pub(super) fn keeps_times(&self) -> bool {
        self.keeps_times.load(Relaxed)
    }

    /// What readers are told. No entry says nothing: the resource may have been there before.
    pub(super) fn look_up(&self, key: &[u8]) -> Current {
        // Before the entry: a guard that has just ended put its version there first, and one that
        // comes later has changed nothing yet.
        let is_being_written = self.armed.contains(key);
        match self.entry(key).map(Entry::current) {
            None => Current::Unknown,
            Some(Current::Present(validators)) if is_being_written => {
                validators.being_written().into()
            }
            Some(current) => current,
        }
    }

    pub(super) fn entry(&self, key: &[u8]) -> Option<Entry> {
        self.entries.get(key)
    }

    /// The request that made this entry, where it was recorded.
    pub(super) fn made_by(&self, key: &[u8], entry: Entry) -> Option<Fingerprint> {
        let (version, made_by) = self.made_by.get(key)?;
        (version == entry.version && entry.effect != Effect::Unknown).then_some(made_by)
    }

    /// Waits for whoever changes the key, or another one of its stripe.
    pub(super) fn row<'a>(&'a self, key: &'a [u8]) -> Row<'a> {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "any bits of a hash will do"
        )]
        let hash = self.stripe_of.hash_one(key) as usize;
        // A write that panicked has left its entry unknown, which is all there is to mend.
        let stripe = self.stripes[hash % self.stripes.len()]
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        Row::new(self, key, stripe)
    }

    /// The version that follows `entry`. It is made only under the row's lock, so that a key
    /// which is being dropped has either its entry or the floor above it.
    pub(super) fn next(&self, entry: Option<Entry>) -> Option<Version> {
        let last = entry.map_or_else(
            || self.unseen_floor.load(Ordering::Acquire),
            |entry| entry.version.get(),
        );
        Version::new(last.max(self.floor.load(Ordering::Acquire))).next()
    }

    /// Under the row's lock.
    pub(super) fn put(&self, key: &[u8], entry: Entry, made_by: Option<Fingerprint>) {
        if let Some(made_by) = made_by {
            self.made_by.insert(key.into(), (entry.version, made_by));
        } else if self.made_by.len() != 0 {
            self.made_by.remove(key);
        }
        self.entries.insert(key.into(), entry);
    }

    /// Makes the next version of `key`, or `committed` if that is above all that it has had. `None`
    /// at the end of the counter: the key is unknown then, and stays so.
    pub(super) fn raise(
        &self,
        key: &[u8],
        effect: Effect,
        committed: Option<Version>,
        made_by: Option<Fingerprint>,
    ) -> Option<Version> {
        let row = self.row(key);
        let made = row.next().map(|next| committed.unwrap_or(next).max(next));
        let (version, effect, made_by) = match made {
            Some(version) => (version, effect, made_by),
            None => (Version::new(u64::MAX), Effect::Unknown, None),
        };
        let is_to_be_buried = row.put(version, effect, made_by);
        drop(row);
        if is_to_be_buried {
            self.bury(key, version);
        }
        made
    }

    /// Makes an unknown key known, unless somebody is about to write it, whom it would show
    /// another state than the one that the write is judged by.
    pub(super) fn adopt(&self, key: &[u8]) {
        let row = self.row(key);
        if self.turns.is_taken(key) {
            return;
        }
        match (row.entry(), row.next()) {
            (None, Some(next)) => _ = row.put(next, Effect::Written, None),
            // The version that is kept was not issued, but may be below a floor raised since. At
            // the end of the counter it may be one that was.
            (Some(entry), Some(next)) if entry.effect == Effect::Unknown => {
                let floor = Version::new(self.floor.load(Ordering::Acquire));
                let version = if entry.version > floor {
                    entry.version
                } else {
                    next
                };
                row.put(version, Effect::Written, None);
            }
            _ => {}
        }
    }

    /// Remembers that `version` was a deletion of `key`, and forgets the oldest one past the
    /// limit. Under no row's lock.
    pub(super) fn bury(&self, key: &[u8], version: Version) {
        for (key, version) in self.tombstones.push(key, version) {
            let _row = self.row(&key);
            // A later deletion of the key has a place of its own in the queue.
            if let Some(entry) = self.entry(&key)
                && entry.version == version
                && entry.is_tombstone
                // One near the end of the counter would take all keys there.
                && version.get() < 1 << 63
            {
                self.unseen_floor.fetch_max(version.get(), Ordering::AcqRel);
                self.entries.remove(&*key);
                self.made_by.remove(&*key);
            }
        }
    }

    /// Makes all versions that are made from now on higher than `floor`.
    pub(super) fn raise_floor(&self, floor: Version) {
        self.floor.fetch_max(floor.get(), Ordering::AcqRel);
        // Whoever has seen the lower floor is done when its lock was free once.
        for stripe in &self.stripes {
            drop(stripe.lock().unwrap_or_else(PoisonError::into_inner));
        }
    }
}
