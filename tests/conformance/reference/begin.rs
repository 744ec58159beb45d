//! The wait for a guard.

use std::{
    future::poll_fn,
    sync::Arc,
    task::{Poll, Waker},
};

use tower_conditional::{Current, store::Busy};

use crate::support::pause;

use super::{Defect, Held, Session};

/// As many wait for one key.
const BOUND: usize = 1024;

/// A place in the queue of a key, and then its turn. Dropping it passes it on.
pub(crate) struct Ticket {
    pub(crate) session: Arc<Session>,
    pub(crate) key: Vec<u8>,
    number: u64,
    /// What was current when it was taken.
    at_first: (Current, bool),
    is_kept: bool,
}

impl Ticket {
    pub(crate) fn take(session: &Arc<Session>, key: Vec<u8>) -> Result<Self, Busy> {
        let mut database = session.lock();
        let shown = database.show(&key, session.number);
        let queue = database.queue(&key);
        queue.tickets += 1;
        let number = queue.tickets;
        let is_others = queue
            .holder
            .is_some_and(|(_, holder)| holder != session.number);
        let is_shared = match session.defect {
            Some(Defect::GrantsASecondGuard) => !is_others,
            Some(Defect::GrantsWhatOthersHold) => is_others,
            _ => false,
        };
        if queue.holder.is_none() || is_shared {
            queue.holder = Some((number, session.number));
        } else if queue.waiting.len() == BOUND && !session.has(Defect::LetsEverybodyWait) {
            return Err(Busy);
        } else {
            let waker = Waker::noop().clone();
            queue.waiting.push_back((number, session.number, waker));
        }
        drop(database);
        Ok(Self {
            session: Arc::clone(session),
            key,
            number,
            at_first: (shown, is_others),
            is_kept: false,
        })
    }

    pub(crate) async fn granted(mut self) -> Result<Held, Busy> {
        poll_fn(|cx| {
            let mut database = self.session.lock();
            let queue = database.queue(&self.key);
            let mut waiting = queue.waiting.iter_mut().rev();
            match waiting.find(|(number, ..)| *number == self.number) {
                Some((.., waker)) => {
                    waker.clone_from(cx.waker());
                    Poll::Pending
                }
                None => Poll::Ready(()),
            }
        })
        .await;
        self.is_kept = self.session.has(Defect::CancelledWaitKeepsItsTurn);
        if !self.session.has(Defect::GrantsASecondGuard) {
            pause().await;
        }
        self.is_kept = false;
        let (shown, was_others) = self.at_first;
        let is_late = was_others && self.session.has(Defect::GuardsShowWhatOthersHadBefore);
        let current = if is_late {
            shown
        } else {
            self.session.lock().show(&self.key, self.session.number)
        };
        Ok(Held::new(self, current))
    }

    /// From here on, a drop leaves the turn where it is.
    pub(crate) fn keep(&mut self) {
        self.is_kept = true;
    }

    /// From here on, a drop passes it on, as it should.
    pub(crate) fn pass(&mut self) {
        self.is_kept = false;
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        if self.is_kept {
            return;
        }
        let mut database = self.session.lock();
        let queue = database.queue(&self.key);
        let mut waiting = queue.waiting.iter();
        if let Some(at) = waiting.rposition(|(number, ..)| *number == self.number) {
            queue.waiting.remove(at);
        }
        if queue.holder.is_none_or(|(number, _)| number != self.number) {
            return;
        }
        let next = if self.session.has(Defect::LastComeFirstServed) {
            queue.waiting.pop_back()
        } else {
            queue.waiting.pop_front()
        };
        queue.holder = next
            .as_ref()
            .map(|(number, instance, _)| (*number, *instance));
        drop(database);
        if let Some((_, _, waker)) = next {
            waker.wake();
        }
    }
}
