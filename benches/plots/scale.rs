//! How things grow.

use std::path::Path;

use serde::Deserialize;

use crate::{
    Failure, Table,
    bars::{Bar, Bars},
    lines::{Line, Lines},
    style::{BLUE, GREY, ORANGE, short, time},
};

#[derive(Deserialize)]
struct KeysRow {
    map: String,
    keys: f64,
    bytes_per_key: f64,
    peak_bytes_per_key: f64,
    lookup_ns: f64,
}

#[derive(Deserialize)]
struct ThreadsRow {
    map: String,
    keys: f64,
    work: String,
    reads_per_second: f64,
    writes_per_second: f64,
}

#[derive(Deserialize)]
struct CommitsRow {
    store: String,
    handlers: String,
    keys: f64,
    commits_per_second: f64,
    ratio_to_bare: f64,
    p99_us: f64,
    refused: u64,
}

#[derive(Deserialize)]
struct InstancesRow {
    store: String,
    instances: f64,
    not_modified_per_second: f64,
    p99_us: f64,
}

/// One line for each name, in the order in which the names come.
fn lines<T>(
    rows: &[T],
    name: impl Fn(&T) -> String,
    point: impl Fn(&T) -> (f64, f64),
) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    for row in rows {
        let name = name(row);
        match lines.iter_mut().find(|line| line.name == name) {
            Some(line) => line.points.push(point(row)),
            None => lines.push(Line {
                name,
                points: vec![point(row)],
            }),
        }
    }
    lines
}

fn counted(keys: f64) -> String {
    if keys > 1.0 {
        format!("{} keys", short(keys))
    } else {
        "1 key".to_owned()
    }
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "as a plotter's labels are made"
)]
fn told(number: &f64) -> String {
    short(*number)
}

pub(crate) fn memory(table: &Table, file: &Path) -> Result<(), Failure> {
    let rows: Vec<KeysRow> = table.rows()?;
    let name = |row: &KeysRow| row.map.clone();
    let mut all = lines(&rows, name, |row| (row.keys, row.bytes_per_key));
    let at_peak = |row: &KeysRow| format!("{}, peak", row.map);
    all.extend(lines(&rows, at_peak, |row| {
        (row.keys, row.peak_bytes_per_key)
    }));
    Lines {
        title: "Memory a key of 40 bytes".to_owned(),
        x: "keys",
        x_factor: 10.0,
        y: "bytes a key",
        tell_x: told,
        tell_y: told,
        from_zero: true,
        series: all,
    }
    .draw(file)
}

pub(crate) fn lookups(table: &Table, file: &Path) -> Result<(), Failure> {
    let rows: Vec<KeysRow> = table.rows()?;
    Lines {
        title: "A look-up, keys at random".to_owned(),
        x: "keys",
        x_factor: 10.0,
        y: "nanoseconds",
        tell_x: told,
        tell_y: told,
        from_zero: true,
        series: lines(
            &rows,
            |row| row.map.clone(),
            |row| (row.keys, row.lookup_ns),
        ),
    }
    .draw(file)
}

pub(crate) fn threads(table: &Table, file: &Path) -> Result<(), Failure> {
    let rows: Vec<ThreadsRow> = table.rows()?;
    let bar = |row: &ThreadsRow| Bar {
        label: format!("{}: {}, {}", row.map, row.work, counted(row.keys)),
        parts: vec![
            (row.reads_per_second, BLUE),
            (row.writes_per_second, ORANGE),
        ],
        note: match (row.reads_per_second, row.writes_per_second) {
            (reads, 0.0) => format!("{} reads", short(reads)),
            (0.0, writes) => format!("{} writes", short(writes)),
            (reads, writes) => format!("{} and {}", short(reads), short(writes)),
        },
    };
    let groups = rows.chunk_by(|one, other| one.work == other.work);
    Bars {
        title: "Operations a second on a store in memory".to_owned(),
        legend: vec![("reads", BLUE), ("writes", ORANGE)],
        groups: groups
            .map(|group| group.iter().map(bar).collect())
            .collect(),
    }
    .draw(file)
}

pub(crate) fn commits(table: &Table, file: &Path) -> Result<(), Failure> {
    let rows: Vec<CommitsRow> = table.rows()?;
    let bar = |row: &CommitsRow| Bar {
        label: format!("{}, {}, {}", row.store, row.handlers, counted(row.keys)).replace('_', " "),
        parts: vec![(
            row.ratio_to_bare,
            if row.handlers == "bare" { GREY } else { BLUE },
        )],
        note: format!(
            "{}/s, p99 {}{}",
            short(row.commits_per_second),
            time(row.p99_us),
            match row.refused {
                0 => String::new(),
                refused => format!(", {refused} refused"),
            }
        ),
    };
    let groups = rows.chunk_by(|one, other| one.store == other.store);
    Bars {
        title: "Guarded commits a second beside the handler alone (16 clients)".to_owned(),
        legend: vec![("the handler alone", GREY), ("guarded", BLUE)],
        groups: groups
            .map(|group| group.iter().map(bar).collect())
            .collect(),
    }
    .draw(file)
}

pub(crate) fn instances(table: &Table, file: &Path) -> Result<(), Failure> {
    let rows: Vec<InstancesRow> = table.rows()?;
    let bar = |row: &InstancesRow| (row.instances, row.not_modified_per_second);
    let slowest = rows.iter().map(|row| row.p99_us).fold(0.0, f64::max);
    Lines {
        title: format!(
            "304 a second on one PostgreSQL, 16 clients (p99 at most {})",
            time(slowest)
        ),
        x: "instances",
        x_factor: 2.0,
        y: "304 a second",
        tell_x: told,
        tell_y: told,
        from_zero: false,
        series: lines(&rows, |row| row.store.clone(), bar),
    }
    .draw(file)
}
