//! A key that a guard holds: its turn, its intent, its transaction, and what is left when it is
//! dropped.

use std::{mem, sync::Arc};

use tokio::{
    runtime::Handle,
    sync::{Mutex, OwnedMutexGuard},
};

use crate::store::turns::Turn;

use super::{
    SqliteStoreError, SqliteStoreErrorKind,
    connection::Durability,
    inner::Inner,
    owner::Lost,
    row::{Floors, Row},
    sweep,
    token::Token,
    writer::{CommitFailure, WriteTransaction},
};

/// The guard's transaction, which the handler may join.
pub(super) enum Joint {
    /// The handler has not joined.
    Idle,
    Open(Joined),
    /// The guard takes nobody in any more.
    Ended,
}

pub(super) struct Joined {
    pub(super) transaction: WriteTransaction,
    /// The version that the commit makes.
    pub(super) next: i64,
}

/// What a guard found of its transaction when it was about to end.
pub(super) enum Taken {
    Idle,
    Open(Joined),
    /// It is in the handler's hands, where nothing can commit it.
    Away,
}

pub(super) struct Held {
    // In this order: the transaction is given up before the turn.
    pub(super) joint: Arc<Mutex<Joint>>,
    pub(super) inner: Arc<Inner>,
    pub(super) key: Box<[u8]>,
    pub(super) token: Token,
    progress: Progress,
    runtime: Option<Handle>,
    _turn: Turn,
}

/// What is to be done when the guard goes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Progress {
    /// The ledger says nothing of it.
    Unwritten,
    /// The ledger may say that it is there, and its handler has not run, or has changed nothing
    /// that stays.
    Harmless,
    /// Its handler may have changed something.
    Armed,
}

impl Held {
    pub(super) fn new(inner: Arc<Inner>, key: Box<[u8]>, token: Token, turn: Turn) -> Self {
        Self {
            joint: Arc::new(Mutex::new(Joint::Idle)),
            inner,
            key,
            token,
            progress: Progress::Unwritten,
            runtime: Handle::try_current().ok(),
            _turn: turn,
        }
    }

    /// The ledger may say from now on that the guard is there.
    pub(super) fn may_be_written(&mut self) {
        self.progress = Progress::Harmless;
    }

    /// The ledger says that the handler may be running.
    pub(super) fn is_armed(&mut self) {
        self.progress = Progress::Armed;
    }

    /// What the handler has done is, or will be, rolled back.
    pub(super) fn is_harmless(&mut self) {
        if self.progress == Progress::Armed {
            self.progress = Progress::Harmless;
        }
    }

    /// The ledger says nothing of the guard any more.
    pub(super) fn is_over(&mut self) {
        self.progress = Progress::Unwritten;
    }

    pub(super) fn owns(&self, row: &Row) -> bool {
        row.intent.is_some_and(|intent| intent.token == self.token)
    }

    /// Takes the transaction back. Nobody can join any more.
    pub(super) fn take(&mut self) -> Taken {
        let taken = match Arc::clone(&self.joint).try_lock_owned() {
            Ok(mut joint) => take(&mut joint),
            Err(_) => Taken::Away,
        };
        if !matches!(taken, Taken::Idle) {
            self.is_harmless();
        }
        taken
    }

    pub(super) async fn load(
        &self,
        transaction: &mut WriteTransaction,
    ) -> Result<(Row, Floors), SqliteStoreError> {
        transaction.load(&self.inner.statements, &self.key).await
    }

    pub(super) async fn save(
        &self,
        transaction: &mut WriteTransaction,
        row: &Row,
    ) -> Result<(), SqliteStoreError> {
        transaction
            .save(&self.inner.statements, &self.key, row)
            .await
    }

    /// Starts what takes the intents of dropped guards out of the ledger.
    pub(super) fn sweep(&self) {
        if let Some(runtime) = &self.runtime {
            sweep::start(&self.inner, runtime);
        }
    }

    /// Takes the intent out of the ledger; nothing rises.
    pub(super) async fn withdraw(&mut self) -> Result<(), SqliteStoreError> {
        if self.progress == Progress::Unwritten {
            return Ok(());
        }
        // What is forgotten in a power cut is an intent that is armed, or one that says nothing.
        let durability = match self.progress {
            Progress::Armed => Durability::Disk,
            Progress::Harmless | Progress::Unwritten => Durability::Process,
        };
        self.is_harmless();
        let deadline = self.inner.deadline();
        let mut transaction = self.inner.begin(deadline, durability).await?;
        let (mut row, floors) = self.load(&mut transaction).await?;
        if !self.owns(&row) {
            transaction.roll_back().await;
            self.is_over();
            return Err(SqliteStoreErrorKind::GuardLost.into());
        }
        row.end_intent(false, floors);
        self.save(&mut transaction, &row).await?;
        let committed = transaction.commit(deadline).await;
        committed.map_err(CommitFailure::into_error)?;
        self.is_over();
        Ok(())
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        // The connection is closed first, if the handler does not have it.
        drop(self.take());
        let Some(place) = self.inner.place_if_used() else {
            return;
        };
        if self.progress == Progress::Unwritten {
            place.owner.discharge(self.token);
            return;
        }
        let lost = Lost {
            key: mem::take(&mut self.key),
            has_effects: self.progress == Progress::Armed,
        };
        place.owner.lose(self.token, lost);
        self.sweep();
    }
}

fn take(joint: &mut OwnedMutexGuard<Joint>) -> Taken {
    match mem::replace(&mut **joint, Joint::Ended) {
        Joint::Idle | Joint::Ended => Taken::Idle,
        Joint::Open(joined) => Taken::Open(joined),
    }
}
