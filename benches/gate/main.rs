//! The gate: what the header check costs, against `benches/budgets.toml`.
//!
//! `cargo bench -p tower-conditional-benches --no-default-features --bench gate` needs valgrind, and
//! builds without what the other measures are made of. It prints a table, writes
//! `target/figures/header_check.csv`, and fails where a case takes more instructions or allocations
//! than its budget. Times are shown, and never judged. With `-- --write-budgets` it writes the
//! budgets anew instead.
//!
//! To see it fail: lower a number of the file, or remove or misspell a case.

mod allocations;

use std::{collections::BTreeMap, env, error::Error, fs, path::Path, process::ExitCode};

use tower_conditional_benches::{
    cases, figure_data,
    measure::{Budgets, Environment, Figures, Warm, count_instructions, read_times},
};

const BUDGETS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/budgets.toml");

/// By the name of the folder with callgrind's dumps.
const PROGRAMS: [(&str, &str); 2] = [
    ("header_check", env!("CARGO_BIN_EXE_header_check_calls")),
    ("etag_cache", env!("CARGO_BIN_EXE_etag_cache_calls")),
];

fn main() -> ExitCode {
    match run() {
        Ok(complaints) if complaints.is_empty() => ExitCode::SUCCESS,
        Ok(complaints) => {
            for complaint in complaints {
                eprintln!("{complaint}");
            }
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// Measures; what is wrong with it, if anything.
fn run() -> Result<Vec<String>, Box<dyn Error>> {
    let text = fs::read_to_string(BUDGETS)?;
    let budgets = Budgets::read(&text)?;
    let all = measure()?;
    let environment = Environment::here();
    println!("{}\n{environment}", Figures::table(&all, &budgets));
    let rows: Vec<_> = all.iter().map(Figures::row).collect();
    figure_data::write("header_check.csv", &rows)?;
    if env::args().any(|argument| argument == "--write-budgets") {
        fs::write(BUDGETS, budgets.renewed(&text, &all, &environment))?;
        return Ok(Vec::new());
    }
    Ok(budgets.complaints(&all))
}

fn measure() -> Result<Vec<Figures>, Box<dyn Error>> {
    let dumps = figure_data::folder().join("callgrind");
    let (mut instructions, mut times) = (BTreeMap::new(), BTreeMap::new());
    for (name, program) in PROGRAMS {
        let program = Path::new(program);
        instructions.extend(count_instructions(program, &dumps.join(name))?);
        times.extend(read_times(program)?);
    }
    let all = cases::all().into_iter().map(|case| Figures {
        name: case.name,
        has_budget: case.has_budget(),
        instructions: instructions.get(case.name).copied(),
        allocations: case
            .is_counted
            .then(|| allocations::count(&mut Warm::new(&case))),
        times: times.get(case.name).copied(),
    });
    Ok(all.collect())
}
