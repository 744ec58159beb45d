//! How often one call tries, and how long it waits in between.

use std::time::Duration;

use futures_timer::Delay;

use super::{UpdateErrorKind, random};

/// The waits that a call may make; its clones count for themselves.
#[derive(Clone, Debug)]
pub(super) struct Pace {
    /// How often the whole may be tried, the first time included.
    pub(super) tries: u32,
    /// The bound of the first wait; it doubles with each one.
    pub(super) first: Duration,
    /// Where it stops doubling.
    pub(super) longest: Duration,
    /// The longest `Retry-After` that is waited for.
    pub(super) retry_after_limit: Duration,
    waits: u32,
}

/// No further try: there have been enough, or the server asks for a longer wait than allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Over {
    UsedUp,
    TooLong,
}

impl From<Over> for UpdateErrorKind {
    fn from(over: Over) -> Self {
        match over {
            Over::UsedUp => Self::TriesUsedUp,
            // The answer that asks for it is the end of the call.
            Over::TooLong => Self::Status,
        }
    }
}

impl Pace {
    pub(super) const fn new() -> Self {
        Self {
            tries: 10,
            first: Duration::from_millis(20),
            longest: Duration::from_secs(2),
            retry_after_limit: Duration::from_secs(30),
            waits: 0,
        }
    }

    /// Waits before the next try, at least for what the server asks.
    pub(super) async fn pause(&mut self, asked: Option<Duration>) -> Result<(), Over> {
        let wait = self.next_wait(asked)?;
        if !wait.is_zero() {
            Delay::new(wait).await;
        }
        Ok(())
    }

    fn next_wait(&mut self, asked: Option<Duration>) -> Result<Duration, Over> {
        let asked = asked.unwrap_or_default();
        if asked > self.retry_after_limit {
            return Err(Over::TooLong);
        }
        if self.waits.saturating_add(1) >= self.tries {
            return Err(Over::UsedUp);
        }
        let doubled = 1_u32.checked_shl(self.waits).unwrap_or(u32::MAX);
        let bound = self.first.saturating_mul(doubled).min(self.longest);
        self.waits += 1;
        // All of it random, so that clients that were refused together do not come back together;
        // also those that were told the same second.
        Ok(asked.saturating_add(random::up_to(bound)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    fn pace(tries: u32) -> Pace {
        Pace {
            tries,
            first: MS,
            longest: 50 * MS,
            retry_after_limit: 5_000 * MS,
            waits: 0,
        }
    }

    #[test]
    fn waits_are_random_below_a_bound_that_doubles_up_to_a_cap() {
        let mut most = [Duration::ZERO; 40];
        for _ in 0..200 {
            let mut pace = pace(41);
            for most in &mut most {
                *most = pace.next_wait(None).expect("a try is left").max(*most);
            }
        }
        for (index, &most) in most.iter().enumerate() {
            let bound = if index < 6 {
                MS * (1 << index)
            } else {
                50 * MS
            };
            assert!(most <= bound && most > bound / 2, "{index}: {most:?}");
        }
    }

    #[test]
    fn one_try_has_no_wait() {
        for tries in [0, 1] {
            assert_eq!(pace(tries).next_wait(None), Err(Over::UsedUp));
        }
        let mut three = pace(3);
        assert!(three.next_wait(None).is_ok() && three.next_wait(None).is_ok());
        assert_eq!(three.next_wait(None), Err(Over::UsedUp));
    }

    #[test]
    fn what_the_server_asks_is_waited_for_and_no_less() {
        let wait = pace(2)
            .next_wait(Some(3_000 * MS))
            .expect("within the limit");
        assert!((3_000 * MS..=3_001 * MS).contains(&wait));
        assert_eq!(pace(2).next_wait(Some(5_001 * MS)), Err(Over::TooLong));
        assert_eq!(pace(2).next_wait(Some(Duration::MAX)), Err(Over::TooLong));
    }
}
