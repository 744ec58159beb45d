use crate::{
    store::{Change, CommitError, CommitErrorKind, Effect},
    version::Version,
};

use super::{
    PostgresError, PostgresErrorKind,
    connections::GuardConnection,
    guard::Own,
    key::StoredKey,
    ledger::{Commit, Written},
    resolve::{Resolution, resolve},
    session::marker,
    transaction::{Joined, Returned},
};

/// How often a transaction of the ledger's own is sent again that the database rolled back.
const ATTEMPTS: usize = 5;

pub(super) fn rolled_back(source: impl Into<crate::error::BoxError>) -> CommitError {
    CommitError::new(CommitErrorKind::RolledBack, source)
}

fn unknown(source: impl Into<crate::error::BoxError>) -> CommitError {
    CommitError::new(CommitErrorKind::Unknown, source)
}

/// Commits an armed guard's change. `next` is the version that it is going to make.
pub(super) async fn commit(
    own: &Own,
    change: Change<StoredKey>,
    returned: Returned,
    next: i64,
) -> Result<Version, CommitError> {
    let mut others = change.affects;
    others.retain(|(key, _)| *key != own.key);
    // Of what is said of one key the last counts.
    others.reverse();
    others.sort_by(|(one, _), (other, _)| one.cmp(other));
    others.dedup_by(|later, earlier| later.0 == earlier.0);

    let committed = change.committed.map(i64::try_from);
    let is_exhausted = matches!(committed, Some(Err(_)));
    let marker = marker(&own.token);
    let commit = Commit {
        token: &own.token,
        // A version that no `bigint` holds cannot be the key's, and no other one is true.
        effect: if is_exhausted {
            Effect::Unknown
        } else {
            change.effect
        },
        committed: committed.and_then(Result::ok),
        made_by: change
            .made_by
            .as_ref()
            .map(|made_by| &made_by.as_bytes()[..]),
        marker: (returned.joined != Joined::No).then_some(&marker),
    };
    let version = if returned.joined == Joined::No {
        alone(own, &commit, &others, returned.connection).await?
    } else {
        joined(own, &commit, &others, returned, next).await?
    };
    if is_exhausted {
        return Err(unknown(PostgresError::from(PostgresErrorKind::Exhausted)));
    }
    Version::try_from(version).map_err(unknown)
}

/// Commits together with what the handler did in the transaction.
async fn joined(
    own: &Own,
    commit: &Commit<'_>,
    others: &[(StoredKey, Effect)],
    returned: Returned,
    next: i64,
) -> Result<i64, CommitError> {
    let ledger = own.store.ledger();
    let mut connection = returned.connection;
    if commit.effect == Effect::Unknown || returned.joined == Joined::Beginning {
        let kind = PostgresErrorKind::Lost;
        return Err(abandon(own, connection, returned.joined, kind.into()).await);
    }
    let written = ledger
        .write(
            &mut connection.session.connection,
            &own.key,
            commit,
            others,
            own.store.is_joined_only,
        )
        .await;
    let version = match written {
        // The handler may have written the other number down.
        Ok(Written::Version(version)) if returned.is_next_known && version != next => {
            let kind = PostgresErrorKind::Lost;
            return Err(abandon(own, connection, returned.joined, kind.into()).await);
        }
        Ok(Written::Version(version)) => version,
        Ok(Written::AtTheEnd) => {
            let kind = PostgresErrorKind::Exhausted;
            return Err(abandon(own, connection, returned.joined, kind.into()).await);
        }
        Ok(Written::Fenced) => {
            let kind = PostgresErrorKind::Lost;
            return Err(abandon(own, connection, returned.joined, kind.into()).await);
        }
        // COMMIT was not sent.
        Err(error) => return Err(abandon(own, connection, returned.joined, error).await),
    };
    let committed = own
        .store
        .limits
        .statement(connection.session.commit())
        .await;
    match committed {
        Ok(()) => {
            ledger.finish(connection, &own.key).await;
            Ok(version)
        }
        Err(error) if error.is_lost_connection() => {
            match resolve(own, connection.close(), version).await {
                Ok(Resolution::Committed(connection, version)) => {
                    ledger.finish(connection, &own.key).await;
                    Ok(version)
                }
                Ok(Resolution::Ours(connection)) => {
                    take_back(own, connection).await;
                    Err(rolled_back(error))
                }
                Ok(Resolution::NotCommitted(connection)) => {
                    ledger.finish(connection, &own.key).await;
                    Err(rolled_back(error))
                }
                Ok(Resolution::Unknown) | Err(_) => Err(unknown(error)),
            }
        }
        // A serialization failure, a deadlock, a deferred constraint: the transaction is over.
        Err(error) => {
            take_back(own, connection).await;
            Err(rolled_back(error))
        }
    }
}

/// Rolls the joined transaction back, whose `COMMIT` was never sent, and takes the intent back.
async fn abandon(
    own: &Own,
    mut connection: GuardConnection,
    joined: Joined,
    reason: PostgresError,
) -> CommitError {
    match roll_back(own, &mut connection, joined).await {
        Ok(()) => take_back(own, connection).await,
        Err(error) if error.kind() == PostgresErrorKind::Lost => return unknown(error),
        Err(_) if own.store.is_joined_only => {}
        Err(_) => {
            // The connection was lost, and the transaction with it. The intent is left.
            if let Ok(Resolution::Ours(connection)) =
                resolve(own, connection.close(), i64::MAX).await
            {
                take_back(own, connection).await;
            }
        }
    }
    rolled_back(reason)
}

/// Takes the intent back where nothing was changed. Where that fails the key is unknown, which is
/// never wrong.
async fn take_back(own: &Own, mut connection: GuardConnection) {
    let ledger = own.store.ledger();
    let session = &mut connection.session.connection;
    if own.store.is_joined_only || ledger.disarm(session, &own.key, &own.token).await.is_ok() {
        ledger.finish(connection, &own.key).await;
    }
}

/// Rolls the joined transaction back.
///
/// # Errors
/// [`PostgresErrorKind::Lost`] if the handler has ended it by itself, and nobody knows how. Others
/// if the connection has to be closed, which rolls it back too.
pub(super) async fn roll_back(
    own: &Own,
    connection: &mut GuardConnection,
    joined: Joined,
) -> Result<(), PostgresError> {
    if joined == Joined::Beginning {
        return Err(PostgresErrorKind::Unavailable.into());
    }
    let ledger = own.store.ledger();
    let session = &mut connection.session;
    match ledger
        .is_joined(&mut session.connection, &marker(&own.token))
        .await
    {
        Ok(true) => {}
        Ok(false) => return Err(PostgresErrorKind::Lost.into()),
        // A statement of the transaction has failed, and now all of them do.
        Err(error) if error.code().as_deref() == Some("25P02") => {}
        Err(error) => return Err(error),
    }
    own.store.limits.statement(session.roll_back()).await
}

/// Commits where the handler did not join: its effects are done, so the version must rise.
async fn alone(
    own: &Own,
    commit: &Commit<'_>,
    others: &[(StoredKey, Effect)],
    mut connection: GuardConnection,
) -> Result<i64, CommitError> {
    let ledger = own.store.ledger();
    let mut last = PostgresError::from(PostgresErrorKind::Lost);
    for _ in 0..ATTEMPTS {
        match write_alone(own, commit, others, &mut connection).await {
            Ok(Written::Version(version)) => {
                ledger.finish(connection, &own.key).await;
                return Ok(version);
            }
            Ok(Written::AtTheEnd) => {
                ledger.finish(connection, &own.key).await;
                return Err(unknown(PostgresError::from(PostgresErrorKind::Exhausted)));
            }
            Ok(Written::Fenced) => return Err(unknown(last)),
            Err(error) if error.is_lost_connection() => {
                match resolve(own, connection.close(), i64::MAX).await {
                    Ok(Resolution::Committed(connection, version)) => {
                        ledger.finish(connection, &own.key).await;
                        return Ok(version);
                    }
                    // Nobody has come in between: it can still be done.
                    Ok(Resolution::Ours(again)) => connection = again,
                    Ok(Resolution::NotCommitted(_) | Resolution::Unknown) | Err(_) => {
                        return Err(unknown(error));
                    }
                }
                last = error;
            }
            Err(error) if error.is_to_be_sent_again() => {
                // Outside of a transaction that is a warning.
                let rolled_back = connection.session.roll_back();
                if let Err(error) = own.store.limits.statement(rolled_back).await {
                    return Err(unknown(error));
                }
                last = error;
            }
            Err(error) => return Err(unknown(error)),
        }
    }
    Err(unknown(last))
}

async fn write_alone(
    own: &Own,
    commit: &Commit<'_>,
    others: &[(StoredKey, Effect)],
    connection: &mut GuardConnection,
) -> Result<Written, PostgresError> {
    let ledger = own.store.ledger();
    let limits = own.store.limits;
    let session = &mut connection.session;
    let is_single = others.is_empty() && !own.store.notifies;
    if !is_single {
        limits.statement(session.begin_read_committed("")).await?;
    }
    let connection = &mut session.connection;
    let written = ledger
        .write(connection, &own.key, commit, others, false)
        .await?;
    if !is_single {
        if written == Written::Fenced {
            limits.statement(session.roll_back()).await?;
        } else {
            limits.statement(session.commit()).await?;
        }
    }
    Ok(written)
}
