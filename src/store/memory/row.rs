use crate::{
    store::{Effect, Fingerprint, sync::MutexGuard},
    version::Version,
};

use super::{entry::Entry, ledger::Ledger};

/// A key under the lock of its stripe: nobody else changes its entry.
pub(super) struct Row<'a> {
    ledger: &'a Ledger,
    key: &'a [u8],
    entry: Option<Entry>,
    _stripe: MutexGuard<'a, ()>,
}

impl<'a> Row<'a> {
    pub(super) fn new(ledger: &'a Ledger, key: &'a [u8], stripe: MutexGuard<'a, ()>) -> Self {
        Self {
            ledger,
            key,
            entry: ledger.entry(key),
            _stripe: stripe,
        }
    }

    pub(super) fn entry(&self) -> Option<Entry> {
        self.entry
    }

    /// The version that the next change makes; `None` at the end of the counter.
    pub(super) fn next(&self) -> Option<Version> {
        self.ledger.next(self.entry)
    }

    /// Makes `version`, which is above all that the key has had, its version. Whether the row now
    /// wants to be [buried](Ledger::bury), after its lock.
    pub(super) fn put(
        &self,
        version: Version,
        effect: Effect,
        made_by: Option<Fingerprint>,
    ) -> bool {
        let entry = Entry::after(self.entry, version, effect, self.ledger.keeps_times());
        self.ledger.put(self.key, entry, made_by);
        entry.is_tombstone
    }
}
