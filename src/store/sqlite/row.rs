//! What is known of a key, and what each event makes of it. No SQL.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::{
    current::{Current, Validators},
    store::{Effect, Fingerprint},
    version::Version,
};

use super::{SqliteStoreErrorKind, token::Token};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum State {
    /// Nothing was ever written here: the row is here for a guard alone.
    Unseen = 0,
    /// The version was never issued as a tag.
    Unknown = 1,
    Present = 2,
    Missing = 3,
}

/// A guard on the key.
#[derive(Clone, Copy)]
pub(super) struct Intent {
    pub(super) token: Token,
    /// Its handler may be running. Before that, nothing has happened.
    pub(super) is_armed: bool,
}

/// What is above every version that is no longer in its row.
#[derive(Clone, Copy, Default)]
pub(super) struct Floors {
    /// For keys without a row.
    pub(super) dropped: i64,
    /// For all keys.
    pub(super) raised: i64,
}

pub(super) struct Row {
    pub(super) state: State,
    /// Zero of an unseen key, which starts above the floors.
    pub(super) version: i64,
    /// Milliseconds since the epoch; zero where there is no time.
    pub(super) modified: i64,
    pub(super) writer: Option<Token>,
    pub(super) made_by: Option<Fingerprint>,
    pub(super) intent: Option<Intent>,
}

impl State {
    pub(super) fn from_number(number: i64) -> Option<Self> {
        [Self::Unseen, Self::Unknown, Self::Present, Self::Missing]
            .into_iter()
            .find(|state| *state as i64 == number)
    }
}

impl Row {
    pub(super) const UNSEEN: Self = Self {
        state: State::Unseen,
        version: 0,
        modified: 0,
        writer: None,
        made_by: None,
        intent: None,
    };

    /// What readers are told while no armed guard is on the key.
    pub(super) fn current(&self) -> Current {
        current(self.state, self.version, self.modified)
    }

    /// The version that the next commit makes; `None` at the end of what a column can hold.
    pub(super) fn next(&self, floors: Floors) -> Option<i64> {
        let floor = match self.state {
            State::Unseen => floors.dropped.max(floors.raised),
            State::Unknown | State::Present | State::Missing => floors.raised,
        };
        self.version.max(floor).checked_add(1)
    }

    /// Makes `version`, which is above all that the key has had, current.
    pub(super) fn set(&mut self, version: i64, effect: Effect) {
        self.version = version;
        self.writer = None;
        self.made_by = None;
        self.state = match effect {
            Effect::Unknown => State::Unknown,
            Effect::Written => State::Present,
            Effect::Deleted => State::Missing,
        };
        if effect != Effect::Unknown {
            self.modified = later(self.modified, now());
        }
    }

    /// The next version, with that effect.
    pub(super) fn raise(
        &mut self,
        effect: Effect,
        floors: Floors,
    ) -> Result<(), SqliteStoreErrorKind> {
        match (self.next(floors), effect) {
            (Some(next), _) => self.set(next, effect),
            (None, Effect::Unknown) => self.forget(floors),
            (None, _) => return Err(SqliteStoreErrorKind::EndOfVersions),
        }
        Ok(())
    }

    /// Makes the key unknown, with a version that was never issued. At the end of the counter
    /// there is none, and [`adopt`](Self::adopt) knows that.
    pub(super) fn forget(&mut self, floors: Floors) {
        self.set(self.next(floors).unwrap_or(i64::MAX), Effect::Unknown);
    }

    /// Ends the guard that is on the key. If it was lost and may have done something, the version
    /// that it would have made is skipped, and what is there is unknown.
    pub(super) fn end_intent(&mut self, has_effects: bool, floors: Floors) {
        if self.intent.take().is_some_and(|it| it.is_armed) && has_effects {
            self.forget(floors);
        }
    }

    /// Takes over what was read successfully, if it is unknown and no guard is on the key.
    pub(super) fn adopt(&mut self, floors: Floors) {
        let version = match self.state {
            _ if self.intent.is_some() => None,
            State::Unseen => self.next(floors),
            // Never issued, unless it is the last one there is.
            State::Unknown if self.version > floors.raised && self.version < i64::MAX => {
                Some(self.version)
            }
            State::Unknown if self.version < i64::MAX => self.next(floors),
            State::Unknown | State::Present | State::Missing => None,
        };
        if let Some(version) = version {
            self.set(version, Effect::Written);
        }
    }
}

/// What readers are told.
pub(super) fn current(state: State, version: i64, modified: i64) -> Current {
    match state {
        State::Unseen | State::Unknown => Current::Unknown,
        State::Missing => Current::Missing,
        // Neither is negative, by the table's own checks.
        State::Present => {
            let validators = Validators::new(Version::new(version.unsigned_abs()));
            Current::Present(match modified.unsigned_abs() {
                0 => validators,
                since => match UNIX_EPOCH.checked_add(Duration::from_millis(since)) {
                    Some(time) => validators.modified_at(time),
                    None => validators,
                },
            })
        }
    }
}

/// Milliseconds since the epoch.
pub(super) fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(0))
}

/// The time of a version made `now`, after one of `last`: in a later second in any case. Dates
/// show no more, the last one may have been given out before this version is visible, and no
/// date may stand for two versions (RFC 9110 §8.8.2.2).
fn later(last: i64, now: i64) -> i64 {
    now.max((last / 1000).saturating_add(1).saturating_mul(1000))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn present(version: i64) -> Row {
        let mut row = Row::UNSEEN;
        row.set(version, Effect::Written);
        row
    }

    #[test]
    fn no_two_versions_share_a_second_and_times_never_fall() {
        assert_eq!(later(0, 5_400), 5_400);
        assert_eq!(later(5_400, 5_900), 6_000, "the same second");
        assert_eq!(later(5_999, 6_000), 6_000);
        assert_eq!(later(9_400, 5_000), 10_000, "the clock was set back");
        assert_eq!(later(i64::MAX, 1), i64::MAX);
    }

    #[test]
    fn the_last_version_is_made_once_and_never_adopted() {
        let floors = Floors::default();
        let mut row = present(i64::MAX - 1);
        row.raise(Effect::Written, floors).unwrap();
        assert_eq!(row.version, i64::MAX);
        row.raise(Effect::Written, floors).unwrap_err();
        row.raise(Effect::Deleted, floors).unwrap_err();
        assert_eq!(row.state, State::Present);
        row.raise(Effect::Unknown, floors).unwrap();
        row.adopt(floors);
        assert_eq!((row.state, row.version), (State::Unknown, i64::MAX));
    }

    #[test]
    fn the_two_floors_hold_for_the_keys_that_they_are_for() {
        let floors = Floors {
            dropped: 10,
            raised: 7,
        };
        assert_eq!(Row::UNSEEN.next(floors), Some(11));
        assert_eq!(present(3).next(floors), Some(8));
        assert_eq!(present(9).next(floors), Some(10));
        let mut row = present(3);
        row.state = State::Unknown;
        row.adopt(floors);
        assert_eq!(row.version, 8, "3 may have been issued before the restore");
    }
}
