use std::{fmt, pin::Pin, sync::Arc};

use crate::{current::Current, error::BoxError};

use super::VersionStore;

type BoxFuture = Pin<Box<dyn Future<Output = Result<Current, BoxError>> + Send>>;

/// Any store for keys `K`, chosen at run time. Each look-up that has to be waited for takes one box.
/// What it promises is what the boxed one does, which the suite in `store::conformance` (feature
/// `conformance`) tests.
///
/// ```
/// use tower_conditional::{BoxVersionStore, MemoryStore, PathKey, Version, store_fn};
///
/// let in_memory = true;
/// let store: BoxVersionStore<PathKey> = if in_memory {
///     BoxVersionStore::new(MemoryStore::new())
/// } else {
///     BoxVersionStore::new(store_fn(|_: PathKey| async { Version::new(5) }))
/// };
/// # let _ = store;
/// ```
pub struct BoxVersionStore<K> {
    inner: Arc<dyn Erased<K> + Send + Sync>,
}

impl<K> BoxVersionStore<K> {
    /// Boxes `store`.
    pub fn new<S>(store: S) -> Self
    where
        S: VersionStore<K, Current: Send + 'static> + Send + Sync + 'static,
    {
        Self {
            inner: Arc::new(store),
        }
    }
}

impl<K> VersionStore<K> for BoxVersionStore<K> {
    type Error = BoxError;
    type Current = BoxFuture;

    fn current(&self, key: K) -> BoxFuture {
        self.inner.current_boxed(key)
    }

    fn latest(&self, key: K) -> BoxFuture {
        self.inner.latest_boxed(key)
    }

    fn try_current(&self, key: &K) -> Option<Result<Current, BoxError>> {
        self.inner.try_current_boxed(key)
    }

    fn try_latest(&self, key: &K) -> Option<Result<Current, BoxError>> {
        self.inner.try_latest_boxed(key)
    }

    fn adopt(&self, key: K) -> Option<BoxFuture> {
        self.inner.adopt_boxed(key)
    }
}

impl<K> Clone for BoxVersionStore<K> {
    fn clone(&self) -> Self {
        Self {
            inner: Arc::clone(&self.inner),
        }
    }
}

impl<K> fmt::Debug for BoxVersionStore<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BoxVersionStore").finish_non_exhaustive()
    }
}

trait Erased<K> {
    fn current_boxed(&self, key: K) -> BoxFuture;
    fn latest_boxed(&self, key: K) -> BoxFuture;
    fn try_current_boxed(&self, key: &K) -> Option<Result<Current, BoxError>>;
    fn try_latest_boxed(&self, key: &K) -> Option<Result<Current, BoxError>>;
    fn adopt_boxed(&self, key: K) -> Option<BoxFuture>;
}

impl<K, S: VersionStore<K, Current: Send + 'static>> Erased<K> for S {
    fn current_boxed(&self, key: K) -> BoxFuture {
        boxed(self.current(key))
    }

    fn latest_boxed(&self, key: K) -> BoxFuture {
        boxed(self.latest(key))
    }

    fn try_current_boxed(&self, key: &K) -> Option<Result<Current, BoxError>> {
        self.try_current(key).map(|told| told.map_err(Into::into))
    }

    fn try_latest_boxed(&self, key: &K) -> Option<Result<Current, BoxError>> {
        self.try_latest(key).map(|told| told.map_err(Into::into))
    }

    fn adopt_boxed(&self, key: K) -> Option<BoxFuture> {
        self.adopt(key).map(boxed)
    }
}

fn boxed<E: Into<BoxError>>(
    look_up: impl Future<Output = Result<Current, E>> + Send + 'static,
) -> BoxFuture {
    Box::pin(async move { look_up.await.map_err(Into::into) })
}
