use crate::{path_key::PathKey, store::Effect};

/// In the extensions of a response to a write: the other resources that it has changed.
///
/// The list that contains the item, what a cascade has deleted: their versions rise with the
/// write's own, in the same commit as far as the store can do that. `K` is the key type of the
/// layer, [`PathKey`] unless [`key`](crate::ConditionalLayer::key) says otherwise; an `Affects`
/// of other keys is not looked at. With feature `axum` it stands in a handler's answer.
///
/// ```
/// use http::Response;
/// use tower_conditional::{Affects, PathKey};
///
/// let mut response = Response::new("deleted, with all its comments");
/// response.extensions_mut().insert(
///     Affects::changed([PathKey::new("/posts")]).and_deleted([PathKey::new("/posts/1/comments")]),
/// );
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Affects<K = PathKey> {
    keys: Vec<(K, Effect)>,
}

impl<K> Affects<K> {
    /// These resources were created or changed: they exist, with new versions.
    pub fn changed(keys: impl IntoIterator<Item = K>) -> Self {
        Self { keys: Vec::new() }.and(keys, Effect::Written)
    }

    /// These resources were deleted.
    pub fn deleted(keys: impl IntoIterator<Item = K>) -> Self {
        Self { keys: Vec::new() }.and(keys, Effect::Deleted)
    }

    /// And these were created or changed.
    #[must_use]
    pub fn and_changed(self, keys: impl IntoIterator<Item = K>) -> Self {
        self.and(keys, Effect::Written)
    }

    /// And these were deleted.
    #[must_use]
    pub fn and_deleted(self, keys: impl IntoIterator<Item = K>) -> Self {
        self.and(keys, Effect::Deleted)
    }

    fn and(mut self, keys: impl IntoIterator<Item = K>, effect: Effect) -> Self {
        self.keys.extend(keys.into_iter().map(|key| (key, effect)));
        self
    }

    pub(super) fn into_keys(self) -> Vec<(K, Effect)> {
        self.keys
    }
}
