//! What the application adds to the ledger.
//!
//! 1. Which of the rules that the ledger has never seen do not exist. A ledger does not know what
//!    was there before it, so to it such a rule is unknown, and no precondition can be judged by
//!    that. Here the rule's own table knows, and is asked.
//! 2. A place among the other writers of a SQLite file, those of models and records.

use std::pin::Pin;

use axum::http::Extensions;
use tower_conditional::store::{
    Change, CommitError, Effect, Fingerprint, Guard, GuardedStore, VersionStore,
};
use tower_conditional::{BoxError, Current, PathKey, Version};

use super::guard::id_of;
use crate::database::{Database, DatabaseError, Place};

type BoxFuture<T, E = BoxError> = Pin<Box<dyn Future<Output = Result<T, E>> + Send>>;

/// A ledger, and the table that knows better where it knows nothing.
#[derive(Clone)]
pub(super) struct Known<S> {
    pub(super) ledger: S,
    pub(super) database: Database,
}

/// A guard of the ledger, and what is current under it.
pub(super) struct KnownGuard<G> {
    guard: G,
    current: Current,
    /// Given up when the guard has ended.
    place: Place,
}

async fn known(
    database: &Database,
    key: &PathKey,
    current: Current,
) -> Result<Current, DatabaseError> {
    if current != Current::Unknown {
        return Ok(current);
    }
    let rule = match id_of(key) {
        Some(id) => database.rule_exists(id).await?,
        None => false,
    };
    Ok(if rule { current } else { Current::Missing })
}

impl<S> VersionStore<PathKey> for Known<S>
where
    S: VersionStore<PathKey, Error: Send, Current: Send + 'static>,
{
    type Error = BoxError;
    type Current = BoxFuture<Current>;

    fn current(&self, key: PathKey) -> Self::Current {
        let (database, current) = (self.database.clone(), self.ledger.current(key.clone()));
        Box::pin(async move {
            let current = current.await.map_err(Into::into)?;
            Ok(known(&database, &key, current).await?)
        })
    }

    fn adopt(&self, key: PathKey) -> Option<Self::Current> {
        let adopt = self.ledger.adopt(key)?;
        Some(Box::pin(async move { adopt.await.map_err(Into::into) }))
    }
}

impl<S> GuardedStore<PathKey> for Known<S>
where
    S: VersionStore<PathKey, Error: Send, Current: Send + 'static>
        + GuardedStore<PathKey, Guard: Send, Begin: Send + 'static, Raise: Send + 'static>,
    <S::Guard as Guard<PathKey>>::Arm: Send + 'static,
    <S::Guard as Guard<PathKey>>::Commit: Send + 'static,
    <S::Guard as Guard<PathKey>>::Release: Send + 'static,
{
    type Guard = KnownGuard<S::Guard>;
    type BeginError = BoxError;
    type Begin = BoxFuture<Self::Guard>;
    type Raise = BoxFuture<Current>;

    fn begin(&self, key: PathKey) -> Self::Begin {
        let (database, begin) = (self.database.clone(), self.ledger.begin(key.clone()));
        Box::pin(async move {
            let place = database.place().await?;
            let guard = begin.await.map_err(Into::into)?;
            // Nobody else writes the rule while the guard is on it.
            let current = known(&database, &key, guard.current()).await?;
            Ok(KnownGuard {
                guard,
                current,
                place,
            })
        })
    }

    fn raise(&self, key: PathKey, effect: Effect) -> Self::Raise {
        let raise = self.ledger.raise(key, effect);
        Box::pin(async move { raise.await.map_err(Into::into) })
    }
}

impl<G> Guard<PathKey> for KnownGuard<G>
where
    G: Guard<PathKey, Arm: Send + 'static, Commit: Send + 'static, Release: Send + 'static>,
{
    type Error = G::Error;
    type Arm = BoxFuture<Self, G::Error>;
    type Commit = BoxFuture<Version, CommitError>;
    type Release = BoxFuture<(), G::Error>;

    fn current(&self) -> Current {
        self.current
    }

    fn made_by(&self) -> Option<Fingerprint> {
        self.guard.made_by()
    }

    fn arm(self) -> Self::Arm {
        let Self {
            guard,
            current,
            place,
        } = self;
        let arm = guard.arm();
        Box::pin(async move {
            let guard = arm.await?;
            Ok(Self {
                guard,
                current,
                place,
            })
        })
    }

    fn lend(&self, extensions: &mut Extensions) {
        self.guard.lend(extensions);
    }

    fn commit(self, change: Change<PathKey>) -> Self::Commit {
        let (commit, place) = (self.guard.commit(change), self.place);
        Box::pin(async move {
            let committed = commit.await;
            drop(place);
            committed
        })
    }

    fn release(self) -> Self::Release {
        let (release, place) = (self.guard.release(), self.place);
        Box::pin(async move {
            let released = release.await;
            drop(place);
            released
        })
    }
}
