use std::{
    fmt,
    future::{Ready, ready},
    marker::PhantomData,
    sync::Arc,
};

use crate::{
    current::Current,
    store::{
        Change, CommitError, CommitErrorKind, Effect, Fingerprint, Guard, VersionsExhausted,
        turns::Turn,
    },
    version::Version,
};

use super::{entry::Entry, ledger::Ledger};

/// Exclusive use of a key of a [`MemoryStore`](super::MemoryStore).
///
/// Nothing of it waits: [`arm`](Guard::arm), [`commit`](Guard::commit) and
/// [`release`](Guard::release) are done when they return, polled or not.
pub struct MemoryGuard<K> {
    ledger: Arc<Ledger>,
    begun: Option<Entry>,
    is_armed: bool,
    turn: Turn,
    keys: PhantomData<fn(K)>,
}

impl<K> MemoryGuard<K> {
    pub(super) fn new(ledger: Arc<Ledger>, turn: Turn) -> Self {
        // By way of the lock: a `compare_and_set` that came before this turn may be under way.
        let begun = ledger.row(turn.key()).entry();
        Self {
            ledger,
            begun,
            is_armed: false,
            turn,
            keys: PhantomData,
        }
    }

    /// As it is now: somebody may have raised the key. One whose tombstone was dropped meanwhile
    /// is what it was, to this guard.
    fn entry(&self) -> Option<Entry> {
        self.ledger.entry(self.turn.key()).or(self.begun)
    }

    fn disarm(&mut self) {
        if self.is_armed {
            self.is_armed = false;
            self.ledger.armed.remove(self.turn.key());
        }
    }
}

impl<K: AsRef<[u8]>> Guard<K> for MemoryGuard<K> {
    type Error = VersionsExhausted;
    type Arm = Ready<Result<Self, VersionsExhausted>>;
    type Commit = Ready<Result<Version, CommitError>>;
    type Release = Ready<Result<(), VersionsExhausted>>;

    fn current(&self) -> Current {
        self.entry().map_or(Current::Unknown, Entry::current)
    }

    fn is_unseen(&self) -> bool {
        self.entry().is_none()
    }

    fn made_by(&self) -> Option<Fingerprint> {
        self.ledger.made_by(self.turn.key(), self.entry()?)
    }

    fn arm(mut self) -> Self::Arm {
        if self.ledger.next(self.entry()).is_none() {
            return ready(Err(VersionsExhausted));
        }
        if !self.is_armed {
            self.ledger.armed.insert(self.turn.key().clone());
            self.is_armed = true;
        }
        ready(Ok(self))
    }

    fn commit(mut self, change: Change<K>) -> Self::Commit {
        let key = self.turn.key();
        let version = self
            .ledger
            .raise(key, change.effect, change.committed, change.made_by);
        for (other, effect) in &change.affects {
            // What it has committed of its own key is current, whatever it says besides.
            if other.as_ref() != &**key {
                self.ledger.raise(other.as_ref(), *effect, None, None);
            }
        }
        self.disarm();
        ready(version.ok_or_else(|| CommitErrorKind::Unknown.into()))
    }

    fn release(mut self) -> Self::Release {
        self.disarm();
        ready(Ok(()))
    }
}

impl<K> Drop for MemoryGuard<K> {
    fn drop(&mut self) {
        if self.is_armed {
            self.ledger
                .raise(self.turn.key(), Effect::Unknown, None, None);
            self.disarm();
        }
    }
}

impl<K> fmt::Debug for MemoryGuard<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryGuard")
            .field("is_armed", &self.is_armed)
            .finish_non_exhaustive()
    }
}
