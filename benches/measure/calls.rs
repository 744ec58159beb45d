//! The program that is measured: all cases, counted by callgrind from outside, or timed.

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use tokio::runtime::{Builder, Runtime};

use crate::cases::{self, Batch, Role, Side};

/// How many calls a count is the difference of: n and twice as many.
pub const COUNTED: usize = 500;

/// How many calls come before anything is measured: tables that are made when they are first
/// used, caches that fill.
const WARM_UP: usize = 256;

const ROUNDS: usize = 25;
const TIMED: usize = 1000;

/// The runtime of all cases: one thread, so that its counters see everything but blocking calls.
///
/// # Panics
/// If the system refuses one.
#[must_use]
pub fn runtime() -> Runtime {
    let runtime = Builder::new_current_thread().build();
    runtime.expect("a runtime without I/O and time needs nothing")
}

/// Warms both sides of a case up.
pub fn warm_up(runtime: &Runtime, side: &mut Side) {
    let _inside = runtime.enter();
    run(runtime, side(WARM_UP));
}

/// Runs a batch. Callgrind collects in this function alone, by its name, which must not be part
/// of another's.
#[inline(never)]
pub fn run(runtime: &Runtime, batch: Batch) {
    runtime.block_on(black_box(batch));
}

/// Runs all cases that can be counted, `n` and `2n` calls of each side, and prints their names.
pub fn count() {
    let runtime = runtime();
    for case in cases::all() {
        if case.role == Role::ThreadedPeer {
            continue;
        }
        let mut sides = within(&runtime, || case.sides());
        for side in [&mut sides.bare, &mut sides.measured] {
            warm_up(&runtime, side);
            for calls in [COUNTED, 2 * COUNTED] {
                run_counted(&runtime, side(calls));
            }
        }
        println!("{}", case.name);
    }
}
