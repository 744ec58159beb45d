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

/// What a guard of an [`SqliteStore`](super::SqliteStore) lends to the handler, in the request's
/// extensions: the way into the guard's [`Transaction`]. With axum, take the transaction itself as
/// an extractor.
///
/// ```
/// use http::Request;
/// use tower_conditional::store::sqlite::{Join, SqliteStoreError, SqliteStoreErrorKind};
///
/// async fn update<B>(request: Request<B>) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
///     let join = request.extensions().get::<Join>().ok_or("not behind a guarded layer")?;
///     let mut transaction = join.transaction().await?;
///     sqlx::query("UPDATE models SET status = 'archived' WHERE id = 1")
///         .execute(&mut *transaction)
///         .await?;
///     Ok(())
/// }
/// # let _ = update::<()>;
/// ```
#[derive(Clone)]
pub struct Join {
    /// Weak, so that extensions which outlive the guard hold nothing up.
    joint: Weak<Mutex<Joint>>,
    inner: Arc<Inner>,
    key: Box<[u8]>,
    token: Token,
}

/// The transaction of a guarded write: what the handler does in it takes effect together with the
/// version, or not at all.
///
/// It derefs to the [`SqliteConnection`]; `begin` on that makes a savepoint. The guard commits it
/// when the handler has answered with 2xx or 3xx and has dropped this, and rolls it back
/// otherwise. A handler cannot commit it by itself: that rolls it back, and the write fails.
///
/// It holds the file's only write lock: other writes of this file wait for it.
pub struct Transaction {
    inner: OwnedMappedMutexGuard<Joint, Joined>,
}

impl Join {
    pub(super) fn new(held: &Held) -> Self {
        Self {
            joint: Arc::downgrade(&held.joint),
            inner: Arc::clone(&held.inner),
            key: held.key.clone(),
            token: held.token,
        }
    }

    /// Begins the transaction, or goes on with it if the handler has had it before.
    ///
    /// # Errors
    /// [`SqliteStoreErrorKind::Busy`] if others write for too long, or the handler has it already;
    /// [`SqliteStoreErrorKind::GuardLost`] if the guard has ended;
    /// [`SqliteStoreErrorKind::RolledBackInside`] if it was rolled back;
    /// [`SqliteStoreErrorKind::Database`].
    pub async fn transaction(&self) -> Result<Transaction, SqliteStoreError> {
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
        inner.map(|inner| Transaction { inner }).map_err(|_| lost())
    }
}

impl Transaction {
    /// The version that the commit makes, for rows that keep it too.
    #[must_use]
    pub fn next_version(&self) -> Version {
        // Above a version, so never negative.
        Version::new(self.inner.next.unsigned_abs())
    }
}

impl Deref for Transaction {
    type Target = SqliteConnection;

    fn deref(&self) -> &SqliteConnection {
        &self.inner.transaction.connection.sqlite
    }
}

impl DerefMut for Transaction {
    fn deref_mut(&mut self) -> &mut SqliteConnection {
        &mut self.inner.transaction.connection.sqlite
    }
}

impl fmt::Debug for Join {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Join").finish_non_exhaustive()
    }
}

impl fmt::Debug for Transaction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transaction")
            .field("next_version", &self.next_version())
            .finish_non_exhaustive()
    }
}
