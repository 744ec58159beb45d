use std::sync::LazyLock;

use tower_conditional::{MemoryStore, WritePermit};

use super::exchange::{HOT_KEYS, path};

/// The keys of a store that is too large for the processor's caches.
pub(super) const COLD_KEYS: usize = 1_000_000;

/// A store whose keys are at version 1.
pub(super) fn hot() -> MemoryStore {
    filled(MemoryStore::new(), HOT_KEYS, 1)
}

/// A store of [`COLD_KEYS`] keys: one for all cases, which only read, since it is large.
pub(super) fn cold() -> MemoryStore {
    static COLD: LazyLock<MemoryStore> = LazyLock::new(|| filled(MemoryStore::new(), COLD_KEYS, 1));
    COLD.clone()
}

/// A store whose versions have 16 digits, and whose tags are made on each request.
pub(super) fn since_boot() -> MemoryStore {
    filled(MemoryStore::since_boot(), HOT_KEYS, 1)
}

/// A store whose versions are past 256, and stay as long as each key is raised a few hundred
/// times.
pub(super) fn raised() -> MemoryStore {
    filled(MemoryStore::new(), HOT_KEYS, 300)
}

fn filled(store: MemoryStore, keys: usize, times: usize) -> MemoryStore {
    for key in 0..keys {
        let path = path(key);
        for _ in 0..times {
            let raised = store.compare_and_set(&path, &WritePermit::UNCONDITIONAL, |_| ());
            raised.expect("nobody else writes");
        }
    }
    store
}
