use std::{
    collections::{HashMap, VecDeque},
    fmt,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Poll, Waker},
};

use tower_conditional::{
    Current, Version, VersionStore,
    store::{Busy, Change, CommitError, CommitErrorKind, Effect, Fingerprint, Guard, GuardedStore},
};

type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// What the store fails with; its text must never reach a client.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("SECRET: the disk at shelf 7 is gone")]
pub(crate) struct Broken;

/// The calls that can be held back, or made to fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Op {
    Current,
    Adopt,
    Begin,
    Arm,
    Commit,
    Release,
    Raise,
}

/// A guarded store with one turn per key, by the contract of the traits, that writes down all
/// calls.
#[derive(Clone, Default)]
pub(crate) struct Shelf {
    book: Arc<Mutex<Book>>,
}

#[derive(Default)]
struct Book {
    entries: HashMap<String, Entry>,
    calls: Vec<String>,
    held: HashMap<Op, Vec<Waker>>,
    failing: HashMap<Op, CommitErrorKind>,
    waiters_limit: Option<usize>,
    next_ticket: u64,
}

#[derive(Default)]
struct Entry {
    state: State,
    version: u64,
    made_by: Option<Fingerprint>,
    is_held: bool,
    queue: VecDeque<(u64, Option<Waker>)>,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum State {
    #[default]
    Unknown,
    Missing,
    Present,
}

impl Entry {
    fn current(&self) -> Current {
        match self.state {
            State::Unknown => Current::Unknown,
            State::Missing => Current::Missing,
            State::Present => Version::new(self.version).into(),
        }
    }

    fn make(&mut self, effect: Effect, version: u64) -> Version {
        self.version = version;
        self.made_by = None;
        self.state = match effect {
            Effect::Written => State::Present,
            Effect::Deleted => State::Missing,
            Effect::Unknown => State::Unknown,
        };
        Version::new(version)
    }
}

impl Shelf {
    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is current from now on, without a call being told.
    pub(crate) fn set(&self, key: &str, current: impl Into<Current>) {
        let mut book = self.book();
        let entry = book.entries.entry(key.to_owned()).or_default();
        let current = current.into();
        entry.state = match current {
            Current::Present(_) => State::Present,
            Current::Missing => State::Missing,
            _ => State::Unknown,
        };
        if let Some(version) = current.version() {
            entry.version = version.get();
        }
    }

    pub(crate) fn get(&self, key: &str) -> Current {
        let book = self.book();
        book.entries
            .get(key)
            .map_or(Current::Unknown, Entry::current)
    }

    pub(crate) fn is_held(&self, key: &str) -> bool {
        self.book().entries.get(key).is_some_and(|it| it.is_held)
    }

    /// How many wait for the key.
    pub(crate) fn waiting(&self, key: &str) -> usize {
        self.book().entries.get(key).map_or(0, |it| it.queue.len())
    }

    pub(crate) fn limit_waiters(&self, limit: usize) {
        self.book().waiters_limit = Some(limit);
    }

    /// From now on these calls do not come back.
    pub(crate) fn hold(&self, op: Op) {
        self.book().held.entry(op).or_default();
    }

    pub(crate) fn let_go(&self, op: Op) {
        let waiting = self.book().held.remove(&op);
        waiting.into_iter().flatten().for_each(Waker::wake);
    }

    /// From now on these calls fail; a commit as the kind says.
    pub(crate) fn fail(&self, op: Op, kind: CommitErrorKind) {
        self.book().failing.insert(op, kind);
    }

    pub(crate) fn break_down(&self, op: Op) {
        self.fail(op, CommitErrorKind::Unknown);
    }

    /// The calls so far; they are forgotten here.
    pub(crate) fn calls(&self) -> Vec<String> {
        std::mem::take(&mut self.book().calls)
    }

    fn told(&self, call: String) {
        self.book().calls.push(call);
    }

    /// Ready when the call is not held; an error if it is to fail.
    async fn gate(&self, op: Op) -> Result<(), CommitErrorKind> {
        std::future::poll_fn(|cx| {
            let mut book = self.book();
            if let Some(waiting) = book.held.get_mut(&op) {
                waiting.push(cx.waker().clone());
                return Poll::Pending;
            }
            Poll::Ready(match book.failing.get(&op) {
                Some(kind) => Err(*kind),
                None => Ok(()),
            })
        })
        .await
    }

    fn pass_on(&self, key: &str) {
        let mut book = self.book();
        let entry = book.entries.entry(key.to_owned()).or_default();
        entry.is_held = false;
        let next = entry.queue.front_mut().and_then(|(_, waker)| waker.take());
        drop(book);
        next.into_iter().for_each(Waker::wake);
    }

    async fn turn(&self, key: &str) -> Result<(), Busy> {
        let mut place = Place {
            shelf: self,
            key,
            ticket: None,
        };
        std::future::poll_fn(|cx| {
            let mut book = self.book();
            let (limit, ticket) = (book.waiters_limit, book.next_ticket);
            book.next_ticket += 1;
            let entry = book.entries.entry(key.to_owned()).or_default();
            let own = *place.ticket.get_or_insert(ticket);
            let position = entry.queue.iter().position(|(it, _)| *it == own);
            if !entry.is_held && position.unwrap_or(entry.queue.len()) == 0 {
                entry.is_held = true;
                entry.queue.retain(|(it, _)| *it != own);
                return Poll::Ready(Ok(()));
            }
            let waker = Some(cx.waker().clone());
            match position {
                Some(position) => entry.queue[position].1 = waker,
                None if limit.is_some_and(|limit| entry.queue.len() >= limit) => {
                    return Poll::Ready(Err(Busy));
                }
                None => entry.queue.push_back((own, waker)),
            }
            Poll::Pending
        })
        .await?;
        place.ticket = None;
        Ok(())
    }
}

/// A place in the queue that is given up when it is dropped.
struct Place<'a> {
    shelf: &'a Shelf,
    key: &'a str,
    ticket: Option<u64>,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let Some(ticket) = self.ticket else { return };
        let mut book = self.shelf.book();
        let entry = book.entries.entry(self.key.to_owned()).or_default();
        entry.queue.retain(|(it, _)| *it != ticket);
        let is_free = !entry.is_held;
        drop(book);
        if is_free {
            self.shelf.pass_on(self.key);
        }
    }
}

impl<K: fmt::Display> VersionStore<K> for Shelf {
    type Error = Broken;
    type Current = BoxFuture<Result<Current, Broken>>;

    fn current(&self, key: K) -> Self::Current {
        let (shelf, key) = (self.clone(), key.to_string());
        Box::pin(async move {
            shelf.told(format!("current {key}"));
            shelf.gate(Op::Current).await.map_err(|_| Broken)?;
            Ok(shelf.get(&key))
        })
    }

    fn adopt(&self, key: K) -> Option<Self::Current> {
        let (shelf, key) = (self.clone(), key.to_string());
        Some(Box::pin(async move {
            shelf.told(format!("adopt {key}"));
            shelf.gate(Op::Adopt).await.map_err(|_| Broken)?;
            let mut book = shelf.book();
            let entry = book.entries.entry(key).or_default();
            if entry.state == State::Unknown {
                let version = entry.version.max(1);
                entry.make(Effect::Written, version);
            }
            Ok(entry.current())
        }))
    }
}

impl<K: fmt::Display + Send + 'static> GuardedStore<K> for Shelf {
    type Guard = Hold;
    type BeginError = tower_conditional::BoxError;
    type Begin = BoxFuture<Result<Hold, Self::BeginError>>;
    type Raise = BoxFuture<Result<Current, Broken>>;

    fn begin(&self, key: K) -> Self::Begin {
        let (shelf, key) = (self.clone(), key.to_string());
        Box::pin(async move {
            shelf.told(format!("begin {key}"));
            shelf.gate(Op::Begin).await.map_err(|_| Broken)?;
            shelf.turn(&key).await?;
            let book = shelf.book();
            let entry = &book.entries[&key];
            let (current, made_by) = (entry.current(), entry.made_by);
            let is_unseen = entry.state == State::Unknown && entry.version == 0;
            drop(book);
            Ok(Hold {
                shelf,
                key,
                current,
                is_unseen,
                made_by,
                is_armed: false,
                is_ended: false,
            })
        })
    }

    fn raise(&self, key: K, effect: Effect) -> Self::Raise {
        let (shelf, key) = (self.clone(), key.to_string());
        Box::pin(async move {
            shelf.told(format!("raise {key} {effect:?}"));
            shelf.gate(Op::Raise).await.map_err(|_| Broken)?;
            let mut book = shelf.book();
            let entry = book.entries.entry(key).or_default();
            let version = entry.version + 1;
            entry.make(effect, version);
            Ok(entry.current())
        })
    }
}

/// Exclusive use of a key.
pub(crate) struct Hold {
    shelf: Shelf,
    key: String,
    current: Current,
    is_unseen: bool,
    made_by: Option<Fingerprint>,
    is_armed: bool,
    is_ended: bool,
}

/// What a guard lends to the handler.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Lent(pub(crate) String);

impl<K: fmt::Display + Send + 'static> Guard<K> for Hold {
    type Error = Broken;
    type Arm = BoxFuture<Result<Self, Broken>>;
    type Commit = BoxFuture<Result<Version, CommitError>>;
    type Release = BoxFuture<Result<(), Broken>>;

    fn current(&self) -> Current {
        self.current
    }

    fn is_unseen(&self) -> bool {
        self.is_unseen
    }

    fn made_by(&self) -> Option<Fingerprint> {
        self.made_by
    }

    fn arm(self) -> Self::Arm {
        Box::pin(async move {
            let mut hold = self;
            hold.shelf.told(format!("arm {}", hold.key));
            hold.is_armed = true;
            if hold.shelf.gate(Op::Arm).await.is_err() {
                hold.is_armed = false;
                return Err(Broken);
            }
            Ok(hold)
        })
    }

    fn lend(&self, extensions: &mut http::Extensions) {
        extensions.insert(Lent(self.key.clone()));
    }

    fn commit(self, change: Change<K>) -> Self::Commit {
        Box::pin(async move {
            let mut hold = self;
            let affects: Vec<_> = change
                .affects
                .iter()
                .map(|(key, effect)| format!(" +{key} {effect:?}"))
                .collect();
            let affects = affects.concat();
            let committed = change
                .committed
                .map_or(String::new(), |it| format!(" ={it}"));
            let (key, effect) = (hold.key.clone(), change.effect);
            hold.shelf
                .told(format!("commit {key} {effect:?}{committed}{affects}"));
            if let Err(kind) = hold.shelf.gate(Op::Commit).await {
                hold.is_armed = kind == CommitErrorKind::Unknown;
                return Err(CommitError::new(kind, Broken));
            }
            let mut book = hold.shelf.book();
            for (key, effect) in change.affects {
                let entry = book.entries.entry(key.to_string()).or_default();
                let version = entry.version + 1;
                entry.make(effect, version);
            }
            let entry = book.entries.entry(hold.key.clone()).or_default();
            let next = entry.version + 1;
            let version = change
                .committed
                .map_or(next, |it| if it.get() >= next { it.get() } else { next });
            let version = entry.make(effect, version);
            entry.made_by = change.made_by;
            drop(book);
            hold.is_ended = true;
            Ok(version)
        })
    }

    fn release(self) -> Self::Release {
        Box::pin(async move {
            let mut hold = self;
            hold.shelf.told(format!("release {}", hold.key));
            hold.shelf.gate(Op::Release).await.map_err(|_| Broken)?;
            hold.is_ended = true;
            Ok(())
        })
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        if !self.is_ended {
            let how = if self.is_armed { "lost" } else { "left" };
            self.shelf.told(format!("{how} {}", self.key));
            if self.is_armed {
                let mut book = self.shelf.book();
                let entry = book.entries.entry(self.key.clone()).or_default();
                let version = entry.version + 1;
                entry.make(Effect::Unknown, version);
            }
        }
        self.shelf.pass_on(&self.key);
    }
}
