//! The queue alone: one holder at a time, and everybody who has not given up gets their turn.

use std::{sync::Arc, task::Poll};

use loom::{
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

use crate::{
    run::{block_on, explore, poll_once},
    store::turns::{Take, Turns},
};

fn take(turns: &Turns) -> Take {
    turns.take(*b"a")
}

/// What only one may do at a time: two at once, or one that does not see the other's, lose one.
fn increment(counter: &AtomicUsize) {
    counter.store(counter.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
}

struct Scene {
    turns: Turns,
    counter: Arc<AtomicUsize>,
}

impl Scene {
    fn new() -> Self {
        Self {
            turns: Turns::new(),
            counter: Arc::new(AtomicUsize::new(0)),
        }
    }

    fn increment_in_turn(&self) -> impl FnOnce() + Send + 'static {
        let (turns, counter) = (self.turns.clone(), Arc::clone(&self.counter));
        move || {
            let turn = block_on(take(&turns)).expect("no flood");
            increment(&counter);
            drop(turn);
        }
    }

    fn finish(&self, increments: usize) {
        assert_eq!(self.counter.load(Ordering::Relaxed), increments);
        assert!(!self.turns.is_taken(b"a"), "nothing is left of the key");
    }
}

#[test]
fn two_writers_and_one_that_gives_up() {
    explore(None, || {
        let scene = Scene::new();
        let writers = [(); 2].map(|()| thread::spawn(scene.increment_in_turn()));
        let mut third = take(&scene.turns);
        let mut increments = 2;
        if let Poll::Ready(_turn) = poll_once(&mut third) {
            increment(&scene.counter);
            increments += 1;
        }
        // Waiting, or granted and never told, or over.
        drop(third);
        for writer in writers {
            writer.join().unwrap();
        }
        scene.finish(increments);
    });
}

#[test]
fn three_writers() {
    explore(None, || {
        let scene = Scene::new();
        let writers = [(); 2].map(|()| thread::spawn(scene.increment_in_turn()));
        scene.increment_in_turn()();
        for writer in writers {
            writer.join().unwrap();
        }
        scene.finish(3);
    });
}

/// The one that gives up has stood in the line before the one that must not wait for ever.
#[test]
fn a_turn_passes_by_one_that_gives_up_just_when_it_is_granted() {
    explore(None, || {
        let scene = Scene::new();
        let mut first = take(&scene.turns);
        let Poll::Ready(turn) = poll_once(&mut first) else {
            unreachable!("the key is free")
        };
        let mut second = take(&scene.turns);
        assert!(poll_once(&mut second).is_pending());
        let writer = thread::spawn(scene.increment_in_turn());
        let leaver = thread::spawn(move || drop(second));
        drop(turn);
        leaver.join().unwrap();
        writer.join().unwrap();
        scene.finish(1);
    });
}
