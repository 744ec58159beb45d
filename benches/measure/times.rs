use std::{collections::BTreeMap, io, path::Path, process::Command, time::Instant};

use crate::figure_data::median;

use super::{Warm, measured_calls};

const ROUNDS: usize = 25;
const BATCHES: u32 = 200;

/// Calls of one batch: so few that the allocator gives and takes as in a server that has a request
/// or two at hand.
const CALLS: u32 = 6;

/// What a call takes by the clock.
#[derive(Clone, Copy, Debug)]
pub struct Times {
    /// Nanoseconds of one call: the median of the rounds.
    pub nanoseconds: f64,
    /// How many times what the bare service took in the same round: the median again.
    pub ratio: f64,
}

impl Times {
    /// Times both sides in turns.
    pub fn of(warm: &mut Warm) -> Self {
        let mut nanoseconds = Vec::with_capacity(ROUNDS);
        let mut ratios = Vec::with_capacity(ROUNDS);
        for _ in 0..ROUNDS {
            let sides = [&mut warm.empty, &mut warm.bare, &mut warm.measured];
            let [empty, bare, measured] = sides.map(|side| {
                let batches = (0..BATCHES).map(|_| {
                    let batch = side(CALLS as usize);
                    let start = Instant::now();
                    measured_calls(&warm.runtime, batch);
                    start.elapsed().as_secs_f64()
                });
                batches.sum::<f64>() * 1e9 / f64::from(BATCHES * CALLS)
            });
            let [bare, measured] = [bare - empty, measured - empty];
            nanoseconds.push(measured);
            ratios.push(measured / bare);
        }
        Self {
            nanoseconds: median(nanoseconds),
            ratio: median(ratios),
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
