//! What could not become a [`Confidence`](super::Confidence) or a [`Policy`](super::Policy).

/// A number that is no [`Confidence`](super::Confidence).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.kind.reason())]
pub struct InvalidConfidence {
    kind: InvalidConfidenceKind,
}

/// What was wrong with an [`InvalidConfidence`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidConfidenceKind {
    /// NaN.
    NotANumber,
    /// Below 0, minus infinity included.
    Negative,
    /// Above 1, infinity included.
    AboveOne,
}

impl InvalidConfidence {
    pub(super) const fn new(kind: InvalidConfidenceKind) -> Self {
        Self { kind }
    }

    /// What was wrong.
    #[must_use]
    pub const fn kind(&self) -> InvalidConfidenceKind {
        self.kind
    }
}

impl InvalidConfidenceKind {
    const fn reason(self) -> &'static str {
        match self {
            Self::NotANumber => "a confidence is a number from 0 to 1, not NaN",
            Self::Negative => "a confidence cannot be below 0",
            Self::AboveOne => "a confidence cannot be above 1",
        }
    }
}

/// A text that names no [`Policy`](super::Policy).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.kind.reason())]
pub struct InvalidPolicy {
    kind: InvalidPolicyKind,
}

/// What was wrong with an [`InvalidPolicy`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidPolicyKind {
    /// Not one of the names, which are compared exactly.
    UnknownName,
}

impl InvalidPolicy {
    pub(super) const fn new(kind: InvalidPolicyKind) -> Self {
        Self { kind }
    }

    /// What was wrong.
    #[must_use]
    pub const fn kind(&self) -> InvalidPolicyKind {
        self.kind
    }
}

impl InvalidPolicyKind {
    const fn reason(self) -> &'static str {
        match self {
            Self::UnknownName => {
                "not a policy: expected highest_confidence, most_recent or first_seen"
            }
        }
    }
}
