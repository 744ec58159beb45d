//! Randomness for waiting times and names, not for secrets.

use std::{
    hash::{BuildHasher, RandomState},
    time::Duration,
};

/// Any number: std's hasher under keys of its own, which are random.
pub(super) fn number() -> u64 {
    RandomState::new().hash_one(0_u8)
}

/// Any time from zero to `most`.
pub(super) fn up_to(most: Duration) -> Duration {
    let most = u64::try_from(most.as_nanos()).unwrap_or(u64::MAX);
    let share = ((u128::from(most) + 1) * u128::from(number())) >> 64;
    Duration::from_nanos(u64::try_from(share).unwrap_or(most))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_lie_everywhere_up_to_the_bound() {
        let most = Duration::from_millis(8);
        let mut hits = [0; 9];
        for _ in 0..4_096 {
            let time = up_to(most);
            assert!(time <= most);
            hits[time.subsec_millis() as usize] += 1;
        }
        // 512 are expected in each; by chance alone none is ever this far off.
        assert!(
            hits[..8].iter().all(|hits| (256..1024).contains(hits)),
            "{hits:?}"
        );
        assert_eq!(up_to(Duration::ZERO), Duration::ZERO);
        assert!(up_to(Duration::MAX) <= Duration::from_nanos(u64::MAX));
    }
}
