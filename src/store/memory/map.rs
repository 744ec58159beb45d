use std::{borrow::Borrow, hash::Hash};

use foldhash::quality::RandomState;

/// A map whose look-ups take no lock. `tests/schedules` has another in its place.
///
/// Keys come from clients, so where they fall depends on a random seed of the map's own. foldhash
/// is no cryptographic hash: whoever may create resources, and could measure look-ups finely
/// enough over the network, might make some of them slow. The standard library's hash would rule
/// that out, and take longer for a path than the rest of the look-up.
pub(super) struct Map<K, V> {
    inner: papaya::HashMap<K, V, RandomState>,
}

impl<K: Hash + Eq, V> Map<K, V> {
    pub(super) fn new() -> Self {
        let inner = papaya::HashMap::default();
        Self { inner }
    }

    pub(super) fn get<Q>(&self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
        V: Copy,
    {
        self.inner.pin().get(key).copied()
    }

    pub(super) fn insert(&self, key: K, value: V) {
        self.inner.pin().insert(key, value);
    }

    pub(super) fn remove<Q>(&self, key: &Q)
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.inner.pin().remove(key);
    }

    pub(super) fn len(&self) -> usize {
        self.inner.len()
    }
}
