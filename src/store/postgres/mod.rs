//! [`PostgresStore`]: versions in a table of a PostgreSQL database. Feature `postgres`.

mod begin;
mod commit;
mod connections;
mod error;
mod guard;
mod key;
mod ledger;
mod limits;
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
