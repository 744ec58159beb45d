//! What was looked up, and until when it may be told again.

use std::{
    hash::{BuildHasher, RandomState},
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

use quick_cache::sync::Cache;

use crate::current::Current;

/// Many keys share an epoch, and lose their entries together. It takes so many that this is rare.
const STRIPES: usize = 4096;

pub(super) struct Entries {
    kept: Cache<Box<[u8]>, Entry>,
    /// Counts the writes of a stripe's keys. A look-up that was begun under an older count may
    /// have missed a write, whenever it arrives.
    epochs: Box<[AtomicU64]>,
    stripe_of: RandomState,
    max_age: Duration,
    /// How many reasons there are not to use the cache.
    suspensions: AtomicU64,
}

#[derive(Clone, Copy)]
struct Entry {
    current: Current,
    stamp: Stamp,
}

/// When a look-up was begun.
#[derive(Clone, Copy)]
pub(super) struct Stamp {
    begun: Instant,
    epoch: u64,
}

impl Entries {
    pub(super) fn new(max_age: Duration, capacity: usize) -> Self {
        Self {
            kept: Cache::new(capacity),
            epochs: (0..STRIPES).map(|_| AtomicU64::new(0)).collect(),
            stripe_of: RandomState::new(),
            max_age,
            suspensions: AtomicU64::new(0),
        }
    }

    pub(super) fn get(&self, key: &[u8]) -> Option<Current> {
        if self.is_suspended() {
            return None;
        }
        let entry = self.kept.get(key)?;
        let is_good = entry.stamp.epoch == self.epoch(key).load(Ordering::Acquire)
            && entry.stamp.begun.elapsed() < self.max_age;
        is_good.then_some(entry.current)
    }

    /// To be taken before the look-up that is to be kept.
    pub(super) fn stamp(&self, key: &[u8]) -> Stamp {
        Stamp {
            begun: Instant::now(),
            epoch: self.epoch(key).load(Ordering::Acquire),
        }
    }

    pub(super) fn keep(&self, key: &[u8], current: Current, stamp: Stamp) {
        let is_lasting = match current {
            Current::Unknown => false,
            Current::Missing | Current::Untagged => true,
            Current::Present(validators) => !validators.is_being_written,
        };
        if is_lasting && !self.is_suspended() {
            self.kept.insert(key.into(), Entry { current, stamp });
        }
    }

    pub(super) fn invalidate(&self, key: &[u8]) {
        self.epoch(key).fetch_add(1, Ordering::AcqRel);
    }

    pub(super) fn invalidate_all(&self) {
        for epoch in &self.epochs {
            epoch.fetch_add(1, Ordering::AcqRel);
        }
    }

    pub(super) fn suspend(&self) {
        self.suspensions.fetch_add(1, Ordering::AcqRel);
    }

    /// The counterpart of one [`suspend`](Self::suspend). What was missed meanwhile is not known.
    pub(super) fn resume(&self) {
        self.invalidate_all();
        self.suspensions.fetch_sub(1, Ordering::AcqRel);
    }

    fn is_suspended(&self) -> bool {
        self.suspensions.load(Ordering::Acquire) > 0
    }

    fn epoch(&self, key: &[u8]) -> &AtomicU64 {
        let hash = self.stripe_of.hash_one(key);
        #[expect(
            clippy::cast_possible_truncation,
            reason = "any bits of a hash will do"
        )]
        let stripe = hash as usize % STRIPES;
        &self.epochs[stripe]
    }
}
