//! What the instances share.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    task::Waker,
};

use tower_conditional::{
    Current, Validators, Version,
    store::{Effect, Fingerprint},
};

use super::Defect;

#[derive(Default)]
pub(crate) struct Database {
    defect: Option<Defect>,
    entries: HashMap<Vec<u8>, Entry>,
    /// The keys in the order in which they came.
    arrivals: VecDeque<Vec<u8>>,
    /// The highest version of an entry that was dropped.
    floor: u64,
    pub(crate) queues: HashMap<Vec<u8>, Queue>,
    instances: u64,
    open: HashSet<u64>,
}

#[derive(Clone, Copy)]
pub(crate) struct Entry {
    pub(crate) version: u64,
    pub(crate) effect: Effect,
    /// What was there before this version, if anything was.
    before: Option<u64>,
    /// The instance that made it.
    maker: u64,
    /// Whether it came of a guard that was lost.
    is_lost: bool,
    pub(crate) made_by: Option<Fingerprint>,
    pub(crate) commits: u64,
    /// Whether a guard that was armed is held.
    pub(crate) is_armed: bool,
}

impl Entry {
    fn current(self) -> Current {
        match self.effect {
            Effect::Written => Current::Present(Validators::new(Version::new(self.version))),
            Effect::Deleted => Current::Missing,
            Effect::Unknown => Current::Unknown,
        }
    }

    /// What was current before.
    pub(crate) fn earlier(self) -> Current {
        match self.before {
            Some(version) => Version::new(version).into(),
            None => self.current(),
        }
    }
}

/// Who holds a key, and who waits for it.
#[derive(Default)]
pub(crate) struct Queue {
    /// The holder's ticket and instance.
    pub(crate) holder: Option<(u64, u64)>,
    pub(crate) waiting: VecDeque<(u64, u64, Waker)>,
    pub(crate) tickets: u64,
}

/// More keys than these are forgotten by [`Defect::EvictsKeys`].
const KEPT: usize = 2000;

impl Database {
    pub(crate) fn new(defect: Option<Defect>) -> Self {
        Self {
            defect,
            ..Self::default()
        }
    }

    fn has(&self, defect: Defect) -> bool {
        self.defect == Some(defect)
    }

    pub(crate) fn open(&mut self) -> u64 {
        self.instances += 1;
        self.open.insert(self.instances);
        self.instances
    }

    pub(crate) fn close(&mut self, instance: u64) {
        self.open.remove(&instance);
    }

    pub(crate) fn restart(&mut self) {
        self.queues.clear();
        if self.has(Defect::RestartForgetsDeletions) {
            self.entries
                .retain(|_, entry| entry.effect != Effect::Deleted);
        }
        if self.has(Defect::RestartForgetsLosses) {
            for entry in self.entries.values_mut().filter(|entry| entry.is_lost) {
                entry.effect = Effect::Written;
            }
        }
    }

    pub(crate) fn drop_tombstones(&mut self) {
        let deleted = self
            .entries
            .extract_if(|_, entry| entry.effect == Effect::Deleted);
        let highest = deleted.map(|(_, entry)| entry.version).max();
        if !self.has(Defect::DropsTombstonesWithoutFloor) {
            self.floor = self.floor.max(highest.unwrap_or(0));
        }
    }

    /// The key's row, which defects may take for another's.
    fn row(&self, key: &[u8]) -> Vec<u8> {
        match self.defect {
            Some(Defect::CutsKeys) => key[..key.len().min(255)].to_vec(),
            Some(Defect::EndsKeysAtNul) => key
                .split(|byte| *byte == 0)
                .next()
                .unwrap_or_default()
                .to_vec(),
            Some(Defect::FoldsCase) => key.to_ascii_lowercase(),
            Some(Defect::DecodesKeys) => String::from_utf8_lossy(key).into_owned().into(),
            Some(Defect::TrimsKeys) => key.trim_ascii_end().to_vec(),
            _ => key.to_vec(),
        }
    }

    pub(crate) fn entry(&self, key: &[u8]) -> Option<Entry> {
        self.entries.get(&self.row(key)).copied()
    }

    pub(crate) fn entry_mut(&mut self, key: &[u8]) -> Option<&mut Entry> {
        let row = self.row(key);
        self.entries.get_mut(&row)
    }

    /// The queue in which writers of `key` wait.
    pub(crate) fn queue(&mut self, key: &[u8]) -> &mut Queue {
        let row = if self.has(Defect::LocksTheStore) {
            Vec::new()
        } else {
            self.row(key)
        };
        self.queues.entry(row).or_default()
    }

    pub(crate) fn is_held(&mut self, key: &[u8]) -> bool {
        self.queue(key).holder.is_some()
    }

    pub(crate) fn is_hidden(&self, key: &[u8]) -> bool {
        let is_armed = self.entry(key).is_some_and(|entry| entry.is_armed);
        is_armed && self.has(Defect::ReadersWait)
    }

    fn is_others(&self, entry: Entry, instance: u64) -> bool {
        entry.maker != instance && self.open.contains(&entry.maker)
    }

    pub(crate) fn look_up(&self, key: &[u8], instance: u64) -> Current {
        let Some(entry) = self.entry(key) else {
            return if self.has(Defect::CallsTheUnseenMissing) {
                Current::Missing
            } else {
                Current::Unknown
            };
        };
        let is_others = self.is_others(entry, instance);
        let is_own = entry.maker == instance;
        let (is_written, is_lost) = (entry.effect == Effect::Written, entry.is_lost);
        match self.defect {
            Some(Defect::ReadsWhatWasBefore) if is_own && is_written => entry.earlier(),
            Some(Defect::CallsTheDeletedUnknown) if entry.effect == Effect::Deleted => {
                Current::Unknown
            }
            Some(Defect::ReadersSeeIntents) if entry.is_armed => Current::Unknown,
            Some(Defect::ReadersMissTheLoss) if is_own && is_lost => entry.earlier(),
            Some(Defect::ReadsOthersLate) if is_others && is_written => entry.earlier(),
            Some(Defect::HidesLossFromOthers) if is_others && is_lost => entry.earlier(),
            _ => entry.current(),
        }
    }

    /// What a guard that is granted shows.
    pub(crate) fn show(&self, key: &[u8], instance: u64) -> Current {
        let Some(entry) = self.entry(key) else {
            return Current::Unknown;
        };
        match self.defect {
            Some(Defect::HidesLossFromOthers)
                if entry.is_lost && self.is_others(entry, instance) =>
            {
                entry.earlier()
            }
            _ => entry.current(),
        }
    }

    /// The version that a commit makes; `None` at the end.
    pub(crate) fn try_next(&self, key: &[u8], instance: u64) -> Option<u64> {
        let last = match self.entry(key) {
            None => self.floor,
            Some(entry)
                if self.has(Defect::CreatesAgainFromTheStart)
                    && entry.effect == Effect::Deleted
                    && entry.maker == instance =>
            {
                self.floor
            }
            Some(entry) => entry.version,
        };
        match self.defect {
            Some(Defect::RisesByTwo) => last.checked_add(2),
            Some(Defect::WrapsAround) => Some(last.wrapping_add(1)),
            _ => last.checked_add(1),
        }
    }

    /// The same where nothing is left but to stay.
    pub(crate) fn next(&self, key: &[u8], instance: u64) -> u64 {
        self.try_next(key, instance).unwrap_or(u64::MAX)
    }

    pub(crate) fn put(&mut self, key: &[u8], version: u64, effect: Effect, maker: u64) {
        let (row, last) = (self.row(key), self.entry(key));
        let is_written = |entry: &Entry| entry.effect == Effect::Written;
        let entry = Entry {
            version,
            effect,
            before: last.filter(is_written).map(|entry| entry.version),
            maker,
            is_lost: false,
            made_by: match self.defect {
                Some(Defect::RemembersRequestsAcrossRaises) => last.and_then(|it| it.made_by),
                _ => None,
            },
            commits: last.map_or(0, |entry| entry.commits),
            is_armed: last.is_some_and(|entry| entry.is_armed),
        };
        if last.is_none() {
            self.arrivals.push_back(row.clone());
        }
        self.entries.insert(row, entry);
        if self.has(Defect::EvictsKeys)
            && self.arrivals.len() > KEPT
            && let Some(oldest) = self.arrivals.pop_front()
        {
            self.entries.remove(&oldest);
        }
    }

    pub(crate) fn lose(&mut self, key: &[u8], maker: u64) {
        let version = match self.entry(key) {
            Some(entry) if self.has(Defect::LostVersionComesBack) => entry.version,
            _ => self.next(key, maker),
        };
        self.put(key, version, Effect::Unknown, maker);
        if let Some(entry) = self.entry_mut(key) {
            entry.is_lost = true;
        }
    }

    pub(crate) fn adopt(&mut self, key: &[u8], maker: u64) {
        let next = self.next(key, maker);
        let version = match (self.entry(key), self.defect) {
            (None, Some(Defect::AdoptsOneTooHigh)) => next + 1,
            (None, _) => next,
            (Some(entry), Some(Defect::AdoptsWhatWasIssued)) if entry.effect == Effect::Unknown => {
                entry.before.unwrap_or(next)
            }
            (Some(entry), _) if entry.effect == Effect::Unknown => next,
            (Some(entry), Some(Defect::AdoptionRaises)) if entry.effect == Effect::Written => next,
            (Some(entry), Some(Defect::AdoptionRevives)) if entry.effect == Effect::Deleted => next,
            (Some(_), _) => return,
        };
        self.put(key, version, Effect::Written, maker);
    }
}
