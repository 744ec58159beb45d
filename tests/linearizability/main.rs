//! Histories of guarded writes, recorded by clients of real servers and checked.

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
