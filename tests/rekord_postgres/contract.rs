//! Every test of `tests/rekord`, run by the executable that they are in, with the server's database in PostgreSQL.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Arc;

use libtest_mimic::{Failed, Trial};
use serde_json::Value;

use crate::process::{EXECUTABLE_VARIABLE, executable};
use crate::{Shared, database, server, trial};

/// These are about options, the SQLite file and what the server prints, whatever the database.
const OF_SQLITE: [&str; 3] = ["greeting::", "migrations::", "startup::"];
const OF_BOTH: &str = "startup::servers_that_start_at_once_on_a_new_database_all_come_up";

pub(crate) fn trials(shared: &Shared, is_shown: bool) -> Vec<Trial> {
    let tests = tests_executable();
    let listed = Command::new(&tests)
        .args(["--list", "--format=terse"])
        .output();
    let listed = String::from_utf8(listed.expect("the tests can be listed").stdout);
    let listed = listed.expect("names are UTF-8");
    let names = listed
        .lines()
        .filter_map(|line| line.strip_suffix(": test"));
    let names: Vec<_> = names
        .filter(|name| *name == OF_BOTH || !OF_SQLITE.iter().any(|module| name.starts_with(module)))
        .collect();
    assert!(names.len() > 50, "few tests are listed: {listed}");
    let trials = names.into_iter().map(|name| {
        let (tests, shared, name) = (tests.clone(), Arc::clone(shared), name.to_owned());
        trial(format!("contract::{name}"), move |runtime| {
            let url = runtime.block_on(async { server(&shared).await.url("") });
            let mut command = Command::new(tests);
            command
                .args(["--exact", &name, "--nocapture"])
                .env(database::SERVER, url)
                .env(EXECUTABLE_VARIABLE, executable());
            run(&mut command, is_shown)
        })
    });
    trials.collect()
}

fn run(command: &mut Command, is_shown: bool) -> Result<(), Failed> {
    let output = command.stdin(Stdio::null()).output()?;
    let said = String::from_utf8_lossy(&output.stdout);
    if is_shown {
        println!("{said}");
    }
    if output.status.success() && said.contains("1 passed") {
        return Ok(());
    }
    let errors = String::from_utf8_lossy(&output.stderr);
    Err(format!("{said}\n{errors}").into())
}

/// As cargo names it, built with the features that this one has.
fn tests_executable() -> PathBuf {
    let output = crate::process::cargo(&["test", "--no-run", "--test", "rekord"]);
    let artifact = output
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .find(|message| {
            message["target"]["name"] == "rekord"
                && message["target"]["kind"][0] == "test"
                && message["executable"].is_string()
        })
        .expect("cargo names the executable");
    artifact["executable"].as_str().expect("a path").into()
}
