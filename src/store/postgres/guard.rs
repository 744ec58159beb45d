use std::{fmt, pin::Pin, sync::Arc};

use http::Extensions;

use crate::{
    current::Current,
    store::{Change, CommitError, Fingerprint, Guard, turns::Turn},
    version::Version,
};

use super::{
    PostgresError, PostgresErrorKind, Transaction, commit,
    connections::GuardConnection,
    key::StoredKey,
    row::Entry,
    session::{Token, marker},
    store::Inner,
    transaction::{Joined, Returned, Shared},
};

type BoxFuture<T, E> = Pin<Box<dyn Future<Output = Result<T, E>> + Send>>;

/// The guard of a [`PostgresStore`](super::PostgresStore).
///
/// It holds a connection of the store's own, and on it an advisory lock. Both end with the guard,
/// however it ends: with this process, with the network, with the server.
pub struct PostgresGuard {
    // Dropped first: the next writer of this process finds the key free.
    held: Held,
    pub(super) own: Own,
    current: Current,
    is_unseen: bool,
    made_by: Option<Fingerprint>,
    next: Option<i64>,
}

/// The key that a guard is for.
pub(super) struct Own {
    pub(super) store: Arc<Inner>,
    pub(super) key: StoredKey,
    pub(super) token: Token,
    _turn: Turn,
}

enum Held {
    Unarmed(GuardConnection),
    Armed(Lent),
}

/// The connection while the handler may use it. Dropped, it is closed.
struct Lent(Arc<Shared>);

impl PostgresGuard {
    pub(super) fn new(
        store: Arc<Inner>,
        turn: Turn,
        key: StoredKey,
        token: Token,
        entry: &Entry,
        connection: GuardConnection,
    ) -> Self {
        Self {
            held: Held::Unarmed(connection),
            own: Own {
                store,
                key,
                token,
                _turn: turn,
            },
            current: entry.current,
            is_unseen: entry.is_unseen,
            made_by: entry.made_by,
            next: entry.next,
        }
    }

    async fn arm(mut self) -> Result<Self, PostgresError> {
        let Held::Unarmed(mut connection) = self.held else {
            return Ok(self);
        };
        let next = self.next.ok_or(PostgresErrorKind::Exhausted)?;
        let Own {
            store, key, token, ..
        } = &self.own;
        let (joined, next) = if store.is_joined_only {
            (Joined::Yes, next)
        } else {
            let next = store.ledger().arm(&mut connection, key, token).await?;
            (Joined::No, next)
        };
        let version = Version::try_from(next)
            .map_err(|error| PostgresError::new(PostgresErrorKind::Database, error))?;
        let shared = Shared::new(connection, joined, marker(token), version);
        self.held = Held::Armed(Lent(Arc::new(shared)));
        self.next = Some(next);
        Ok(self)
    }

    async fn commit(self, change: Change<StoredKey>) -> Result<Version, CommitError> {
        let armed = match self.held {
            Held::Armed(_) => self,
            // Nothing was executed under a guard that was not armed.
            Held::Unarmed(_) => self.arm().await.map_err(commit::rolled_back)?,
        };
        let Self {
            held, own, next, ..
        } = armed;
        // The handler still uses the transaction, so nobody commits it: it is closed when that
        // stops.
        let Some(returned) = held.end() else {
            let in_use = PostgresError::from(PostgresErrorKind::NotJoinable);
            return Err(commit::rolled_back(in_use));
        };
        commit::commit(&own, change, returned, next.unwrap_or(0)).await
    }

    async fn release(self) -> Result<(), PostgresError> {
        let Self { held, own, .. } = self;
        let is_armed = matches!(held, Held::Armed(_)) && !own.store.is_joined_only;
        let Returned {
            mut connection,
            joined,
            ..
        } = held.end().ok_or(PostgresErrorKind::NotJoinable)?;
        let ledger = own.store.ledger();
        if joined != Joined::No || own.store.is_joined_only {
            commit::roll_back(&own, &mut connection, joined).await?;
        }
        if is_armed {
            let connection = &mut connection.session.connection;
            ledger.disarm(connection, &own.key, &own.token).await?;
        }
        ledger.finish(connection, &own.key).await;
        Ok(())
    }
}

impl<K: AsRef<[u8]>> Guard<K> for PostgresGuard {
    type Error = PostgresError;
    type Arm = BoxFuture<Self, PostgresError>;
    type Commit = BoxFuture<Version, CommitError>;
    type Release = BoxFuture<(), PostgresError>;

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
        Box::pin(self.arm())
    }

    fn lend(&self, extensions: &mut Extensions) {
        if let Held::Armed(Lent(shared)) = &self.held {
            extensions.insert(Transaction::new(Arc::clone(shared)));
        }
    }

    fn commit(self, change: Change<K>) -> Self::Commit {
        let affects = change.affects.iter();
        let change = Change {
            effect: change.effect,
            committed: change.committed,
            made_by: change.made_by,
            affects: affects
                .map(|(key, effect)| (StoredKey::new(key.as_ref()), *effect))
                .collect(),
        };
        Box::pin(self.commit(change))
    }

    fn release(self) -> Self::Release {
        Box::pin(self.release())
    }
}

impl Held {
    fn end(self) -> Option<Returned> {
        match self {
            Self::Armed(lent) => lent.0.end(),
            Self::Unarmed(connection) => Some(Returned {
                connection,
                joined: Joined::No,
                is_next_known: false,
            }),
        }
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        drop(self.0.end());
    }
}

impl fmt::Debug for PostgresGuard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresGuard")
            .field("current", &self.current)
            .finish_non_exhaustive()
    }
}
