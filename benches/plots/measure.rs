//! The measures, one after another.

use std::process::Command;

use crate::Failure;

/// The benches that leave a table, and what they are called with.
const BENCHES: [(&str, &[&str]); 4] = [
    ("gate", &[]),
    ("bodies", &[]),
    ("end_to_end", &[]),
    ("scale", &[]),
];

pub(crate) fn all(is_quick: bool) -> Result<(), Failure> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    for (bench, arguments) in BENCHES {
        println!("\n== {bench}");
        let mut command = Command::new(&cargo);
        command
            .args(["bench", "--package", "tower-conditional-benches"])
            .args(["--bench", bench, "--"])
            .args(arguments);
        if is_quick {
            command.arg("--quick");
        }
        // One that fails is told, and its figure is of the run before.
        if !command.status()?.success() {
            eprintln!("plots: {bench} has failed");
        }
    }
    Ok(())
}
