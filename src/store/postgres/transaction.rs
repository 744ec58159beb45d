use std::{
    fmt,
    ops::{Deref, DerefMut},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use sqlx::PgConnection;
use tokio::sync::{Mutex, OwnedMappedMutexGuard, OwnedMutexGuard};

use crate::version::Version;

use super::{PostgresError, PostgresErrorKind, connections::GuardConnection};

/// The guard's transaction, for a handler to join: what it does there and the version of the key
/// are committed together, or not at all.
///
/// The layer puts it into the request's extensions, and with the feature `axum` it is an
/// extractor. It costs nothing until [`begin`](Self::begin) is called. The transaction commits
/// when the handler has answered with a success or a redirection, and is rolled back with any
/// other answer, a panic, or a lost connection; a handler that joined has no other effects as far
/// as the layer is concerned.
///
/// ```
/// # #[cfg(feature = "axum")] {
/// use axum::http::StatusCode;
/// use tower_conditional::store::postgres::Transaction;
///
/// async fn rename(transaction: Transaction, name: String) -> Result<StatusCode, StatusCode> {
///     let unavailable = |_| StatusCode::SERVICE_UNAVAILABLE;
///     let mut tx = transaction.begin().await.map_err(|_| StatusCode::SERVICE_UNAVAILABLE)?;
///     sqlx::query("UPDATE models SET name = $1")
///         .bind(name)
///         .execute(&mut *tx)
///         .await
///         .map_err(unavailable)?;
///     Ok(StatusCode::NO_CONTENT)
/// }
/// # }
/// ```
#[derive(Clone)]
pub struct Transaction {
    shared: Arc<Shared>,
}

/// The connection of a [`Transaction`] that has begun: an executor of sqlx, as `&mut *joined`.
///
/// It must be dropped by the time that the handler answers. `COMMIT`, `ROLLBACK`, `DISCARD` and
/// the like are not for it to send (the guard would be lost); nested transactions by
/// [`sqlx::Connection::begin`] are savepoints.
pub struct JoinedTransaction {
    // Dropped in this order: the second closes a connection that nobody wants back.
    connection: OwnedMappedMutexGuard<Slot, PgConnection>,
    _after: After,
}

/// What a guard and its handler share.
pub(super) struct Shared {
    slot: Arc<Mutex<Slot>>,
    has_ended: AtomicBool,
    next: Version,
    is_next_known: AtomicBool,
}

pub(super) struct Slot {
    connection: Option<GuardConnection>,
    joined: Joined,
    marker: String,
}

/// How far the handler's transaction has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Joined {
    No,
    /// `BEGIN` was sent; no answer was seen.
    Beginning,
    Yes,
}

/// What a guard gets back from its handler.
pub(super) struct Returned {
    pub(super) connection: GuardConnection,
    pub(super) joined: Joined,
    /// Whether the handler was told the next version, and may have written it down.
    pub(super) is_next_known: bool,
}

struct After(Arc<Shared>);

impl Transaction {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }

    /// Joins the transaction, which begins with the first call. A later call continues it, once
    /// what the earlier ones gave is dropped.
    ///
    /// It has the isolation level that the database or the pool's options set as default;
    /// `SET TRANSACTION ISOLATION LEVEL` as the first statement changes it.
    ///
    /// # Errors
    /// [`PostgresErrorKind::NotJoinable`] after the handler has answered, or while the
    /// transaction is in use; others where the database does not answer.
    pub async fn begin(&self) -> Result<JoinedTransaction, PostgresError> {
        let after = After(Arc::clone(&self.shared));
        let not_joinable = || PostgresError::from(PostgresErrorKind::NotJoinable);
        let mut slot = Arc::clone(&self.shared.slot)
            .try_lock_owned()
            .map_err(|_| not_joinable())?;
        if slot.joined == Joined::No {
            let Slot {
                connection: Some(connection),
                joined,
                marker,
            } = &mut *slot
            else {
                return Err(not_joinable());
            };
            // Where this future is dropped, nobody sees the answer.
            *joined = Joined::Beginning;
            let limits = connection.limits();
            limits.statement(connection.session.begin(marker)).await?;
            *joined = Joined::Yes;
        }
        if slot.joined == Joined::Beginning {
            return Err(not_joinable());
        }
        let connection = OwnedMutexGuard::try_map(slot, |slot| {
            Some(&mut slot.connection.as_mut()?.session.connection)
        });
        Ok(JoinedTransaction {
            connection: connection.map_err(|_| not_joinable())?,
            _after: after,
        })
    }

    /// The version that the commit will make, for a handler that writes it into a row of its own.
    /// After this was asked, the commit makes exactly this version or fails.
    #[must_use]
    pub fn next_version(&self) -> Version {
        self.shared.is_next_known.store(true, Ordering::Release);
        self.shared.next
    }
}

impl Shared {
    pub(super) fn new(
        connection: GuardConnection,
        joined: Joined,
        marker: String,
        next: Version,
    ) -> Self {
        let slot = Slot {
            connection: Some(connection),
            joined,
            marker,
        };
        Self {
            slot: Arc::new(Mutex::new(slot)),
            has_ended: AtomicBool::new(false),
            next,
            is_next_known: AtomicBool::new(false),
        }
    }

    /// Takes the connection back, for good. `None` while the handler still uses it; it is closed
    /// when that stops.
    pub(super) fn end(&self) -> Option<Returned> {
        self.has_ended.store(true, Ordering::SeqCst);
        let mut slot = self.slot.try_lock().ok()?;
        Some(Returned {
            connection: slot.connection.take()?,
            joined: slot.joined,
            is_next_known: self.is_next_known.load(Ordering::Acquire),
        })
    }
}

impl Drop for After {
    fn drop(&mut self) {
        if self.0.has_ended.load(Ordering::SeqCst)
            && let Ok(mut slot) = self.0.slot.try_lock()
        {
            slot.connection = None;
        }
    }
}

impl Deref for JoinedTransaction {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        &self.connection
    }
}

impl DerefMut for JoinedTransaction {
    fn deref_mut(&mut self) -> &mut PgConnection {
        &mut self.connection
    }
}

impl fmt::Debug for Transaction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transaction").finish_non_exhaustive()
    }
}

impl fmt::Debug for JoinedTransaction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JoinedTransaction").finish_non_exhaustive()
    }
}
