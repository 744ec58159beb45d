//! One round under load, by `wrk`.

use std::process::Command;

use crate::{
    Failure,
    case::{Ask, Case},
    process::{self, Process},
};

/// How many connections are busy at a time.
const CONNECTIONS: u32 = 16;

/// What a round has shown.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Load {
    pub(crate) requests_per_second: f64,
    pub(crate) p50_us: f64,
    pub(crate) p99_us: f64,
    /// The server's processor time.
    pub(crate) cpu_us: f64,
}

pub(crate) fn run(case: &Case, server: &Process, seconds: u32) -> Result<Load, Failure> {
    let request = case.request(server)?;
    let mut command = Command::new("taskset");
    command
        .args(["-c", process::LOAD_CORE, "wrk", "-t1"])
        .arg(format!("-c{CONNECTIONS}"))
        .arg(format!("-d{seconds}s"))
        .args([
            "-s",
            concat!(env!("CARGO_MANIFEST_DIR"), "/end_to_end/wrk.lua"),
        ])
        .arg(format!("http://{}{}", server.address(), request.path))
        .args(["--", request.method, &request.content]);
    for (name, value) in &request.fields {
        command.arg(format!("{name}: {value}"));
    }
    let before = server.cpu_time()?;
    let output = command.output()?;
    let cpu = server.cpu_time()?.saturating_sub(before);
    // Reads are looked at before the load and after it, writes before it. In between there is wrk
    // alone, which tells no statuses but those above 399.
    if case.ask != Ask::Write {
        case.request(server)?;
    }
    let text = String::from_utf8_lossy(&output.stdout);
    let line = text.lines().find_map(|line| line.strip_prefix("RESULT "));
    let complaint = || {
        let errors = String::from_utf8_lossy(&output.stderr);
        format!("{}: wrk says {text}{errors}", case.name)
    };
    let numbers: Vec<f64> = line
        .ok_or_else(complaint)?
        .split(' ')
        .map(str::parse)
        .collect::<Result<_, _>>()?;
    let &[requests, microseconds, p50_us, p99_us, errors] = numbers.as_slice() else {
        return Err(complaint().into());
    };
    if errors > 0.0 || requests < 1.0 {
        return Err(complaint().into());
    }
    Ok(Load {
        requests_per_second: requests / microseconds * 1e6,
        p50_us,
        p99_us,
        cpu_us: cpu.as_secs_f64() * 1e6 / requests,
    })
}
