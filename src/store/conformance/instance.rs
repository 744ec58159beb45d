//! A store as the laws see it: one type for all stores and keys.

use crate::{
    current::Current,
    error::BoxError,
    precondition::WritePermit,
    store::{Change, CommitError, Effect, Fingerprint},
    version::Version,
};

use super::poll::Local;

/// Any store, with writes.
pub(super) trait Instance {
    /// Whether there is a key of these bytes.
    fn has_key(&self, key: &[u8]) -> bool;

    fn current(&self, key: &[u8]) -> Local<'_, Result<Current, BoxError>>;

    /// What each kind of look-up gives, by its name.
    fn look_ups(&self, key: &[u8]) -> Local<'_, Result<Vec<(&'static str, Current)>, BoxError>>;

    fn adopt(&self, key: &[u8]) -> Option<Local<'_, Result<Current, BoxError>>>;

    fn write(&self, key: &[u8], permit: WritePermit) -> Local<'_, Result<Version, Refusal>>;

    /// The version of the deletion, where it has one.
    fn delete(
        &self,
        key: &[u8],
        permit: WritePermit,
    ) -> Local<'_, Result<Option<Version>, Refusal>>;

    /// The guards, if the store gives any.
    fn guards(&self) -> Option<&dyn Guards>;
}

/// Why a write did not commit.
pub(super) enum Refusal {
    /// It changed nothing: its permit does not hold, or it was rolled back.
    Refused,
    /// The store failed.
    Failed(BoxError),
}

/// The guards of a store.
pub(super) trait Guards {
    fn begin(&self, key: &[u8]) -> Local<'_, Result<Box<dyn Held<'_> + '_>, BoxError>>;

    fn raise(&self, key: &[u8], effect: Effect) -> Local<'_, Result<Current, BoxError>>;
}

/// A guard that was granted.
pub(super) trait Held<'a> {
    fn current(&self) -> Current;

    fn made_by(&self) -> Option<Fingerprint>;

    fn arm(self: Box<Self>) -> Local<'a, Result<Box<dyn Held<'a> + 'a>, BoxError>>;

    /// The keys in `change` that the store has none for are left out.
    fn commit(self: Box<Self>, change: Change<Vec<u8>>) -> Local<'a, Result<Version, CommitError>>;

    fn release(self: Box<Self>) -> Local<'a, Result<(), BoxError>>;
}

/// Makes an [`Instance`] of a store.
pub(super) trait Adapt<S> {
    fn adapt<'a>(&'a self, store: &'a S) -> Box<dyn Instance + 'a>;
}

/// A key that the keys' function should have given.
#[derive(Debug, thiserror::Error)]
#[error("there is no key for the bytes \"{0}\"")]
pub(super) struct NoKey(String);

impl NoKey {
    pub(super) fn new(key: &[u8]) -> Self {
        Self(key.escape_ascii().to_string())
    }
}
