//! Memory and look-up time a key.

use std::{hint::black_box, time::Instant};

use allocation_counter::measure;
use serde::Serialize;
use tower_conditional::{Current, MemoryStore, Version, VersionStore, WritePermit};
use tower_conditional_benches::figure_data::{self, median};

use crate::Failure;

/// As a path with an id in it: `/models/` and 32 digits.
pub(crate) type Key = [u8; 40];

/// The map that the store stands on, with the store's hash, and nothing but a version in it.
pub(crate) type Bare = papaya::HashMap<Box<[u8]>, Version, foldhash::quality::RandomState>;

/// How often each key of the sample is looked up in each map; the passes take turns.
const PASSES: usize = 9;

/// More entries than any cache of the processor holds, where there are as many.
const SAMPLE: u64 = 1 << 19;

#[derive(Serialize)]
struct Row {
    map: &'static str,
    keys: u64,
    /// As the allocator was asked for them, its own overhead not counted.
    bytes_per_key: f64,
    /// The most that was held at a time while the map grew.
    peak_bytes_per_key: f64,
    insert_ns: f64,
    lookup_ns: f64,
    lookup_ratio: f64,
}

pub(crate) fn run(is_quick: bool) -> Result<(), Failure> {
    let largest = if is_quick { 5 } else { 7 };
    let mut rows = Vec::new();
    println!(
        "{:>9}  {:22} {:>11} {:>11} {:>10} {:>10} {:>6}",
        "keys", "map", "bytes/key", "at peak", "insert ns", "look-up ns", "ratio"
    );
    for power in 4..=largest {
        for row in compare(10_u64.pow(power)) {
            println!(
                "{:>9}  {:22} {:>11.1} {:>11.1} {:>10.0} {:>10.1} {:>6.2}",
                row.keys,
                row.map,
                row.bytes_per_key,
                row.peak_bytes_per_key,
                row.insert_ns,
                row.lookup_ns,
                row.lookup_ratio
            );
            rows.push(row);
        }
    }
    figure_data::write("scale_keys.csv", &rows)?;
    Ok(())
}

fn compare(keys: u64) -> [Row; 2] {
    let bare = Bare::default();
    let bare_filled = fill(keys, |key| {
        bare.pin().insert(key.into(), Version::FIRST);
    });
    let store = MemoryStore::new();
    let store_filled = fill(keys, |key| {
        let written = store.compare_and_set(key, &WritePermit::UNCONDITIONAL, |_| ());
        assert!(written.is_ok(), "nobody else writes");
    });

    let sample: Vec<Key> = (0..SAMPLE.min(keys))
        .map(|index| key(index * 7919 % keys))
        .collect();
    let in_bare = |key: &Key| bare.pin().get(&key[..]).is_some();
    let in_store = |key: &Key| {
        let current = VersionStore::current(&store, key).into_inner();
        matches!(current, Ok(Current::Present(_)))
    };
    let (mut bare_times, mut store_times) = (Vec::new(), Vec::new());
    for _ in 0..PASSES {
        bare_times.push(pass(&sample, in_bare));
        store_times.push(pass(&sample, in_store));
    }
    let (bare_ns, store_ns) = (median(bare_times), median(store_times));
    let row = |map, filled: Filled, lookup_ns| Row {
        map,
        keys,
        bytes_per_key: filled.bytes,
        peak_bytes_per_key: filled.peak_bytes,
        insert_ns: filled.ns,
        lookup_ns,
        lookup_ratio: lookup_ns / bare_ns,
    };
    [
        row("papaya::HashMap", bare_filled, bare_ns),
        row("MemoryStore", store_filled, store_ns),
    ]
}

/// What each key has cost when it was put in.
struct Filled {
    bytes: f64,
    peak_bytes: f64,
    ns: f64,
}

#[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
fn fill(keys: u64, mut insert: impl FnMut(&[u8])) -> Filled {
    let begun = Instant::now();
    let allocated = measure(|| {
        for index in 0..keys {
            insert(&key(index));
        }
    });
    let ns = begun.elapsed().as_nanos() as f64 / keys as f64;
    Filled {
        bytes: allocated.bytes_current as f64 / keys as f64,
        peak_bytes: allocated.bytes_max as f64 / keys as f64,
        ns,
    }
}

/// Nanoseconds a look-up.
#[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
fn pass(sample: &[Key], is_there: impl Fn(&Key) -> bool) -> f64 {
    let begun = Instant::now();
    let found = sample.iter().filter(|key| is_there(black_box(key))).count();
    let took = begun.elapsed();
    assert_eq!(found, sample.len(), "every key is there");
    took.as_nanos() as f64 / found as f64
}

/// The key of a number: no two are the same.
pub(crate) fn key(number: u64) -> Key {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut key = *b"/models/00000000000000000000000000000000";
    // A product with an odd number meets each number once; its upper bits look as random.
    let scattered = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let digits = u128::from(scattered) << 64 | u128::from(number);
    for (place, digit) in key[8..].iter_mut().rev().enumerate() {
        *digit = DIGITS[usize::try_from(digits >> (4 * place) & 15).unwrap_or(0)];
    }
    key
}
