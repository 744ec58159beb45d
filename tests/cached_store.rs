//! `CachedStore`: what it tells again, and what it never does.

use std::{
    convert::Infallible,
    future::{Ready, ready},
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use futures_channel::oneshot;
use futures_util::FutureExt as _;
use http::{Request, Response, header};
use http_body_util::Full;
use tower::{Layer as _, ServiceExt as _};
use tower_conditional::{
    Access, ConditionalLayer, Current, RequestHead, Version, VersionStore,
    store::{CachedStore, cached::Invalidator, store_fn},
};

const AN_HOUR: Duration = Duration::from_hours(1);

/// A version for all keys, and how often it was asked for.
#[derive(Clone, Default)]
struct Counter {
    version: Arc<AtomicU64>,
    asked: Arc<AtomicUsize>,
}

impl Counter {
    fn cached(&self, max_age: Duration) -> CachedStore<impl VersionStore<&'static str>> {
        let counter = self.clone();
        let store = store_fn(move |_: &'static str| {
            counter.asked.fetch_add(1, Ordering::Relaxed);
            let version = counter.version.load(Ordering::Relaxed);
            async move { Version::new(version) }
        });
        CachedStore::new(store, max_age, 1000)
    }

    fn set(&self, version: u64) {
        self.version.store(version, Ordering::Relaxed);
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }
}

fn now<E>(look_up: impl Future<Output = Result<Current, E>>) -> Option<u64> {
    let found = look_up.now_or_never().expect("it needs no waiting");
    found.ok()?.version().map(Version::get)
}

#[test]
fn a_read_is_answered_from_memory_until_max_age() {
    let counter = Counter::default();
    counter.set(1);
    let store = counter.cached(AN_HOUR);
    assert_eq!(now(store.current("a")), Some(1));
    counter.set(2);
    assert_eq!(now(store.current("a")), Some(1));
    assert_eq!(now(store.current("b")), Some(2));
    assert_eq!(counter.asked(), 2);

    let max_age = Duration::from_millis(20);
    let store = counter.cached(max_age);
    assert_eq!(now(store.current("a")), Some(2));
    counter.set(3);
    std::thread::sleep(max_age);
    assert_eq!(now(store.current("a")), Some(3));
}

#[test]
fn what_decides_about_a_write_is_never_from_memory() {
    let counter = Counter::default();
    counter.set(1);
    let store = counter.cached(AN_HOUR);
    assert_eq!(now(store.current("a")), Some(1));
    counter.set(2);
    assert_eq!(now(store.latest("a")), Some(2));
    // And what it has found is told from then on.
    assert_eq!(now(store.current("a")), Some(2));
    assert_eq!(counter.asked(), 2);
}

#[test]
fn what_is_in_memory_is_told_at_once_to_readers_alone() {
    let counter = Counter::default();
    counter.set(1);
    let store = counter.cached(AN_HOUR);
    let mut invalidator = store.invalidator();
    let at_once = |key| {
        store
            .try_current(&key)
            .map(|told| told.ok().and_then(|it| it.version()))
    };
    assert_eq!(at_once("a"), None);
    assert_eq!(now(store.current("a")), Some(1));
    assert_eq!(at_once("a"), Some(Some(Version::new(1))));
    assert_eq!(at_once("b"), None);
    assert!(store.try_latest(&"a").is_none());

    invalidator.suspend();
    assert_eq!(at_once("a"), None);
    invalidator.resume();
    assert_eq!(at_once("a"), None, "what was missed is not known");
    assert_eq!(now(store.latest("a")), Some(1));
    assert_eq!(at_once("a"), Some(Some(Version::new(1))));
    invalidator.invalidate("a");
    assert_eq!(at_once("a"), None);
    assert_eq!(counter.asked(), 2);
}

#[test]
fn an_invalidated_key_is_looked_up_again() {
    let counter = Counter::default();
    counter.set(1);
    let store = counter.cached(AN_HOUR);
    let invalidator = store.invalidator();
    assert_eq!(now(store.current("a")), Some(1));
    counter.set(2);
    invalidator.invalidate("a");
    assert_eq!(now(store.current("a")), Some(2));
    counter.set(3);
    invalidator.invalidate_all();
    assert_eq!(now(store.current("a")), Some(3));
}

#[test]
fn a_suspended_cache_tells_and_keeps_nothing() {
    let counter = Counter::default();
    counter.set(1);
    let store = counter.cached(AN_HOUR);
    assert_eq!(now(store.current("a")), Some(1));
    let mut invalidator = store.invalidator();
    let mut other = invalidator.clone();
    invalidator.suspend();
    invalidator.suspend();
    other.suspend();
    for version in 2..5 {
        counter.set(version);
        assert_eq!(now(store.current("a")), Some(version));
    }
    other.resume();
    counter.set(5);
    assert_eq!(now(store.current("a")), Some(5), "one is still suspended");
    // An invalidator that goes takes its suspension with it; what it missed is not told.
    drop(invalidator);
    counter.set(6);
    assert_eq!(now(store.current("a")), Some(6));
    counter.set(7);
    assert_eq!(now(store.current("a")), Some(6));
}

/// Guards: a look-up that was begun before a write, and arrives after it, is not the newest.
#[test]
fn a_look_up_that_a_write_has_overtaken_is_not_kept() {
    let senders = Arc::new(Mutex::new(Vec::new()));
    let asked = Arc::clone(&senders);
    let inner = store_fn(move |_: &'static str| {
        let (sender, receiver) = oneshot::channel::<u64>();
        asked.lock().expect("no panic while held").push(sender);
        async move { receiver.await.map(Version::new) }
    });
    let store = CachedStore::new(inner, AN_HOUR, 1000);
    let mut look_up = Box::pin(store.current("a"));
    assert!(look_up.as_mut().now_or_never().is_none());
    store.invalidator().invalidate("a");
    let answer = |version| {
        let sender = senders.lock().expect("no panic while held").pop();
        sender
            .expect("the store was asked")
            .send(version)
            .expect("it is waited for");
    };
    answer(1);
    let found = look_up.now_or_never().expect("it was answered");
    assert_eq!(
        found.ok().and_then(|it| it.version()),
        Some(Version::new(1))
    );

    let mut look_up = Box::pin(store.current("a"));
    assert!(look_up.as_mut().now_or_never().is_none(), "asked again");
    answer(2);
    let found = look_up.now_or_never().expect("it was answered");
    assert_eq!(
        found.ok().and_then(|it| it.version()),
        Some(Version::new(2))
    );
}

/// Guards: an adoption stamped by what was current after it had looked.
#[test]
fn an_adoption_that_a_write_has_overtaken_is_not_kept() {
    /// Another instance writes just after this one has looked.
    #[derive(Clone, Default)]
    struct Overtaken {
        write: Arc<Mutex<Option<Invalidator>>>,
        asked: Arc<AtomicUsize>,
    }

    impl VersionStore<&'static str> for Overtaken {
        type Error = Infallible;
        type Current = Ready<Result<Current, Infallible>>;

        fn current(&self, _: &'static str) -> Self::Current {
            self.asked.fetch_add(1, Ordering::Relaxed);
            ready(Ok(Version::new(2).into()))
        }

        fn adopt(&self, key: &'static str) -> Option<Self::Current> {
            let write = self.write.lock().expect("no panic while held");
            write.as_ref().expect("it is set").invalidate(key);
            Some(ready(Ok(Version::FIRST.into())))
        }
    }

    let inner = Overtaken::default();
    let store = CachedStore::new(inner.clone(), AN_HOUR, 1000);
    *inner.write.lock().expect("no panic while held") = Some(store.invalidator());
    let adopted = store.adopt("a").expect("the store adopts");
    assert_eq!(now(adopted), Some(1));
    assert_eq!(now(store.current("a")), Some(2));
    assert_eq!(inner.asked.load(Ordering::Relaxed), 1);
}

#[test]
fn what_may_change_without_a_write_is_not_kept() {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let inner = store_fn(move |key: &'static str| {
        count.fetch_add(1, Ordering::Relaxed);
        let present = tower_conditional::Validators::new(Version::FIRST);
        let current = match key {
            "unknown" => Current::Unknown,
            "being written" => Current::Present(present.being_written()),
            "untagged" => Current::Untagged,
            _ => Current::Missing,
        };
        async move { current }
    });
    let store = CachedStore::new(inner, AN_HOUR, 1000);
    for (key, times) in [
        ("unknown", 3),
        ("being written", 3),
        ("untagged", 1),
        ("missing", 1),
    ] {
        asked.store(0, Ordering::Relaxed);
        for _ in 0..3 {
            now(store.current(key));
        }
        assert_eq!(asked.load(Ordering::Relaxed), times, "{key}");
    }
}

#[test]
fn behind_a_layer_a_read_may_be_old_and_a_write_is_judged_by_what_is_current() {
    let counter = Counter::default();
    counter.set(5);
    let layer = ConditionalLayer::new(counter.cached(AN_HOUR))
        .key(|request: &RequestHead<'_>| Access::by_method(request.method, "/a"));
    let service = layer.layer(tower::service_fn(|_: Request<()>| async {
        Ok::<_, std::convert::Infallible>(Response::new(Full::new(Bytes::new())))
    }));
    let status = |method: &str, field, tag| {
        let request = Request::builder().method(method).header(field, tag);
        let request = request.body(()).expect("a request");
        let answer = service.clone().oneshot(request).now_or_never();
        answer
            .expect("it needs no waiting")
            .expect("infallible")
            .status()
    };
    assert_eq!(status("GET", header::IF_NONE_MATCH, "\"5\""), 304);
    // Another instance writes.
    counter.set(6);
    assert_eq!(status("GET", header::IF_NONE_MATCH, "\"5\""), 304);
    assert_eq!(status("PUT", header::IF_MATCH, "\"5\""), 412);
    assert_eq!(status("PUT", header::IF_MATCH, "\"6\""), 200);
    assert_eq!(status("GET", header::IF_NONE_MATCH, "\"6\""), 304);
}
