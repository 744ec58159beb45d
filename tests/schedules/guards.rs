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
}

impl Scene {
    fn spawn(&self, act: impl FnOnce(&Self) + 'static) -> thread::JoinHandle<()> {
        let scene = self.clone();
        thread::spawn(move || act(&scene))
    }

    /// A reader, which looks so many times.
    fn spawn_reader(&self, looks: usize) -> thread::JoinHandle<()> {
        self.spawn(move |scene| {
            let mut last = Some(Version::FIRST);
            for _ in 0..looks {
                scene.look(&mut last);
            }
        })
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

fn two_writers_a_reader_and_one_that_gives_up(preemptions: Option<usize>, looks: usize) {
    explore(preemptions, move || {
        let scene = Scene::new();
        let writers = [(); 2].map(|()| scene.spawn(Scene::write));
        let reader = scene.spawn_reader(looks);
        scene.give_up();
        join(writers);
        join([reader]);
        scene.finish(3);
    });
}

#[test]
fn two_writers_a_reader_and_one_that_gives_up_in_every_interleaving() {
    two_writers_a_reader_and_one_that_gives_up(None, 1);
}

/// Every interleaving of two looks and all of the above is out of reach.
#[test]
fn two_writers_a_reader_that_looks_twice_and_one_that_gives_up() {
    two_writers_a_reader_and_one_that_gives_up(Some(2), 2);
}

#[test]
fn to_a_reader_no_version_falls() {
    explore(None, || {
        let scene = Scene::new();
        let reader = scene.spawn_reader(2);
        let writer = scene.spawn(Scene::write);
        scene.write();
        join([writer, reader]);
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
        let reader = scene.spawn_reader(2);
        let loser = scene.spawn(|scene| {
            let guard = block_on(scene.store.begin(KEY)).expect("no flood");
            drop(guard.arm());
        });
        scene.write();
        join([loser, reader]);
        let lost_last = scene.current() == Current::Unknown;
        scene.write();
        let last = scene.current().version().map(Version::get);
        assert_eq!(last, Some(4));
        assert!(lost_last || scene.committed.lock().unwrap().contains(&Version::new(3)));
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
