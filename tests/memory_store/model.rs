//! Random operations against a model: no version is issued twice for a key, whatever the
//! tombstone limit, and what is current is what was done last.

use std::{
    collections::{BTreeMap, BTreeSet},
    panic::{AssertUnwindSafe, catch_unwind},
};

use proptest::prelude::*;
use tower_conditional::{Current, MemoryStore, Version, WritePermit};

use crate::support::{absent, adopt, current, exactly, exists};

#[derive(Clone, Copy, Debug)]
enum Operation {
    Write(Permit),
    Remove(Permit),
    Adopt,
    PanicInWrite,
    PanicInRemove,
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
    prop_oneof![
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
    issued: BTreeSet<u64>,
    is_present: bool,
    /// How many deletions there were, of any key, when this key was last deleted.
    deleted_as: Option<usize>,
}

impl Model {
    fn issue(&mut self, version: Version) -> Result<(), TestCaseError> {
        let version = version.get();
        let last = self.issued.last().copied().unwrap_or(0);
        prop_assert!(version > last, "{version} after {last}");
        self.issued.insert(version);
        Ok(())
    }

    fn permit(&self, kind: Permit) -> (WritePermit, bool) {
        let last = self.issued.last().copied().unwrap_or(0);
        match kind {
            Permit::Any => (WritePermit::UNCONDITIONAL, true),
            Permit::Exists => (exists(), self.is_present),
            Permit::Absent => (absent(), !self.is_present),
            Permit::Current => (exactly(last), self.is_present),
            Permit::Stale => (exactly(last + 1), false),
        }
    }
}

fn silently<T>(work: impl FnOnce() -> T) -> bool {
    catch_unwind(AssertUnwindSafe(work)).is_err()
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
        let mut deletions = 0;
        for (key, operation) in operations {
            let model = models.entry(key).or_default();
            let bytes = key.to_string();
            match operation {
                Operation::Write(kind) => {
                    let (permit, is_allowed) = model.permit(kind);
                    let mut told = None;
                    let written = store.compare_and_set(&bytes, &permit, |it| told = Some(it));
                    prop_assert_eq!(written.is_ok(), is_allowed);
                    prop_assert_eq!(told, written.ok().map(|(committed, ())| committed.0));
                    if let Some(version) = told {
                        model.issue(version)?;
                        model.is_present = true;
                    }
                }
                Operation::Remove(kind) => {
                    let (permit, is_allowed) = model.permit(kind);
                    let mut told = None;
                    let removed = store.remove(&bytes, &permit, |it| told = Some(it));
                    prop_assert_eq!(told.is_some(), is_allowed && model.is_present);
                    if let Some(version) = told {
                        prop_assert_eq!(removed.unwrap().unwrap().0.0, version);
                        model.issue(version)?;
                        model.is_present = false;
                        deletions += 1;
                        model.deleted_as = Some(deletions);
                    }
                }
                Operation::Adopt => {
                    let was_unknown = current(&store, &bytes) == Current::Unknown;
                    let adopted = adopt(&store, &bytes).version();
                    prop_assert_eq!(adopted.is_some(), model.is_present || was_unknown);
                    if was_unknown {
                        model.issue(adopted.unwrap())?;
                        model.is_present = true;
                    }
                }
                Operation::PanicInWrite => {
                    let mut told = None;
                    let permit = WritePermit::UNCONDITIONAL;
                    let has_panicked = silently(|| {
                        store.compare_and_set(&bytes, &permit, |it| {
                            told = Some(it);
                            std::panic::resume_unwind(Box::new("half way"))
                        })
                    });
                    prop_assert!(has_panicked);
                    model.issue(told.unwrap())?;
                    model.is_present = true;
                }
                Operation::PanicInRemove => {
                    let mut told = None;
                    let permit = WritePermit::UNCONDITIONAL;
                    let has_panicked = silently(|| {
                        store.remove(&bytes, &permit, |it| {
                            told = Some(it);
                            std::panic::resume_unwind(Box::new("half way"))
                        })
                    });
                    prop_assert_eq!(has_panicked, model.is_present);
                    if let Some(version) = told {
                        model.issue(version)?;
                    }
                }
            }
            for (key, model) in &models {
                let now = current(&store, key.to_string());
                let last = model.issued.last().copied();
                if model.is_present {
                    prop_assert_eq!(now, last.map(Version::new).into());
                } else if model.deleted_as.is_some_and(|it| deletions - it < limit) {
                    prop_assert_eq!(now, Current::Missing, "one of the last {} deletions", limit);
                } else {
                    // Dropped, or never written.
                    prop_assert_eq!(now, Current::Unknown);
                }
            }
        }
    }
}
