//! One turn at a time for each key, first come, first served: the queue of writers in this
//! process.
//!
//! A key has a [`Line`] while somebody holds its turn or waits for it, and nothing is kept of it
//! otherwise. Wakers are woken, and dropped, outside the locks: either may run a task, which may
//! hold turns itself.

use std::{
    collections::{HashMap, VecDeque, hash_map},
    fmt,
    hash::BuildHasher,
    mem,
    pin::Pin,
    sync::{Arc, PoisonError},
    task::{Context, Poll, Waker},
};

use foldhash::quality::RandomState;

use super::{
    Busy,
    sync::{AtomicUsize, Mutex, MutexGuard, Ordering, STRIPES},
};

/// The turns of all keys. Clones share them.
#[derive(Clone)]
pub(crate) struct Turns {
    inner: Arc<Inner>,
}

struct Inner {
    shards: Box<[Mutex<Shard>]>,
    shard_of: RandomState,
    /// How many lines there are in all shards.
    lines: AtomicUsize,
    /// How many may wait in one line.
    limit: std::sync::atomic::AtomicUsize,
}

type Shard = HashMap<Key, Line, RandomState>;

/// A key's bytes, shared by its line and those that stand in it.
type Key = Arc<[u8]>;

struct Line {
    /// Whose turn it is. The one who finds the key free is 0.
    holder: u64,
    /// The last ticket that was given out.
    last: u64,
    /// Those who wait, by their tickets, in order.
    waiting: VecDeque<(u64, Waker)>,
}

impl Turns {
    /// How many may wait for one key unless [`set_limit`](Self::set_limit) says otherwise.
    pub(crate) const LIMIT: usize = 1024;

    /// No turn is taken.
    pub(crate) fn new() -> Self {
        let inner = Inner {
            shards: (0..STRIPES).map(|_| Mutex::default()).collect(),
            shard_of: RandomState::default(),
            lines: AtomicUsize::new(0),
            limit: Self::LIMIT.into(),
        };
        Self {
            inner: Arc::new(inner),
        }
    }

    /// How many may wait for one key from now on, its holder not counted; the next one is refused
    /// with [`Busy`].
    pub(crate) fn set_limit(&self, limit: usize) {
        self.inner.limit.store(limit, Ordering::Relaxed);
    }

    /// Waits for the turn of `key`, from the first poll on.
    pub(crate) fn take(&self, key: impl Into<Arc<[u8]>>) -> Take {
        Take {
            inner: Arc::clone(&self.inner),
            key: key.into(),
            stage: Stage::New,
        }
    }

    /// Whether somebody has the turn of `key`. While no turn is taken at all that is one atomic
    /// load.
    pub(crate) fn is_taken(&self, key: &[u8]) -> bool {
        self.inner.lines.load(Ordering::Acquire) != 0 && self.inner.lock(key).contains_key(key)
    }
}

/// The wait for a turn. Dropped at any time, it leaves the line, and passes on a turn that has
/// come to it meanwhile.
#[must_use = "futures do nothing unless polled"]
pub(crate) struct Take {
    inner: Arc<Inner>,
    key: Key,
    stage: Stage,
}

#[derive(Clone, Copy)]
enum Stage {
    New,
    Waiting(u64),
    Over,
}

impl Future for Take {
    type Output = Result<Turn, Busy>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let (stage, result) = match self.stage {
            Stage::New => self.inner.join(&self.key, cx.waker()),
            Stage::Waiting(ticket) => self.inner.look(&self.key, ticket, cx.waker()),
            Stage::Over => (Stage::Over, Poll::Pending),
        };
        self.stage = stage;
        result.map_ok(|()| Turn {
            inner: Arc::clone(&self.inner),
            key: Key::clone(&self.key),
        })
    }
}

impl Drop for Take {
    fn drop(&mut self) {
        if let Stage::Waiting(ticket) = self.stage {
            self.inner.leave(&self.key, ticket);
        }
    }
}

/// Exclusive use of a key. Dropped, it passes to the one who has waited longest.
pub(crate) struct Turn {
    inner: Arc<Inner>,
    key: Key,
}

impl Turn {
    /// The key, to be shared.
    pub(crate) fn key(&self) -> &Arc<[u8]> {
        &self.key
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut shard = self.inner.lock(&self.key);
        let next = self.inner.pass(&mut shard, &self.key);
        drop(shard);
        wake(next);
    }
}

/// What became of a poll.
type Polled = (Stage, Poll<Result<(), Busy>>);

impl Inner {
    fn lock(&self, key: &[u8]) -> MutexGuard<'_, Shard> {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "any bits of a hash will do"
        )]
        let hash = self.shard_of.hash_one(key) as usize;
        // Nothing panics half-way through a change.
        self.shards[hash % self.shards.len()]
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn join(&self, key: &Key, waker: &Waker) -> Polled {
        match self.lock(key).entry(Key::clone(key)) {
            hash_map::Entry::Vacant(free) => {
                free.insert(Line {
                    holder: 0,
                    last: 0,
                    waiting: VecDeque::new(),
                });
                self.lines.fetch_add(1, Ordering::Release);
                (Stage::Over, Poll::Ready(Ok(())))
            }
            hash_map::Entry::Occupied(line) => {
                let line = line.into_mut();
                if line.waiting.len() >= self.limit.load(Ordering::Relaxed) {
                    return (Stage::Over, Poll::Ready(Err(Busy)));
                }
                line.last += 1;
                line.waiting.push_back((line.last, waker.clone()));
                (Stage::Waiting(line.last), Poll::Pending)
            }
        }
    }

    fn look(&self, key: &Key, ticket: u64, waker: &Waker) -> Polled {
        let mut shard = self.lock(key);
        let mut old = None;
        if let Some(line) = shard.get_mut(key) {
            if line.holder == ticket {
                return (Stage::Over, Poll::Ready(Ok(())));
            }
            if let Some((_, kept)) = line.place(ticket).and_then(|at| line.waiting.get_mut(at))
                && !kept.will_wake(waker)
            {
                old = Some(mem::replace(kept, waker.clone()));
            }
        }
        drop(shard);
        drop(old);
        (Stage::Waiting(ticket), Poll::Pending)
    }

    fn leave(&self, key: &Key, ticket: u64) {
        let mut shard = self.lock(key);
        let Some(line) = shard.get_mut(key) else {
            return;
        };
        if line.holder == ticket {
            // Granted, and never told.
            let next = self.pass(&mut shard, key);
            drop(shard);
            wake(next);
        } else {
            let left = line.place(ticket).and_then(|at| line.waiting.remove(at));
            drop(shard);
            drop(left);
        }
    }

    /// Ends the holder's turn. The next one's waker is for [`wake`], after the lock.
    #[must_use]
    fn pass(&self, shard: &mut Shard, key: &Key) -> Option<Waker> {
        let hash_map::Entry::Occupied(mut line) = shard.entry(Key::clone(key)) else {
            return None;
        };
        if let Some((ticket, waker)) = line.get_mut().waiting.pop_front() {
            line.get_mut().holder = ticket;
            return Some(waker);
        }
        line.remove();
        if shard.is_empty() {
            // What a flood of keys has taken is given back.
            shard.shrink_to(32);
        }
        self.lines.fetch_sub(1, Ordering::Release);
        None
    }
}

impl Line {
    /// Where the one with this ticket waits.
    fn place(&self, ticket: u64) -> Option<usize> {
        self.waiting.binary_search_by_key(&ticket, |it| it.0).ok()
    }
}

fn wake(waker: Option<Waker>) {
    if let Some(waker) = waker {
        waker.wake();
    }
}

// Keys may be secret: none of these shows one.

impl fmt::Debug for Turns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Turns").finish_non_exhaustive()
    }
}

impl fmt::Debug for Take {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Take").finish_non_exhaustive()
    }
}

impl fmt::Debug for Turn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Turn").finish_non_exhaustive()
    }
}
