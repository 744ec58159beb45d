//! The version of a resource: a counter that only rises.

use std::{fmt, str::FromStr};

use crate::{
    entity_tag::EntityTag,
    error::{InvalidVersion, InvalidVersionKind},
};

/// The version of one resource: a counter that each commit raises.
///
/// The strong entity-tag of a version is its canonical decimal form in double quotes, `"5"` for
/// 5, and nothing else: `"05"` and `"+5"` are other tags (RFC 9110 §8.8.3.2 compares character
/// by character).
///
/// A new resource starts at [`Version::FIRST`]; a table whose counter starts at zero works as
/// well, since versions are compared and never counted back.
///
/// ```
/// use tower_conditional::Version;
///
/// let row_version: i64 = 5;
/// let version = Version::try_from(row_version)?;
/// assert_eq!(version.etag().to_string(), "\"5\"");
/// assert!(version < Version::new(6));
/// # Ok::<(), tower_conditional::InvalidVersion>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version(u64);

impl Version {
    /// The version of a resource that has just been created: 1.
    pub const FIRST: Self = Self(1);

    /// The version with this number.
    #[must_use]
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }

    /// The version that the next commit makes; `None` at the end of the counter, which never
    /// wraps.
    #[must_use]
    pub const fn next(self) -> Option<Self> {
        match self.0.checked_add(1) {
            Some(number) => Some(Self(number)),
            None => None,
        }
    }

    /// The strong entity-tag of this version. Versions below 256 allocate nothing.
    #[must_use]
    pub fn etag(self) -> EntityTag {
        EntityTag::from(self)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Version {
    type Err = InvalidVersion;

    /// Takes the canonical decimal form alone, so that a text and its version are one to one.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let not_canonical = InvalidVersion::new(InvalidVersionKind::NotCanonical);
        let number: u64 = text.parse().map_err(|_| not_canonical)?;
        // `u64::from_str` takes "+5" and "05" too, which no version prints as.
        if itoa::Buffer::new().format(number) == text {
            Ok(Self(number))
        } else {
            Err(not_canonical)
        }
    }
}

impl From<u64> for Version {
    fn from(number: u64) -> Self {
        Self(number)
    }
}

impl From<Version> for u64 {
    fn from(version: Version) -> Self {
        version.0
    }
}

impl TryFrom<i64> for Version {
    type Error = InvalidVersion;

    /// # Errors
    /// [`InvalidVersionKind::Negative`] below zero.
    fn try_from(number: i64) -> Result<Self, Self::Error> {
        u64::try_from(number)
            .map(Self)
            .map_err(|_| InvalidVersion::new(InvalidVersionKind::Negative))
    }
}

impl TryFrom<Version> for i64 {
    type Error = InvalidVersion;

    /// # Errors
    /// [`InvalidVersionKind::AboveI64`] above `i64::MAX`.
    fn try_from(version: Version) -> Result<Self, Self::Error> {
        i64::try_from(version.0).map_err(|_| InvalidVersion::new(InvalidVersionKind::AboveI64))
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for Version {
    /// A plain integer.
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(self.0)
    }
}

#[cfg(feature = "serde")]
impl<'de> serde::Deserialize<'de> for Version {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        u64::deserialize(deserializer).map(Self)
    }
}
