//! `client::Updater`, against scripts of answers and against real servers.
#![cfg(all(feature = "axum", feature = "client"))]

mod contention;
mod create_delete;
mod lost;
mod merges;
mod reads;
mod recognized;
mod refusals;
mod script;
mod updates;
mod wire;
