//! Histories of guarded writes, recorded by 32 clients of real servers under kills, and checked for
//! lost updates: by an order check over the whole run ([`order`]) and by stateright's
//! linearizability tester on windows of it ([`windows`]).
//!
//! ```sh
//! cargo test --all-features --test linearizability                      # 10^4 operations a store
//! cargo test --all-features --test linearizability -- --ignored soak    # 10^5 of each
//! cargo test --all-features --test linearizability -- --ignored commits # against bare handlers
//! ```
//!
//! `LINEARIZABILITY_SEED` sets what the clients do; each run prints its own, and its figures. A
//! history in which something was found is kept, and the failure says where. What a server's layer
//! does is shown by `RUST_LOG=tower_conditional=debug`.

mod chain;
mod checkers;
mod client;
mod cluster;
mod commits;
mod figures;
mod history;
mod order;
mod orphans;
#[path = "../postgres/server.rs"]
#[expect(dead_code, reason = "tests/postgres uses the rest of it")]
mod postgres;
mod process;
mod random;
mod resource;
mod run;
mod server;
mod stores;
mod violation;
mod windows;

use std::process::ExitCode;

use clap::Parser as _;
use libtest_mimic::Arguments;

fn main() -> ExitCode {
    let mut arguments = std::env::args();
    if arguments.nth(1).as_deref() == Some("serve") {
        server::run(&server::Options::parse_from(
            std::iter::once("serve".to_owned()).chain(arguments),
        ));
        return ExitCode::SUCCESS;
    }
    let mut arguments = Arguments::from_args();
    // Each run takes what the machine has.
    arguments.test_threads.get_or_insert(1);
    let mut trials = checkers::trials();
    trials.extend(stores::trials());
    trials.extend(orphans::trials());
    trials.extend(commits::trials());
    libtest_mimic::run(&arguments, trials).exit_code()
}
