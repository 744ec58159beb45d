use std::sync::Arc;

use crate::{current::Current, error::BoxError};

use super::{Effect, Guard, VersionStore};

/// A store that keeps the versions itself and lets one writer of a key in at a time: what
/// [`ConditionalLayer::guarded`](crate::ConditionalLayer::guarded) needs.
///
/// The [module docs](crate::store) state what it promises, and the suite in
/// `store::conformance` (feature `conformance`) tests it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot guard writes of keys of type `{K}`",
    label = "gives no exclusive use of a `{K}`",
    note = "`MemoryStore`, `SqliteStore` and `PostgresStore` can, for keys that give bytes",
    note = "with versions in the application's own rows, use `ConditionalLayer::new`"
)]
pub trait GuardedStore<K>: VersionStore<K> {
    /// Exclusive use of one key.
    type Guard: Guard<K>;

    /// Why a guard was not granted. Nothing was executed: it becomes a 503. [`Busy`](super::Busy)
    /// says that it was for other writers.
    type BeginError: Into<BoxError>;

    /// The wait for a guard. It can be dropped at any time; the turn then goes to the next.
    type Begin: Future<Output = Result<Self::Guard, Self::BeginError>>;

    /// What [`raise`](Self::raise) is doing.
    type Raise: Future<Output = Result<Current, Self::Error>>;

    /// Waits for exclusive use of `key`, first come, first served. The number of those that wait
    /// is bounded, and waiting takes no database connection for each of them.
    fn begin(&self, key: K) -> Self::Begin;

    /// Raises `key` for a change that was made without a guard: by a job, by hand, or by the
    /// write of another key. It waits for no guard; a guard that is held commits above it. No
    /// tag that was issued before stays valid, and what is current afterwards is returned.
    fn raise(&self, key: K, effect: Effect) -> Self::Raise;
}

impl<K, S: GuardedStore<K> + ?Sized> GuardedStore<K> for Arc<S> {
    type Guard = S::Guard;
    type BeginError = S::BeginError;
    type Begin = S::Begin;
    type Raise = S::Raise;

    fn begin(&self, key: K) -> Self::Begin {
        (**self).begin(key)
    }

    fn raise(&self, key: K, effect: Effect) -> Self::Raise {
        (**self).raise(key, effect)
    }
}
