//! Why a guard was not granted, or no write under it, and what became of a commit.

use crate::error::BoxError;

/// Too many writers wait for the key already, or one has waited too long: nothing was executed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many writers wait for this key, or for too long")]
pub struct Busy;

/// The key has had its last version: nothing was executed. Versions never wrap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the versions of this key are used up")]
pub struct VersionsExhausted;

/// A commit that did not go through, or may not have.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.kind.reason())]
pub struct CommitError {
    kind: CommitErrorKind,
    source: Option<BoxError>,
}

/// What is known after a [`CommitError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CommitErrorKind {
    /// Neither the version nor the joined transaction was committed, for certain, and the handler
    /// has no other effects: the request can be sent again.
    RolledBack,
    /// Nobody knows. The key is unknown, and its next version is above all that were issued.
    Unknown,
}

impl CommitError {
    /// An error that `source` has caused.
    pub fn new(kind: CommitErrorKind, source: impl Into<BoxError>) -> Self {
        let source = Some(source.into());
        Self { kind, source }
    }

    /// What is known.
    #[must_use]
    pub const fn kind(&self) -> CommitErrorKind {
        self.kind
    }
}

impl From<CommitErrorKind> for CommitError {
    fn from(kind: CommitErrorKind) -> Self {
        Self { kind, source: None }
    }
}

impl CommitErrorKind {
    const fn reason(self) -> &'static str {
        match self {
            Self::RolledBack => "the write was rolled back",
            Self::Unknown => "nobody knows whether the write was committed",
        }
    }
}
