//! The ledger in a PostgreSQL database: [`PostgresStore`], and handlers in its transaction. Feature
//! `postgres`, by sqlx; TLS is chosen by sqlx's own features.
//!
//! ```no_run
//! use tower_conditional::store::PostgresStore;
//!
//! # async fn open() -> Result<(), Box<dyn std::error::Error>> {
//! let pool = sqlx::PgPool::connect("postgres://localhost/models").await?;
//! let store = PostgresStore::new(pool);
//! store.migrate().await?;
//! # Ok(())
//! # }
//! ```
//!
//! # How a write is guarded
//! 1. **One writer of a key at a time, over all processes.** Inside a process writers wait in a
//!    queue, first come, first served, without a connection. The first of them takes a connection
//!    of the store's own, and on it an advisory lock whose number is made of the table's identity
//!    and the SHA-256 of the key. It ends with the connection, so nobody has to decide when a lock
//!    has expired: a writer that is gone has no lock, and one that lives keeps it.
//! 2. **Guards have connections of their own**, [`guards`](PostgresStore::guards) at most, opened
//!    with the pool's options when they are needed. The pool itself is for reads, and for the
//!    application: guards can never leave a handler without a connection.
//! 3. **A guard is an intent, not a transaction.** `arm` writes into the key's row that a handler
//!    may be running, and the commit takes that away and makes the version. No transaction is open
//!    while a handler runs.
//! 4. **A handler can join**: by the [`Transaction`] in the request's extensions, an extractor
//!    with axum. Its statements and the version are then one commit. If it answers with 4xx or
//!    5xx, panics or is dropped, it has changed nothing.
//! 5. [`joined_only`](PostgresStore::joined_only) is for applications all of whose handlers join:
//!    there are no intents, and one commit a write instead of two.
//!
//! A guard waits for another process's, for a connection or for a row at most
//! [`lock_timeout`](PostgresStore::lock_timeout); past it nothing was executed: 503. Reads take
//! one look-up by the primary key.
//!
//! Advisory locks belong to a session: a pooler in front of the server must not hand out
//! connections by transaction (`PgBouncer`'s `pool_mode` must be `session`). The server must be the
//! primary one, and PostgreSQL 13 or later.
//!
//! # What is lost when
//! - A process, a connection or a server that ends with a guard armed leaves the key unknown to
//!   readers at once: no tag, no 304. The next writer commits above what the lost one would have
//!   made, so that no tag stays valid. Readers know that from the advisory lock that each of the
//!   store's connections holds on a number of its own, and that the intent names.
//! - A commit whose answer was lost is looked up by the token that it wrote, once the lost
//!   connection's backend has ended. If it is not there and nobody has had the key since, a commit
//!   without a joined transaction is made again, and a joined one is known to be rolled back.
//!   Otherwise, and where the database stays away, the outcome is unknown.
//! - Serialization failures, deadlocks and deferred constraints that fail a joined commit roll it
//!   back: nothing rises, and the request can be sent again.
//! - A host that vanishes from the network keeps its locks until the server notices, in half a
//!   minute where the server lets the store set TCP keepalives. Its keys answer 503 until then.
//! - A replica that takes over may miss the last commits of its primary, unless they are
//!   synchronous: [`raise_floor`](PostgresStore::raise_floor) keeps their versions from being made
//!   again, there and after a restore from a backup.
//!
//! # The tables
//! [`migrate`](PostgresStore::migrate) runs this, and [`sql`](PostgresStore::sql) gives it for any
//! name:
//! ```sql
#![doc = include_str!("ledger.sql")]
//! ```
//! A user of the store needs `SELECT`, `INSERT`, `UPDATE` and `DELETE` on the first table, and
//! `SELECT` and `UPDATE` on the second.
//!
//! Versions end at `i64::MAX`; after that a key's writes are refused before they run. The time of
//! a version is in a later second than that of the one before it, ahead of the clock if a key is
//! written more than once a second: dates tell versions apart (RFC 9110 §8.8.2.2), and are given
//! out only when they are over.
//!
//! # Notifications
//! With [`notify`](PostgresStore::notify) each statement that changes what readers are told of a
//! key also sends a `NOTIFY` in its transaction: an intent, a commit, a raise, an adoption. The
//! [`channel`](PostgresStore::channel) is `tower_conditional_` and the table's OID; the
//! [`payload`](PostgresStore::payload) is the key as the table has it, in hexadecimal digits. A
//! guard that is lost tells nobody: a cache must not keep an answer that is
//! [being written](crate::Validators::is_being_written). Commits that notify wait for each other
//! in PostgreSQL, so this is off unless asked for. `PostgresStore::listen` (feature `cached`) is
//! the other end.

#[cfg(feature = "axum")]
mod axum;
mod begin;
mod commit;
mod connections;
mod error;
mod guard;
mod key;
mod ledger;
mod limits;
#[cfg(feature = "cached")]
mod listen;
mod migrate;
mod names;
mod read;
mod resolve;
mod row;
mod session;
mod sql;
mod store;
mod tombstones;
mod transaction;

pub use error::{PostgresError, PostgresErrorKind};
pub use guard::PostgresGuard;
pub use store::PostgresStore;
pub use transaction::{JoinedTransaction, Transaction};
