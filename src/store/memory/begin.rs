use std::{
    fmt,
    marker::PhantomData,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use crate::store::{Busy, turns::Take};

use super::{guard::MemoryGuard, ledger::Ledger};

/// The wait for a [`MemoryGuard`], from the first poll on.
#[must_use = "futures do nothing unless polled"]
pub struct MemoryBegin<K> {
    ledger: Arc<Ledger>,
    take: Take,
    keys: PhantomData<fn(K)>,
}

impl<K> MemoryBegin<K> {
    pub(super) fn new(ledger: &Arc<Ledger>, key: &[u8]) -> Self {
        Self {
            ledger: Arc::clone(ledger),
            take: ledger.turns.take(key),
            keys: PhantomData,
        }
    }
}

impl<K> Future for MemoryBegin<K> {
    type Output = Result<MemoryGuard<K>, Busy>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let turn = ready!(Pin::new(&mut self.take).poll(cx))?;
        Poll::Ready(Ok(MemoryGuard::new(Arc::clone(&self.ledger), turn)))
    }
}

impl<K> fmt::Debug for MemoryBegin<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryBegin").finish_non_exhaustive()
    }
}
