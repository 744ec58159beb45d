//! What was measured, as a table.

use serde::Serialize;
use tower_conditional_benches::figure_data::median;

use crate::{case::Case, load::Load};

#[derive(Clone, Debug, Serialize)]
pub(crate) struct Row {
    case: &'static str,
    /// The case that the ratios are to.
    base: &'static str,
    requests_per_second: f64,
    requests_ratio: f64,
    p50_us: f64,
    p99_us: f64,
    cpu_us: f64,
    cpu_ratio: f64,
    instructions: f64,
    instructions_ratio: f64,
}

impl Row {
    pub(crate) fn new(case: &Case, loads: &[Load], instructions: f64) -> Self {
        let middle = |figure: fn(&Load) -> f64| median(loads.iter().map(figure).collect());
        Self {
            case: case.name,
            base: case.base,
            requests_per_second: middle(|load| load.requests_per_second).round(),
            requests_ratio: 1.0,
            p50_us: middle(|load| load.p50_us),
            p99_us: middle(|load| load.p99_us),
            cpu_us: hundredths(middle(|load| load.cpu_us)),
            cpu_ratio: 1.0,
            instructions: instructions.round(),
            instructions_ratio: 1.0,
        }
    }
}

fn hundredths(number: f64) -> f64 {
    (number * 100.0).round() / 100.0
}

pub(crate) fn with_ratios(rows: Vec<Row>) -> Vec<Row> {
    let bases = rows.clone();
    let of_base = |mut row: Row| {
        let base = bases.iter().find(|base| base.case == row.base)?;
        row.requests_ratio = hundredths(row.requests_per_second / base.requests_per_second);
        row.cpu_ratio = hundredths(row.cpu_us / base.cpu_us);
        row.instructions_ratio = thousandths(row.instructions / base.instructions);
        Some(row)
    };
    rows.into_iter().filter_map(of_base).collect()
}

fn thousandths(number: f64) -> f64 {
    (number * 1000.0).round() / 1000.0
}

pub(crate) fn print(rows: &[Row]) {
    println!(
        "{:38} {:>9} {:>7} {:>7} {:>7} {:>7} {:>12} {:>6}  ratios to",
        "case", "requests/s", "p50 µs", "p99 µs", "CPU µs", "ratio", "instructions", "ratio"
    );
    for row in rows {
        println!(
            "{:38} {:>9.0} {:>7.0} {:>7.0} {:>7.2} {:>7.2} {:>12.0} {:>6.3}  {}",
            row.case,
            row.requests_per_second,
            row.p50_us,
            row.p99_us,
            row.cpu_us,
            row.cpu_ratio,
            row.instructions,
            row.instructions_ratio,
            row.base,
        );
    }
    budget(rows, "hyper + layer 200", "hyper 200", 1.10);
    budget(
        rows,
        "axum + MethodRouter::route_layer 304",
        "axum 200",
        0.65,
    );
    budget(rows, "hyper + layer 304", "axum 200", 0.65);
    let (ours, theirs) = (
        find(rows, "hyper + layer 304"),
        find(rows, "nginx static 304"),
    );
    if let (Some(ours), Some(theirs)) = (ours, theirs) {
        let ratio = theirs.cpu_us / ours.cpu_us;
        println!("nginx 304 : hyper + layer 304, processor time: {ratio:.2}");
    }
}

/// What DESIGN section 7 allows, in instructions.
fn budget(rows: &[Row], case: &str, base: &str, limit: f64) {
    let (Some(row), Some(base_row)) = (find(rows, case), find(rows, base)) else {
        return;
    };
    let ratio = row.instructions / base_row.instructions;
    let verdict = if ratio <= limit { "met" } else { "NOT met" };
    println!("{case} : {base}, instructions: {ratio:.3}; the budget of {limit:.2} is {verdict}");
}

fn find<'a>(rows: &'a [Row], case: &str) -> Option<&'a Row> {
    rows.iter().find(|row| row.case == case)
}
