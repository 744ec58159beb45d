use std::sync::Arc;

use crate::store::sync::{AtomicUsize, Ordering};

use super::map::Map;

/// The keys that armed guards are on. While there are none, asking is one atomic load.
pub(super) struct Armed {
    count: AtomicUsize,
    keys: Map<Arc<[u8]>, ()>,
}

impl Armed {
    pub(super) fn new() -> Self {
        Self {
            count: AtomicUsize::new(0),
            keys: Map::new(),
        }
    }

    pub(super) fn contains(&self, key: &[u8]) -> bool {
        self.count.load(Ordering::SeqCst) != 0 && self.keys.get(key).is_some()
    }

    /// Only whoever has the key's turn arms and disarms it.
    pub(super) fn insert(&self, key: Arc<[u8]>) {
        self.keys.insert(key, ());
        self.count.fetch_add(1, Ordering::SeqCst);
    }

    pub(super) fn remove(&self, key: &[u8]) {
        self.keys.remove(key);
        self.count.fetch_sub(1, Ordering::SeqCst);
    }
}
