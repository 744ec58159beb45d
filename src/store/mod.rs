//! Where versions are kept: [`VersionStore`], what it promises, and the stores.
//!
//! | store | versions live | for |
//! |---|---|---|
//! | [`store_fn`], [`from_async`] | in the application's own rows | a version column: one closure is a store |
//! | [`MemoryStore`] | in this process, until it ends | handlers that keep no database; tests |
//! | `SqliteStore`, feature `sqlite` | in an SQLite file | handlers of any kind; its transaction can be joined |
//! | `PostgresStore`, feature `postgres` | in a PostgreSQL database | the same, over any number of processes |
//! | `CachedStore`, feature `cached` | in the store inside, and in memory for a stated time | many reads |
//! | [`BoxVersionStore`] | wherever the boxed one keeps them | a choice at run time |
//!
//! # The contract of a store
//!
//! The layer's promises are the store's promises; these four make up the contract:
//!
//! 1. **Monotonic.** Each commit raises a key's version, by one where the outcome is known. A
//!    version once issued for a key is never issued again: not after delete and re-create, not
//!    after a restart, not after the memory of a deletion is dropped.
//! 2. **One order.** Of writers that start from the same version exactly one commits.
//! 3. **Read your commit.** After a commit has returned, [`VersionStore::current`] answers with
//!    no older version, from any instance.
//! 4. **Three states**, of [`Current`](crate::Current): present, missing, and unknown, where no
//!    tag is issued and none matches.
//!
//! The suite in `store::conformance` (feature `conformance`) tests a store for each of them.
//!
//! In a table with a version column the first two are one statement,
//! `UPDATE … SET version = version + 1 WHERE id = $1 AND ($2 IS NULL OR version = $2)`, and a
//! deleted row that leaves its version behind.

mod boxed;
#[cfg(feature = "cached")]
pub mod cached;
mod change;
#[cfg(feature = "conformance")]
pub mod conformance;
mod errors;
mod fingerprint;
mod function;
mod guard;
mod guarded_store;
mod memory;
#[cfg(feature = "postgres")]
pub mod postgres;
#[cfg(feature = "sqlite")]
pub mod sqlite;
mod sync;
mod turns;
#[cfg(test)]
mod turns_tests;
mod version_store;

pub use boxed::BoxVersionStore;
#[cfg(feature = "cached")]
pub use cached::CachedStore;
pub use change::{Change, Effect};
pub use errors::{Busy, CommitError, CommitErrorKind, VersionsExhausted};
pub use fingerprint::Fingerprint;
pub use function::{CurrentFuture, FromAsync, IntoCurrent, StoreFn, from_async, store_fn};
pub use guard::Guard;
pub use guarded_store::GuardedStore;
pub use memory::{MemoryBegin, MemoryGuard, MemoryStore};
#[cfg(feature = "postgres")]
pub use postgres::PostgresStore;
#[cfg(feature = "sqlite")]
pub use sqlite::SqliteStore;
pub use version_store::VersionStore;
