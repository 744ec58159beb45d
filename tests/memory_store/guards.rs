//! The memory store's guards.

use tokio_test::{assert_pending, assert_ready_err, assert_ready_ok, task};
use tower_conditional::{
    Current, MemoryStore, Version, VersionConflict, WritePermit,
    store::{
        Busy, Change, CommitErrorKind, Effect, Fingerprint, Guard, GuardedStore, MemoryBegin,
        VersionsExhausted,
    },
};

use crate::support::{adopt, arm, begin, commit, current, raise};

const ANY: WritePermit = WritePermit::UNCONDITIONAL;
const EFFECTS: [Effect; 3] = [Effect::Written, Effect::Deleted, Effect::Unknown];

/// How a version ends.
type End = fn(&MemoryStore);

fn present(version: u64) -> Current {
    Version::new(version).into()
}

fn write(store: &MemoryStore, key: &'static str) -> u64 {
    commit(arm(begin(store, key)), Change::new(Effect::Written)).get()
}

fn wait<'a>(store: &MemoryStore, key: &'a str) -> task::Spawn<MemoryBegin<&'a str>> {
    task::spawn(store.begin(key))
}

#[test]
fn a_commit_is_current_as_what_it_said() {
    let store = MemoryStore::new();
    let guard = begin(&store, "a");
    assert_eq!(guard.current(), Current::Unknown);
    let commits = [
        (Effect::Written, present(1)),
        (Effect::Written, present(2)),
        (Effect::Deleted, Current::Missing),
        (Effect::Written, present(4)),
        (Effect::Unknown, Current::Unknown),
        (Effect::Written, present(6)),
    ];
    let mut guard = Some(guard);
    for (made, (effect, expected)) in (1..).zip(commits) {
        let version = commit(arm(guard.take().unwrap()), Change::new(effect));
        assert_eq!(version.get(), made);
        assert_eq!(current(&store, "a"), expected);
        guard = Some(begin(&store, "a"));
        assert_eq!(guard.as_ref().unwrap().current(), expected);
    }
}

#[test]
fn the_version_that_a_handler_made_is_taken_if_it_is_above_all_there_were() {
    let store = MemoryStore::new();
    let commit_as = |wish| {
        let mut change = Change::new(Effect::Written);
        change.committed = Some(Version::new(wish));
        commit(arm(begin(&store, "a")), change).get()
    };
    for (wish, made) in [(0, 1), (7, 7), (7, 8), (3, 9), (10, 10)] {
        assert_eq!(commit_as(wish), made);
    }
    store.raise_floor(Version::new(50));
    assert_eq!(commit_as(20), 51, "not below the floor");
}

#[test]
fn a_release_raises_nothing_and_leaves_the_unseen_unseen() {
    let store = MemoryStore::new();
    for is_armed in [false, true] {
        let guard = begin(&store, "a");
        let guard = if is_armed { arm(guard) } else { guard };
        guard.release().into_inner().unwrap();
        assert_eq!(current(&store, "a"), Current::Unknown);
    }
    assert_eq!(write(&store, "a"), 1);
    arm(begin(&store, "a")).release().into_inner().unwrap();
    assert_eq!(current(&store, "a"), present(1));
}

#[test]
fn a_guard_dropped_before_it_is_armed_has_changed_nothing() {
    let store = MemoryStore::new();
    drop(begin(&store, "a"));
    assert_eq!(current(&store, "a"), Current::Unknown);
    assert_eq!(write(&store, "a"), 1);
    drop(begin(&store, "a"));
    assert_eq!(current(&store, "a"), present(1));
}

#[test]
fn a_lost_guard_leaves_the_key_unknown_and_a_gap() {
    for effect in EFFECTS {
        let store = MemoryStore::new();
        let before = commit(arm(begin(&store, "a")), Change::new(effect));
        drop(arm(begin(&store, "a")));
        assert_eq!(current(&store, "a"), Current::Unknown);
        let refused = store.compare_and_set("a", &crate::support::exactly(1), |_| ());
        assert!(refused.is_err(), "the old tag matches no more");
        assert_eq!(write(&store, "a"), before.get() + 2, "above the lost one's");
    }
}

/// Each await of a guarded write, given up: while it waits, with the guard, while it arms, while
/// it commits, while it releases.
#[test]
fn given_up_at_any_await_it_leaves_a_known_state_or_an_unknown_key_and_the_turn() {
    let store = MemoryStore::new();
    write(&store, "a");
    let guard = begin(&store, "a");
    let mut waiting = wait(&store, "a");
    assert_pending!(waiting.poll());
    drop(waiting);
    guard.release().into_inner().unwrap();
    drop(begin(&store, "a"));
    assert_eq!(current(&store, "a"), present(1));

    drop(begin(&store, "a").arm());
    assert_eq!(current(&store, "a"), Current::Unknown);
    let mut last = write(&store, "a");
    assert!(last > 1);

    drop(arm(begin(&store, "a")).commit(Change::new(Effect::Written)));
    assert_eq!(current(&store, "a"), present(last + 1), "it is done");
    last += 1;

    drop(arm(begin(&store, "a")).release());
    assert_eq!(current(&store, "a"), present(last));
    assert_eq!(write(&store, "a"), last + 1);
}

#[test]
fn a_lost_guard_passes_its_turn_on_after_the_key_is_unknown() {
    let store = MemoryStore::new();
    write(&store, "a");
    let guard = arm(begin(&store, "a"));
    let mut next = wait(&store, "a");
    assert_pending!(next.poll());
    drop(guard);
    assert!(next.is_woken());
    let guard = assert_ready_ok!(next.poll());
    assert_eq!(guard.current(), Current::Unknown);
}

#[test]
fn what_was_lost_is_adopted_with_a_version_that_was_never_issued() {
    let store = MemoryStore::new();
    write(&store, "a");
    drop(arm(begin(&store, "a")));
    assert_eq!(adopt(&store, "a"), present(2), "the lost one's own");
    assert_eq!(adopt(&store, "a"), present(2));
    assert_eq!(write(&store, "a"), 3);
    drop(arm(begin(&store, "a")));
    store.raise_floor(Version::new(10));
    assert_eq!(adopt(&store, "a"), present(11));
}

#[test]
fn adopt_revives_no_tombstone() {
    let store = MemoryStore::new();
    write(&store, "a");
    commit(arm(begin(&store, "a")), Change::new(Effect::Deleted));
    assert_eq!(adopt(&store, "a"), Current::Missing);
    assert_eq!(begin(&store, "a").current(), Current::Missing);
}

#[test]
fn nothing_is_adopted_while_a_guard_is_out() {
    let store = MemoryStore::new();
    let guard = begin(&store, "a");
    assert_eq!(adopt(&store, "a"), Current::Unknown);
    assert_eq!(guard.current(), Current::Unknown);
    drop(arm(guard));
    let guard = begin(&store, "a");
    assert_eq!(adopt(&store, "a"), Current::Unknown);
    assert_eq!(guard.current(), Current::Unknown);
    drop(guard);
    assert_eq!(adopt(&store, "a"), present(1));
}

#[test]
fn a_guard_commits_above_a_raise_that_came_meanwhile() {
    for effect in EFFECTS {
        let store = MemoryStore::new();
        write(&store, "a");
        let guard = arm(begin(&store, "a"));
        raise(&store, "a", effect);
        let expected = match effect {
            Effect::Written => present(2),
            Effect::Deleted => Current::Missing,
            Effect::Unknown => Current::Unknown,
        };
        assert_eq!(guard.current(), expected, "it can be judged by that");
        assert_eq!(commit(guard, Change::new(Effect::Written)).get(), 3);
        assert_eq!(current(&store, "a"), present(3));
    }
}

#[test]
fn raise_needs_no_guard_and_says_what_is_current() {
    let store = MemoryStore::new();
    assert_eq!(raise(&store, "a", Effect::Written), present(1));
    assert_eq!(raise(&store, "a", Effect::Deleted), Current::Missing);
    assert_eq!(raise(&store, "a", Effect::Unknown), Current::Unknown);
    assert_eq!(raise(&store, "a", Effect::Written), present(4));
}

#[test]
fn what_a_write_affects_is_raised_with_it() {
    let store = MemoryStore::new();
    for key in ["list", "child", "odd"] {
        write(&store, key);
    }
    let mut change = Change::new(Effect::Written);
    change.affects = vec![
        ("list", Effect::Written),
        ("child", Effect::Deleted),
        ("odd", Effect::Unknown),
        ("new", Effect::Written),
        // Its own key has what was committed, and nothing above it.
        ("a", Effect::Deleted),
    ];
    // Guards of the others are not waited for.
    let list = arm(begin(&store, "list"));
    assert_eq!(commit(arm(begin(&store, "a")), change).get(), 1);
    assert_eq!(current(&store, "a"), present(1));
    assert_eq!(list.current(), present(2));
    assert_eq!(current(&store, "child"), Current::Missing);
    assert_eq!(current(&store, "odd"), Current::Unknown);
    assert_eq!(current(&store, "new"), present(1));
    assert_eq!(commit(list, Change::new(Effect::Written)).get(), 3);
}

#[test]
fn readers_are_told_of_armed_guards_of_their_key_alone() {
    let store = MemoryStore::new();
    write(&store, "a");
    write(&store, "b");
    let is_being_written = |key| match current(&store, key) {
        Current::Present(validators) => validators.is_being_written,
        other => panic!("{other:?}"),
    };
    let guard = begin(&store, "a");
    assert!(!is_being_written("a"), "not yet");
    let guard = arm(arm(guard));
    assert!(is_being_written("a") && !is_being_written("b"));
    assert_eq!(guard.current(), present(1), "its own eyes");
    let other = arm(begin(&store, "b"));
    commit(guard, Change::new(Effect::Written));
    assert!(!is_being_written("a") && is_being_written("b"));
    other.release().into_inner().unwrap();
    assert!(!is_being_written("b"));
    drop(arm(begin(&store, "a")));
    adopt(&store, "a");
    assert!(!is_being_written("a"), "lost, then adopted");
}

#[test]
fn a_key_whose_guard_is_out_is_a_conflict_to_compare_and_set() {
    let store = MemoryStore::new();
    write(&store, "a");
    let guard = begin(&store, "a");
    let refused = store.compare_and_set("a", &ANY, |_| panic!("must not run"));
    assert_eq!(refused, Err(VersionConflict));
    let refused = store.remove("a", &ANY, |_| panic!("must not run"));
    assert_eq!(refused, Err(VersionConflict));
    assert!(store.compare_and_set("b", &ANY, |_| ()).is_ok());
    drop(guard);
    assert!(store.compare_and_set("a", &ANY, |_| ()).is_ok());
    assert_eq!(begin(&store, "a").current(), present(2));
}

#[test]
fn guards_are_granted_by_arrival() {
    let store = MemoryStore::new();
    let mut guard = begin(&store, "a");
    let mut waiting: Vec<_> = (0..100).map(|_| wait(&store, "a")).collect();
    for one in &mut waiting {
        assert_pending!(one.poll());
    }
    for (place, mut one) in waiting.into_iter().enumerate() {
        let expected = u64::try_from(place).unwrap() + 1;
        assert_eq!(
            commit(arm(guard), Change::new(Effect::Written)).get(),
            expected
        );
        assert_pending!(wait(&store, "a").poll(), "nobody comes between");
        guard = assert_ready_ok!(one.poll());
        assert_eq!(guard.current(), present(expected));
    }
}

#[test]
fn a_thousand_wait_and_more_than_the_limit_are_refused() {
    let store = MemoryStore::new();
    let guard = begin(&store, "a");
    let mut waiting: Vec<_> = (0..1024).map(|_| wait(&store, "a")).collect();
    for one in &mut waiting {
        assert_pending!(one.poll());
    }
    assert_eq!(assert_ready_err!(wait(&store, "a").poll()), Busy);
    // Other keys never wait, and readers neither.
    for key in 0..1000 {
        let key = key.to_string();
        assert_eq!(begin(&store, &key).current(), Current::Unknown);
    }
    assert_eq!(current(&store, "a"), Current::Unknown);
    drop(guard);
    for mut one in waiting {
        let guard = assert_ready_ok!(one.poll());
        commit(arm(guard), Change::new(Effect::Written));
    }
    assert_eq!(current(&store, "a"), present(1024));

    let store = MemoryStore::new().queue_limit(0);
    let _guard = begin(&store, "a");
    assert_eq!(assert_ready_err!(wait(&store, "a").poll()), Busy);
}

#[test]
fn a_fingerprint_is_kept_as_long_as_its_version_is_current() {
    let store = MemoryStore::new();
    let made_by = Fingerprint::from_bytes([7; 32]);
    let write_as = |effect| {
        let mut change = Change::new(effect);
        change.made_by = Some(made_by);
        commit(arm(begin(&store, "a")), change)
    };
    assert_eq!(begin(&store, "a").made_by(), None);
    for effect in [Effect::Written, Effect::Deleted] {
        write_as(effect);
        assert_eq!(begin(&store, "a").made_by(), Some(made_by));
        arm(begin(&store, "a")).release().into_inner().unwrap();
        assert_eq!(begin(&store, "a").made_by(), Some(made_by));
        write(&store, "a");
        assert_eq!(begin(&store, "a").made_by(), None);
    }
    let ends: [End; 4] = [
        |store| _ = raise(store, "a", Effect::Written),
        |store| drop(arm(begin(store, "a"))),
        |store| assert!(store.compare_and_set("a", &ANY, |_| ()).is_ok()),
        |store| assert!(store.remove("a", &ANY, |_| ()).is_ok()),
    ];
    for end in ends {
        write_as(Effect::Written);
        end(&store);
        assert_eq!(begin(&store, "a").made_by(), None);
    }
    write_as(Effect::Unknown);
    assert_eq!(
        begin(&store, "a").made_by(),
        None,
        "nobody knows what it made"
    );
}

#[test]
fn a_tombstone_dropped_under_a_guard_leaves_the_guard_its_view_and_the_floor() {
    let store = MemoryStore::new().tombstone_limit(1);
    write(&store, "a");
    commit(arm(begin(&store, "a")), Change::new(Effect::Deleted));
    let guard = arm(begin(&store, "a"));
    write(&store, "b");
    commit(arm(begin(&store, "b")), Change::new(Effect::Deleted));
    assert_eq!(current(&store, "a"), Current::Unknown, "dropped");
    assert_eq!(guard.current(), Current::Missing);
    assert_eq!(commit(guard, Change::new(Effect::Written)).get(), 3);
}

/// Or else each failing write of a new name would take memory for good.
#[test]
fn keys_whose_first_write_was_lost_are_dropped_like_deleted_ones() {
    let store = MemoryStore::new().tombstone_limit(2);
    for key in 0..100 {
        for _ in 0..3 {
            let key = key.to_string();
            drop(arm(begin(&store, &key)));
            raise(&store, &key, Effect::Unknown);
        }
    }
    let kept = format!("{store:?}");
    assert!(
        kept.contains("keys: 1,") || kept.contains("keys: 2,"),
        "{kept}"
    );
    assert!(
        write(&store, "0") > 6,
        "above what the lost ones would have made"
    );
}

#[test]
fn at_the_end_of_the_counter_no_guard_is_armed_and_a_raise_makes_the_key_unknown() {
    let store = MemoryStore::new();
    store.raise_floor(Version::new(u64::MAX - 2));
    assert_eq!(write(&store, "a"), u64::MAX - 1);
    let guard = arm(begin(&store, "a"));
    raise(&store, "a", Effect::Written);
    let lost = guard.commit(Change::new(Effect::Written)).into_inner();
    assert_eq!(lost.unwrap_err().kind(), CommitErrorKind::Unknown);
    for _ in 0..2 {
        assert_eq!(current(&store, "a"), Current::Unknown);
        assert_eq!(adopt(&store, "a"), Current::Unknown);
        let refused = begin(&store, "a").arm().into_inner();
        assert_eq!(refused.unwrap_err(), VersionsExhausted);
        assert_eq!(raise(&store, "a", Effect::Written), Current::Unknown);
    }
}

#[test]
fn a_deletion_near_the_end_of_the_counter_takes_no_other_key_there() {
    let store = MemoryStore::new().tombstone_limit(0);
    let mut change = Change::new(Effect::Deleted);
    change.committed = Some(Version::new(u64::MAX));
    commit(arm(begin(&store, "a")), change);
    assert_eq!(current(&store, "a"), Current::Missing, "kept");
    assert_eq!(write(&store, "b"), 1);
}
