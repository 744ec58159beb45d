//! The write transactions of this store: one at a time, as SQLite has it, first come, first
//! served, on a connection of the store's own.

use std::{
    collections::hash_map::RandomState,
    hash::BuildHasher,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use sqlx::sqlite::SqliteConnectOptions;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Instant, sleep, timeout_at},
};

use super::{
    SqliteStoreError, SqliteStoreErrorKind,
    connection::{Connection, Durability},
    error::is_busy,
};

/// How long SQLite itself waits for a lock, on the connection's thread. The rest of the wait is
/// here, where it ends when its future is dropped.
const SLICE: Duration = Duration::from_millis(20);

pub(super) struct Writer {
    options: SqliteConnectOptions,
    path: PathBuf,
    turn: Arc<Semaphore>,
    /// No transaction is open on it.
    idle: Mutex<Option<Connection>>,
}

/// A transaction that holds the file's write lock. Dropped, it closes its connection, which rolls
/// it back, whatever its state is.
pub(super) struct WriteTransaction {
    // In this order: the next one's turn comes when the connection is given up.
    pub(super) connection: Connection,
    _turn: OwnedSemaphorePermit,
    writer: Arc<Writer>,
}

/// What became of a transaction that was to be committed.
#[derive(Debug)]
pub(super) enum CommitFailure {
    /// It was rolled back.
    RolledBack(SqliteStoreError),
    /// Nobody knows until the file was read and written again.
    InDoubt(SqliteStoreError),
}

impl Writer {
    /// Connects on first use to the file at `path`, as `options` say.
    pub(super) fn new(options: SqliteConnectOptions, path: PathBuf) -> Self {
        Self {
            options: options
                .filename(&path)
                .in_memory(false)
                .shared_cache(false)
                // A file that is gone is not the ledger, whatever stands in its place.
                .create_if_missing(false)
                .busy_timeout(SLICE),
            path,
            turn: Arc::new(Semaphore::new(1)),
            idle: Mutex::new(None),
        }
    }

    /// Begins a transaction as soon as no other one, of this process or another, is open.
    pub(super) async fn begin(
        self: &Arc<Self>,
        deadline: Instant,
        durability: Durability,
    ) -> Result<WriteTransaction, SqliteStoreError> {
        let turn = timeout_at(deadline, Arc::clone(&self.turn).acquire_owned());
        // The semaphore is never closed.
        let Ok(Ok(turn)) = turn.await else {
            return Err(SqliteStoreErrorKind::Busy.into());
        };
        let mut backoff = Backoff::new(deadline);
        let mut idle = self.take_idle();
        loop {
            let (mut connection, is_fresh) = match idle.take() {
                Some(connection) => (connection, false),
                None => match Connection::open(&self.options, &self.path).await {
                    Ok(connection) => (connection, true),
                    Err(error) if is_busy(&error) && backoff.wait().await => continue,
                    Err(error) => return Err(error.into()),
                },
            };
            match connection.begin(durability).await {
                Ok(()) => {
                    return Ok(WriteTransaction {
                        connection,
                        _turn: turn,
                        writer: Arc::clone(self),
                    });
                }
                Err(error) if is_busy(&error) => {
                    if !backoff.wait().await {
                        self.put_idle(connection);
                        return Err(error.into());
                    }
                    idle = Some(connection);
                }
                Err(error) if is_fresh => return Err(error.into()),
                // Something had happened to the connection while it was idle.
                Err(_) => {}
            }
        }
    }

    /// The connection that the last transaction has left, if its file is still the one.
    fn take_idle(&self) -> Option<Connection> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.take()
            .filter(|connection| connection.is_of(&self.path))
    }

    fn put_idle(&self, connection: Connection) {
        *self.idle.lock().unwrap_or_else(PoisonError::into_inner) = Some(connection);
    }
}

impl WriteTransaction {
    /// Commits. Readers see it when this returns.
    pub(super) async fn commit(mut self, deadline: Instant) -> Result<(), CommitFailure> {
        if self.connection.was_rolled_back() {
            let error = SqliteStoreErrorKind::RolledBackInside.into();
            return Err(CommitFailure::RolledBack(error));
        }
        let mut backoff = Backoff::new(deadline);
        loop {
            match self.connection.commit().await {
                Ok(()) => {
                    self.writer.put_idle(self.connection);
                    return Ok(());
                }
                // Without a write-ahead log readers are in the way, and the transaction stays open.
                Err(error) if is_busy(&error) && !self.connection.was_rolled_back() => {
                    if !backoff.wait().await {
                        let error = error.into();
                        return Err(match self.connection.rollback().await {
                            Ok(()) => CommitFailure::RolledBack(error),
                            Err(_) => CommitFailure::InDoubt(error),
                        });
                    }
                }
                Err(error) => return Err(CommitFailure::InDoubt(error.into())),
            }
        }
    }

    /// Rolls back. If that fails, closing the connection does.
    pub(super) async fn roll_back(mut self) {
        // Where that was done already, nobody knows what else was.
        if !self.connection.was_rolled_back() && self.connection.rollback().await.is_ok() {
            self.writer.put_idle(self.connection);
        }
    }
}

impl CommitFailure {
    pub(super) fn into_error(self) -> SqliteStoreError {
        match self {
            Self::RolledBack(error) | Self::InDoubt(error) => error,
        }
    }
}

/// Waits that double, up to a tenth of a second, and differ between those who wait.
pub(super) struct Backoff {
    deadline: Instant,
    next: Duration,
}

impl Backoff {
    pub(super) fn new(deadline: Instant) -> Self {
        let next = Duration::from_millis(2);
        Self { deadline, next }
    }

    /// Waits a little; `false` at once if there is no time left.
    pub(super) async fn wait(&mut self) -> bool {
        let now = Instant::now();
        if now >= self.deadline {
            return false;
        }
        let percent = u32::try_from(RandomState::new().hash_one(0) % 100).unwrap_or(0);
        let jittered = self.next / 2 + self.next * percent / 200;
        sleep(jittered.min(self.deadline - now)).await;
        self.next = (self.next * 2).min(Duration::from_millis(100));
        true
    }
}
