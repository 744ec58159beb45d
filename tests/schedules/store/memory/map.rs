use std::{
    borrow::Borrow,
    collections::HashMap,
    hash::Hash,
    sync::{Mutex, MutexGuard, PoisonError},
};

use loom::sync::atomic::{AtomicUsize, Ordering};

/// What the library's map promises: one operation after the other, and each is one step.
pub(super) struct Map<K, V> {
    /// All states that there were. Loom does not see this lock, and no step of its comes under it.
    states: Mutex<Vec<HashMap<K, V>>>,
    last: AtomicUsize,
}

impl<K: Hash + Eq + Clone, V: Copy> Map<K, V> {
    pub(super) fn new() -> Self {
        Self {
            states: Mutex::new(vec![HashMap::new()]),
            last: AtomicUsize::new(0),
        }
    }

    fn states(&self) -> MutexGuard<'_, Vec<HashMap<K, V>>> {
        self.states.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, change: impl FnOnce(&mut HashMap<K, V>)) {
        let last = self.last.fetch_add(1, Ordering::SeqCst);
        let mut states = self.states();
        let mut state = states[last].clone();
        change(&mut state);
        states.push(state);
    }

    pub(super) fn get<Q>(&self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let seen = self.last.load(Ordering::SeqCst);
        self.states()[seen].get(key).copied()
    }

    pub(super) fn insert(&self, key: K, value: V) {
        self.change(|state| _ = state.insert(key, value));
    }

    pub(super) fn remove<Q>(&self, key: &Q)
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.change(|state| _ = state.remove(key));
    }

    pub(super) fn len(&self) -> usize {
        let seen = self.last.load(Ordering::SeqCst);
        self.states()[seen].len()
    }
}
