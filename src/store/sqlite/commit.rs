//! How a guard commits, with its handler's transaction or without, and how it finds out whether
//! that went through.

use std::sync::Arc;

use tokio::time::Instant;

use crate::{
    store::{Change, CommitError, CommitErrorKind, Effect},
    version::Version,
};

use super::{
    SqliteStoreError, SqliteStoreErrorKind,
    connection::Durability,
    held::{Held, Joined, Taken},
    ledger::end_lost_intent,
    row::{Floors, Row},
    writer::{CommitFailure, WriteTransaction},
};

/// Commits `change` of the key that is held.
pub(super) async fn commit(
    mut held: Held,
    change: Change<Box<[u8]>>,
) -> Result<Version, CommitError> {
    match held.take() {
        Taken::Away => Err(rolled_back(SqliteStoreErrorKind::StillHeld.into())),
        Taken::Open(joined) => commit_joined(held, joined, change).await,
        Taken::Idle => commit_alone(held, change, false).await,
    }
}

/// Commits the version of a handler that has not joined. `is_in_doubt` says that this was tried
/// before, and may have been done.
async fn commit_alone(
    mut held: Held,
    change: Change<Box<[u8]>>,
    mut is_in_doubt: bool,
) -> Result<Version, CommitError> {
    // Whoever asks for a commit has done something.
    held.is_armed();
    let inner = Arc::clone(&held.inner);
    let deadline = inner.deadline();
    loop {
        let begun = inner.begin(deadline, Durability::Disk).await;
        let mut transaction = begun.map_err(unknown)?;
        let (mut row, floors) = held.load(&mut transaction).await.map_err(unknown)?;
        if is_in_doubt && row.writer == Some(held.token) {
            // It was done, and the answer was lost.
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
            Err(CommitFailure::InDoubt(_)) if !is_in_doubt && is_owner => is_in_doubt = true,
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

#[cfg(test)]
mod tests {
    use sqlx::sqlite::{SqliteConnectOptions, SqlitePool};

    use crate::{
        current::Current,
        store::{Guard, GuardedStore, VersionStore},
    };

    use super::*;
    use crate::store::sqlite::{SqliteGuard, SqliteStore};

    const KEY: &[u8] = b"a";

    async fn armed(folder: &tempfile::TempDir) -> (SqliteStore, SqliteGuard) {
        let options = SqliteConnectOptions::new()
            .filename(folder.path().join("app.db"))
            .create_if_missing(true);
        let store = SqliteStore::new(SqlitePool::connect_with(options).await.unwrap());
        store.migrate().await.unwrap();
        let guard = store.begin(KEY).await.unwrap();
        let guard = Guard::<&[u8]>::arm(guard).await.unwrap();
        (store, guard)
    }

    /// What a commit of the guard's leaves behind, whoever hears of it.
    async fn commit_unheard(held: &Held) -> Version {
        let deadline = held.inner.deadline();
        let begun = held.inner.begin(deadline, Durability::Disk).await;
        let mut transaction = begun.unwrap();
        let change = Change::new(Effect::Written);
        let version = prepare_joined(held, &mut transaction, &change).await;
        transaction.commit(deadline).await.unwrap();
        version.unwrap()
    }

    #[tokio::test]
    async fn a_commit_whose_answer_was_lost_is_found_and_not_done_again() {
        for joins in [false, true] {
            let folder = tempfile::TempDir::new().unwrap();
            let (store, guard) = armed(&folder).await;
            let held = guard.into_held();
            let version = commit_unheard(&held).await;
            let found = if joins {
                let error = SqliteStoreErrorKind::Database.into();
                let deadline = held.inner.deadline();
                resolve_joined(held, deadline, version, error).await
            } else {
                commit_alone(held, Change::new(Effect::Written), true).await
            };
            assert_eq!(found.unwrap(), version);
            let current = store.current(KEY).await.unwrap();
            assert_eq!(current.version(), Some(version));
        }
    }

    #[tokio::test]
    async fn a_commit_that_others_have_covered_is_unknown() {
        for joins in [false, true] {
            let folder = tempfile::TempDir::new().unwrap();
            let (store, guard) = armed(&folder).await;
            let held = guard.into_held();
            let version = commit_unheard(&held).await;
            store.raise(KEY, Effect::Written).await.unwrap();
            let outcome = if joins {
                let error = SqliteStoreErrorKind::Database.into();
                let deadline = held.inner.deadline();
                resolve_joined(held, deadline, version, error).await
            } else {
                commit_alone(held, Change::new(Effect::Written), true).await
            };
            assert_eq!(outcome.unwrap_err().kind(), CommitErrorKind::Unknown);
            let current = store.current(KEY).await.unwrap();
            // What has joined is there or not, under the versions that say so.
            assert_eq!(current == Current::Unknown, !joins);
        }
    }
}
