use crate::version::Version;

use super::Fingerprint;

/// What a write did to a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Effect {
    /// It was created or changed: it exists, with a new version.
    Written,
    /// It was deleted. What is created under its key later has a higher version.
    Deleted,
    /// Nobody knows. No tag is valid until the resource is read or written again, and the
    /// version that it then has was never issued.
    Unknown,
}

/// What a guarded write did, for [`Guard::commit`](super::Guard::commit).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Change<K> {
    /// To the guard's own key. Where the handler joined the guard's transaction,
    /// [`Effect::Unknown`] rolls it back, and nothing rises.
    pub effect: Effect,
    /// The version that the handler says it has made, if it keeps versions of its own. A store
    /// makes this one the key's if it is above all that the key has had, and the next one
    /// otherwise.
    pub committed: Option<Version>,
    /// The request, to be known again while this version is current.
    pub made_by: Option<Fingerprint>,
    /// Other keys that the write changed, and how.
    pub affects: Vec<(K, Effect)>,
}

impl<K> Change<K> {
    /// A change of the guard's key alone.
    #[must_use]
    pub const fn new(effect: Effect) -> Self {
        Self {
            effect,
            committed: None,
            made_by: None,
            affects: Vec::new(),
        }
    }
}
