//! Histories of guarded writes, recorded by clients of real servers and checked.

mod chain;
mod checkers;
mod history;
mod order;
mod resource;
mod violation;
mod windows;

use std::process::ExitCode;

use libtest_mimic::Arguments;

fn main() -> ExitCode {
    let trials = checkers::trials();
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}
