//! Random operations of two stores on one file against a model: no version is issued twice for a
//! key, each is one above the last where nothing was lost, and what is current was done last.

use std::{collections::BTreeMap, time::Duration};

use proptest::prelude::*;
use tower_conditional::{
    Current, Version,
    store::{Effect, sqlite::SqliteStore},
};

use crate::support::*;

#[derive(Clone, Copy, Debug)]
enum Operation {
    Commit(Effect, Joins),
    Release(Joins),
    Drop(Joins),
    DropUnarmed,
    Raise(Effect),
    Adopt,
    Prune,
    RaiseFloor(u64),
    Reopen,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Joins {
    Yes,
    No,
}

fn operation() -> impl Strategy<Value = Operation> {
    let effect = || prop::sample::select(vec![Effect::Written, Effect::Deleted, Effect::Unknown]);
    let joins = || prop::sample::select(vec![Joins::Yes, Joins::No]);
    prop_oneof![
        6 => (effect(), joins()).prop_map(|(effect, joins)| Operation::Commit(effect, joins)),
        1 => joins().prop_map(Operation::Release),
        2 => joins().prop_map(Operation::Drop),
        1 => Just(Operation::DropUnarmed),
        2 => effect().prop_map(Operation::Raise),
        3 => Just(Operation::Adopt),
        1 => Just(Operation::Prune),
        1 => (0_u64..30).prop_map(Operation::RaiseFloor),
        1 => Just(Operation::Reopen),
    ]
}

/// What must be true of one key.
#[derive(Clone, Copy, Default)]
struct Model {
    /// The highest version that anybody was told.
    last: u64,
    state: State,
    /// Whether the next version is the one after the last.
    is_exact: bool,
}

#[derive(Clone, Copy, Default, PartialEq)]
enum State {
    #[default]
    Unknown,
    Present,
    Missing,
}

impl Model {
    fn issue(&mut self, version: u64, state: State) -> Result<(), TestCaseError> {
        prop_assert!(version > self.last, "{version} after {}", self.last);
        if self.is_exact {
            prop_assert_eq!(version, self.last + 1);
        }
        *self = Self {
            last: version,
            state,
            is_exact: true,
        };
        Ok(())
    }

    fn lose(&mut self) {
        self.state = State::Unknown;
        self.is_exact = false;
    }

    fn raised(&mut self, effect: Effect, current: Current) -> Result<(), TestCaseError> {
        if let Some(version) = current.version() {
            self.issue(version.get(), State::Present)?;
        } else {
            self.lose();
            self.state = state_after(effect);
        }
        self.check(current)
    }

    fn adopted(&mut self, current: Current) -> Result<(), TestCaseError> {
        if self.state == State::Unknown {
            // An unknown version is no tag yet, but the commit that made it has returned it.
            if current.version() == Some(Version::new(self.last)) {
                self.state = State::Present;
            } else {
                self.issue(version(current), State::Present)?;
            }
        }
        self.check(current)
    }

    fn check(&self, current: Current) -> Result<(), TestCaseError> {
        let expected = match self.state {
            State::Unknown => Current::Unknown,
            State::Missing => Current::Missing,
            State::Present => {
                prop_assert_eq!(version(current), self.last);
                return Ok(());
            }
        };
        prop_assert_eq!(current, expected);
        Ok(())
    }
}

fn state_after(effect: Effect) -> State {
    match effect {
        Effect::Written => State::Present,
        Effect::Deleted => State::Missing,
        Effect::Unknown => State::Unknown,
    }
}

async fn run(
    database: &Database,
    joined_only: bool,
    operations: Vec<(bool, u8, Operation)>,
) -> Result<(), TestCaseError> {
    let open = async || {
        let store = database.store().await;
        let other = database.store().await;
        // The other one has intents in any case.
        [
            if joined_only {
                store.joined_only()
            } else {
                store
            },
            other,
        ]
    };
    let mut stores = open().await;
    let mut models: BTreeMap<[u8; 1], Model> = BTreeMap::new();
    for (is_other, key, operation) in operations {
        let store: &SqliteStore = &stores[usize::from(is_other)];
        let is_joined = |joins| joins == Joins::Yes || (joined_only && !is_other);
        let key = [key];
        let model = models.entry(key).or_default();
        match operation {
            Operation::Commit(effect, joins) => {
                let guard = armed(store, key).await;
                model.check(seen(&guard))?;
                if joins == Joins::Yes {
                    drop(join(&guard).await.unwrap());
                }
                let made = commit(guard, effect).await;
                if !(is_joined(joins) && effect == Effect::Unknown) {
                    model.issue(made, state_after(effect))?;
                }
            }
            Operation::Release(joins) => {
                let guard = armed(store, key).await;
                if joins == Joins::Yes {
                    drop(join(&guard).await.unwrap());
                }
                release(guard).await;
            }
            Operation::Drop(joins) => {
                let guard = armed(store, key).await;
                if joins == Joins::Yes {
                    drop(join(&guard).await.unwrap());
                }
                drop(guard);
                if !is_joined(joins) {
                    model.lose();
                }
            }
            Operation::DropUnarmed => drop(begin(store, key).await),
            Operation::Raise(effect) => {
                model.raised(effect, raise(store, key, effect).await)?;
            }
            Operation::Adopt => model.adopted(adopt(store, key).await)?,
            Operation::Prune => {
                sqlx::query("UPDATE conditional_versions SET modified = 0")
                    .execute(&database.pool())
                    .await
                    .unwrap();
                store.prune_tombstones(Duration::ZERO).await.unwrap();
                for model in models.values_mut() {
                    if model.state == State::Missing {
                        model.lose();
                    } else if model.last == 0 {
                        model.is_exact = false;
                    }
                }
            }
            Operation::RaiseFloor(floor) => {
                store.raise_floor(Version::new(floor)).await.unwrap();
                for model in models.values_mut() {
                    model.is_exact &= model.last >= floor;
                }
            }
            Operation::Reopen => stores = open().await,
        }
        let store = &stores[usize::from(is_other)];
        for (key, model) in &models {
            model.check(current(store, key).await)?;
        }
        if matches!(operation, Operation::Drop(_) | Operation::DropUnarmed) {
            // To the other store the guard is there until that is written down.
            release(begin(&stores[usize::from(!is_other)], key).await).await;
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn no_version_is_issued_twice_and_what_is_current_was_done_last(
        joined_only in any::<bool>(),
        operations in prop::collection::vec((any::<bool>(), 0_u8..3, operation()), 1..40),
    ) {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(run(&Database::new(), joined_only, operations))?;
    }
}
