use std::sync::Arc;

use crate::{current::Current, error::BoxError};

/// Tells the current version of a key `K`.
///
/// The [module docs](crate::store) state what a store promises. A key is looked up once
/// per request, before the service runs; it should cost one indexed read at most.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no version store for keys of type `{K}`",
    label = "cannot tell the current version of a `{K}`",
    note = "one closure is a store: `store_fn(|key: {K}| async move {{ … }})`",
    note = "the default key is `PathKey`; another one is set by `ConditionalLayer::key`"
)]
pub trait VersionStore<K> {
    /// Why a look-up can fail. It becomes a 503 for writes, its text is never shown to a client,
    /// and the layer's event hook gets it with its sources.
    type Error: Into<BoxError>;

    /// The look-up under way.
    type Current: Future<Output = Result<Current, Self::Error>>;

    /// Looks up what is current for `key`.
    fn current(&self, key: K) -> Self::Current;

    /// The same where the answer decides about a write, or about letting out what was read before:
    /// never from a cache. The default is [`current`](Self::current).
    fn latest(&self, key: K) -> Self::Current {
        self.current(key)
    }

    /// What [`current`](Self::current) would give, if the store can tell without waiting. The layer
    /// asks this first: with an answer it goes on at once, and need not keep the request meanwhile.
    /// `None`, the default: it has to be waited for.
    fn try_current(&self, key: &K) -> Option<Result<Current, Self::Error>> {
        let _ = key;
        None
    }

    /// The same for [`latest`](Self::latest): never from a cache.
    fn try_latest(&self, key: &K) -> Option<Result<Current, Self::Error>> {
        let _ = key;
        None
    }

    /// Takes over a key that [`current`](Self::current) called unknown, after its resource was
    /// read successfully: from now on it has a version. Where it has got one meanwhile, nothing
    /// changes. `None`, the default, if the store knows all keys there are.
    fn adopt(&self, key: K) -> Option<Self::Current> {
        let _ = key;
        None
    }
}

impl<K, S: VersionStore<K> + ?Sized> VersionStore<K> for Arc<S> {
    type Error = S::Error;
    type Current = S::Current;

    fn current(&self, key: K) -> Self::Current {
        (**self).current(key)
    }

    fn latest(&self, key: K) -> Self::Current {
        (**self).latest(key)
    }

    fn try_current(&self, key: &K) -> Option<Result<Current, Self::Error>> {
        (**self).try_current(key)
    }

    fn try_latest(&self, key: &K) -> Option<Result<Current, Self::Error>> {
        (**self).try_latest(key)
    }

    fn adopt(&self, key: K) -> Option<Self::Current> {
        (**self).adopt(key)
    }
}
