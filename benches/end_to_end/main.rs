//! What the layer costs in a server, beside what the server costs: over loopback, under the load
//! generator `wrk`, one server process a kind.
//!
//! ```text
//! cargo bench -p tower-conditional-benches --bench end_to_end
//! cargo bench -p tower-conditional-benches --bench end_to_end -- --quick
//! ```
//!
//! It needs `wrk`, `nginx` and `valgrind` (Debian: `apt-get install wrk nginx-light valgrind`),
//! `taskset` and `kill` (`util-linux`, `procps`), and builds the example `rekord` itself.
//!
//! Two measures for each case:
//!
//! * **under load**: requests a second, p50 and p99, in short rounds in which the cases take turns,
//!   so that what the machine does besides is the same for all; the median of the rounds. The
//!   server has the first core and one thread for its requests, `wrk` the second one, with 16
//!   connections. The processor time of the server is the kernel's count for all of its threads
//!   (`/proc/PID/task/*/schedstat`), user and kernel together;
//! * **instructions a request**, in user space: the server runs under callgrind, twice, with
//!   different numbers of requests on one connection. What a request more costs is what is told,
//!   so the start and the end of the server are not in it.
//!
//! All connections ask for one resource. So `rekord rule guarded PUT, one key` is the rate of one
//! key's queue, in which 16 connections wait for one another; `scale commits` writes many keys.
//!
//! The servers are this executable, called with `serve KIND`; they end with their standard input.

mod case;
mod http;
mod instructions;
mod kind;
mod load;
mod process;
mod report;
mod serve;

use std::process::ExitCode;

use case::CASES;
use process::Process;
use report::Row;

type Failure = Box<dyn std::error::Error>;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let done = match arguments.as_slice() {
        [serve, kind] if serve == "serve" => serve::run(kind),
        _ => run(arguments.iter().any(|it| it == "--quick")),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("end_to_end: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(is_quick: bool) -> Result<(), Failure> {
    process::require(&["wrk", "nginx", "valgrind", "taskset", "kill"])?;
    kind::build_rekord()?;
    let (rounds, length) = if is_quick { (1, 1) } else { (5, 2) };

    let mut servers: Vec<Process> = Vec::new();
    for case in &CASES {
        if servers.iter().all(|server| server.kind() != case.kind) {
            servers.push(Process::start(case.kind, process::Tool::None)?);
        }
    }
    let mut loads = vec![Vec::new(); CASES.len()];
    for round in 1..=rounds {
        eprintln!("round {round} of {rounds}");
        for (case, loads) in CASES.iter().zip(&mut loads) {
            let server = servers.iter().find(|server| server.kind() == case.kind);
            let server = server.ok_or("a server for each case was started")?;
            loads.push(load::run(case, server, length)?);
        }
    }
    drop(servers);

    let mut rows = Vec::new();
    for (case, loads) in CASES.iter().zip(loads) {
        eprintln!("instructions: {}", case.name);
        let instructions = instructions::count(case, is_quick)?;
        rows.push(Row::new(case, &loads, instructions));
    }
    let rows = report::with_ratios(rows);
    report::print(&rows);
    tower_conditional_benches::figure_data::write("end_to_end.csv", &rows)?;
    Ok(())
}
