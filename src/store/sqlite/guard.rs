use std::{fmt, pin::Pin, sync::Arc};

use http::Extensions;

use crate::{
    current::Current,
    store::{Change, CommitError, Effect, Fingerprint, Guard},
    version::Version,
};

use super::{
    SqliteStoreError, SqliteStoreErrorKind,
    commit::commit,
    connection::Durability,
    held::{Held, Joined, Joint, Taken},
    inner::Inner,
    ledger::end_lost_intent,
    row::{Intent, State},
    transaction::Transaction,
    writer::{Backoff, CommitFailure},
};

type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// Exclusive use of a key in an [`SqliteStore`](super::SqliteStore).
pub struct SqliteGuard {
    held: Held,
    current: Current,
    is_unseen: bool,
    made_by: Option<Fingerprint>,
}

impl SqliteGuard {
    pub(super) async fn begin(inner: Arc<Inner>, key: Box<[u8]>) -> Result<Self, SqliteStoreError> {
        let place = inner.place().await?;
        let turn = inner.turns.take(key.clone()).await?;
        let mut held = Held::new(Arc::clone(&inner), key, place.owner.enlist(), turn);
        // Where an earlier attempt had no runtime, or gave up.
        held.sweep();
        let deadline = inner.deadline();
        let durability = if inner.is_joined_only {
            Durability::Disk
        } else {
            // Until it is armed, an intent that a power cut takes away has taken part in nothing.
            Durability::Process
        };
        let mut backoff = Backoff::new(deadline);
        loop {
            let mut transaction = place.writer.begin(deadline, durability).await?;
            let (mut row, floors) = held.load(&mut transaction).await?;
            if end_lost_intent(&mut row, floors, &place.owner)?.is_some() {
                // Another store's guard is on the key. No transaction is open while it is.
                transaction.roll_back().await;
                loop {
                    if !backoff.wait().await {
                        return Err(SqliteStoreErrorKind::Busy.into());
                    }
                    if !inner.is_guarded(&held.key, deadline).await {
                        break;
                    }
                }
                continue;
            }
            let Some(next) = row.next(floors) else {
                transaction.roll_back().await;
                return Err(SqliteStoreErrorKind::EndOfVersions.into());
            };
            let (current, made_by) = (row.current(), row.made_by);
            let is_unseen = row.state == State::Unseen;
            if inner.is_joined_only {
                held.save(&mut transaction, &row).await?;
                *held.joint.lock().await = Joint::Open(Joined { transaction, next });
            } else {
                row.intent = Some(Intent {
                    token: held.token,
                    is_armed: false,
                });
                held.may_be_written();
                held.save(&mut transaction, &row).await?;
                let committed = transaction.commit(deadline).await;
                committed.map_err(CommitFailure::into_error)?;
            }
            return Ok(Self {
                held,
                current,
                is_unseen,
                made_by,
            });
        }
    }

    async fn into_armed(mut self) -> Result<Self, SqliteStoreError> {
        let inner = Arc::clone(&self.held.inner);
        if inner.is_joined_only {
            return Ok(self);
        }
        let deadline = inner.deadline();
        let mut transaction = inner.begin(deadline, Durability::Disk).await?;
        let (mut row, floors) = self.held.load(&mut transaction).await?;
        let Some(intent) = row.intent.as_mut().filter(|it| it.token == self.held.token) else {
            transaction.roll_back().await;
            self.held.is_over();
            return Err(SqliteStoreErrorKind::GuardLost.into());
        };
        intent.is_armed = true;
        if row.next(floors).is_none() {
            transaction.roll_back().await;
            return Err(SqliteStoreErrorKind::EndOfVersions.into());
        }
        self.held.save(&mut transaction, &row).await?;
        let committed = transaction.commit(deadline).await;
        committed.map_err(CommitFailure::into_error)?;
        self.held.is_armed();
        Ok(self)
    }

    #[cfg(test)]
    pub(super) fn into_held(self) -> Held {
        self.held
    }

    async fn into_released(mut self) -> Result<(), SqliteStoreError> {
        match self.held.take() {
            Taken::Idle => {}
            Taken::Open(joined) => joined.transaction.roll_back().await,
            // It ends with what the handler holds, and the intent after it.
            Taken::Away => return Err(SqliteStoreErrorKind::StillHeld.into()),
        }
        self.held.withdraw().await
    }
}

impl<K: AsRef<[u8]>> Guard<K> for SqliteGuard {
    type Error = SqliteStoreError;
    type Arm = BoxFuture<Result<Self, SqliteStoreError>>;
    type Commit = BoxFuture<Result<Version, CommitError>>;
    type Release = BoxFuture<Result<(), SqliteStoreError>>;

    fn current(&self) -> Current {
        self.current
    }

    fn is_unseen(&self) -> bool {
        self.is_unseen
    }

    fn made_by(&self) -> Option<Fingerprint> {
        self.made_by
    }

    fn arm(self) -> Self::Arm {
        Box::pin(self.into_armed())
    }

    /// Lends a [`Transaction`].
    fn lend(&self, extensions: &mut Extensions) {
        extensions.insert(Transaction::new(&self.held));
    }

    fn commit(self, change: Change<K>) -> Self::Commit {
        let of = |(key, effect): (K, Effect)| (key.as_ref().into(), effect);
        let affects = change.affects.into_iter().map(of).collect();
        let change = Change {
            effect: change.effect,
            committed: change.committed,
            made_by: change.made_by,
            affects,
        };
        Box::pin(commit(self.held, change))
    }

    fn release(self) -> Self::Release {
        Box::pin(self.into_released())
    }
}

impl fmt::Debug for SqliteGuard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteGuard")
            .field("current", &self.current)
            .finish_non_exhaustive()
    }
}
