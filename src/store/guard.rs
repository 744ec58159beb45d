use http::Extensions;

use crate::{current::Current, error::BoxError, version::Version};

use super::{Change, CommitError, Fingerprint};

/// Exclusive use of one key, from a check to the commit of what was written.
///
/// It ends by [`commit`](Self::commit) or [`release`](Self::release). A guard that is dropped
/// otherwise, or whose future of one of these is, leaves the outcome unknown once
/// [`arm`](Self::arm) was called: the key becomes [`Current::Unknown`], and its next version is
/// above the one that this guard would have made. Before that nothing has happened, and nothing
/// changes.
pub trait Guard<K>: Sized {
    /// Why the guard failed, where nothing was executed or nothing depends on it.
    type Error: Into<BoxError>;

    /// What [`arm`](Self::arm) is doing.
    type Arm: Future<Output = Result<Self, Self::Error>>;

    /// What [`commit`](Self::commit) is doing.
    type Commit: Future<Output = Result<Version, CommitError>>;

    /// What [`release`](Self::release) is doing.
    type Release: Future<Output = Result<(), Self::Error>>;

    /// What is current, and stays so until this guard ends, but for
    /// [`raise`](super::GuardedStore::raise). Preconditions are judged by it.
    fn current(&self) -> Current;

    /// Whether [`current`](Self::current) is unknown because the store has never heard of the key,
    /// and not because the outcome of a write was lost. The layer then lets a write under
    /// `If-None-Match: *` create it. Default: no.
    fn is_unseen(&self) -> bool {
        false
    }

    /// The request that made the current version, where it was recorded.
    fn made_by(&self) -> Option<Fingerprint> {
        None
    }

    /// Readies the guard for a write whose effects this store does not see: from here on, if the
    /// guard is lost, nobody takes the outcome for known. A store whose memory outlives the
    /// process makes that durable here.
    ///
    /// # Errors
    /// The write must not run.
    fn arm(self) -> Self::Arm;

    /// Puts what the handler may use into its request's extensions: a transaction to join.
    fn lend(&self, extensions: &mut Extensions) {
        let _ = extensions;
    }

    /// Commits the change as the next version of the key, together with those of
    /// [`Change::affects`] as far as the store can.
    ///
    /// # Errors
    /// [`CommitError`] says whether nothing was changed or nobody knows.
    fn commit(self, change: Change<K>) -> Self::Commit;

    /// Ends the guard where the handler has changed nothing: no version rises. What was done in a
    /// joined transaction is rolled back.
    ///
    /// # Errors
    /// The store may have missed it, and treats the guard as lost.
    fn release(self) -> Self::Release;
}
