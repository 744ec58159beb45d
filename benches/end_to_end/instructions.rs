//! User instructions a request, by callgrind.

use crate::{
    Failure,
    case::Case,
    http::Connection,
    kind::Kind,
    process::{Process, Tool},
};

/// Before what is counted begins: first connections, lazy tables.
const WARM_UP: u32 = 50;

/// The difference of two runs, by the difference of their requests.
pub(crate) fn count(case: &Case, is_quick: bool) -> Result<f64, Failure> {
    let is_rekord = matches!(case.kind, Kind::Rekord | Kind::RekordRule);
    let few = 100;
    let many = match case.kind {
        _ if is_quick => 300,
        // Threads take turns under callgrind, and SQLite has one of its own.
        _ if is_rekord => 500,
        _ => 1100,
    };
    let more = instructions(case, many)? - instructions(case, few)?;
    Ok(more / f64::from(many - few))
}

/// What a server executes from its start to its end, with so many requests in between.
fn instructions(case: &Case, requests: u32) -> Result<f64, Failure> {
    let server = Process::start(case.kind, Tool::Callgrind)?;
    let request = case.request(&server)?;
    let mut connection = Connection::open(server.address())?;
    for _ in 0..WARM_UP + requests {
        connection.exchange(&request)?;
    }
    drop(connection);
    let said = server.end()?;
    let collected = said
        .lines()
        .find_map(|line| line.split_once("Collected : "))
        .ok_or_else(|| format!("callgrind counted nothing: {said}"))?;
    Ok(collected.1.trim().parse()?)
}
