//! The ledger in an SQLite file: its laws, and what is left when anything fails. The database is
//! a real one, in a temporary folder; processes are killed for good.

mod cancelled;
mod conformance;
mod crowd;
mod faults;
mod joined;
mod laws;
mod layer;
mod lost;
mod model;
mod processes;
mod support;
mod upkeep;
