use std::{
    fmt,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use http::Extensions;
use pin_project_lite::pin_project;

use crate::{
    current::Current,
    store::{Change, Fingerprint, Guard},
};

use super::{entries::Entries, future::Written};

/// The guard of the store inside, whose end the cache hears of.
pub struct CachedGuard<G> {
    // Dropped in this order: what the inner guard's end changes is forgotten after it.
    inner: G,
    written: Written,
}

pin_project! {
    /// The wait for a [`CachedGuard`].
    pub struct CachedBegin<F> {
        #[pin]
        inner: F,
        parts: Option<(Arc<Entries>, Box<[u8]>)>,
    }
}

pin_project! {
    /// A [`CachedGuard`] that is being armed.
    pub struct CachedArm<F> {
        #[pin]
        inner: F,
        written: Option<Written>,
    }
}

pin_project! {
    /// The commit of a [`CachedGuard`].
    pub struct CachedCommit<F> {
        #[pin]
        inner: F,
        written: Written,
    }
}

impl<F> CachedBegin<F> {
    pub(super) fn new(inner: F, entries: &Arc<Entries>, key: Box<[u8]>) -> Self {
        let parts = Some((Arc::clone(entries), key));
        Self { inner, parts }
    }
}

impl<F, G, E> Future for CachedBegin<F>
where
    F: Future<Output = Result<G, E>>,
{
    type Output = Result<CachedGuard<G>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let inner = ready!(this.inner.poll(cx))?;
        let (entries, key) = this.parts.take().expect("polled again after it was ready");
        let written = Written::new(&entries, key);
        Poll::Ready(Ok(CachedGuard { inner, written }))
    }
}

impl<F, G, E> Future for CachedArm<F>
where
    F: Future<Output = Result<G, E>>,
{
    type Output = Result<CachedGuard<G>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let inner = ready!(this.inner.poll(cx))?;
        let written = this
            .written
            .take()
            .expect("polled again after it was ready");
        Poll::Ready(Ok(CachedGuard { inner, written }))
    }
}

impl<F, T> Future for CachedCommit<F>
where
    F: Future<Output = T>,
{
    type Output = T;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        let this = self.project();
        let committed = ready!(this.inner.poll(cx));
        this.written.end();
        Poll::Ready(committed)
    }
}

impl<K: AsRef<[u8]>, G: Guard<K>> Guard<K> for CachedGuard<G> {
    type Error = G::Error;
    type Arm = CachedArm<G::Arm>;
    type Commit = CachedCommit<G::Commit>;
    type Release = G::Release;

    fn current(&self) -> Current {
        self.inner.current()
    }

    fn is_unseen(&self) -> bool {
        self.inner.is_unseen()
    }

    fn made_by(&self) -> Option<Fingerprint> {
        self.inner.made_by()
    }

    fn arm(self) -> Self::Arm {
        let written = Some(self.written);
        let inner = self.inner.arm();
        CachedArm { inner, written }
    }

    fn lend(&self, extensions: &mut Extensions) {
        self.inner.lend(extensions);
    }

    fn commit(mut self, change: Change<K>) -> Self::Commit {
        for (key, _) in &change.affects {
            self.written.add(key.as_ref());
        }
        CachedCommit {
            inner: self.inner.commit(change),
            written: self.written,
        }
    }

    fn release(mut self) -> Self::Release {
        // Nothing has changed; should the store miss that, it tells `latest` alone.
        self.written.forget();
        self.inner.release()
    }
}

impl<G> fmt::Debug for CachedGuard<G> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CachedGuard").finish_non_exhaustive()
    }
}

impl<F> fmt::Debug for CachedBegin<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CachedBegin").finish_non_exhaustive()
    }
}

impl<F> fmt::Debug for CachedArm<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CachedArm").finish_non_exhaustive()
    }
}

impl<F> fmt::Debug for CachedCommit<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CachedCommit").finish_non_exhaustive()
    }
}
