//! The measures, one after another.

use std::process::Command;

use crate::Failure;

/// In the order in which they run.
const BENCHES: [&str; 5] = ["gate", "include", "integrity", "end_to_end", "scale"];

/// Those of them that have short rounds.
const QUICK: [&str; 2] = ["end_to_end", "scale"];

pub(crate) fn all(is_quick: bool) -> Result<(), Failure> {
    let mut failed = Vec::new();
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    for bench in BENCHES {
        println!("\n== {bench}");
        let mut command = Command::new(&cargo);
        command
            .args(["bench", "--package", "tower-conditional-benches"])
            .args(["--bench", bench]);
        // As the budgets are counted.
        if bench == "gate" {
            command.arg("--no-default-features");
        }
        if is_quick && QUICK.contains(&bench) {
            command.args(["--", "--quick"]);
        }
        if !command.status()?.success() {
            failed.push(bench);
        }
    }
    if failed.is_empty() {
        return Ok(());
    }
    let failed = failed.join(", ");
    Err(format!("{failed} failed: the figures of it are of a run before").into())
}
