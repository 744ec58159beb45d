use std::{borrow::Borrow, hash::Hash};

/// A map whose look-ups take no lock. `tests/schedules` has another in its place.
pub(super) struct Map<K, V> {
    inner: papaya::HashMap<K, V>,
}

impl<K: Hash + Eq, V> Map<K, V> {
    pub(super) fn new() -> Self {
        let inner = papaya::HashMap::new();
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
