//! A simple store with guards that keeps every law, and, on request, one defect.

mod begin;
mod database;
mod defect;
mod guard;

use std::{
    convert::Infallible,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard},
};

use tower_conditional::{
    Current, VersionStore,
    store::{
        Busy, Effect, GuardedStore,
        conformance::{self, Law, Outcome, Suite},
    },
};

use crate::support::{block_on, pause};

pub(crate) use self::defect::Defect;
use self::{begin::Ticket, database::Database, guard::Held};

pub(crate) type Boxed<T> = Pin<Box<dyn Future<Output = T>>>;

/// An instance over a database that other instances may share.
pub(crate) struct Reference {
    session: Arc<Session>,
}

/// What guards keep of their instance.
pub(crate) struct Session {
    database: Arc<Mutex<Database>>,
    /// The instance's own number.
    number: u64,
    defect: Option<Defect>,
}

impl Session {
    fn lock(&self) -> MutexGuard<'_, Database> {
        self.database.lock().unwrap()
    }

    /// What is current, unless readers wait; with this defect, what was.
    fn at_once(&self, key: &[u8], defect: Defect) -> Option<Result<Current, Infallible>> {
        let database = self.lock();
        if self.has(defect) {
            return database.entry(key).map(|entry| Ok(entry.earlier()));
        }
        (!database.is_hidden(key)).then(|| Ok(database.look_up(key, self.number)))
    }

    fn has(&self, defect: Defect) -> bool {
        self.defect == Some(defect)
    }
}

impl Reference {
    pub(crate) fn new(defect: Option<Defect>) -> Self {
        let database = Arc::new(Mutex::new(Database::new(defect)));
        Self::over(&database, defect)
    }

    fn over(database: &Arc<Mutex<Database>>, defect: Option<Defect>) -> Self {
        let number = database.lock().unwrap().open();
        let session = Session {
            database: Arc::clone(database),
            number,
            defect,
        };
        Self {
            session: Arc::new(session),
        }
    }

    /// Another instance, as in another process.
    pub(crate) fn second(&self) -> Self {
        Self::over(&self.session.database, self.session.defect)
    }

    /// Ends this one and opens the database again.
    pub(crate) fn reopened(self) -> Self {
        let (database, defect) = (Arc::clone(&self.session.database), self.session.defect);
        drop(self);
        database.lock().unwrap().restart();
        Self::over(&database, defect)
    }

    pub(crate) fn without_tombstones(self) -> Self {
        self.session.lock().drop_tombstones();
        self
    }
}

impl Drop for Reference {
    fn drop(&mut self) {
        self.session.lock().close(self.session.number);
    }
}

impl VersionStore<Vec<u8>> for Reference {
    type Error = Infallible;
    type Current = Boxed<Result<Current, Infallible>>;

    fn current(&self, key: Vec<u8>) -> Self::Current {
        let session = Arc::clone(&self.session);
        Box::pin(async move {
            pause().await;
            while session.lock().is_hidden(&key) {
                pause().await;
            }
            Ok(session.lock().look_up(&key, session.number))
        })
    }

    fn try_current(&self, key: &Vec<u8>) -> Option<Result<Current, Infallible>> {
        self.session.at_once(key, Defect::TellsAtOnceWhatWasBefore)
    }

    fn try_latest(&self, key: &Vec<u8>) -> Option<Result<Current, Infallible>> {
        let defect = Defect::TellsWritersAtOnceWhatWasBefore;
        self.session.at_once(key, defect)
    }

    fn adopt(&self, key: Vec<u8>) -> Option<Self::Current> {
        let session = Arc::clone(&self.session);
        Some(Box::pin(async move {
            pause().await;
            let mut database = session.lock();
            database.adopt(&key, session.number);
            Ok(database.look_up(&key, session.number))
        }))
    }
}

impl GuardedStore<Vec<u8>> for Reference {
    type Guard = Held;
    type BeginError = Busy;
    type Begin = Boxed<Result<Held, Busy>>;
    type Raise = Self::Current;

    fn begin(&self, key: Vec<u8>) -> Self::Begin {
        let ticket = Ticket::take(&self.session, key);
        Box::pin(async move { ticket?.granted().await })
    }

    fn raise(&self, key: Vec<u8>, effect: Effect) -> Self::Raise {
        let session = Arc::clone(&self.session);
        Box::pin(async move {
            pause().await;
            while session.has(Defect::RaiseWaits) && session.lock().is_held(&key) {
                pause().await;
            }
            let mut database = session.lock();
            let effect = match effect {
                Effect::Deleted if session.has(Defect::RaiseOnlyWrites) => Effect::Written,
                effect => effect,
            };
            let next = database.next(&key, session.number);
            database.put(&key, next, effect, session.number);
            Ok(database.show(&key, session.number))
        })
    }
}

/// The suite with every option.
pub(crate) fn suite(defect: Option<Defect>) -> Suite<'static, Reference> {
    let first = Reference::new(defect);
    let second = first.second();
    conformance::guarded(first, conformance::keys::bytes)
        .second_instance(second)
        .drop_tombstones(async |store: Reference| store.without_tombstones())
        .reopen(async |store: Reference| store.reopened())
        .last_version(u64::MAX.into())
}

#[test]
fn a_store_that_does_everything_right_keeps_every_law() {
    let report = block_on(suite(None).run());
    report.assert();
    let kept = report.outcomes().filter(|(_, it)| **it == Outcome::Kept);
    let kept: Vec<Law> = kept.map(|(law, _)| law).collect();
    let mut wanted = Law::ALL.to_vec();
    // The parts of a guarded write are judged one by one.
    wanted.retain(|law| !matches!(law, Law::CancelledWrite | Law::RolledBack));
    assert_eq!(kept, wanted, "{report}");
}

/// What would be a defect where handlers have effects elsewhere.
#[test]
fn a_store_that_rolls_back_what_is_lost_keeps_the_law_of_that() {
    let report = block_on(suite(Some(Defect::LosesNothing)).rolls_back().run());
    report.assert();
    let kept = |it: Law| {
        report
            .outcomes()
            .any(|(law, found)| law == it && *found == Outcome::Kept)
    };
    assert!(
        kept(Law::RolledBack) && kept(Law::CancelledCommit),
        "{report}"
    );
    assert!(!kept(Law::DroppedArmed) && !kept(Law::Orphaned), "{report}");
}
