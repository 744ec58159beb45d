use std::time::{Duration, Instant};

use super::{
    PostgresError, PostgresErrorKind,
    connections::{GuardConnection, Slot},
    guard::Own,
    session::owner,
};

/// What became of a commit whose acknowledgement was lost. The connections hold the key's lock.
pub(super) enum Resolution {
    /// It is in the ledger, with this version.
    Committed(GuardConnection, i64),
    /// It is not, the intent still stands, and nobody else has had the key.
    Ours(GuardConnection),
    /// It is not: what there is lies below the version that it would have made.
    NotCommitted(GuardConnection),
    /// Another writer has had the key since.
    Unknown,
}

/// How long a server that restarts is waited for.
const PATIENCE: Duration = Duration::from_secs(10);
const FIRST_PAUSE: Duration = Duration::from_millis(20);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// Finds out what became of a commit that would have made the version `version` or a higher one.
///
/// It ends the lost connection's session and waits for the key's lock, which that gives up when it
/// is over: what it was doing is done by then, or will never be.
pub(super) async fn resolve(
    own: &Own,
    mut slot: Slot,
    version: i64,
) -> Result<Resolution, PostgresError> {
    slot.close_idle();
    let deadline = Instant::now() + PATIENCE.max(own.store.limits.lock);
    let mut pause = FIRST_PAUSE;
    loop {
        let (kept, session) = slot.try_open().await;
        let error = match session {
            Ok(session) => {
                let mut connection = kept.with(session);
                match look(own, &mut connection, version).await {
                    Ok(found) => return Ok(found.with(connection)),
                    Err(error) => {
                        slot = connection.close();
                        error
                    }
                }
            }
            Err(error) => {
                slot = kept;
                error
            }
        };
        if error.is_busy() {
            return Ok(Resolution::Unknown);
        }
        if !error.is_lost_connection() || Instant::now() + pause > deadline {
            return Err(error);
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

enum Found {
    Committed(i64),
    Ours,
    NotCommitted,
    Unknown,
}

async fn look(
    own: &Own,
    connection: &mut GuardConnection,
    version: i64,
) -> Result<Found, PostgresError> {
    let ledger = own.store.ledger();
    let session = &mut connection.session.connection;
    ledger.end_session(session, owner(&own.token)).await?;
    ledger.lock(connection, &own.key).await?;
    let session = &mut connection.session.connection;
    let entry = ledger.inspect(session, &own.key).await?;
    Ok(if entry.writer.as_deref() == Some(&own.token[..]) {
        Found::Committed(entry.version.ok_or(PostgresErrorKind::Database)?)
    } else if entry.intent.as_deref() == Some(&own.token[..]) {
        Found::Ours
    } else if version < i64::MAX && entry.next.is_some_and(|next| next <= version) {
        Found::NotCommitted
    } else {
        Found::Unknown
    })
}

impl Found {
    fn with(self, connection: GuardConnection) -> Resolution {
        match self {
            Self::Committed(version) => Resolution::Committed(connection, version),
            Self::Ours => Resolution::Ours(connection),
            Self::NotCommitted => Resolution::NotCommitted(connection),
            Self::Unknown => Resolution::Unknown,
        }
    }
}
