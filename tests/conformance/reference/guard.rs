use tower_conditional::{
    BoxError, Current, Version,
    store::{Change, CommitError, CommitErrorKind, Effect, Fingerprint, Guard},
};

use crate::support::pause;

use super::{Boxed, Defect, begin::Ticket};

/// A guard. It holds its turn until it is dropped.
pub(crate) struct Held {
    ticket: Ticket,
    current: Current,
    made_by: Option<Fingerprint>,
    next: u64,
    commits: u64,
    is_armed: bool,
    /// What becomes of the key when it is dropped.
    is_lost: bool,
}

impl Held {
    pub(crate) fn new(ticket: Ticket, current: Current) -> Self {
        let database = ticket.session.lock();
        let entry = database.entry(&ticket.key);
        let next = database.next(&ticket.key, ticket.session.number);
        drop(database);
        let is_lost = ticket.session.has(Defect::UnarmedDropIsLost);
        Self {
            ticket,
            current,
            made_by: entry.and_then(|entry| entry.made_by),
            next,
            commits: entry.map_or(0, |entry| entry.commits),
            is_armed: false,
            is_lost,
        }
    }

    fn has(&self, defect: Defect) -> bool {
        self.ticket.session.has(defect)
    }

    /// Its outcome is known.
    fn settle(&mut self) {
        self.is_lost = false;
    }

    /// Writes the change down.
    fn write(&mut self, change: &Change<Vec<u8>>) -> Result<u64, CommitError> {
        let session = &self.ticket.session;
        let key = &self.ticket.key;
        let mut database = session.lock();
        let commits = database.entry(key).map_or(0, |entry| entry.commits);
        if commits != self.commits {
            // Somebody has committed who should not have been let in.
            return Err(CommitErrorKind::RolledBack.into());
        }
        let next = match database.try_next(key, session.number) {
            _ if session.has(Defect::CommitsWhatItBeganFor) => self.next,
            Some(next) => next,
            None => return Err(CommitErrorKind::RolledBack.into()),
        };
        let own = change.committed.map(Version::get);
        let version = match own {
            Some(_) if session.has(Defect::IgnoresOwnVersions) => next,
            Some(own) if session.has(Defect::TakesAnyOwnVersion) => own,
            Some(own) if own >= next => own,
            _ => next,
        };
        let last = database.entry(key).and_then(|entry| entry.made_by);
        database.put(key, version, change.effect, session.number);
        if let Some(entry) = database.entry_mut(key) {
            entry.commits += 1;
            entry.made_by = match change.made_by {
                None if session.has(Defect::RemembersRequestsForEver) => last,
                made_by => made_by,
            };
        }
        if !session.has(Defect::LeavesTheAffected) {
            for (key, effect) in &change.affects {
                let next = database.next(key, session.number);
                database.put(key, next, *effect, session.number);
            }
        }
        Ok(version)
    }
}

impl Guard<Vec<u8>> for Held {
    type Error = BoxError;
    type Arm = Boxed<Result<Self, BoxError>>;
    type Commit = Boxed<Result<Version, CommitError>>;
    type Release = Boxed<Result<(), BoxError>>;

    fn current(&self) -> Current {
        self.current
    }

    fn made_by(&self) -> Option<Fingerprint> {
        self.made_by
    }

    fn arm(mut self) -> Self::Arm {
        Box::pin(async move {
            if self.has(Defect::CancelledArmKeepsItsTurn) {
                self.ticket.keep();
            }
            pause().await;
            let session = &self.ticket.session;
            if session
                .lock()
                .try_next(&self.ticket.key, session.number)
                .is_none()
            {
                self.ticket.pass();
                return Err("the counter has ended".into());
            }
            if let Some(entry) = session.lock().entry_mut(&self.ticket.key) {
                entry.is_armed = true;
            }
            self.is_armed = true;
            self.is_lost = !self.has(Defect::LosesNothing);
            pause().await;
            self.ticket.pass();
            Ok(self)
        })
    }

    fn commit(mut self, change: Change<Vec<u8>>) -> Self::Commit {
        if self.has(Defect::CancelledCommitIsForgotten) {
            self.is_lost = false;
        }
        Box::pin(async move {
            pause().await;
            pause().await;
            let committed = self.write(&change);
            self.settle();
            pause().await;
            committed.map(Version::new)
        })
    }

    fn release(mut self) -> Self::Release {
        if self.has(Defect::CancelledReleaseKeepsItsTurn) {
            self.ticket.keep();
        }
        Box::pin(async move {
            pause().await;
            let session = &self.ticket.session;
            let (key, number) = (&self.ticket.key, session.number);
            let mut database = session.lock();
            match database.entry(key) {
                Some(entry) if self.is_armed && session.has(Defect::ReleaseRaises) => {
                    let next = database.next(key, number);
                    database.put(key, next, entry.effect, number);
                }
                None if self.is_armed && session.has(Defect::ReleaseMakesMissing) => {
                    database.put(key, 0, Effect::Deleted, number);
                }
                _ => {}
            }
            drop(database);
            self.is_lost = false;
            self.ticket.pass();
            Ok(())
        })
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let session = &self.ticket.session;
        let mut database = session.lock();
        if let Some(entry) = database.entry_mut(&self.ticket.key) {
            entry.is_armed = false;
        }
        if self.is_lost {
            database.lose(&self.ticket.key, session.number);
        }
    }
}
