use std::{
    fmt,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use pin_project_lite::pin_project;

use crate::current::Current;

use super::entries::{Entries, Stamp};

pin_project! {
    /// A look-up that may be answered from memory.
    pub struct CachedCurrent<F> {
        #[pin]
        state: State<F>,
    }
}

pin_project! {
    #[project = StateProj]
    enum State<F> {
        Hit { current: Current },
        LookUp { #[pin] inner: F, entries: Arc<Entries>, key: Box<[u8]>, stamp: Stamp },
        Raise { #[pin] inner: F, written: Written },
    }
}

/// Keys that a write is about. Whatever was looked up until the write ended is forgotten then,
/// also where it ends by being dropped.
pub(super) struct Written {
    entries: Arc<Entries>,
    keys: Vec<Box<[u8]>>,
}

impl Written {
    pub(super) fn new(entries: &Arc<Entries>, key: Box<[u8]>) -> Self {
        let entries = Arc::clone(entries);
        let keys = vec![key];
        Self { entries, keys }
    }

    pub(super) fn add(&mut self, key: &[u8]) {
        self.keys.push(key.into());
    }

    /// The write has ended, before it is answered.
    pub(super) fn end(&mut self) {
        for key in self.keys.drain(..) {
            self.entries.invalidate(&key);
        }
    }

    /// Nothing was written.
    pub(super) fn forget(&mut self) {
        self.keys.clear();
    }
}

impl Drop for Written {
    fn drop(&mut self) {
        self.end();
    }
}

impl<F> CachedCurrent<F> {
    pub(super) fn hit(current: Current) -> Self {
        let state = State::Hit { current };
        Self { state }
    }

    /// A look-up that was begun after `stamp` was taken.
    pub(super) fn look_up(entries: &Arc<Entries>, key: Box<[u8]>, stamp: Stamp, inner: F) -> Self {
        let state = State::LookUp {
            inner,
            entries: Arc::clone(entries),
            key,
            stamp,
        };
        Self { state }
    }

    pub(super) fn raise(entries: &Arc<Entries>, key: Box<[u8]>, inner: F) -> Self {
        let written = Written::new(entries, key);
        let state = State::Raise { inner, written };
        Self { state }
    }
}

impl<F, E> Future for CachedCurrent<F>
where
    F: Future<Output = Result<Current, E>>,
{
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        match self.project().state.project() {
            StateProj::Hit { current } => Poll::Ready(Ok(*current)),
            StateProj::LookUp {
                inner,
                entries,
                key,
                stamp,
            } => {
                let looked_up = ready!(inner.poll(cx));
                if let Ok(current) = looked_up {
                    entries.keep(key, current, *stamp);
                }
                Poll::Ready(looked_up)
            }
            StateProj::Raise { inner, written } => {
                let raised = ready!(inner.poll(cx));
                written.end();
                Poll::Ready(raised)
            }
        }
    }
}

impl<F> fmt::Debug for CachedCurrent<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CachedCurrent").finish_non_exhaustive()
    }
}
