use std::{
    sync::atomic::{AtomicU32, Ordering},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use crate::version::Version;

/// How much, and how long.
pub(super) struct Limits {
    /// A name for this run: stores may hold keys of earlier ones.
    pub(super) run: String,
    /// After which a wait is stuck.
    pub(super) wait: Duration,
    /// After which what is pending counts as waiting.
    pub(super) settle: Duration,
    pub(super) many_keys: usize,
    pub(super) last_version: Option<Version>,
    /// Whether a lost guard takes with it what its handler did.
    pub(super) rolls_back: bool,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            run: run(),
            wait: Duration::from_secs(10),
            settle: Duration::from_millis(100),
            many_keys: 10_000,
            last_version: None,
            rolls_back: false,
        }
    }
}

/// A name that no earlier run on the same data had.
fn run() -> String {
    static RUNS: AtomicU32 = AtomicU32::new(0);
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let nanoseconds = since.map_or(0, |since| since.as_nanos());
    let run = RUNS.fetch_add(1, Ordering::Relaxed);
    format!("{nanoseconds:x}-{run:x}")
}
