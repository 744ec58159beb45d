/// How many calls a count is taken of: the difference of twice as many and so many.
pub const CALLS: usize = 500;

/// What one call takes of something that is counted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Count {
    /// The bare service's.
    pub bare: f64,
    /// That of what the case is about.
    pub measured: f64,
}

impl Count {
    /// What is added to the bare service; below zero where it is not called.
    #[must_use]
    pub fn added(self) -> f64 {
        self.measured - self.bare
    }
}

/// One call's share of what so many calls took, and twice as many.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "the counts are far below 2^53")]
pub fn per_call(once: u64, twice: u64) -> f64 {
    (twice as f64 - once as f64) / CALLS as f64
}
