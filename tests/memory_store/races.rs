//! The memory store under threads.

use std::{
    collections::BTreeSet,
    sync::{
        Barrier, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
};

use tower_conditional::{Current, MemoryStore, Version, WritePermit};

use crate::support::{adopt, current, exactly};

const ANY: WritePermit = WritePermit::UNCONDITIONAL;
const THREADS: u64 = 8;

/// Reads, lets the others run, writes back: loses updates unless it has the key to itself.
fn increment(counter: &AtomicU64) {
    let value = counter.load(Ordering::Relaxed);
    thread::yield_now();
    counter.store(value + 1, Ordering::Relaxed);
}

#[test]
fn no_increment_is_lost_and_each_version_is_committed_once() {
    const EACH: u64 = 500;
    let store = MemoryStore::new();
    let counter = AtomicU64::new(0);
    let versions = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                for _ in 0..EACH {
                    let write = |_| increment(&counter);
                    let (committed, ()) = store.compare_and_set("a", &ANY, write).unwrap();
                    versions.lock().unwrap().push(committed.0.get());
                }
            });
        }
    });
    let mut versions = versions.into_inner().unwrap();
    versions.sort_unstable();
    assert_eq!(versions, (1..=THREADS * EACH).collect::<Vec<_>>());
    assert_eq!(counter.into_inner(), THREADS * EACH);
}

#[test]
fn of_writers_that_start_from_one_version_one_commits() {
    const ROUNDS: u64 = 200;
    let store = MemoryStore::new();
    store.compare_and_set("a", &ANY, |_| ()).unwrap();
    let barrier = Barrier::new(usize::try_from(THREADS).unwrap());
    let winners = AtomicU64::new(0);
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                for round in 1..=ROUNDS {
                    let permit = exactly(round);
                    barrier.wait();
                    if let Ok((committed, ())) = store.compare_and_set("a", &permit, |_| ()) {
                        assert_eq!(committed.0.get(), round + 1);
                        winners.fetch_add(1, Ordering::Relaxed);
                    }
                }
            });
        }
    });
    assert_eq!(winners.into_inner(), ROUNDS);
    assert_eq!(current(&store, "a"), Version::new(ROUNDS + 1).into());
}

#[test]
fn a_reader_never_sees_a_version_fall_nor_data_older_than_its_version() {
    let store = MemoryStore::new();
    store.compare_and_set("a", &ANY, |_| ()).unwrap();
    let data = AtomicU64::new(1);
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let mut last = Version::FIRST;
                while !is_over.load(Ordering::Acquire) {
                    if let Some(version) = current(&store, "a").version() {
                        assert!(version >= last, "{version} after {last}");
                        last = version;
                        // The label was looked up before the content is read.
                        assert!(data.load(Ordering::Acquire) >= version.get());
                    }
                }
            });
        }
        for round in 0..5000 {
            let write = |version: Version| data.store(version.get(), Ordering::Release);
            if round % 7 == 6 {
                store.remove("a", &ANY, write).unwrap();
            } else {
                store.compare_and_set("a", &ANY, write).unwrap();
            }
        }
        is_over.store(true, Ordering::Release);
    });
}

/// Tombstones are dropped all the time, and the floor must be up before the entry is gone.
#[test]
fn no_version_comes_back_while_tombstones_are_dropped() {
    for limit in [0, 1, 3] {
        let store = MemoryStore::new().tombstone_limit(limit);
        let issued = Mutex::new(BTreeSet::new());
        thread::scope(|scope| {
            for thread in 0..THREADS {
                let (store, issued) = (&store, &issued);
                scope.spawn(move || {
                    for round in 0..400 {
                        let key = ((round + thread) % 3).to_string();
                        let issue = |version: Version| {
                            let is_new = issued.lock().unwrap().insert((key.clone(), version));
                            assert!(is_new, "{version} of {key} was issued before");
                        };
                        match (round + thread * 3) % 4 {
                            0 | 1 => drop(store.compare_and_set(&key, &ANY, issue).unwrap()),
                            2 => drop(store.remove(&key, &ANY, issue).unwrap()),
                            // Somebody may write or remove it at the same time.
                            _ => _ = adopt(store, &key),
                        }
                    }
                });
            }
        });
        assert!(issued.into_inner().unwrap().len() > 1000);
    }
}

#[test]
fn of_those_that_remove_one_removes() {
    let store = MemoryStore::new();
    for round in 0..100 {
        store.compare_and_set("a", &ANY, |_| ()).unwrap();
        let removed = AtomicU64::new(0);
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    if store.remove("a", &ANY, |_| ()).unwrap().is_some() {
                        removed.fetch_add(1, Ordering::Relaxed);
                    }
                });
            }
        });
        assert_eq!(removed.into_inner(), 1, "round {round}");
        assert_eq!(current(&store, "a"), Current::Missing);
    }
}

#[test]
fn of_those_that_adopt_all_see_the_same_version() {
    let store = MemoryStore::new();
    for key in 0..100 {
        let key = key.to_string();
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| assert_eq!(adopt(&store, &key), Version::FIRST.into()));
            }
        });
    }
}
