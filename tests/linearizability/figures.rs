//! What a run comes to.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use crate::history::{Operation, Outcome, Refusal};
use crate::order::Order;
use crate::windows::Decided;

#[derive(Debug, Default)]
pub(crate) struct Figures {
    pub(crate) operations: usize,
    pub(crate) written: usize,
    pub(crate) conditional: usize,
    pub(crate) failed: usize,
    pub(crate) missing: usize,
    pub(crate) busy: usize,
    pub(crate) unknown: usize,
    pub(crate) unknown_and_done: usize,
    pub(crate) untagged: usize,
    pub(crate) kills: Vec<(String, usize)>,
    pub(crate) cancelled: usize,
    pub(crate) decided: Decided,
    /// How long the writes took that were answered, shortest first.
    pub(crate) waits: Vec<Duration>,
}

impl Figures {
    pub(crate) fn count(&mut self, history: &[Operation], orders: &BTreeMap<u32, Order>) {
        self.operations = history.len();
        let is_done = |key, token| {
            let order = orders.get(&key);
            order.is_some_and(|order| order.chain.position(token).is_some())
        };
        for operation in history {
            let write = operation.call.written();
            match (&operation.outcome, write) {
                (Outcome::Written { .. }, Some((token, _))) => {
                    self.written += 1;
                    self.conditional += usize::from(token.base > 0);
                }
                (Outcome::Refused(Refusal::Precondition), _) => self.failed += 1,
                (Outcome::Refused(Refusal::Missing), _) => self.missing += 1,
                (Outcome::Refused(Refusal::Busy), _) => self.busy += 1,
                (Outcome::Unknown, Some((token, _))) => {
                    self.unknown += 1;
                    self.unknown_and_done += usize::from(is_done(operation.key, token));
                }
                (
                    Outcome::Read {
                        label: None,
                        is_live: true,
                        ..
                    },
                    _,
                ) => self.untagged += 1,
                _ => {}
            }
        }
        self.waits.sort_unstable();
    }

    fn wait(&self, per_cent: usize) -> Duration {
        let last = self.waits.len().saturating_sub(1);
        self.waits
            .get(last * per_cent / 100)
            .copied()
            .unwrap_or_default()
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let in_flight: usize = self.kills.iter().map(|(_, writes)| writes).sum();
        write!(
            f,
            "{} operations: {} writes acknowledged ({} under If-Match), {} times 412, {} times 404, \
             {} times 503, {} outcomes unknown ({} of them done), {} reads without a tag; {} kills \
             with {in_flight} writes in flight",
            self.operations,
            self.written,
            self.conditional,
            self.failed,
            self.missing,
            self.busy,
            self.unknown,
            self.unknown_and_done,
            self.untagged,
            self.kills.len(),
        )?;
        let mut kinds: Vec<_> = self.kills.iter().map(|(kind, _)| kind).collect();
        kinds.sort_unstable();
        for kind in kinds.chunk_by(|a, b| a == b) {
            write!(f, ", {} of {}", kind.len(), kind[0])?;
        }
        write!(
            f,
            ", and {} clients that left; lost 0, doubles 0; {} windows of {} operations decided ({} \
             of them without 412s), {} not; writes waited {:?} (p50), {:?} (p99), {:?} at most",
            self.cancelled,
            self.decided.windows,
            self.decided.operations,
            self.decided.excused,
            self.decided.undecided,
            self.wait(50),
            self.wait(99),
            self.wait(100),
        )
    }
}
