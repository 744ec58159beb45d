//! What is current for a key, as far as a store knows.

use std::time::SystemTime;

use crate::version::Version;

/// What a store knows of a key: nothing, that there is no such resource, that there is one, or
/// its validators.
///
/// Plain values convert: `Some(version)` is present, `None` is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Current {
    /// Nobody knows: a ledger that has not seen the key, or a write whose outcome was lost.
    /// No tag is issued, none matches, and there is no 304.
    Unknown,
    /// There is no current representation.
    Missing,
    /// There is one, without validators: a collection whose items alone have versions. `*` finds
    /// it, no tag matches, and dates are ignored.
    Untagged,
    /// There is one, with these validators.
    Present(Validators),
}

/// The validators of a current representation (RFC 9110 §8.8).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Validators {
    /// The version, which is the entity-tag.
    pub version: Version,
    /// When that version was made, where the store keeps it. With it, answers to reads carry
    /// `Last-Modified` and the two date preconditions are judged.
    pub modified: Option<SystemTime>,
    /// Whether a write is under way whose effects may show before its version does. Tags and 304
    /// are as good as ever, since the write is not done; parts of different reads might not belong
    /// together, so Range is ignored.
    pub is_being_written: bool,
}

impl Validators {
    /// A version without a modification time.
    #[must_use]
    pub const fn new(version: Version) -> Self {
        Self {
            version,
            modified: None,
            is_being_written: false,
        }
    }

    /// The same while a write is under way whose effects may show before its version does.
    #[must_use]
    pub const fn being_written(mut self) -> Self {
        self.is_being_written = true;
        self
    }

    /// The same with the time at which the version was made.
    ///
    /// Times never fall from one version of a key to the next, whatever the clock does. Two
    /// versions may share a second, if both become visible to look-ups within it: a date is
    /// given out from the next second on, and must not get a second version then.
    #[must_use]
    pub const fn modified_at(mut self, time: SystemTime) -> Self {
        self.modified = Some(time);
        self
    }
}

impl Current {
    /// The version, if one is known to be current.
    #[must_use]
    pub const fn version(&self) -> Option<Version> {
        match self {
            Self::Present(validators) => Some(validators.version),
            Self::Unknown | Self::Missing | Self::Untagged => None,
        }
    }
}

impl From<Version> for Validators {
    fn from(version: Version) -> Self {
        Self::new(version)
    }
}

impl From<Version> for Current {
    fn from(version: Version) -> Self {
        Self::Present(version.into())
    }
}

impl From<Validators> for Current {
    fn from(validators: Validators) -> Self {
        Self::Present(validators)
    }
}

impl<T: Into<Current>> From<Option<T>> for Current {
    fn from(current: Option<T>) -> Self {
        current.map_or(Self::Missing, Into::into)
    }
}
