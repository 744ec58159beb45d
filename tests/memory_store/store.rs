//! The memory store on one thread.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    time::SystemTime,
};

use tower_conditional::{Current, MemoryStore, Validators, Version, VersionConflict, WritePermit};

use crate::support::{absent, adopt, current, exactly, exists, never};

const ANY: WritePermit = WritePermit::UNCONDITIONAL;

fn write(store: &MemoryStore, key: impl AsRef<[u8]>, permit: &WritePermit) -> Option<u64> {
    let committed = store.compare_and_set(key, permit, |_| ());
    committed.ok().map(|(committed, ())| committed.0.get())
}

fn remove(store: &MemoryStore, key: impl AsRef<[u8]>) -> Option<u64> {
    let removed = store.remove(key, &ANY, |_| ()).expect("no condition");
    removed.map(|(committed, ())| committed.0.get())
}

fn present(version: u64) -> Current {
    Version::new(version).into()
}

#[test]
fn versions_start_at_one_and_rise_by_one() {
    let store = MemoryStore::new();
    assert_eq!(current(&store, "a"), Current::Unknown);
    for version in 1..=3 {
        assert_eq!(write(&store, "a", &ANY), Some(version));
        assert_eq!(current(&store, "a"), present(version));
    }
    assert_eq!(write(&store, "b", &ANY), Some(1), "each key for itself");
}

#[test]
fn write_gets_the_version_that_is_committed_and_its_value_comes_back() {
    let store = MemoryStore::new();
    let (committed, value) = store
        .compare_and_set("a", &ANY, |version| {
            assert_eq!(current(&store, "a"), Current::Unknown, "not yet visible");
            version.get() + 100
        })
        .unwrap();
    assert_eq!((committed.0, value), (Version::FIRST, 101));
}

#[test]
fn each_permit_admits_what_it_says_and_nothing_runs_otherwise() {
    let missing = |store: &MemoryStore| assert_eq!(remove(store, "a"), Some(2));
    let here = |_: &MemoryStore| ();
    for (permit, on_present, on_missing) in [
        (ANY, true, true),
        (exists(), true, false),
        (absent(), false, true),
        (exactly(1), true, false),
        (exactly(2), false, false),
        (never(), false, false),
    ] {
        for (prepare, is_admitted) in [
            (&here as &dyn Fn(&MemoryStore), on_present),
            (&missing, on_missing),
        ] {
            let store = MemoryStore::new();
            write(&store, "a", &ANY);
            prepare(&store);
            let before = current(&store, "a");
            let mut has_run = false;
            let written = store.compare_and_set("a", &permit, |_| has_run = true);
            assert_eq!(written.is_ok(), is_admitted, "{permit:?} on {before:?}");
            assert_eq!(has_run, is_admitted);
            assert_eq!(current(&store, "a") != before, is_admitted);
        }
    }
}

#[test]
fn what_was_never_written_is_missing_to_a_write() {
    let store = MemoryStore::new();
    assert_eq!(write(&store, "a", &exists()), None);
    assert_eq!(write(&store, "a", &exactly(1)), None);
    assert_eq!(write(&store, "a", &absent()), Some(1));
}

#[test]
fn versions_go_on_after_delete_and_re_create() {
    let store = MemoryStore::new();
    write(&store, "a", &ANY);
    assert_eq!(remove(&store, "a"), Some(2));
    assert_eq!(current(&store, "a"), Current::Missing);
    assert_eq!(remove(&store, "a"), None, "nothing there: a 404");
    assert_eq!(write(&store, "a", &ANY), Some(3));
    assert_eq!(current(&store, "a"), present(3));
}

#[test]
fn remove_is_judged_by_its_permit() {
    let store = MemoryStore::new();
    write(&store, "a", &ANY);
    let refused = store.remove("a", &exactly(2), |_| panic!("must not run"));
    assert_eq!(refused, Err(VersionConflict));
    let refused = store.remove("a", &absent(), |_| panic!("must not run"));
    assert_eq!(refused, Err(VersionConflict));
    assert_eq!(current(&store, "a"), present(1));
    assert!(store.remove("a", &exactly(1), |_| ()).unwrap().is_some());

    // Gone meanwhile: a conflict for those that saw it, a 404 for the others.
    assert_eq!(store.remove("a", &exactly(2), |_| ()), Err(VersionConflict));
    assert_eq!(store.remove("a", &exists(), |_| ()), Err(VersionConflict));
    for permit in [ANY, absent(), never()] {
        assert_eq!(store.remove("a", &permit, |_| ()), Ok(None));
    }
}

#[test]
fn a_dropped_tombstone_leaves_a_floor() {
    let store = MemoryStore::new().tombstone_limit(0);
    for _ in 0..4 {
        write(&store, "a", &ANY);
    }
    assert_eq!(remove(&store, "a"), Some(5));
    assert_eq!(current(&store, "a"), Current::Unknown, "dropped");
    assert_eq!(write(&store, "b", &ANY), Some(6));
    assert_eq!(write(&store, "a", &ANY), Some(6));
    assert_eq!(adopt(&store, "c"), present(6));
}

#[test]
fn deletions_within_the_limit_are_remembered() {
    let store = MemoryStore::new().tombstone_limit(2);
    for key in ["a", "b", "c"] {
        write(&store, key, &ANY);
        remove(&store, key);
    }
    assert_eq!(current(&store, "a"), Current::Unknown);
    assert_eq!(current(&store, "b"), Current::Missing);
    assert_eq!(current(&store, "c"), Current::Missing);
}

/// The first deletion of a key that was created again and deleted again is not its last.
#[test]
fn an_older_deletion_of_a_key_does_not_take_its_newer_one_along() {
    let store = MemoryStore::new().tombstone_limit(2);
    for key in ["a", "a", "b"] {
        write(&store, key, &ANY);
        remove(&store, key);
    }
    assert_eq!(
        current(&store, "a"),
        Current::Missing,
        "deleted as the last but one"
    );
    assert_eq!(write(&store, "a", &ANY), Some(5));
}

#[test]
fn a_key_that_was_created_again_is_not_dropped() {
    let store = MemoryStore::new().tombstone_limit(1);
    write(&store, "a", &ANY);
    remove(&store, "a");
    write(&store, "a", &ANY);
    for key in ["b", "c"] {
        write(&store, key, &ANY);
        remove(&store, key);
    }
    assert_eq!(current(&store, "a"), present(3));
}

#[test]
fn adopt_makes_an_unknown_key_known_and_overwrites_nothing() {
    let store = MemoryStore::new();
    assert_eq!(adopt(&store, "a"), present(1));
    assert_eq!(adopt(&store, "a"), present(1));
    write(&store, "a", &ANY);
    assert_eq!(adopt(&store, "a"), present(2));
    remove(&store, "a");
    assert_eq!(adopt(&store, "a"), Current::Missing);
    assert_eq!(current(&store, "a"), Current::Missing);
}

#[test]
fn a_panic_inside_write_leaves_the_key_unknown_and_locks_nobody_out() {
    let store = MemoryStore::new();
    write(&store, "a", &ANY);
    let mut told = None;
    let unwound = catch_unwind(AssertUnwindSafe(|| {
        store.compare_and_set("a", &ANY, |version| {
            told = Some(version.get());
            panic!("half way")
        })
    }));
    assert!(unwound.is_err());
    assert_eq!(told, Some(2));
    assert_eq!(current(&store, "a"), Current::Unknown, "no tag is valid");
    for permit in [exactly(1), exactly(2), exactly(3), exists(), absent()] {
        assert_eq!(write(&store, "a", &permit), None, "{permit:?}");
    }
    // What it was told may stand in what it has changed: no other state gets that version.
    assert_eq!(write(&store.clone(), "a", &ANY), Some(4));
    assert_eq!(current(&store, "a"), present(4));
}

#[test]
fn what_a_panic_has_left_is_adopted_with_a_version_of_its_own() {
    let store = MemoryStore::new();
    for told in [1, 3] {
        let unwound = catch_unwind(AssertUnwindSafe(|| {
            store.compare_and_set("a", &ANY, |version| {
                assert_eq!(version, Version::new(told));
                std::panic::resume_unwind(Box::new("half way"))
            })
        }));
        assert!(unwound.is_err());
        assert_eq!(adopt(&store, "a"), present(told + 1));
    }
}

#[test]
fn a_panic_inside_remove_leaves_the_key_unknown_and_removes_nothing() {
    let store = MemoryStore::new().tombstone_limit(0);
    write(&store, "a", &ANY);
    let unwound = catch_unwind(AssertUnwindSafe(|| {
        store.remove("a", &ANY, |_| panic!("half way"))
    }));
    assert!(unwound.is_err());
    assert_eq!(current(&store, "a"), Current::Unknown);
    assert_eq!(write(&store, "a", &absent()), None, "it may be there");
    assert_eq!(remove(&store, "a"), Some(4));
}

/// A handler's own guard may clean up while another panic unwinds.
#[test]
fn a_removal_during_an_unrelated_panic_removes() {
    struct CleanUp(MemoryStore);
    impl Drop for CleanUp {
        fn drop(&mut self) {
            assert_eq!(remove(&self.0, "a"), Some(2));
        }
    }
    let store = MemoryStore::new();
    write(&store, "a", &ANY);
    let clean_up = CleanUp(store.clone());
    let unwound = catch_unwind(AssertUnwindSafe(|| {
        let _clean_up = clean_up;
        panic!("of something else");
    }));
    assert!(unwound.is_err());
    assert_eq!(current(&store, "a"), Current::Missing);
}

fn modified(store: &MemoryStore, key: &str) -> Option<SystemTime> {
    match current(store, key) {
        Current::Present(Validators { modified, .. }) => modified,
        other => panic!("{other:?}"),
    }
}

#[test]
fn modification_times_are_kept_only_when_asked_for() {
    let store = MemoryStore::new();
    write(&store, "a", &ANY);
    assert_eq!(modified(&store, "a"), None);
}

#[test]
fn modification_times_are_the_second_of_the_write_and_never_fall() {
    let store = MemoryStore::new().keep_modification_times();
    let mut last = SystemTime::UNIX_EPOCH;
    for round in 0..100 {
        let before = SystemTime::now();
        write(&store, "a", &ANY);
        let time = modified(&store, "a").expect("times are kept");
        assert!(time <= SystemTime::now());
        let age = before.duration_since(time).unwrap_or_default();
        assert!(age.as_secs() < 1, "{age:?}");
        assert!(time >= last);
        last = time;
        if round % 10 == 9 {
            remove(&store, "a");
        }
    }
    assert_eq!(adopt(&store, "b"), current(&store, "b"));
    assert!(modified(&store, "b").is_some());
}

#[test]
fn any_bytes_are_a_key() {
    let store = MemoryStore::new();
    let long = vec![b'x'; 8 << 10];
    let mut other = long.clone();
    other[8191] = b'y';
    let keys: [&[u8]; 9] = [
        b"",
        b"\0",
        b"\0\0",
        b"a\0",
        b"a",
        b"\xff\xfe",
        b"\xff",
        &long,
        &other,
    ];
    for key in keys {
        assert_eq!(write(&store, key, &ANY), Some(1), "{key:?}");
    }
    for key in keys {
        assert_eq!(write(&store, key, &exactly(1)), Some(2));
        assert_eq!(remove(&store, key), Some(3));
        assert_eq!(current(&store, key), Current::Missing);
    }
}

#[test]
fn versions_since_boot_are_above_those_of_an_earlier_process() {
    let before = MemoryStore::since_boot();
    let mut last = 0;
    for _ in 0..100 {
        let version = write(&before, "a", &ANY).unwrap();
        assert!(last == 0 || version == last + 1, "they rise by one");
        last = version;
    }
    std::thread::sleep(std::time::Duration::from_millis(1));
    let after = MemoryStore::since_boot();
    assert_eq!(write(&after, "a", &exactly(last)), None);
    let adopted = adopt(&after, "a").version().unwrap();
    assert!(adopted > Version::new(last));
    assert!(adopted < Version::new(1 << 53), "a JSON number");
}

#[test]
fn a_raised_floor_is_below_all_versions_made_later_and_changes_none() {
    let store = MemoryStore::new();
    write(&store, "a", &ANY);
    write(&store, "b", &ANY);
    remove(&store, "b");
    let unwound = catch_unwind(AssertUnwindSafe(|| {
        store.compare_and_set("c", &ANY, |_| std::panic::resume_unwind(Box::new(())))
    }));
    assert!(unwound.is_err());
    store.raise_floor(Version::new(100));
    store.raise_floor(Version::new(50));
    assert_eq!(current(&store, "a"), present(1));
    assert_eq!(current(&store, "b"), Current::Missing);
    for key in ["a", "b", "c", "d"] {
        assert_eq!(write(&store, key, &ANY), Some(101), "{key}");
        assert_eq!(write(&store, key, &ANY), Some(102), "by one");
    }
    assert_eq!(adopt(&store, "e"), present(101));
}

#[test]
fn what_a_panic_has_left_is_adopted_above_a_floor_raised_since() {
    let store = MemoryStore::new();
    let unwound = catch_unwind(AssertUnwindSafe(|| {
        store.compare_and_set("a", &ANY, |_| std::panic::resume_unwind(Box::new(())))
    }));
    assert!(unwound.is_err());
    store.raise_floor(Version::new(100));
    assert_eq!(adopt(&store, "a"), present(101));
}

#[test]
fn dropped_tombstones_raise_no_key_that_is_there() {
    let store = MemoryStore::new().tombstone_limit(0);
    write(&store, "a", &ANY);
    for _ in 0..9 {
        write(&store, "b", &ANY);
    }
    assert_eq!(remove(&store, "b"), Some(10));
    assert_eq!(write(&store, "a", &ANY), Some(2));
    assert_eq!(write(&store, "c", &ANY), Some(11));
}

#[test]
fn at_the_end_of_the_counter_nothing_is_written_and_nothing_wraps() {
    let store = MemoryStore::new();
    store.raise_floor(Version::new(u64::MAX - 1));
    assert_eq!(write(&store, "a", &ANY), Some(u64::MAX));
    let refused = store.compare_and_set("a", &ANY, |_| panic!("must not run"));
    assert_eq!(refused, Err(VersionConflict));
    let refused = store.remove("a", &ANY, |_| panic!("must not run"));
    assert_eq!(refused, Err(VersionConflict));
    assert_eq!(current(&store, "a"), present(u64::MAX));
}

#[test]
fn clones_share_their_versions() {
    let store = MemoryStore::new();
    let clone = store.clone();
    write(&store, "a", &ANY);
    assert_eq!(current(&clone, "a"), present(1));
}
