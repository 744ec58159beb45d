/// How many calls a count is taken of. Each is a batch of its own, so that the allocator is in the
/// state of a server that has one request at hand, and not a thousand.
pub const CALLS: u32 = 500;

/// What one call takes of something that is counted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Count {
    /// The bare service's.
    pub bare: f64,
    /// That of what the case is about.
    pub measured: f64,
}

impl Count {
    /// One call's share of what [`CALLS`] batches took: of none, of the bare service's calls, of
    /// the measured ones.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "the counts are far below 2^53")]
    pub fn of_batches(empty: u64, bare: u64, measured: u64) -> Self {
        let of_a_call = |batches: u64| (batches as f64 - empty as f64) / f64::from(CALLS);
        Self {
            bare: of_a_call(bare),
            measured: of_a_call(measured),
        }
    }

    /// What is added to the bare service; below zero where it is not called.
    #[must_use]
    pub fn added(self) -> f64 {
        self.measured - self.bare
    }
}
