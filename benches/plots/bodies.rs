//! Bodies: the version put into JSON, against copying and against parsing.

use std::path::Path;

use plotters::prelude::RGBColor;
use serde::Deserialize;

use crate::{
    Failure, Table,
    bars::{Bar, Bars},
    lines::{Line, Lines},
    style::{BLUE, GREY, ORANGE, short},
};

/// The kind that an API answers with: a list of records.
const KIND: &str = "records";

#[derive(Deserialize)]
struct Row {
    /// The kind of body, a slash, and what is done with it.
    case: String,
    size: f64,
    bytes_per_second: f64,
}

impl Row {
    fn parts(&self) -> (&str, &str) {
        self.case.split_once('/').unwrap_or((&self.case, ""))
    }
}

/// What has a bar or a line, in this order: its name in the table and in figures.
const WORK: [(&str, &str, RGBColor); 7] = [
    ("one_frame", "ours, one frame", BLUE),
    ("streamed", "ours, streamed", BLUE),
    ("items", "ours, list, streamed", BLUE),
    ("serde_json", "serde_json", ORANGE),
    ("sonic_rs", "sonic-rs", ORANGE),
    ("simd_json", "simd-json", ORANGE),
    ("memcpy", "memcpy", GREY),
];

/// By size, for one kind of body.
pub(crate) fn by_size(table: &Table, file: &Path) -> Result<(), Failure> {
    let rows: Vec<Row> = table.rows()?;
    let line = |(work, name, _): &(&str, &str, RGBColor)| Line {
        name: (*name).to_owned(),
        points: rows
            .iter()
            .filter(|row| row.parts() == (KIND, work))
            .map(|row| (row.size, row.bytes_per_second))
            .collect(),
    };
    Lines {
        title: "The version put into a JSON list of records; peers parse, insert, print".to_owned(),
        x: "size of the body",
        x_factor: 4.0,
        y: "bytes a second",
        tell_x: |size| {
            if *size < 1024.0 * 1024.0 {
                format!("{:.0} KiB", size / 1024.0)
            } else {
                format!("{:.0} MiB", size / 1024.0 / 1024.0)
            }
        },
        tell_y: |speed| format!("{}B/s", short(*speed)),
        from_zero: false,
        series: WORK.iter().map(line).collect(),
    }
    .draw(file)
}

/// By the kind of body, at about 1 MiB.
pub(crate) fn by_kind(table: &Table, file: &Path) -> Result<(), Failure> {
    let mut rows: Vec<Row> = table.rows()?;
    let middle = f64::from(1 << 20);
    rows.retain(|row| (middle / 2.0..middle * 2.0).contains(&row.size));
    let bar = |row: &Row| {
        let (kind, work) = row.parts();
        let (_, name, colour) = WORK
            .iter()
            .find(|(it, ..)| *it == work && work != "memcpy")?;
        Some(Bar {
            label: format!("{}: {name}", kind.replace('_', " ")),
            parts: vec![(row.bytes_per_second, *colour)],
            note: format!("{}B/s", short(row.bytes_per_second)),
        })
    };
    let groups = rows.chunk_by(|one, other| one.parts().0 == other.parts().0);
    Bars {
        title: "The version put into 1 MiB of JSON, by its kind, bytes a second".to_owned(),
        legend: vec![("ours", BLUE), ("parse, insert, print", ORANGE)],
        groups: groups
            .map(|group| group.iter().filter_map(bar).collect())
            .collect(),
    }
    .draw(file)
}
