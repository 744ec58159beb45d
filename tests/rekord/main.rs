//! The reference server `examples/rekord`, tested as the black box that its users meet: a process of its own, real
//! sockets, a database in a temporary folder. What it must do is fixed by its HTTP contract; the mistakes that a test
//! guards against are named beside it. `tests/rekord_postgres` runs the same tests on PostgreSQL.

mod answer;
mod client;
mod database;
mod earlier;
mod process;
mod record;
mod resource;
mod wire;

mod authorisation;
mod collections;
mod contribution_races;
mod contributions;
mod cors;
mod crash;
mod dates;
mod direct_writes;
mod greeting;
mod gzip;
mod hash;
mod identifiers;
mod include_version;
mod lists;
mod lost_race;
mod members;
mod migrations;
mod not_modified;
mod preconditions;
mod races;
mod records;
mod rejections;
mod require_if_match;
mod slow_clients;
mod startup;
mod stopping;
mod texts;
mod versions;
