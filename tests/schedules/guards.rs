//! The memory store's guards: two writers, a reader, one that gives up, and what comes without a
//! guard.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
};

use loom::{
    sync::atomic::{AtomicU64, Ordering},
    thread,
};

use crate::{
    current::Current,
    precondition::{Committed, WritePermit},
    run::{block_on, explore, poll_once},
    store::{
        Change, Effect, Guard, GuardedStore, VersionStore,
        memory::{MemoryGuard, MemoryStore},
    },
    version::Version,
};

const KEY: &str = "a";

#[derive(Clone)]
struct Scene {
    store: MemoryStore,
    /// The resource: the number of writes that it has seen. Each is one unless two start from the
    /// same state, or one does not see the last one's.
    content: Arc<AtomicU64>,
    /// What the writers were told. Not seen by loom, so it orders nothing.
    committed: Arc<Mutex<BTreeSet<Version>>>,
}

impl Scene {
    /// The key has version 1.
    fn new() -> Self {
        let scene = Self {
            store: MemoryStore::new(),
            content: Arc::new(AtomicU64::new(0)),
            committed: Arc::default(),
        };
        scene.write();
        scene
    }

    fn current(&self) -> Current {
        let Ok(current) = VersionStore::<&str>::current(&self.store, KEY).into_inner();
        current
    }

    fn has_committed(&self, version: Version) {
        let is_new = self.committed.lock().unwrap().insert(version);
        assert!(is_new, "{version} twice");
    }

    fn change_content(&self) {
        let seen = self.content.load(Ordering::Relaxed);
        self.content.store(seen + 1, Ordering::Relaxed);
    }

    /// One write under the guard, from the look to the commit.
    fn write_under(&self, guard: MemoryGuard<&str>) {
        let judged = guard.current().version();
        let guard = guard.arm().into_inner().expect("there are versions left");
        self.change_content();
        let committed = guard.commit(Change::new(Effect::Written)).into_inner();
        let committed = committed.expect("it is known");
        assert!(judged.is_none_or(|it| it < committed));
        self.has_committed(committed);
    }

    fn write(&self) {
        self.write_under(block_on(self.store.begin(KEY)).expect("no flood"));
    }

    /// What a reader says of the key, one look after the other.
    fn look(&self, last: &mut Option<Version>) {
        if let Some(version) = self.current().version() {
            assert!(last.is_none_or(|last| last <= version), "a version fell");
            *last = Some(version);
        }
    }

    fn spawn(&self, act: impl FnOnce(&Self) + 'static) -> thread::JoinHandle<()> {
        let scene = self.clone();
        thread::spawn(move || act(&scene))
    }

    /// Granted at once, waiting, or granted and never told.
    fn give_up(&self) {
        let mut begin = self.store.begin(KEY);
        let granted = poll_once(&mut begin);
        drop(granted);
    }

    /// No write was lost, and each has a version.
    fn finish(&self, writes: u64) {
        assert_eq!(self.content.load(Ordering::Relaxed), writes);
        assert_eq!(self.current(), Version::new(writes).into());
    }
}

fn join(threads: impl IntoIterator<Item = thread::JoinHandle<()>>) {
    for thread in threads {
        thread.join().unwrap();
    }
}

/// All interleavings of these four take loom many minutes, so that only those with up to three
/// preemptions are tried; with `SCHEDULES=every` in the environment, all.
#[test]
fn two_writers_a_reader_and_one_that_gives_up() {
    let is_every = std::env::var_os("SCHEDULES").is_some_and(|it| it == "every");
    let preemptions = if is_every { None } else { Some(3) };
    explore(preemptions, || {
        let scene = Scene::new();
        let writers = [(); 2].map(|()| scene.spawn(Scene::write));
        let reader = scene.spawn(|scene| scene.look(&mut Some(Version::FIRST)));
        scene.give_up();
        join(writers);
        join([reader]);
        scene.finish(3);
    });
}

#[test]
fn two_writers_and_one_that_gives_up() {
    explore(None, || {
        let scene = Scene::new();
        let writers = [(); 2].map(|()| scene.spawn(Scene::write));
        scene.give_up();
        join(writers);
        scene.finish(3);
    });
}

/// Reader and the one that gives up are one thread here, so that all interleavings can be tried.
#[test]
fn two_writers_and_one_that_looks_and_gives_up() {
    explore(None, || {
        let scene = Scene::new();
        let writers = [(); 2].map(|()| scene.spawn(Scene::write));
        let mut begin = scene.store.begin(KEY);
        let granted = poll_once(&mut begin);
        scene.look(&mut Some(Version::FIRST));
        drop((granted, begin));
        join(writers);
        scene.finish(3);
    });
}

#[test]
fn to_a_reader_no_version_falls() {
    explore(None, || {
        let scene = Scene::new();
        let writer = scene.spawn(Scene::write);
        let other = scene.spawn(Scene::write);
        let mut last = Some(Version::FIRST);
        scene.look(&mut last);
        scene.look(&mut last);
        join([writer, other]);
        scene.finish(3);
    });
}

#[test]
fn of_a_guard_and_a_compare_and_set_one_waits_or_is_refused() {
    explore(None, || {
        let scene = Scene::new();
        let writer = scene.spawn(Scene::write);
        let permit = WritePermit::UNCONDITIONAL;
        let change = |_| scene.change_content();
        let mut writes = 2;
        if let Ok((Committed(version), ())) = scene.store.compare_and_set(KEY, &permit, change) {
            scene.has_committed(version);
            writes += 1;
        }
        join([writer]);
        scene.finish(writes);
    });
}

#[test]
fn after_a_lost_guard_the_key_is_unknown_and_the_next_commit_is_above_what_it_would_have_made() {
    explore(None, || {
        let scene = Scene::new();
        let loser = scene.spawn(|scene| {
            let guard = block_on(scene.store.begin(KEY)).expect("no flood");
            drop(guard.arm());
        });
        let writer = scene.spawn(Scene::write);
        let mut last = Some(Version::FIRST);
        scene.look(&mut last);
        scene.look(&mut last);
        join([loser, writer]);
        // 2 and 3 went to these two, in either order; 3 is nobody's if it was the lost one's.
        let is_lost_last = scene.current() == Current::Unknown;
        let has_third = scene.committed.lock().unwrap().contains(&Version::new(3));
        assert_ne!(is_lost_last, has_third);
        scene.write();
        assert_eq!(scene.current(), Version::new(4).into());
    });
}

#[test]
fn a_raise_is_below_the_commit_of_the_guard_that_was_held_meanwhile() {
    explore(None, || {
        let scene = Scene::new();
        let guard = block_on(scene.store.begin(KEY)).expect("no flood");
        let raiser = scene.spawn(|scene| {
            let Ok(raised) = scene.store.raise(KEY, Effect::Written).into_inner();
            assert!(raised.version() > Some(Version::FIRST));
        });
        scene.write_under(guard);
        join([raiser]);
        assert_eq!(scene.current(), Version::new(3).into());
    });
}
