//! Random operations against a model: no version is issued twice for a key, whatever the
//! tombstone limit, and what is current is what was done last.

use std::{
    collections::{BTreeMap, BTreeSet},
    panic::{AssertUnwindSafe, catch_unwind},
};

use proptest::prelude::*;
use tower_conditional::{
    Current, MemoryStore, Version, WritePermit,
    store::{Change, Effect, Guard},
};

use crate::support::{absent, adopt, arm, begin, commit, current, exactly, exists, raise};

#[derive(Clone, Copy, Debug)]
enum Operation {
    Write(Permit),
    Remove(Permit),
    Adopt,
    PanicInWrite,
    PanicInRemove,
    Guarded(Effect, Option<u64>),
    LoseGuard,
    ReleaseGuard,
    Raise(Effect),
    RaiseWhileGuarded(Effect, Effect),
    RaiseFloor(u64),
}

#[derive(Clone, Copy, Debug)]
enum Permit {
    Any,
    Exists,
    Absent,
    Current,
    Stale,
}

fn operation() -> impl Strategy<Value = Operation> {
    let permit = || {
        prop::sample::select(vec![
            Permit::Any,
            Permit::Any,
            Permit::Exists,
            Permit::Absent,
            Permit::Current,
            Permit::Stale,
        ])
    };
    let effect = || prop::sample::select(vec![Effect::Written, Effect::Deleted, Effect::Unknown]);
    prop_oneof![
        6 => (effect(), prop::option::of(0_u64..60)).prop_map(|(effect, committed)| {
            Operation::Guarded(effect, committed)
        }),
        2 => Just(Operation::LoseGuard),
        2 => Just(Operation::ReleaseGuard),
        2 => effect().prop_map(Operation::Raise),
        2 => (effect(), effect()).prop_map(|(one, other)| {
            Operation::RaiseWhileGuarded(one, other)
        }),
        1 => (0_u64..60).prop_map(Operation::RaiseFloor),
        6 => permit().prop_map(Operation::Write),
        6 => permit().prop_map(Operation::Remove),
        2 => Just(Operation::Adopt),
        1 => Just(Operation::PanicInWrite),
        1 => Just(Operation::PanicInRemove),
    ]
}

/// What must be true of one key.
#[derive(Default)]
struct Model {
    /// All versions that anybody was told of.
    issued: BTreeSet<u64>,
    /// Whether nothing has happened since that made a version which nobody was told of.
    is_last_told: bool,
    state: State,
}

#[derive(Clone, Copy, Default)]
struct State {
    kind: Kind,
    /// Whether it was deleted, or never known to be there.
    is_tombstone: bool,
    /// How many tombstones there were, of any key, when this one was made.
    tombstone: Option<usize>,
}

#[derive(Clone, Copy, Default, PartialEq)]
enum Kind {
    #[default]
    Unseen,
    Present,
    Missing,
    Unknown,
}

/// What is true of all keys.
struct Bounds {
    tombstones: usize,
    limit: usize,
    floor: u64,
}

impl Model {
    fn last(&self) -> u64 {
        self.issued.last().copied().unwrap_or(0)
    }

    /// The key's next version, of a write that wished for `wish`.
    fn issue(
        &mut self,
        version: Version,
        wish: Option<u64>,
        bounds: &Bounds,
    ) -> Result<(), TestCaseError> {
        let (version, last) = (version.get(), self.last().max(bounds.floor));
        prop_assert!(version > last, "{version} after {last}");
        let is_known = matches!(self.state.kind, Kind::Present | Kind::Missing);
        if is_known && self.is_last_told {
            prop_assert_eq!(version, wish.unwrap_or(0).max(last + 1));
        }
        self.issued.insert(version);
        self.is_last_told = true;
        Ok(())
    }

    fn be_committed(
        &mut self,
        version: Version,
        effect: Effect,
        wish: Option<u64>,
        bounds: &mut Bounds,
    ) -> Result<(), TestCaseError> {
        self.issue(version, wish, bounds)?;
        if effect == Effect::Unknown {
            // It is nobody's tag, and becomes the key's version if that is adopted.
            self.issued.remove(&version.get());
            self.is_last_told = false;
        }
        self.become_what(effect, bounds);
        Ok(())
    }

    fn become_tombstone(&mut self, kind: Kind, bounds: &mut Bounds) {
        bounds.tombstones += 1;
        self.state = State {
            kind,
            is_tombstone: true,
            tombstone: Some(bounds.tombstones),
        };
    }

    fn become_what(&mut self, effect: Effect, bounds: &mut Bounds) {
        match effect {
            Effect::Written => {
                self.state = State {
                    kind: Kind::Present,
                    ..State::default()
                }
            }
            Effect::Deleted => self.become_tombstone(Kind::Missing, bounds),
            Effect::Unknown if self.was_never_there() => {
                self.become_tombstone(Kind::Unknown, bounds);
            }
            Effect::Unknown => self.become_unknown(),
        }
    }

    /// After a panic, of which no tombstone is made.
    fn become_unknown(&mut self) {
        self.state = State {
            kind: Kind::Unknown,
            is_tombstone: self.was_never_there(),
            tombstone: None,
        };
    }

    fn was_never_there(&self) -> bool {
        self.state.kind == Kind::Unseen || self.state.is_tombstone
    }

    /// Drops the tombstone if it is past the limit.
    fn settle(&mut self, bounds: &Bounds) {
        let is_past = |it| bounds.tombstones - it >= bounds.limit;
        if self.state.tombstone.is_some_and(is_past) {
            self.state = State::default();
        }
    }

    fn current(&self) -> Current {
        match self.state.kind {
            Kind::Unseen | Kind::Unknown => Current::Unknown,
            Kind::Missing => Current::Missing,
            Kind::Present => Version::new(self.last()).into(),
        }
    }

    fn permit(&self, kind: Permit) -> (WritePermit, bool) {
        let is_present = self.state.kind == Kind::Present;
        let is_missing = matches!(self.state.kind, Kind::Unseen | Kind::Missing);
        let last = self.last();
        match kind {
            Permit::Any => (WritePermit::UNCONDITIONAL, true),
            Permit::Exists => (exists(), is_present),
            Permit::Absent => (absent(), is_missing),
            Permit::Current => (exactly(last), is_present),
            Permit::Stale => (exactly(last + 1), false),
        }
    }
}

fn silently<T>(work: impl FnOnce() -> T) -> bool {
    catch_unwind(AssertUnwindSafe(work)).is_err()
}

fn be_raised(
    store: &MemoryStore,
    key: &str,
    effect: Effect,
    model: &mut Model,
    bounds: &mut Bounds,
) -> Result<(), TestCaseError> {
    match raise(store, key, effect).version() {
        Some(version) => model.issue(version, None, bounds)?,
        None => model.is_last_told = false,
    }
    model.become_what(effect, bounds);
    Ok(())
}

/// Carries one operation out, on the store and on its model.
fn carry_out(
    operation: Operation,
    store: &MemoryStore,
    key: &str,
    model: &mut Model,
    bounds: &mut Bounds,
) -> Result<(), TestCaseError> {
    const ANY: WritePermit = WritePermit::UNCONDITIONAL;
    match operation {
        Operation::Write(kind) => {
            let (permit, is_allowed) = model.permit(kind);
            let mut told = None;
            let written = store.compare_and_set(key, &permit, |it| told = Some(it));
            prop_assert_eq!(written.is_ok(), is_allowed);
            prop_assert_eq!(told, written.ok().map(|(committed, ())| committed.0));
            if let Some(version) = told {
                model.issue(version, None, bounds)?;
                model.become_what(Effect::Written, bounds);
            }
        }
        Operation::Remove(kind) => {
            let (permit, is_allowed) = model.permit(kind);
            let is_here = matches!(model.state.kind, Kind::Present | Kind::Unknown);
            let mut told = None;
            let removed = store.remove(key, &permit, |it| told = Some(it));
            prop_assert_eq!(told.is_some(), is_allowed && is_here);
            if let Some(version) = told {
                prop_assert_eq!(removed.unwrap().unwrap().0.0, version);
                model.issue(version, None, bounds)?;
                model.become_what(Effect::Deleted, bounds);
            }
        }
        Operation::Adopt => {
            let is_unknown = model.current() == Current::Unknown;
            let adopted = adopt(store, key);
            if is_unknown {
                model.issue(adopted.version().unwrap(), None, bounds)?;
                model.become_what(Effect::Written, bounds);
            }
            prop_assert_eq!(adopted, model.current());
        }
        Operation::PanicInWrite | Operation::PanicInRemove => {
            let mut told = None;
            let panic = |it| {
                told = Some(it);
                std::panic::resume_unwind(Box::new("half way"))
            };
            let has_panicked = match operation {
                Operation::PanicInWrite => silently(|| store.compare_and_set(key, &ANY, panic)),
                _ => silently(|| store.remove(key, &ANY, panic)),
            };
            prop_assert_eq!(told.is_some(), has_panicked);
            if let Some(version) = told {
                model.issue(version, None, bounds)?;
                model.become_unknown();
            }
        }
        Operation::Guarded(effect, wish) => {
            let guard = begin(store, key);
            prop_assert_eq!(guard.current(), model.current());
            let mut change = Change::new(effect);
            change.committed = wish.map(Version::new);
            let version = commit(arm(guard), change);
            model.be_committed(version, effect, wish, bounds)?;
        }
        Operation::LoseGuard => {
            drop(arm(begin(store, key)));
            model.is_last_told = false;
            model.become_what(Effect::Unknown, bounds);
        }
        Operation::ReleaseGuard => {
            let guard = arm(begin(store, key));
            prop_assert!(store.compare_and_set(key, &ANY, |_| ()).is_err());
            prop_assert!(store.remove(key, &ANY, |_| ()).is_err());
            let is_adopted = adopt(store, key).version().is_some();
            prop_assert_eq!(is_adopted, model.state.kind == Kind::Present);
            let Ok(()) = guard.release().into_inner() else {
                unreachable!("nothing of it can fail")
            };
        }
        Operation::Raise(effect) => be_raised(store, key, effect, model, bounds)?,
        Operation::RaiseWhileGuarded(meanwhile, effect) => {
            let guard = arm(begin(store, key));
            be_raised(store, key, meanwhile, model, bounds)?;
            // Whatever it was raised to, the guard's version is above it.
            model.settle(bounds);
            let version = commit(guard, Change::new(effect));
            model.be_committed(version, effect, None, bounds)?;
        }
        Operation::RaiseFloor(floor) => {
            store.raise_floor(Version::new(floor));
            bounds.floor = bounds.floor.max(floor);
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn no_version_is_issued_twice_and_what_is_current_was_done_last(
        limit in 0_usize..5,
        operations in prop::collection::vec((0_usize..5, operation()), 1..80),
    ) {
        let store = MemoryStore::new().tombstone_limit(limit);
        let mut models: BTreeMap<usize, Model> = BTreeMap::new();
        let mut bounds = Bounds { tombstones: 0, limit, floor: 0 };
        for (key, operation) in operations {
            let model = models.entry(key).or_default();
            carry_out(operation, &store, &key.to_string(), model, &mut bounds)?;
            for (key, model) in &mut models {
                model.settle(&bounds);
                prop_assert_eq!(current(&store, key.to_string()), model.current());
            }
        }
    }
}
