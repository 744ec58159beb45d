use std::{fmt, pin::Pin, sync::Arc};

use http::Extensions;
use tokio::time::Instant;

use crate::{
    current::Current,
    store::{Change, CommitError, CommitErrorKind, Effect, Fingerprint, Guard},
    version::Version,
};

use super::{
    SqliteStoreError, SqliteStoreErrorKind,
    connection::Durability,
    held::{Held, Joined, Joint, Taken},
    inner::Inner,
    ledger::end_lost_intent,
    row::{Floors, Intent, Row},
    transaction::Join,
    writer::{Backoff, CommitFailure, WriteTransaction},
};

type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// Exclusive use of a key in an [`SqliteStore`](super::SqliteStore).
pub struct SqliteGuard {
    held: Held,
    current: Current,
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

    async fn into_committed(mut self, change: Change<Box<[u8]>>) -> Result<Version, CommitError> {
        match self.held.take() {
            Taken::Away => Err(rolled_back(SqliteStoreErrorKind::StillHeld.into())),
            Taken::Open(joined) => commit_joined(self.held, joined, change).await,
            Taken::Idle => commit_alone(self.held, change).await,
        }
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

/// Commits the version of a handler that has not joined.
async fn commit_alone(mut held: Held, change: Change<Box<[u8]>>) -> Result<Version, CommitError> {
    // Whoever asks for a commit has done something.
    held.is_armed();
    let inner = Arc::clone(&held.inner);
    let deadline = inner.deadline();
    let mut has_tried = false;
    loop {
        let begun = inner.begin(deadline, Durability::Disk).await;
        let mut transaction = begun.map_err(unknown)?;
        let (mut row, floors) = held.load(&mut transaction).await.map_err(unknown)?;
        if has_tried && row.writer == Some(held.token) {
            // The first attempt was committed, and its answer was lost.
            transaction.roll_back().await;
            held.is_over();
            return Ok(Version::new(row.version.unsigned_abs()));
        }
        let is_owner = held.owns(&row);
        raise_affected(&held, &mut transaction, &change)
            .await
            .map_err(unknown)?;
        let made = if is_owner {
            row.intent = None;
            apply(&held, &mut row, floors, &change)
        } else {
            None
        };
        if made.is_none() {
            // Another store took this one for dead, or no version is left: what the handler has
            // done is there, under whatever version.
            row.forget(floors);
        }
        held.save(&mut transaction, &row).await.map_err(unknown)?;
        match transaction.commit(deadline).await {
            Ok(()) => {
                held.is_over();
                return made.ok_or_else(|| unknown(SqliteStoreErrorKind::GuardLost.into()));
            }
            // The intent tells whether it was committed: a second attempt decides it.
            Err(CommitFailure::InDoubt(_)) if !has_tried && is_owner => has_tried = true,
            Err(failure) => return Err(unknown(failure.into_error())),
        }
    }
}

/// Commits the version together with what the handler has done in the transaction.
async fn commit_joined(
    mut held: Held,
    joined: Joined,
    change: Change<Box<[u8]>>,
) -> Result<Version, CommitError> {
    let Joined {
        mut transaction,
        next,
    } = joined;
    let deadline = held.inner.deadline();
    if change.effect == Effect::Unknown {
        transaction.roll_back().await;
        // If that fails, the next one does it: nothing has happened either way.
        let _ = held.withdraw().await;
        // The version that was current, and is.
        return Ok(Version::new(next.saturating_sub(1).unsigned_abs()));
    }
    let prepared = prepare_joined(&held, &mut transaction, &change).await;
    let version = match prepared {
        Ok(version) => version,
        Err(error) => {
            transaction.roll_back().await;
            let _ = held.withdraw().await;
            return Err(rolled_back(error));
        }
    };
    match transaction.commit(deadline).await {
        Ok(()) => {
            held.is_over();
            Ok(version)
        }
        Err(CommitFailure::RolledBack(error)) => {
            let _ = held.withdraw().await;
            Err(rolled_back(error))
        }
        Err(CommitFailure::InDoubt(error)) => resolve_joined(held, deadline, version, error).await,
    }
}

/// Does the ledger's part in the handler's transaction.
async fn prepare_joined(
    held: &Held,
    transaction: &mut WriteTransaction,
    change: &Change<Box<[u8]>>,
) -> Result<Version, SqliteStoreError> {
    if transaction.connection.was_rolled_back() {
        return Err(SqliteStoreErrorKind::RolledBackInside.into());
    }
    let (mut row, floors) = held.load(transaction).await?;
    if !held.inner.is_joined_only && !held.owns(&row) {
        return Err(SqliteStoreErrorKind::GuardLost.into());
    }
    raise_affected(held, transaction, change).await?;
    row.intent = None;
    let version = apply(held, &mut row, floors, change);
    let version = version.ok_or(SqliteStoreErrorKind::EndOfVersions)?;
    held.save(transaction, &row).await?;
    Ok(version)
}

/// Finds out what became of a joined commit. That the write lock was granted tells that the
/// transaction is over, and a write on top of it that it cannot come back after a crash.
async fn resolve_joined(
    mut held: Held,
    deadline: Instant,
    version: Version,
    error: SqliteStoreError,
) -> Result<Version, CommitError> {
    let inner = Arc::clone(&held.inner);
    let begun = inner.begin(deadline, Durability::Disk).await;
    let mut transaction = begun.map_err(unknown)?;
    let (mut row, floors) = held.load(&mut transaction).await.map_err(unknown)?;
    if row.writer == Some(held.token) {
        transaction.roll_back().await;
        held.is_over();
        return Ok(version);
    }
    if held.owns(&row) {
        row.end_intent(false, floors);
    } else if !inner.is_joined_only || row.version.unsigned_abs() > version.get() {
        // Others were here since, and the row does not tell any more.
        transaction.roll_back().await;
        return Err(unknown(error));
    }
    held.save(&mut transaction, &row).await.map_err(unknown)?;
    // Raises nothing, but is written.
    let written = transaction.raise_floors(&inner.statements, Floors::default());
    written.await.map_err(unknown)?;
    let committed = transaction.commit(deadline).await;
    committed.map_err(|failure| unknown(failure.into_error()))?;
    held.is_over();
    Err(rolled_back(error))
}

/// Makes the change's version current. `None` if the key has none left, or the change names one
/// that no column holds.
fn apply(
    held: &Held,
    row: &mut Row,
    floors: Floors,
    change: &Change<Box<[u8]>>,
) -> Option<Version> {
    let next = row.next(floors)?;
    let next = match change.committed {
        None => next,
        Some(committed) => i64::try_from(committed).ok()?.max(next),
    };
    row.set(next, change.effect);
    row.writer = Some(held.token);
    row.made_by = change.made_by;
    Some(Version::new(next.unsigned_abs()))
}

/// Raises the other keys that the change names.
async fn raise_affected(
    held: &Held,
    transaction: &mut WriteTransaction,
    change: &Change<Box<[u8]>>,
) -> Result<(), SqliteStoreError> {
    let statements = &held.inner.statements;
    let owner = &held.inner.place().await?.owner;
    for (key, effect) in change.affects.iter().filter(|(key, _)| *key != held.key) {
        let (mut row, floors) = transaction.load(statements, key).await?;
        end_lost_intent(&mut row, floors, owner)?;
        if row.raise(*effect, floors).is_err() {
            row.forget(floors);
        }
        transaction.save(statements, key, &row).await?;
    }
    Ok(())
}

fn unknown(error: SqliteStoreError) -> CommitError {
    CommitError::new(CommitErrorKind::Unknown, error)
}

fn rolled_back(error: SqliteStoreError) -> CommitError {
    CommitError::new(CommitErrorKind::RolledBack, error)
}

impl<K: AsRef<[u8]>> Guard<K> for SqliteGuard {
    type Error = SqliteStoreError;
    type Arm = BoxFuture<Result<Self, SqliteStoreError>>;
    type Commit = BoxFuture<Result<Version, CommitError>>;
    type Release = BoxFuture<Result<(), SqliteStoreError>>;

    fn current(&self) -> Current {
        self.current
    }

    fn made_by(&self) -> Option<Fingerprint> {
        self.made_by
    }

    fn arm(self) -> Self::Arm {
        Box::pin(self.into_armed())
    }

    /// Lends a [`Join`].
    fn lend(&self, extensions: &mut Extensions) {
        extensions.insert(Join::new(&self.held));
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
        Box::pin(self.into_committed(change))
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
