//! Rows with a version column, changed by compare-and-set.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex},
};

use tower_conditional::{
    Committed, Current, Version, VersionConflict, VersionStore, WritePermit,
    precondition::Expectation,
    store::conformance::{self, CompareAndSet, Law, Outcome},
    store_fn,
};

use crate::support::{block_on, pause};

/// What is wrong with the writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mistake {
    RisesByTwo,
    ForgetsDeletedVersions,
    ReadsAheadWithoutCondition,
    ChecksAheadOfConditionalWriters,
    ChecksAheadOfOtherWriters,
    CreatesWhatOthersWrote,
    KeepsTheLockWhenCancelled,
}

#[derive(Clone, Default)]
pub(crate) struct Rows {
    table: Arc<Mutex<Table>>,
    mistake: Option<Mistake>,
}

#[derive(Default)]
struct Table {
    rows: HashMap<Vec<u8>, Row>,
    locked: HashSet<Vec<u8>>,
}

#[derive(Clone, Copy, Default)]
struct Row {
    version: u64,
    is_there: bool,
    /// Whether the last write was conditional.
    by_condition: bool,
}

impl Row {
    fn current(self) -> Current {
        let version = Version::new(self.version);
        self.is_there.then_some(version).into()
    }
}

impl Rows {
    pub(crate) fn with(mistake: Mistake) -> Self {
        let mistake = Some(mistake);
        Self {
            mistake,
            ..Self::default()
        }
    }

    fn has(&self, mistake: Mistake) -> bool {
        self.mistake == Some(mistake)
    }

    fn row(&self, key: &[u8]) -> Row {
        let table = self.table.lock().unwrap();
        table.rows.get(key).copied().unwrap_or_default()
    }

    async fn lock(&self, key: &[u8]) -> RowLock {
        while !self.table.lock().unwrap().locked.insert(key.to_vec()) {
            pause().await;
        }
        RowLock {
            rows: self.clone(),
            key: key.to_vec(),
            is_done: false,
        }
    }

    fn check(&self, permit: &WritePermit, read: Row, now: Row) -> Result<(), VersionConflict> {
        let by_condition = now.by_condition;
        if permit.expectation() == Expectation::Absent
            && self.has(Mistake::CreatesWhatOthersWrote)
            && !by_condition
        {
            return Ok(());
        }
        let trusts_what_it_read = match self.mistake {
            Some(Mistake::ChecksAheadOfConditionalWriters) => by_condition,
            Some(Mistake::ChecksAheadOfOtherWriters) => !by_condition,
            _ => false,
        };
        let found = if trusts_what_it_read { read } else { now };
        permit.check(found.current())
    }

    async fn change(
        &self,
        key: Vec<u8>,
        permit: WritePermit,
        is_there: bool,
    ) -> Result<Version, VersionConflict> {
        let read = self.row(&key);
        pause().await;
        let mut lock = self.lock(&key).await;
        pause().await;
        let now = self.row(&key);
        // A refusal is no cancellation.
        lock.is_done = true;
        self.check(&permit, read, now)?;
        let is_blind =
            self.has(Mistake::ReadsAheadWithoutCondition) && !permit.is_conditional() && is_there;
        let base = if is_blind { read } else { now };
        let step = if self.has(Mistake::RisesByTwo) { 2 } else { 1 };
        let row = Row {
            version: base.version + step,
            is_there,
            by_condition: permit.is_conditional(),
        };
        {
            let mut table = self.table.lock().unwrap();
            if !is_there && self.has(Mistake::ForgetsDeletedVersions) {
                table.rows.remove(&key);
            } else {
                table.rows.insert(key, row);
            }
        }
        Ok(Version::new(row.version))
    }
}

struct RowLock {
    rows: Rows,
    key: Vec<u8>,
    is_done: bool,
}

impl Drop for RowLock {
    fn drop(&mut self) {
        if self.is_done || !self.rows.has(Mistake::KeepsTheLockWhenCancelled) {
            self.rows.table.lock().unwrap().locked.remove(&self.key);
        }
    }
}

impl CompareAndSet<Vec<u8>> for Rows {
    fn store(&self) -> impl VersionStore<Vec<u8>> {
        let rows = self.clone();
        store_fn(move |key: Vec<u8>| {
            let rows = rows.clone();
            async move {
                pause().await;
                rows.row(&key).current()
            }
        })
    }

    async fn write(&self, key: Vec<u8>, permit: WritePermit) -> Result<Committed, VersionConflict> {
        self.change(key, permit, true).await.map(Committed)
    }

    async fn delete(&self, key: Vec<u8>, permit: WritePermit) -> Result<(), VersionConflict> {
        if !self.row(&key).is_there {
            return Err(VersionConflict);
        }
        self.change(key, permit, false).await.map(drop)
    }
}

#[test]
fn rows_that_are_changed_by_compare_and_set_keep_every_law_that_concerns_them() {
    let rows = Rows::default();
    let suite = conformance::compare_and_set(rows.clone(), conformance::keys::bytes);
    let report = block_on(suite.second_instance(rows).run());
    report.assert();
    let kept = report.outcomes().filter(|(_, it)| **it == Outcome::Kept);
    let kept: Vec<Law> = kept.map(|(law, _)| law).collect();
    let wanted = [
        Law::NextVersion,
        Law::CreatedAgain,
        Law::Distinct,
        Law::OneWinner,
        Law::ChangedBase,
        Law::Refused,
        Law::ReadYourCommit,
        Law::LookUps,
        Law::NeverSeen,
        Law::DeletedIsMissing,
        Law::StrangeKeys,
        Law::CancelledWrite,
        Law::ReadElsewhere,
        Law::OneWinnerElsewhere,
        Law::ManyKeys,
    ];
    assert_eq!(kept, wanted, "{report}");
}
