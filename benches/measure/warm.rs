use std::hint::black_box;

use tokio::runtime::{Builder, Runtime};

use crate::cases::{Batch, Case, Side};

/// Calls before anything is measured: tables that are made when they are first used, caches that
/// fill.
const WARM_UP: usize = 256;

/// Both sides of a case, warmed up.
pub struct Warm {
    /// One thread, whose counters see everything but blocking calls.
    pub runtime: Runtime,
    /// The service alone.
    pub bare: Side,
    /// What the case is about.
    pub measured: Side,
    /// No calls at all: what it takes to run a batch, for others to subtract.
    pub empty: Side,
}

impl Warm {
    /// Makes the services of `case` and calls them for a while.
    ///
    /// # Panics
    /// If an answer is not the one that the case expects, or there is no runtime to be had.
    #[must_use]
    pub fn new(case: &Case) -> Self {
        let runtime = Builder::new_current_thread().build();
        let runtime = runtime.expect("a runtime without I/O and time needs nothing");
        let inside = runtime.enter();
        let mut sides = case.sides();
        drop(inside);
        runtime.block_on((sides.bare)(WARM_UP));
        runtime.block_on((sides.measured)(WARM_UP));
        Self {
            runtime,
            bare: sides.bare,
            measured: sides.measured,
            empty: Box::new(|_| Box::pin(async {})),
        }
    }
}

/// Runs a batch. Callgrind collects inside this function alone, and finds it by its name.
#[inline(never)]
pub fn measured_calls(runtime: &Runtime, batch: Batch) {
    runtime.block_on(black_box(batch));
}

/// Tells callgrind, by its name, that one count ends and the next one begins.
#[inline(never)]
pub fn end_of_count() {
    black_box(());
}
