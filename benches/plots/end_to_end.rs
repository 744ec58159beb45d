//! The layer in a server.

use std::path::Path;

use serde::Deserialize;

use crate::{
    Failure, Table,
    bars::{Bar, Bars},
    style::{BLUE, GREEN, GREY, ORANGE, short, time},
};

#[derive(Deserialize)]
struct Row {
    case: String,
    base: String,
    requests_per_second: f64,
    p50_us: f64,
    p99_us: f64,
    instructions: f64,
}

impl Row {
    /// By what it runs on, which is its first word.
    fn family(&self) -> &str {
        self.case.split(' ').next().unwrap_or_default()
    }
}

fn groups(rows: &[Row], bar: impl Fn(&Row) -> Bar) -> Vec<Vec<Bar>> {
    rows.chunk_by(|one, other| one.family() == other.family())
        .map(|family| family.iter().map(&bar).collect())
        .collect()
}

/// User instructions a request: the service, and what the layer adds to it.
pub(crate) fn overhead(table: &Table, file: &Path) -> Result<(), Failure> {
    let mut rows: Vec<Row> = table.rows()?;
    rows.retain(|row| row.family() != "rekord");
    let bar = |row: &Row| {
        let base = rows.iter().find(|base| base.case == row.base);
        let base = base.map_or(row.instructions, |base| base.instructions);
        let ratio = row.instructions / base;
        let is_base = row.case == row.base;
        let (parts, note) = match row.family() {
            "nginx" => (vec![(row.instructions, GREEN)], String::new()),
            _ if row.case.ends_with("304") => (
                vec![(row.instructions, BLUE)],
                format!(", {ratio:.2}x the 200"),
            ),
            _ => {
                let added = (row.instructions - base).max(0.0);
                let note = if is_base {
                    String::new()
                } else {
                    format!(", {ratio:.3}x")
                };
                (
                    vec![(row.instructions - added, GREY), (added, ORANGE)],
                    note,
                )
            }
        };
        Bar {
            label: row.case.clone(),
            parts,
            note: format!("{}{note}", short(row.instructions)),
        }
    };
    Bars {
        title: "User instructions a request, over loopback (callgrind)".to_owned(),
        legend: vec![
            ("server and service", GREY),
            ("added by the layer", ORANGE),
            ("304: server and layer, no service", BLUE),
            ("nginx, a file", GREEN),
        ],
        groups: groups(&rows, bar),
    }
    .draw(file)
}

pub(crate) fn requests(table: &Table, file: &Path) -> Result<(), Failure> {
    let rows: Vec<Row> = table.rows()?;
    let bar = |row: &Row| Bar {
        label: row.case.clone(),
        parts: vec![(
            row.requests_per_second,
            match row.family() {
                "nginx" => GREEN,
                _ if row.case.ends_with("304") => BLUE,
                // The reference server has the layer always.
                _ if row.case.contains('+') || row.family() == "rekord" => ORANGE,
                _ => GREY,
            },
        )],
        note: format!(
            "{}, {} / {}",
            short(row.requests_per_second),
            time(row.p50_us),
            time(row.p99_us)
        ),
    };
    Bars {
        title: "Requests a second on one core, p50 / p99 (wrk, 16 connections)".to_owned(),
        legend: vec![
            ("200 without the layer", GREY),
            ("200, or a write, with it", ORANGE),
            ("304", BLUE),
            ("nginx, a file", GREEN),
        ],
        groups: groups(&rows, bar),
    }
    .draw(file)
}
