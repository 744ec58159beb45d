//! What the layer adds to a bare service, case by case.

use std::path::Path;

use serde::Deserialize;

use crate::{
    Failure, Table,
    bars::{Bar, Bars},
    style::{BLUE, GREY, short},
};

#[derive(Deserialize)]
struct Row {
    case: String,
    instructions: f64,
    added_instructions: f64,
    allocations: f64,
}

pub(crate) fn added(table: &Table, file: &Path) -> Result<(), Failure> {
    let rows: Vec<Row> = table.rows()?;
    let bar = |row: &Row| Bar {
        label: row.case.clone(),
        parts: vec![
            (
                (row.instructions - row.added_instructions.max(0.0)).max(0.0),
                GREY,
            ),
            (row.added_instructions.max(0.0), BLUE),
        ],
        note: format!(
            "{}, {} added, {} alloc.",
            short(row.instructions),
            short(row.added_instructions),
            short(row.allocations)
        ),
    };
    Bars {
        title: "Instructions a request without a server (callgrind)".to_owned(),
        legend: vec![("bare service", GREY), ("added to it", BLUE)],
        groups: vec![rows.iter().map(bar).collect()],
    }
    .draw(file)
}
