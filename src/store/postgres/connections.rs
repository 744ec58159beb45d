use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use sqlx::{Connection as _, PgPool};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::{error::BoxError, store::Busy};

use super::{
    PostgresError,
    limits::{Limits, within},
    session::Session,
};

/// The guards' own connections: never more than there are slots, opened when they are needed.
///
/// A connection comes back by [`GuardConnection::put_back`] alone, which takes a guard that has
/// ended in order. Dropped otherwise, it is closed, and with it end its advisory locks, its open
/// transaction and the statement that it waits for.
#[derive(Debug)]
pub(super) struct Connections {
    /// Whose options the connections are opened with, as they are at that time.
    pool: PgPool,
    limits: Limits,
    slots: Arc<Semaphore>,
    idle: Mutex<Vec<Idle>>,
}

#[derive(Debug)]
struct Idle {
    since: Instant,
    session: Session,
}

/// A connection of a guard.
#[derive(Debug)]
pub(super) struct GuardConnection {
    pub(super) session: Session,
    /// Whether it was used before, and may have been closed by the server since.
    pub(super) was_idle: bool,
    /// Whether the session holds the lock of the guard's key.
    pub(super) has_lock: bool,
    slot: Slot,
}

/// The place of a connection.
#[derive(Debug)]
pub(super) struct Slot {
    home: Arc<Connections>,
    _permit: OwnedSemaphorePermit,
}

/// A connection that was idle for longer is tried out first: a firewall may have dropped it with
/// no word to anybody.
const FRESH: Duration = Duration::from_secs(5);

/// How long trying one out may take, and how long opening one may.
const TRIAL: Duration = Duration::from_secs(2);
const OPENING: Duration = Duration::from_secs(5);

impl Connections {
    pub(super) fn new(pool: PgPool, limits: Limits, slots: usize) -> Self {
        Self {
            pool,
            limits,
            slots: Arc::new(Semaphore::new(slots)),
            idle: Mutex::default(),
        }
    }

    /// A connection, once there is a slot.
    pub(super) async fn take(self: &Arc<Self>) -> Result<GuardConnection, BoxError> {
        let permit = Arc::clone(&self.slots).acquire_owned();
        let Ok(Ok(permit)) = tokio::time::timeout(self.limits.lock, permit).await else {
            return Err(Busy.into());
        };
        let slot = Slot {
            home: Arc::clone(self),
            _permit: permit,
        };
        while let Some(Idle { since, mut session }) = self.pop() {
            let is_usable = since.elapsed() < FRESH
                || tokio::time::timeout(TRIAL, session.connection.ping())
                    .await
                    .is_ok_and(|result| result.is_ok());
            if is_usable {
                return Ok(GuardConnection {
                    session,
                    was_idle: true,
                    has_lock: false,
                    slot,
                });
            }
        }
        Ok(slot.open().await?)
    }

    fn pop(&self) -> Option<Idle> {
        self.idle().pop()
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Idle>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl GuardConnection {
    /// For the next guard. The session must be as it was: idle, outside of a transaction, with no
    /// lock but its own.
    pub(super) fn put_back(self) {
        let Self { session, slot, .. } = self;
        slot.home.idle().push(Idle {
            since: Instant::now(),
            session,
        });
        // The slot is freed when the connection can be found.
        drop(slot);
    }

    pub(super) fn limits(&self) -> Limits {
        self.slot.home.limits
    }

    /// Closes the connection and keeps its slot.
    pub(super) fn close(self) -> Slot {
        self.slot
    }
}

impl Slot {
    /// Opens a connection.
    pub(super) async fn open(self) -> Result<GuardConnection, PostgresError> {
        let (slot, session) = self.try_open().await;
        Ok(slot.with(session?))
    }

    /// The same where the slot is kept if it fails.
    pub(super) async fn try_open(self) -> (Self, Result<Session, PostgresError>) {
        let home = &self.home;
        let options = home.pool.connect_options();
        let session = Session::open(&options, home.limits);
        let session = within(OPENING, session).await;
        (self, session)
    }

    pub(super) fn with(self, session: Session) -> GuardConnection {
        GuardConnection {
            session,
            was_idle: false,
            has_lock: false,
            slot: self,
        }
    }

    /// Closes the connections that nobody uses: the server has ended one of them, and is likely to
    /// have ended all.
    pub(super) fn close_idle(&self) {
        let idle = std::mem::take(&mut *self.home.idle());
        drop(idle);
    }
}
