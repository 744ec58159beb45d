use crate::{current::Current, version::Version};

/// What a write has to find current at the moment at which it commits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Expectation {
    /// Anything: the write has no precondition.
    Any,
    /// A current representation, whichever (`If-Match: *`).
    Exists,
    /// No current representation (`If-None-Match: *`): the write creates.
    Absent,
    /// Exactly the version that the preconditions were evaluated against.
    Exactly(Version),
    /// Nothing satisfies it: the target was missing under If-Match. The service answers with its
    /// own 404, and should the target appear meanwhile, the write is refused.
    Never,
}

impl Expectation {
    /// Whether a write that starts from `current` meets the expectation. What is
    /// [`Current::Unknown`] meets none but [`Expectation::Any`].
    #[must_use]
    pub fn admits(self, current: impl Into<Current>) -> bool {
        match (self, current.into()) {
            (Self::Any, _)
            | (Self::Exists, Current::Present(_) | Current::Untagged)
            | (Self::Absent, Current::Missing) => true,
            (Self::Exactly(version), Current::Present(validators)) => version == validators.version,
            _ => false,
        }
    }

    /// Both at once.
    pub(super) fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Any, it) | (it, Self::Any) => it,
            (one, other) if one == other => one,
            (Self::Exists, Self::Exactly(version)) | (Self::Exactly(version), Self::Exists) => {
                Self::Exactly(version)
            }
            _ => Self::Never,
        }
    }
}
