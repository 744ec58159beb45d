//! What the layer adds to a bare service, case by case.

use std::path::Path;

use serde::Deserialize;

use crate::{
    Failure, Table,
    bars::{Bar, Bars},
    style::{BLUE, GREY},
};

#[derive(Deserialize)]
struct Row {
    case: String,
    /// Of what runs on other threads only times are known.
    instructions: Option<f64>,
    added_instructions: Option<f64>,
    allocations: Option<f64>,
}

impl Row {
    /// By what stands in front of the slash, where that is a framework or a peer.
    fn family(&self) -> &str {
        match self.case.split_once('/') {
            Some((family, _)) if family.chars().all(|it| it.is_alphabetic() || it == '_') => family,
            _ => "",
        }
    }
}

pub(crate) fn added(table: &Table, file: &Path) -> Result<(), Failure> {
    let mut rows: Vec<Row> = table.rows()?;
    // A thousand tags would make all others look like nothing; the table has them.
    rows.retain(|row| row.instructions.is_some() && !row.case.contains("1000_tags"));
    let bar = |row: &Row| {
        let all = row.instructions.unwrap_or_default();
        let added = row.added_instructions.unwrap_or_default();
        let alloc = row.allocations.unwrap_or_default();
        Bar {
            label: row.case.replace('_', " "),
            parts: vec![
                ((all - added.max(0.0)).max(0.0), GREY),
                (added.max(0.0), BLUE),
            ],
            note: format!("{all:.0}, {alloc:.0} allocations"),
        }
    };
    let groups = rows.chunk_by(|one, other| one.family() == other.family());
    Bars {
        title: "Instructions a request without a server (callgrind)".to_owned(),
        legend: vec![("as much as the bare service", GREY), ("added to it", BLUE)],
        groups: groups
            .map(|group| group.iter().map(bar).collect())
            .collect(),
    }
    .draw(file)
}
