use std::{fmt, sync::Arc};

use super::entries::Entries;

/// Tells a [`CachedStore`](super::CachedStore) what has changed behind its back.
///
/// Clones drive the same cache. Each suspends it for itself: the cache is in use while none does.
pub struct Invalidator {
    entries: Arc<Entries>,
    is_suspending: bool,
}

impl Invalidator {
    pub(super) fn new(entries: Arc<Entries>) -> Self {
        Self {
            entries,
            is_suspending: false,
        }
    }

    /// The key was written: what was looked up before is told to nobody any more.
    pub fn invalidate(&self, key: impl AsRef<[u8]>) {
        self.entries.invalidate(key.as_ref());
    }

    /// Any key may have been written.
    pub fn invalidate_all(&self) {
        self.entries.invalidate_all();
    }

    /// Nothing is known of what is written elsewhere: until [`resume`](Self::resume), or until
    /// this invalidator is dropped, every look-up goes to the store inside.
    pub fn suspend(&mut self) {
        if !self.is_suspending {
            self.is_suspending = true;
            self.entries.suspend();
        }
    }

    /// Whatever is written from now on will be told. The cache starts out empty.
    pub fn resume(&mut self) {
        if self.is_suspending {
            self.is_suspending = false;
            self.entries.resume();
        }
    }
}

impl Clone for Invalidator {
    fn clone(&self) -> Self {
        Self::new(Arc::clone(&self.entries))
    }
}

impl Drop for Invalidator {
    /// Back to `max_age` alone.
    fn drop(&mut self) {
        self.resume();
    }
}

impl fmt::Debug for Invalidator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Invalidator")
            .field("is_suspending", &self.is_suspending)
            .finish_non_exhaustive()
    }
}
