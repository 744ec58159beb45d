//! A read cache in front of any store: [`CachedStore`].
//!
//! 1. A look-up for a read is answered from memory if one for the same key was begun less than
//!    `max_age` ago, and nothing was written to the key through this cache since. So a read sees
//!    what was current at some time in the last `max_age`: a 304, or a tag, can be that old.
//! 2. A label is still never newer than what it labels: the content is read after the look-up.
//! 3. Writes never trust it. [`VersionStore::latest`](super::VersionStore::latest) and guards go to
//!    the store inside.
//! 4. A write through a guard of this store empties its key before its commit is answered, so
//!    within this process commits are read at once. What is written elsewhere shows within
//!    `max_age`, or as soon as an [`Invalidator`] says so.
//! 5. While an invalidator is [suspended](Invalidator::suspend), every look-up goes to the store
//!    inside. `PostgresStore::listen` (feature `postgres`) drives one by LISTEN and NOTIFY, and
//!    suspends it while it has no connection.
//! 6. Unknown keys, and keys that are being written, are not kept.
//!
//! With handlers that commit by compare-and-set, tell the cache of each commit by
//! [`Invalidator::invalidate`], or their clients read their own write late by `max_age`.
//!
//! ```
//! use std::time::Duration;
//! use tower_conditional::{ConditionalLayer, MemoryStore, store::CachedStore};
//!
//! let store = CachedStore::new(MemoryStore::new(), Duration::from_secs(1), 10_000);
//! let layer = ConditionalLayer::new(store);
//! # let _ = layer;
//! ```

mod entries;
mod future;
mod guard;
mod invalidator;
mod store;

pub use future::CachedCurrent;
pub use guard::{CachedArm, CachedBegin, CachedCommit, CachedGuard};
pub use invalidator::Invalidator;
pub use store::CachedStore;
