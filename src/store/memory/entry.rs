use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::{
    current::{Current, Validators},
    store::Effect,
    version::Version,
};

/// What is known of a key. It never goes back to no entry but by way of the floor.
#[derive(Clone, Copy)]
pub(super) struct Entry {
    /// The highest version that the key has had, the one of its deletion included. Of an unknown
    /// key it is above all that were issued, and becomes its version when it is adopted.
    pub(super) version: Version,
    /// Seconds since the epoch; dates show no more. Zero where no times are kept.
    modified: u32,
    pub(super) effect: Effect,
    /// Whether nothing is lost when the floor takes its place: the key was deleted, or was never
    /// known to be there.
    pub(super) is_tombstone: bool,
}

impl Entry {
    /// What a key becomes that was `before`. `version` is above all that it has had.
    pub(super) fn after(
        before: Option<Self>,
        version: Version,
        effect: Effect,
        keeps_times: bool,
    ) -> Self {
        Self {
            version,
            modified: if keeps_times {
                modification_second(before)
            } else {
                0
            },
            effect,
            is_tombstone: match effect {
                Effect::Written => false,
                Effect::Deleted => true,
                Effect::Unknown => before.is_none_or(|it| it.is_tombstone),
            },
        }
    }

    pub(super) fn current(self) -> Current {
        match self.effect {
            Effect::Unknown => Current::Unknown,
            Effect::Deleted => Current::Missing,
            Effect::Written => Current::Present(self.validators()),
        }
    }

    fn validators(self) -> Validators {
        let validators = Validators::new(self.version);
        match self.modified {
            0 => validators,
            second => validators.modified_at(UNIX_EPOCH + Duration::from_secs(second.into())),
        }
    }
}

/// The present second, and never an earlier one than that of the entry before: if the clock was
/// set back, its date may have been given out already, so the next second is taken.
fn modification_second(before: Option<Entry>) -> u32 {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| u32::try_from(since.as_secs()).unwrap_or(0));
    match before {
        Some(before) if now < before.modified => before.modified.saturating_add(1),
        _ => now,
    }
}
