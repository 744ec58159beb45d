//! What guards leave in memory: nothing.

use allocation_counter::{AllocationInfo, measure};
use tower_conditional::{
    MemoryStore, WritePermit,
    store::{Change, Effect, Fingerprint},
};

use crate::support::{arm, begin, commit};

const KEYS: u32 = 1_000_000;

/// What writing all keys has taken for good.
fn kept(write: impl Fn(&MemoryStore, &str)) -> (MemoryStore, AllocationInfo) {
    let store = MemoryStore::new();
    let info = measure(|| {
        for key in 0..KEYS {
            write(&store, &format!("/models/{key:032}"));
        }
    });
    (store, info)
}

#[test]
fn after_a_million_keys_were_written_under_guards_the_versions_alone_are_left() {
    let (bare, versions) = kept(|store, key| {
        store
            .compare_and_set(key, &WritePermit::UNCONDITIONAL, |_| ())
            .expect("no condition");
    });
    drop(bare);
    let (_guarded_store, guarded) = kept(|store, key| {
        let guard = arm(begin(store, key));
        commit(guard, Change::new(Effect::Written));
    });
    println!(
        "{} bytes a key by compare-and-set, {} under guards",
        versions.bytes_current / i64::from(KEYS),
        guarded.bytes_current / i64::from(KEYS),
    );
    assert!(versions.bytes_current > i64::from(KEYS) * 60);
    let more = guarded.bytes_current - versions.bytes_current;
    assert!(more < i64::from(KEYS), "{more} bytes, a byte a key or more");
}

#[test]
fn fingerprints_take_memory_only_while_their_version_is_current() {
    const KEYS: i64 = 20_000;
    let store = MemoryStore::new();
    let write_all = |made_by| {
        for key in 0..KEYS {
            let key = format!("/models/{key:032}");
            let mut change = Change::new(Effect::Written);
            change.made_by = made_by;
            commit(arm(begin(&store, &key)), change);
        }
    };
    write_all(None);
    let taken = measure(|| write_all(Some(Fingerprint::from_bytes([1; 32])))).bytes_current;
    let left = measure(|| write_all(None)).bytes_current;
    assert!(taken > KEYS * 60, "{taken}");
    assert!(left < -KEYS * 60, "{left}");
}
