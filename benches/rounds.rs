//! Cases timed against each other, and the table of what came out.
//!
//! All cases of a group take turns, and the fastest turn of each counts: what else runs on the
//! machine can only add to a time, and whatever changes its clock changes it for all.

use std::time::{Duration, Instant};

use serde::Serialize;

use crate::figure_data;

/// How long a turn lasts at least, work that takes longer by itself aside: short enough that some
/// turns are not interrupted, long enough for the clock.
const TURN: Duration = Duration::from_micros(100);

/// Fewer turns tell nothing, even of work that takes seconds.
const FEWEST_TURNS: u32 = 3;

/// Works on a number of bytes in some way, named for the table.
pub struct Case<'a> {
    name: &'static str,
    work: Box<dyn FnMut() + 'a>,
    repeats: u32,
    fastest: Duration,
}

impl<'a> Case<'a> {
    /// The case `name`; `work` is done once each time that it is called.
    pub fn new(name: &'static str, work: impl FnMut() + 'a) -> Self {
        Self {
            name,
            work: Box::new(work),
            repeats: 1,
            fastest: Duration::MAX,
        }
    }

    fn turn(&mut self) {
        let start = Instant::now();
        for _ in 0..self.repeats {
            (self.work)();
        }
        self.fastest = self.fastest.min(start.elapsed() / self.repeats);
    }

    /// So many repeats that a turn lasts long enough.
    fn calibrate(&mut self) {
        self.turn();
        let times = TURN.as_nanos() / self.fastest.as_nanos().max(1);
        self.repeats = u32::try_from(times).unwrap_or(u32::MAX).max(1);
    }
}

#[derive(Debug, Serialize)]
struct Row {
    /// The group, a slash, and the case.
    case: String,
    size: u32,
    bytes_per_second: f64,
    ratio_to_memcpy: f64,
}

/// What all groups came to, one line a case.
#[derive(Debug)]
pub struct Table {
    rows: Vec<Row>,
    /// Groups to run, by a part of their name; empty for all.
    wanted: Vec<String>,
}

impl Table {
    /// A table of the groups that the command line names, or of all.
    #[must_use]
    pub fn from_arguments() -> Self {
        let arguments = std::env::args().skip(1);
        Self {
            rows: Vec::new(),
            // Cargo says `--bench`.
            wanted: arguments.filter(|word| !word.starts_with('-')).collect(),
        }
    }

    /// Whether the group `name` is to run.
    #[must_use]
    pub fn wants(&self, name: &str) -> bool {
        self.wanted.is_empty() || self.wanted.iter().any(|part| name.contains(part))
    }

    /// Times `cases`, each of which works on the bytes of `body`, for about `time` in all, and
    /// beside them memcpy of the same bytes.
    ///
    /// # Panics
    /// The body is of 4 GiB or more.
    pub fn measure<'a>(
        &mut self,
        group: &str,
        body: &'a [u8],
        mut cases: Vec<Case<'a>>,
        time: Duration,
    ) {
        let mut copy = vec![0; body.len()];
        cases.push(Case::new("memcpy", move || {
            copy.copy_from_slice(std::hint::black_box(body));
            std::hint::black_box(&mut copy);
        }));
        let start = Instant::now();
        cases.iter_mut().for_each(Case::calibrate);
        let mut turns = 1;
        while turns < FEWEST_TURNS || start.elapsed() < time {
            cases.iter_mut().for_each(Case::turn);
            turns += 1;
        }
        let size = u32::try_from(body.len()).expect("a body below 4 GiB");
        let speed = |case: &Case<'_>| f64::from(size) / case.fastest.as_secs_f64();
        let memcpy = cases.last().map_or(f64::NAN, speed);
        for case in &cases {
            let (name, speed) = (case.name, speed(case));
            println!(
                "{:48} {size:>9} B {:>8.3} GB/s {:>8.4} of memcpy",
                format!("{group}/{name}"),
                speed / 1e9,
                speed / memcpy
            );
            self.rows.push(Row {
                case: format!("{group}/{name}"),
                size,
                bytes_per_second: speed,
                ratio_to_memcpy: speed / memcpy,
            });
        }
    }

    /// Writes the table to `target/figures`, unless only some groups have run.
    ///
    /// # Errors
    /// The file can't be written.
    pub fn save(&self, file: &str) -> csv::Result<()> {
        if !self.wanted.is_empty() {
            return Ok(());
        }
        figure_data::write(file, &self.rows)
    }
}
