use std::{
    fmt,
    ops::{Deref, DerefMut},
    sync::{Arc, Weak},
};

use sqlx::SqliteConnection;
use tokio::{
    sync::{Mutex, OwnedMappedMutexGuard, OwnedMutexGuard},
    time::timeout_at,
};

use crate::version::Version;

use super::{
    SqliteStoreError, SqliteStoreErrorKind,
    connection::Durability,
    held::{Held, Joined, Joint},
    inner::Inner,
    token::Token,
};

/// The guard's transaction, for a handler to join: what it does there and the version of the key
/// are committed together, or not at all.
///
/// A guard of an [`SqliteStore`](super::SqliteStore) puts it into the request's extensions, and
/// with the feature `axum` it is an extractor. It costs nothing until [`begin`](Self::begin) is
/// called.
///
/// ```
/// use http::Request;
/// use tower_conditional::store::sqlite::Transaction;
///
/// async fn archive<B>(request: Request<B>) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
///     let transaction = request.extensions().get::<Transaction>();
///     let mut joined = transaction.ok_or("not behind a guarded layer")?.begin().await?;
///     sqlx::query("UPDATE models SET status = 'archived' WHERE id = 1")
///         .execute(&mut *joined)
///         .await?;
///     Ok(())
/// }
/// # let _ = archive::<()>;
/// ```
#[derive(Clone)]
pub struct Transaction {
    /// Weak, so that extensions which outlive the guard hold nothing up.
    joint: Weak<Mutex<Joint>>,
    inner: Arc<Inner>,
    key: Box<[u8]>,
    token: Token,
}

/// A [`Transaction`] that has begun: it derefs to its [`SqliteConnection`].
///
/// The guard commits it when the handler has answered with 2xx or 3xx and has dropped this, and
/// rolls it back otherwise. A handler cannot commit it by itself: that rolls it back, and the
/// write fails. `begin` on the connection makes a savepoint.
///
/// It holds the file's only write lock: other writes of this file wait for it.
pub struct JoinedTransaction {
    inner: OwnedMappedMutexGuard<Joint, Joined>,
}

impl Transaction {
    pub(super) fn new(held: &Held) -> Self {
        Self {
            joint: Arc::downgrade(&held.joint),
            inner: Arc::clone(&held.inner),
            key: held.key.clone(),
            token: held.token,
        }
    }

    /// Begins the transaction, or goes on with it where what an earlier call gave is dropped.
    ///
    /// # Errors
    /// [`SqliteStoreErrorKind::Busy`] if others write for too long, or the handler has it already;
    /// [`SqliteStoreErrorKind::GuardLost`] if the guard has ended;
    /// [`SqliteStoreErrorKind::RolledBackInside`] if it was rolled back;
    /// [`SqliteStoreErrorKind::Database`].
    pub async fn begin(&self) -> Result<JoinedTransaction, SqliteStoreError> {
        let lost = || SqliteStoreError::from(SqliteStoreErrorKind::GuardLost);
        let joint = self.joint.upgrade().ok_or_else(lost)?;
        let deadline = self.inner.deadline();
        let locked = timeout_at(deadline, joint.lock_owned()).await;
        let mut joint = locked.map_err(|_| SqliteStoreErrorKind::Busy)?;
        match &*joint {
            Joint::Idle => {
                let mut transaction = self.inner.begin(deadline, Durability::Disk).await?;
                let statements = &self.inner.statements;
                let (row, floors) = transaction.load(statements, &self.key).await?;
                if row.intent.is_none_or(|intent| intent.token != self.token) {
                    transaction.roll_back().await;
                    return Err(lost());
                }
                let Some(next) = row.next(floors) else {
                    transaction.roll_back().await;
                    return Err(SqliteStoreErrorKind::EndOfVersions.into());
                };
                *joint = Joint::Open(Joined { transaction, next });
            }
            Joint::Open(joined) if joined.transaction.connection.was_rolled_back() => {
                return Err(SqliteStoreErrorKind::RolledBackInside.into());
            }
            Joint::Open(_) => {}
            Joint::Ended => return Err(lost()),
        }
        let inner = OwnedMutexGuard::try_map(joint, |joint| match joint {
            Joint::Open(joined) => Some(joined),
            Joint::Idle | Joint::Ended => None,
        });
        inner
            .map(|inner| JoinedTransaction { inner })
            .map_err(|_| lost())
    }
}

impl JoinedTransaction {
    /// The version that the commit makes, for rows that keep it too.
    #[must_use]
    pub fn next_version(&self) -> Version {
        // Above a version, so never negative.
        Version::new(self.inner.next.unsigned_abs())
    }
}

impl Deref for JoinedTransaction {
    type Target = SqliteConnection;

    fn deref(&self) -> &SqliteConnection {
        &self.inner.transaction.connection.sqlite
    }
}

impl DerefMut for JoinedTransaction {
    fn deref_mut(&mut self) -> &mut SqliteConnection {
        &mut self.inner.transaction.connection.sqlite
    }
}

impl fmt::Debug for Transaction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transaction").finish_non_exhaustive()
    }
}

impl fmt::Debug for JoinedTransaction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JoinedTransaction")
            .field("next_version", &self.next_version())
            .finish_non_exhaustive()
    }
}
