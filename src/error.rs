//! Errors of the ground floor: what could not become a [`Version`](crate::Version) or an
//! [`EntityTag`](crate::EntityTag), and why.

use std::error::Error;

/// Any error, as the stores and the layer hand it on: boxed, sendable, its sources kept.
pub type BoxError = Box<dyn Error + Send + Sync>;

/// A number or a text that is no [`Version`](crate::Version), or a version that does not fit the
/// type asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.kind.reason())]
pub struct InvalidVersion {
    kind: InvalidVersionKind,
}

/// What was wrong with an [`InvalidVersion`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidVersionKind {
    /// A negative `i64`; versions count upwards from zero.
    Negative,
    /// A version above `i64::MAX` asked for as an `i64` (a signed database column).
    AboveI64,
    /// A text that is not the canonical decimal form of a `u64`: digits only, no leading zero.
    NotCanonical,
}

impl InvalidVersion {
    pub(crate) const fn new(kind: InvalidVersionKind) -> Self {
        Self { kind }
    }

    /// What was wrong.
    #[must_use]
    pub const fn kind(&self) -> InvalidVersionKind {
        self.kind
    }
}

impl InvalidVersionKind {
    const fn reason(self) -> &'static str {
        match self {
            Self::Negative => "a version cannot be negative",
            Self::AboveI64 => "the version is larger than an i64 can hold",
            Self::NotCanonical => {
                "not a version: expected decimal digits without leading zero, at most 2^64 - 1"
            }
        }
    }
}

/// Bytes that are no entity-tag by the grammar of RFC 9110 §8.8.3.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.kind.reason())]
pub struct InvalidEntityTag {
    kind: InvalidEntityTagKind,
}

/// What was wrong with an [`InvalidEntityTag`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidEntityTagKind {
    /// No opening double quote (after an optional `W/`).
    Unquoted,
    /// No closing double quote.
    Unterminated,
    /// A byte between the quotes that `etagc` does not allow: a control character or a space.
    InvalidByte,
    /// Something follows the closing quote.
    TrailingBytes,
}

impl InvalidEntityTag {
    pub(crate) const fn new(kind: InvalidEntityTagKind) -> Self {
        Self { kind }
    }

    /// What was wrong.
    #[must_use]
    pub const fn kind(&self) -> InvalidEntityTagKind {
        self.kind
    }
}

impl InvalidEntityTagKind {
    const fn reason(self) -> &'static str {
        match self {
            Self::Unquoted => "an entity-tag starts with a double quote or W/ and a double quote",
            Self::Unterminated => "the entity-tag has no closing double quote",
            Self::InvalidByte => "the entity-tag has a control character or a space in it",
            Self::TrailingBytes => "something follows the entity-tag's closing double quote",
        }
    }
}
