//! Bodies: the version put into JSON, against copying and against parsing.

use std::path::Path;

use serde::Deserialize;

use crate::{
    Failure, Table,
    lines::{Line, Lines},
    style::short,
};

#[derive(Deserialize)]
struct Row {
    case: String,
    size: f64,
    bytes_per_second: f64,
}

pub(crate) fn throughput(table: &Table, file: &Path) -> Result<(), Failure> {
    let rows: Vec<Row> = table.rows()?;
    let mut lines: Vec<Line> = Vec::new();
    for row in rows {
        let point = (row.size, row.bytes_per_second);
        match lines.iter_mut().find(|line| line.name == row.case) {
            Some(line) => line.points.push(point),
            None => lines.push(Line {
                name: row.case,
                points: vec![point],
            }),
        }
    }
    Lines {
        title: "A version put into a JSON body, bytes a second".to_owned(),
        x: "size of the body",
        y: "bytes a second",
        tell_x: |size| format!("{}B", short(*size)),
        tell_y: |speed| format!("{}B/s", short(*speed)),
        from_zero: false,
        lines,
    }
    .draw(file)
}
