//! Numbers that a seed decides: `SplitMix64` (Steele, Lea, Flood: Fast splittable pseudorandom
//! number generators, 2014).

#[derive(Clone, Debug)]
pub(crate) struct Random(u64);

impl Random {
    /// The `stream`th of the sequences that `seed` stands for.
    pub(crate) fn new(seed: u64, stream: u64) -> Self {
        let mut random = Self(seed ^ stream.wrapping_mul(0xD134_2543_DE82_EF95));
        random.next();
        random
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// Below `bound`, which is above 0.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }
}

/// The seed of this run: `LINEARIZABILITY_SEED`, or one by the clock.
pub(crate) fn seed() -> u64 {
    if let Ok(seed) = std::env::var("LINEARIZABILITY_SEED") {
        return seed.parse().expect("LINEARIZABILITY_SEED is a number");
    }
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    u64::from(now.expect("a clock after 1970").subsec_nanos())
}
