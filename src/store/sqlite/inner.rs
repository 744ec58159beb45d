//! What the clones of a store share, and its operations without a guard.

use std::{fs, path::PathBuf, sync::Arc, time::Duration};

use sqlx::SqlitePool;
use tokio::{
    sync::OnceCell,
    time::{Instant, timeout_at},
};

use crate::{
    current::Current,
    store::{Effect, turns::Turns},
};

use super::{
    SqliteStoreError, SqliteStoreErrorKind,
    connection::Durability,
    ledger::{end_lost_intent, intent_of, state_of},
    owner::{Fate, Owner},
    row,
    schema::Statements,
    sweep::Sweeping,
    writer::{CommitFailure, WriteTransaction, Writer},
};

/// How long a read waits to adopt what it has read.
const ADOPTION: Duration = Duration::from_secs(1);

/// The columns of `read`, in its order.
type Columns = (i64, i64, i64, Option<Vec<u8>>, i64);

pub(super) struct Inner {
    pub(super) pool: SqlitePool,
    pub(super) statements: Statements,
    pub(super) patience: Duration,
    pub(super) is_joined_only: bool,
    pub(super) turns: Turns,
    pub(super) sweeping: Sweeping,
    place: OnceCell<Place>,
}

/// What depends on which file it is.
pub(super) struct Place {
    pub(super) owner: Owner,
    pub(super) writer: Arc<Writer>,
}

/// What a reader finds.
struct Found {
    current: Current,
    /// Whether a guard is on the key, armed or not.
    is_guarded: bool,
}

impl Inner {
    pub(super) fn new(
        pool: SqlitePool,
        statements: Statements,
        patience: Duration,
        is_joined_only: bool,
    ) -> Self {
        Self {
            pool,
            statements,
            patience,
            is_joined_only,
            turns: Turns::new(),
            sweeping: Sweeping::default(),
            place: OnceCell::new(),
        }
    }

    pub(super) fn deadline(&self) -> Instant {
        Instant::now() + self.patience
    }

    /// The file, from the first use on.
    pub(super) async fn place(&self) -> Result<&Place, SqliteStoreError> {
        self.place.get_or_try_init(|| self.find_place()).await
    }

    /// The file, if it was used before.
    pub(super) fn place_if_used(&self) -> Option<&Place> {
        self.place.get()
    }

    async fn find_place(&self) -> Result<Place, SqliteStoreError> {
        let path: String =
            sqlx::query_scalar("SELECT file FROM pragma_database_list WHERE name = 'main'")
                .fetch_one(&self.pool)
                .await?;
        // In memory, shared or not, or a temporary database.
        if path.is_empty() {
            return Err(SqliteStoreErrorKind::NotAFile.into());
        }
        // One file, one folder of locks, whatever links lead to it.
        let path = fs::canonicalize(path)
            .map_err(|error| SqliteStoreError::new(SqliteStoreErrorKind::Database, error))?;
        let mut folder = path.clone().into_os_string();
        folder.push("-guards");
        let owner = Owner::new(PathBuf::from(folder), !self.is_joined_only)?;
        let options = self.pool.connect_options().as_ref().clone();
        Ok(Place {
            owner,
            writer: Arc::new(Writer::new(options, path)),
        })
    }

    pub(super) async fn begin(
        &self,
        deadline: Instant,
        durability: Durability,
    ) -> Result<WriteTransaction, SqliteStoreError> {
        self.place().await?.writer.begin(deadline, durability).await
    }

    pub(super) async fn current(&self, key: &[u8]) -> Result<Current, SqliteStoreError> {
        self.look_up(key).await.map(|found| found.current)
    }

    async fn look_up(&self, key: &[u8]) -> Result<Found, SqliteStoreError> {
        let mut suspect = None;
        loop {
            let columns: Option<Columns> = sqlx::query_as(self.statements.read.clone())
                .bind(key)
                .fetch_optional(&self.pool)
                .await?;
            let Some((version, state, modified, intent, armed)) = columns else {
                return Ok(Found {
                    current: Current::Unknown,
                    is_guarded: false,
                });
            };
            let intent = intent_of(intent.as_deref(), Some(armed))?;
            let current = row::current(state_of(state)?, version, modified);
            let Some(intent) = intent else {
                return Ok(Found {
                    current,
                    is_guarded: false,
                });
            };
            let fate = self.place().await?.owner.fate(intent.token)?;
            if fate == Fate::Lost && intent.is_armed {
                // It may have ended in order between the two looks: then its intent is out of the
                // row by now.
                if suspect.replace(intent.token) != Some(intent.token) {
                    continue;
                }
                return Ok(Found {
                    current: Current::Unknown,
                    is_guarded: false,
                });
            }
            let is_guarded = fate == Fate::Alive;
            return Ok(Found {
                current: shown(current, is_guarded && intent.is_armed),
                is_guarded,
            });
        }
    }

    /// Takes over what was read. A write that is under way elsewhere is not waited for long: the
    /// key then stays unknown for the next reader.
    pub(super) async fn adopt(&self, key: &[u8]) -> Result<Current, SqliteStoreError> {
        let found = self.look_up(key).await?;
        if found.current != Current::Unknown || found.is_guarded {
            return Ok(found.current);
        }
        let deadline = Instant::now() + self.patience.min(ADOPTION);
        // A version that readers have seen must not be forgotten.
        let begun = self.begin(deadline, Durability::Disk).await;
        let mut transaction = match begun {
            Err(error) if error.kind() == SqliteStoreErrorKind::Busy => {
                return Ok(Current::Unknown);
            }
            begun => begun?,
        };
        let (mut row, floors) = transaction.load(&self.statements, key).await?;
        let guard = end_lost_intent(&mut row, floors, &self.place().await?.owner)?;
        row.adopt(floors);
        transaction.save(&self.statements, key, &row).await?;
        let committed = transaction.commit(deadline).await;
        committed.map_err(CommitFailure::into_error)?;
        Ok(shown(
            row.current(),
            guard.is_some_and(|guard| guard.is_armed),
        ))
    }

    pub(super) async fn raise(
        &self,
        key: &[u8],
        effect: Effect,
    ) -> Result<Current, SqliteStoreError> {
        let deadline = self.deadline();
        let mut transaction = self.begin(deadline, Durability::Disk).await?;
        let (mut row, floors) = transaction.load(&self.statements, key).await?;
        let guard = end_lost_intent(&mut row, floors, &self.place().await?.owner)?;
        if let Err(end) = row.raise(effect, floors) {
            transaction.roll_back().await;
            return Err(end.into());
        }
        transaction.save(&self.statements, key, &row).await?;
        let committed = transaction.commit(deadline).await;
        committed.map_err(CommitFailure::into_error)?;
        Ok(shown(
            row.current(),
            guard.is_some_and(|guard| guard.is_armed),
        ))
    }

    /// Takes the intents of dropped guards out of the ledger, so that other processes need not
    /// wait for this one's end. This one knows without.
    pub(super) async fn sweep(&self) -> Result<(), SqliteStoreError> {
        const BATCH: usize = 128;
        let Some(place) = self.place_if_used() else {
            return Ok(());
        };
        loop {
            let lost = place.owner.lost(BATCH);
            if lost.is_empty() {
                return Ok(());
            }
            let deadline = self.deadline();
            let mut transaction = place.writer.begin(deadline, Durability::Disk).await?;
            for (token, guard) in &lost {
                let (mut row, floors) = transaction.load(&self.statements, &guard.key).await?;
                if row.intent.is_some_and(|intent| intent.token == *token) {
                    row.end_intent(guard.has_effects, floors);
                    transaction.save(&self.statements, &guard.key, &row).await?;
                }
            }
            let committed = transaction.commit(deadline).await;
            committed.map_err(CommitFailure::into_error)?;
            for (token, _) in lost {
                place.owner.discharge(token);
            }
        }
    }

    /// A read of the pool that ends with the deadline.
    pub(super) async fn is_guarded(&self, key: &[u8], deadline: Instant) -> bool {
        let looked = timeout_at(deadline, self.look_up(key)).await;
        matches!(looked, Ok(Ok(found)) if found.is_guarded)
    }
}

fn shown(current: Current, is_being_written: bool) -> Current {
    match current {
        Current::Present(validators) if is_being_written => {
            Current::Present(validators.being_written())
        }
        current => current,
    }
}
