//! Instructions, by callgrind.

use std::{
    any::type_name_of_val,
    collections::BTreeMap,
    fs, io,
    path::Path,
    process::{Command, Stdio},
};

use super::{
    count::Count,
    warm::{end_of_count, measured_calls},
};

/// How often the program runs. Its hash tables have other seeds each time, which is up to 5 % in
/// an unlucky run: the least that a case has taken is told.
const RUNS: usize = 3;

/// Runs `program` under callgrind, with its dumps in `folder`, and says what a call of each case
/// takes, by the case's name.
///
/// # Errors
/// Valgrind is not installed, it failed, or its dumps are not what they should be.
pub fn count_instructions(program: &Path, folder: &Path) -> io::Result<BTreeMap<String, Count>> {
    let mut least = run(program, folder)?;
    for _ in 1..RUNS {
        for (name, count) in run(program, folder)? {
            let known = least.entry(name).or_insert(count);
            if count.added() < known.added() {
                *known = count;
            }
        }
    }
    Ok(least)
}

fn run(program: &Path, folder: &Path) -> io::Result<BTreeMap<String, Count>> {
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    fs::create_dir_all(folder)?;
    let output = Command::new("valgrind")
        .arg("--tool=callgrind")
        .arg("--quiet")
        .arg("--collect-atstart=no")
        .arg(format!(
            "--toggle-collect={}",
            type_name_of_val(&measured_calls)
        ))
        .arg(format!("--dump-after={}", type_name_of_val(&end_of_count)))
        .arg(format!(
            "--callgrind-out-file={}",
            folder.join("dump").display()
        ))
        .args([program.as_os_str(), "count".as_ref()])
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| io::Error::new(error.kind(), format!("valgrind: {error}")))?;
    if !output.status.success() {
        return Err(io::Error::other(format!("valgrind: {}", output.status)));
    }
    let names = String::from_utf8_lossy(&output.stdout);
    let mut dump = 0;
    let mut next = || {
        dump += 1;
        total(&folder.join(format!("dump.{dump}")))
    };
    let mut instructions = BTreeMap::new();
    for name in names.lines() {
        let [empty, bare, measured] = [next()?, next()?, next()?];
        if bare <= empty || measured <= empty {
            let why = format!("{name}: callgrind has counted nothing");
            return Err(io::Error::other(why));
        }
        let count = Count::of_batches(empty, bare, measured);
        instructions.insert(name.to_owned(), count);
    }
    Ok(instructions)
}

/// What a dump adds up to.
fn total(dump: &Path) -> io::Result<u64> {
    let unreadable = |why: String| io::Error::other(format!("{}: {why}", dump.display()));
    let text = fs::read_to_string(dump).map_err(|error| unreadable(error.to_string()))?;
    let total = text.lines().find_map(|line| line.strip_prefix("totals:"));
    total
        .and_then(|total| total.trim().parse().ok())
        .ok_or_else(|| unreadable(String::from("no totals")))
}
