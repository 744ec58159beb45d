use std::{collections::BTreeMap, io, path::Path, process::Command, time::Instant};

use crate::figure_data::median;

use super::{Warm, measured_calls};

const ROUNDS: usize = 2000;

/// Calls of one batch: so few that the allocator gives and takes as in a server that has a request
/// or two at hand.
const CALLS: u8 = 6;

/// What a call takes by the clock.
#[derive(Clone, Copy, Debug)]
pub struct Times {
    /// Nanoseconds of one call.
    pub nanoseconds: f64,
    /// How many times what the bare service takes.
    pub ratio: f64,
}

impl Times {
    /// Times both sides in turns, a batch each, and takes the median of the batches: whatever
    /// interrupts some of them does not show.
    pub fn of(warm: &mut Warm) -> Self {
        let sides = [&mut warm.empty, &mut warm.bare, &mut warm.measured];
        let mut sides = sides.map(|side| (side, Vec::with_capacity(ROUNDS)));
        for _ in 0..ROUNDS {
            for (side, seconds) in &mut sides {
                let batch = side(usize::from(CALLS));
                let start = Instant::now();
                measured_calls(&warm.runtime, batch);
                seconds.push(start.elapsed().as_secs_f64());
            }
        }
        let [empty, bare, measured] = sides.map(|(_, seconds)| median(seconds));
        Self {
            nanoseconds: (measured - empty) * 1e9 / f64::from(CALLS),
            ratio: (measured - empty) / (bare - empty),
        }
    }
}

/// The times that `program` takes, by the case's name.
///
/// # Errors
/// The program failed, or says something else than times.
pub fn read_times(program: &Path) -> io::Result<BTreeMap<String, Times>> {
    let output = Command::new(program).arg("time").output()?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(io::Error::other(format!("{}: {said}", program.display())));
    }
    let lines = String::from_utf8_lossy(&output.stdout);
    let times = lines.lines().map(|line| {
        let mut words = line.split(' ');
        let name = words.next()?.to_owned();
        let mut number = || words.next()?.parse().ok();
        let [nanoseconds, ratio] = [number()?, number()?];
        Some((name, Times { nanoseconds, ratio }))
    });
    let times: Option<_> = times.collect();
    times.ok_or_else(|| io::Error::other(format!("{}: no times", program.display())))
}
