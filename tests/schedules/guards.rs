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
    /// The key has version 1, unless it was never seen.
    fn new(is_present: bool) -> Self {
        let store = MemoryStore::new();
        if is_present {
            VersionStore::<&str>::adopt(&store, KEY);
        }
        Self {
            store,
            content: Arc::new(AtomicU64::new(0)),
            committed: Arc::default(),
        }
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

    /// What a reader may say of the key, in order.
    fn look(&self, last: &mut Option<Version>) {
        if let Some(version) = self.current().version() {
            assert!(last.is_none_or(|last| last <= version), "a version fell");
            *last = Some(version);
        }
    }
}

#[test]
fn two_writers_one_reader_and_one_that_gives_up() {
    explore(|| {
        let scene = Scene::new(true);
        let writers = [(); 2].map(|()| {
            let scene = scene.clone();
            thread::spawn(move || scene.write())
        });
        let reader = {
            let scene = scene.clone();
            thread::spawn(move || {
                let mut last = None;
                scene.look(&mut last);
                scene.look(&mut last);
            })
        };
        // Granted at once, waiting, or granted and never told.
        let mut third = scene.store.begin(KEY);
        let granted = poll_once(&mut third);
        drop(granted);
        drop(third);
        for writer in writers {
            writer.join().unwrap();
        }
        reader.join().unwrap();
        assert_eq!(scene.content.load(Ordering::Relaxed), 2);
        assert_eq!(scene.current(), Version::new(3).into());
    });
}
