//! The ledger in an SQLite file: [`SqliteStore`], and handlers in its transaction. Feature
//! `sqlite`, by sqlx.
//!
//! ```no_run
//! use tower_conditional::store::SqliteStore;
//! use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool};
//!
//! # async fn open() -> Result<(), Box<dyn std::error::Error>> {
//! let options = SqliteConnectOptions::new()
//!     .filename("app.db")
//!     .create_if_missing(true)
//!     .journal_mode(SqliteJournalMode::Wal);
//! let store = SqliteStore::new(SqlitePool::connect_with(options).await?);
//! store.migrate().await?;
//! # Ok(())
//! # }
//! ```
//!
//! # One writer at a time
//! SQLite lets one transaction write to a file at a time, whatever rows it is about. So all this
//! is arranged to hold the file for moments:
//!
//! 1. **A guard is an intent, not a transaction.** `begin` writes into the key's row that a guard
//!    is there, `arm` that its handler may be running, and `commit` takes both away and makes the
//!    version. Each is a transaction of its own; none is open while a handler runs. A handler can
//!    write to the same file through its own pool, and never waits for its own guard.
//! 2. **A handler can join**: by the [`Transaction`] in the request's extensions, an extractor with
//!    axum. From its [`begin`](Transaction::begin) on until the guard ends the file is the
//!    handler's, and its statements and the version are one commit. If it answers with 4xx or
//!    5xx, panics or is dropped, it has changed nothing. It must do all its writes there: those
//!    through another connection would wait for it, and fail.
//! 3. [`joined_only`](SqliteStore::joined_only) is for applications all of whose handlers join: a
//!    guard is one transaction, with half the writes, no intents, and all writers in one line.
//!
//! Everything that writes waits its turn for at most
//! [`busy_timeout`](SqliteStore::busy_timeout), first come, first served inside a process and by
//! chance between processes. Past it nothing was executed: 503. A handler that calls
//! [`raise`](super::GuardedStore::raise) while it holds its transaction would wait for itself:
//! name what it changed besides in the response (`Affects`).
//!
//! With a write-ahead log (`journal_mode = WAL`), which is recommended, readers and writers don't
//! wait for each other, and a write waits for the disk twice (`arm` and `commit`), once in
//! `joined_only` mode. A write that is refused waits for the disk in no case. The writing
//! connection runs with `synchronous = FULL` for what must survive a power cut, whatever the pool
//! runs with: a version that was forgotten would be issued again.
//!
//! # Several processes
//! Any number of processes on one machine can use a file. The intent is the key's lock between
//! them: where another process's guard is on the key, `begin` waits, up to `busy_timeout`.
//!
//! Whether that process lives is told by a file in the folder `<database>-guards`, on which each
//! store holds an exclusive lock (`flock`); the operating system lets go of it when the process
//! ends, and no clock is asked. Don't delete the folder while a process uses the database: its
//! guards would be taken for lost, and all their writes end in an unknown outcome. Like SQLite
//! itself this needs a local file system.
//!
//! # What is lost when
//! - A process that ends with a guard armed leaves the key unknown to readers at once: no tag, no
//!   304. The next writer commits above what the lost one would have made, so that no tag stays
//!   valid; a successful read adopts the key with such a version.
//! - A guard that is dropped in a living process (a panic, a client that left) does the same in
//!   this process at once. The others wait until a task of this process has written it down, which
//!   is a matter of moments while the database works, and answer 503 if it takes longer than
//!   `busy_timeout`.
//! - A commit whose answer was lost is looked up by the token that it wrote.
//! - A database that fails, a full disk, a file that is gone: 503 before the handler has run, and
//!   afterwards an unknown outcome, or "rolled back" where the handler has joined.
//!
//! A database in memory is refused, since several connections would each have their own.
//!
//! # The table
//! [`migrate`](SqliteStore::migrate) runs this, and [`schema`] prints it for any table's name:
//! ```sql
#![doc = include_str!("schema.sql")]
//! ```
//!
//! Versions end at `i64::MAX`; after that a key's writes are refused before they run. The time of
//! a version is in a later second than that of the one before it, ahead of the clock if a key is
//! written more than once a second: dates tell versions apart (RFC 9110 §8.8.2.2), and are given
//! out only when they are over.

#[cfg(feature = "axum")]
mod axum;
mod commit;
mod connection;
mod error;
mod guard;
mod held;
mod inner;
mod ledger;
mod owner;
mod row;
mod schema;
mod store;
mod sweep;
mod token;
mod transaction;
mod writer;

pub use error::{SqliteStoreError, SqliteStoreErrorKind};
pub use guard::SqliteGuard;
pub use schema::schema;
pub use store::SqliteStore;
pub use transaction::{JoinedTransaction, Transaction};
