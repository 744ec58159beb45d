//! The ledger in an SQLite file: its laws, and what is left when anything fails. The database is
//! a real one, in a temporary folder; processes are killed for good.

mod laws;
mod support;
