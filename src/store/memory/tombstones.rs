use std::{
    collections::VecDeque,
    sync::{
        PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use crate::{store::sync::Mutex, version::Version};

/// Keys that were deleted, oldest first, each with the version of its deletion; some may have been
/// created, or deleted, again. Keys that were never known to be there, but whose first write was
/// lost, count among them: else each failure under a new name would leave an entry that stays.
pub(super) struct Tombstones {
    queue: Mutex<VecDeque<Tombstone>>,
    limit: AtomicUsize,
}

type Tombstone = (Box<[u8]>, Version);

impl Tombstones {
    pub(super) fn new() -> Self {
        Self {
            queue: Mutex::new(VecDeque::new()),
            limit: AtomicUsize::new(1 << 16),
        }
    }

    pub(super) fn set_limit(&self, limit: usize) {
        self.limit.store(limit, Ordering::Relaxed);
    }

    /// Adds one, and gives back those that are past the limit now.
    pub(super) fn push(&self, key: &[u8], version: Version) -> Vec<Tombstone> {
        let limit = self.limit.load(Ordering::Relaxed);
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        queue.push_back((key.into(), version));
        let excess = queue.len().saturating_sub(limit);
        queue.drain(..excess).collect()
    }
}
