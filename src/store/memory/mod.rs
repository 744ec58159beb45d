//! Versions in this process's memory: [`MemoryStore`], and the guards of its keys.
//!
//! Everything that is known of a key is its [`Entry`](entry::Entry) in the ledger's map. Look-ups
//! take no lock. Whoever changes an entry holds the lock of its [`Row`](row::Row), so that all
//! changes of a key have one order; a guard holds the key's turn besides, from its look to its
//! commit.

mod armed;
mod begin;
mod entry;
mod guard;
mod ledger;
mod map;
mod row;
mod store;
mod tombstones;

pub use begin::MemoryBegin;
pub use guard::MemoryGuard;
pub use store::MemoryStore;
