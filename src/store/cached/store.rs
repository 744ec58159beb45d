use std::{fmt, sync::Arc, time::Duration};

use crate::{
    current::Current,
    store::{Effect, GuardedStore, VersionStore},
};

use super::{
    entries::{Entries, Stamp},
    future::CachedCurrent,
    guard::{CachedBegin, CachedGuard},
    invalidator::Invalidator,
};

/// A store whose look-ups for reads are answered from memory for a while; see the
/// [module docs](super).
///
/// Clones share the cache.
pub struct CachedStore<S> {
    inner: S,
    entries: Arc<Entries>,
}

impl<S> CachedStore<S> {
    /// Answers from memory for `max_age` at most, and keeps about `capacity` keys; those that are
    /// asked for least make room. An entry takes about 100 bytes and its key.
    #[must_use]
    pub fn new(inner: S, max_age: Duration, capacity: usize) -> Self {
        Self {
            inner,
            entries: Arc::new(Entries::new(max_age, capacity)),
        }
    }

    /// A handle that empties the cache, key by key.
    #[must_use]
    pub fn invalidator(&self) -> Invalidator {
        Invalidator::new(Arc::clone(&self.entries))
    }

    /// The store inside.
    pub fn get_ref(&self) -> &S {
        &self.inner
    }

    /// What a look-up that begins now is kept by.
    fn stamp(&self, key: &impl AsRef<[u8]>) -> (Box<[u8]>, Stamp) {
        let bytes: Box<[u8]> = key.as_ref().into();
        let stamp = self.entries.stamp(&bytes);
        (bytes, stamp)
    }
}

impl<K, S> VersionStore<K> for CachedStore<S>
where
    K: AsRef<[u8]>,
    S: VersionStore<K>,
{
    type Error = S::Error;
    type Current = CachedCurrent<S::Current>;

    fn current(&self, key: K) -> Self::Current {
        if let Some(current) = self.entries.get(key.as_ref()) {
            return CachedCurrent::hit(current);
        }
        let (bytes, stamp) = self.stamp(&key);
        CachedCurrent::look_up(&self.entries, bytes, stamp, self.inner.current(key))
    }

    fn latest(&self, key: K) -> Self::Current {
        let (bytes, stamp) = self.stamp(&key);
        CachedCurrent::look_up(&self.entries, bytes, stamp, self.inner.latest(key))
    }

    fn try_current(&self, key: &K) -> Option<Result<Current, S::Error>> {
        self.entries.get(key.as_ref()).map(Ok)
    }

    fn adopt(&self, key: K) -> Option<Self::Current> {
        let (bytes, stamp) = self.stamp(&key);
        let adopted = self.inner.adopt(key)?;
        Some(CachedCurrent::look_up(&self.entries, bytes, stamp, adopted))
    }
}

impl<K, S> GuardedStore<K> for CachedStore<S>
where
    K: AsRef<[u8]>,
    S: GuardedStore<K>,
{
    type Guard = CachedGuard<S::Guard>;
    type BeginError = S::BeginError;
    type Begin = CachedBegin<S::Begin>;
    type Raise = CachedCurrent<S::Raise>;

    fn begin(&self, key: K) -> Self::Begin {
        let bytes = key.as_ref().into();
        CachedBegin::new(self.inner.begin(key), &self.entries, bytes)
    }

    fn raise(&self, key: K, effect: Effect) -> Self::Raise {
        let bytes = key.as_ref().into();
        CachedCurrent::raise(&self.entries, bytes, self.inner.raise(key, effect))
    }
}

impl<S: Clone> Clone for CachedStore<S> {
    fn clone(&self) -> Self {
        Self {
            inner: self.inner.clone(),
            entries: Arc::clone(&self.entries),
        }
    }
}

impl<S: fmt::Debug> fmt::Debug for CachedStore<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CachedStore")
            .field("inner", &self.inner)
            .finish_non_exhaustive()
    }
}
