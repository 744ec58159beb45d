//! All figures, from the tables that the measures have left in `target/figures`, as SVG files in
//! `benches/figures`.
//!
//! ```text
//! cargo bench -p tower-conditional-benches --bench plots
//! cargo bench -p tower-conditional-benches --bench plots -- --measure
//! ```
//!
//! The second command runs all measures first, one after another; with `--quick` behind it, in
//! short rounds, to try them, and draws into `target/figures`. Where a table is missing, the
//! command that makes it is named, and the other figures are drawn.

mod bars;
mod bodies;
mod end_to_end;
mod header_check;
mod lines;
mod measure;
mod scale;
mod style;

use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

use serde::de::DeserializeOwned;
use tower_conditional_benches::figure_data;

type Failure = Box<dyn std::error::Error>;

/// A figure: the name of its file, the table that it shows, the bench that makes that, and what
/// draws it.
struct Figure {
    name: &'static str,
    table: &'static str,
    bench: &'static str,
    draw: fn(&Table, &Path) -> Result<(), Failure>,
}

const FIGURES: [Figure; 10] = [
    figure(
        "overhead.svg",
        "end_to_end.csv",
        "end_to_end",
        end_to_end::overhead,
    ),
    figure(
        "requests.svg",
        "end_to_end.csv",
        "end_to_end",
        end_to_end::requests,
    ),
    figure(
        "header_check.svg",
        "header_check.csv",
        "gate",
        header_check::added,
    ),
    figure("bodies.svg", "bodies.csv", "include", bodies::by_size),
    figure("bodies_kinds.svg", "bodies.csv", "include", bodies::by_kind),
    figure("scale_memory.svg", "scale_keys.csv", "scale", scale::memory),
    figure(
        "scale_lookups.svg",
        "scale_keys.csv",
        "scale",
        scale::lookups,
    ),
    figure(
        "scale_threads.svg",
        "scale_threads.csv",
        "scale",
        scale::threads,
    ),
    figure(
        "scale_commits.svg",
        "scale_commits.csv",
        "scale",
        scale::commits,
    ),
    figure(
        "scale_instances.svg",
        "scale_instances.csv",
        "scale",
        scale::instances,
    ),
];

const fn figure(
    name: &'static str,
    table: &'static str,
    bench: &'static str,
    draw: fn(&Table, &Path) -> Result<(), Failure>,
) -> Figure {
    Figure {
        name,
        table,
        bench,
        draw,
    }
}

/// A table that may not be there yet.
struct Table(&'static str);

impl Table {
    fn rows<T: DeserializeOwned>(&self) -> Result<Vec<T>, Failure> {
        let rows = figure_data::read(self.0)?.ok_or(Missing)?;
        Ok(rows)
    }
}

#[derive(Debug)]
struct Missing;

impl std::fmt::Display for Missing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("is not there")
    }
}

impl std::error::Error for Missing {}

fn main() -> ExitCode {
    let has = |option: &str| std::env::args().any(|it| it == option);
    let mut code = ExitCode::SUCCESS;
    if has("--measure")
        && let Err(error) = measure::all(has("--quick"))
    {
        eprintln!("plots: {error}");
        code = ExitCode::FAILURE;
    }
    let folder = if has("--quick") {
        figure_data::folder()
    } else {
        folder()
    };
    if let Err(error) = fs::create_dir_all(&folder) {
        eprintln!("plots: no folder for the figures: {error}");
        return ExitCode::FAILURE;
    }
    for figure in FIGURES {
        let Figure { name, table, .. } = figure;
        match (figure.draw)(&Table(table), &folder.join(name)) {
            Ok(()) => println!("drew {name}"),
            Err(error) => {
                println!(
                    "no {name}: target/figures/{table} {error}; it is made by \
                     `cargo bench -p tower-conditional-benches --bench {}`",
                    figure.bench
                );
                // A table that is wrong is a fault; one that nobody has made yet is none.
                if !error.is::<Missing>() {
                    code = ExitCode::FAILURE;
                }
            }
        }
    }
    code
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("figures")
}
