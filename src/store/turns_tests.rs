//! The queue, poll by poll. Its interleavings are in `tests/schedules`.

use std::{
    sync::{
        Arc, OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
    task::Wake,
};

use tokio_test::{assert_pending, assert_ready_err, assert_ready_ok, task};

use super::{
    Busy,
    turns::{Take, Turns},
};

fn take(turns: &Turns, key: &str) -> task::Spawn<Take> {
    task::spawn(turns.take(key.as_bytes()))
}

#[test]
fn a_free_key_is_taken_at_the_first_poll_and_forgotten_afterwards() {
    let turns = Turns::new();
    let mut first = take(&turns, "a");
    assert!(!turns.is_taken(b"a"), "not before it is polled");
    let turn = assert_ready_ok!(first.poll());
    assert_eq!(**turn.key(), *b"a");
    assert!(turns.is_taken(b"a"));
    assert!(!turns.is_taken(b"b"));
    drop(turn);
    assert!(!turns.is_taken(b"a"));
}

#[test]
fn turns_go_by_arrival_and_wake_one_alone() {
    let turns = Turns::new();
    let mut waiting: Vec<_> = (0..10).map(|_| take(&turns, "a")).collect();
    let mut turn = assert_ready_ok!(waiting.remove(0).poll());
    for one in &mut waiting {
        assert_pending!(one.poll());
    }
    while !waiting.is_empty() {
        drop(turn);
        let is_woken: Vec<_> = waiting.iter().map(task::Spawn::is_woken).collect();
        assert!(is_woken[0] && !is_woken[1..].contains(&true));
        for later in &mut waiting[1..] {
            assert_pending!(later.poll(), "also when polled before the first");
        }
        turn = assert_ready_ok!(waiting.remove(0).poll());
    }
    // A turn that nobody has fetched yet is no free one.
    let mut next = take(&turns, "a");
    assert_pending!(next.poll());
    drop(turn);
    assert_pending!(take(&turns, "a").poll());
    assert_ready_ok!(next.poll());
}

#[test]
fn different_keys_never_wait_for_each_other() {
    let turns = Turns::new();
    let _turn = assert_ready_ok!(take(&turns, "a").poll());
    // So many that some share a lock.
    for key in 0..1000 {
        assert_ready_ok!(take(&turns, &key.to_string()).poll());
    }
}

#[test]
fn one_that_gives_up_is_passed_over() {
    let turns = Turns::new();
    let turn = assert_ready_ok!(take(&turns, "a").poll());
    let [mut first, mut second, mut third] = [(); 3].map(|()| take(&turns, "a"));
    assert_pending!(first.poll());
    assert_pending!(second.poll());
    assert_pending!(third.poll());
    drop(second);
    drop(turn);
    let turn = assert_ready_ok!(first.poll());
    drop(first);
    drop(turn);
    assert!(third.is_woken());
    assert_ready_ok!(third.poll());
    assert!(!turns.is_taken(b"a"));
}

#[test]
fn a_turn_that_was_granted_and_never_fetched_is_passed_on() {
    let turns = Turns::new();
    let turn = assert_ready_ok!(take(&turns, "a").poll());
    let [mut first, mut second] = [(); 2].map(|()| take(&turns, "a"));
    assert_pending!(first.poll());
    assert_pending!(second.poll());
    drop(turn);
    assert!(first.is_woken() && !second.is_woken());
    drop(first);
    assert!(second.is_woken());
    drop(second);
    assert!(!turns.is_taken(b"a"), "nor is anything left");
}

#[test]
fn a_wait_that_was_never_polled_or_is_over_leaves_nothing() {
    let turns = Turns::new();
    drop(take(&turns, "a"));
    let turn = assert_ready_ok!(take(&turns, "a").poll());
    drop(take(&turns, "a"));
    let mut next = take(&turns, "a");
    assert_pending!(next.poll());
    drop(turn);
    let turn = assert_ready_ok!(next.poll());
    assert_pending!(next.poll(), "over");
    drop(next);
    assert!(turns.is_taken(b"a"));
    drop(turn);
    assert!(!turns.is_taken(b"a"));
}

#[test]
fn past_the_limit_of_a_key_writers_are_refused() {
    let turns = Turns::new();
    turns.set_limit(2);
    let turn = assert_ready_ok!(take(&turns, "a").poll());
    let [mut first, mut second] = [(); 2].map(|()| take(&turns, "a"));
    assert_pending!(first.poll());
    assert_pending!(second.poll());
    assert_eq!(assert_ready_err!(take(&turns, "a").poll()), Busy);
    assert_ready_ok!(take(&turns, "b").poll());
    drop(second);
    assert_pending!(take(&turns, "a").poll());
    turns.set_limit(0);
    assert_eq!(assert_ready_err!(take(&turns, "a").poll()), Busy);
    drop(turn);
    drop(first);
    assert_ready_ok!(take(&turns, "a").poll());
}

/// Looks at the queue when it is woken and when it is dropped, as a task that ends then may.
struct Looking {
    turns: OnceLock<Turns>,
    looks: Arc<AtomicUsize>,
}

impl Looking {
    fn look(&self) {
        if let Some(turns) = self.turns.get() {
            turns.is_taken(b"a");
            self.looks.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl Wake for Looking {
    fn wake(self: Arc<Self>) {
        self.look();
    }
}

impl Drop for Looking {
    fn drop(&mut self) {
        self.look();
    }
}

#[test]
fn wakers_are_woken_and_dropped_outside_the_lock() {
    let turns = Turns::new();
    let looks = Arc::new(AtomicUsize::new(0));
    let waker = || {
        let looking = Looking {
            turns: turns.clone().into(),
            looks: Arc::clone(&looks),
        };
        Arc::new(looking).into()
    };
    let poll = |take: &mut Take| {
        let waker = waker();
        let mut cx = std::task::Context::from_waker(&waker);
        std::pin::Pin::new(take).poll(&mut cx).is_ready()
    };
    let turn = assert_ready_ok!(take(&turns, "a").poll());
    let mut first = turns.take(*b"a");
    let mut second = turns.take(*b"a");
    assert!(!poll(&mut first) && !poll(&mut second));
    assert_eq!(looks.load(Ordering::Relaxed), 0);
    assert!(!poll(&mut first));
    assert_eq!(looks.load(Ordering::Relaxed), 1, "the older waker");
    drop(second);
    assert_eq!(looks.load(Ordering::Relaxed), 2, "the one that left");
    drop(turn);
    assert_eq!(looks.load(Ordering::Relaxed), 4, "woken, then dropped");
    assert!(poll(&mut first));
}
