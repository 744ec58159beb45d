//! One hot key and many, on one thread and on two, readers beside writers.

use std::{
    hint::black_box,
    sync::{
        Barrier,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use serde::Serialize;
use tower_conditional::{Current, MemoryStore, Version, VersionStore, WritePermit};
use tower_conditional_benches::figure_data::{self, median};

use crate::{
    Failure,
    keys::{Bare, Key, key},
};

const MANY: u64 = 1 << 20;

/// How many operations go by between two looks at the clock's flag.
const BATCH: usize = 64;

trait Map: Sync {
    const NAME: &'static str;
    fn with(keys: &[Key]) -> Self;
    fn read(&self, key: &Key) -> bool;
    fn write(&self, key: &Key) -> bool;
}

impl Map for MemoryStore {
    const NAME: &'static str = "MemoryStore";

    fn with(keys: &[Key]) -> Self {
        let store = Self::new();
        for key in keys {
            store.write(key);
        }
        store
    }

    fn read(&self, key: &Key) -> bool {
        let current = VersionStore::current(self, key).into_inner();
        matches!(current, Ok(Current::Present(_)))
    }

    fn write(&self, key: &Key) -> bool {
        self.compare_and_set(key, &WritePermit::UNCONDITIONAL, |_| ())
            .is_ok()
    }
}

impl Map for Bare {
    const NAME: &'static str = "papaya::HashMap";

    fn with(keys: &[Key]) -> Self {
        let map = Self::default();
        // `update_or_insert` leaves a large map several times as slow as this does.
        for key in keys {
            map.pin().insert(key[..].into(), Version::FIRST);
        }
        map
    }

    fn read(&self, key: &Key) -> bool {
        self.pin().get(&key[..]).is_some()
    }

    /// The least that raises a version: no order of writers, no check.
    fn write(&self, key: &Key) -> bool {
        let next = |version: &Version| version.next().unwrap_or(Version::FIRST);
        self.pin()
            .update_or_insert(key[..].into(), next, Version::FIRST);
        true
    }
}

/// What each thread does.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Read,
    Write,
}

const WORK: [(&str, &[Role]); 5] = [
    ("1 reader", &[Role::Read]),
    ("2 readers", &[Role::Read, Role::Read]),
    ("1 reader, 1 writer", &[Role::Read, Role::Write]),
    ("1 writer", &[Role::Write]),
    ("2 writers", &[Role::Write, Role::Write]),
];

#[derive(Serialize)]
struct Row {
    map: &'static str,
    keys: usize,
    work: &'static str,
    /// All readers together.
    reads_per_second: f64,
    writes_per_second: f64,
}

pub(crate) fn run(is_quick: bool) -> Result<(), Failure> {
    let (rounds, slice) = if is_quick {
        (1, Duration::from_millis(50))
    } else {
        (7, Duration::from_millis(200))
    };
    println!(
        "{:>9}  {:20} {:18} {:>13} {:>13}",
        "keys", "work", "map", "reads/s", "writes/s"
    );
    let mut rows = Vec::new();
    for count in [1, MANY] {
        let keys: Vec<Key> = (0..count).map(key).collect();
        let store = MemoryStore::with(&keys);
        let bare = <Bare as Map>::with(&keys);
        for (work, roles) in WORK {
            let (mut of_store, mut of_bare) = (Vec::new(), Vec::new());
            for _ in 0..rounds {
                of_bare.push(rates(&bare, &keys, roles, slice));
                of_store.push(rates(&store, &keys, roles, slice));
            }
            for (map, rates) in [
                (<Bare as Map>::NAME, of_bare),
                (MemoryStore::NAME, of_store),
            ] {
                let (reads, writes) = rates.into_iter().unzip();
                let row = Row {
                    map,
                    keys: keys.len(),
                    work,
                    reads_per_second: median(reads).round(),
                    writes_per_second: median(writes).round(),
                };
                println!(
                    "{:>9}  {:20} {:18} {:>13.0} {:>13.0}",
                    row.keys, row.work, row.map, row.reads_per_second, row.writes_per_second
                );
                rows.push(row);
            }
        }
    }
    figure_data::write("scale_threads.csv", &rows)?;
    Ok(())
}

/// Reads and writes a second.
fn rates<M: Map>(map: &M, keys: &[Key], roles: &[Role], slice: Duration) -> (f64, f64) {
    let is_over = AtomicBool::new(false);
    let start = Barrier::new(roles.len() + 1);
    thread::scope(|scope| {
        let (is_over, start) = (&is_over, &start);
        let threads: Vec<_> = (0..)
            .zip(roles)
            .map(|(number, &role)| {
                scope.spawn(move || {
                    start.wait();
                    let begun = Instant::now();
                    // Each thread walks over the keys from a place of its own.
                    let walk = keys.iter().cycle().skip(keys.len() / roles.len() * number);
                    let done = work(map, walk, role, is_over);
                    (role, done / begun.elapsed().as_secs_f64())
                })
            })
            .collect();
        start.wait();
        thread::sleep(slice);
        is_over.store(true, Ordering::Relaxed);
        let mut rates = (0.0, 0.0);
        for thread in threads {
            match thread.join() {
                Ok((Role::Read, rate)) => rates.0 += rate,
                Ok((Role::Write, rate)) => rates.1 += rate,
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        rates
    })
}

fn work<'a, M: Map>(
    map: &M,
    mut keys: impl Iterator<Item = &'a Key>,
    role: Role,
    is_over: &AtomicBool,
) -> f64 {
    let mut done = 0_u32;
    while !is_over.load(Ordering::Relaxed) {
        for key in keys.by_ref().take(BATCH) {
            let key = black_box(key);
            let is_done = match role {
                Role::Read => map.read(key),
                Role::Write => map.write(key),
            };
            done += u32::from(is_done);
        }
    }
    f64::from(done)
}
