//! Futures, driven without a runtime.

use std::{
    cell::Cell,
    future::poll_fn,
    pin::{Pin, pin},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
    time::Duration,
};

use futures_timer::Delay;

/// A future that stays where it is: stores need not be `Send` for the suite.
pub(super) type Local<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// What `future` gives within `limit`.
pub(super) async fn limited<T>(limit: Duration, future: impl Future<Output = T>) -> Option<T> {
    let mut future = pin!(future);
    let mut delay = None;
    poll_fn(move |cx| match future.as_mut().poll(cx) {
        Poll::Ready(value) => Poll::Ready(Some(value)),
        // Most are ready at once, and need no timer.
        Poll::Pending => {
            let delay = delay.get_or_insert_with(|| Delay::new(limit));
            Pin::new(delay).poll(cx).map(|()| None)
        }
    })
    .await
}

/// What `future` gives, unless it is still pending after its `polls`-th poll: it is dropped then.
pub(super) async fn cut<T>(polls: usize, future: impl Future<Output = T>) -> Option<T> {
    if polls == 0 {
        return None;
    }
    let mut future = pin!(future);
    let mut left = polls;
    poll_fn(move |cx| {
        left -= 1;
        match future.as_mut().poll(cx) {
            Poll::Ready(value) => Poll::Ready(Some(value)),
            Poll::Pending if left == 0 => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}

/// Lets others go first, `times` times.
pub(super) async fn yield_now(times: usize) {
    let left = Cell::new(times);
    poll_fn(|cx| match left.get() {
        0 => Poll::Ready(()),
        some => {
            left.set(some - 1);
            cx.waker().wake_by_ref();
            Poll::Pending
        }
    })
    .await;
}

/// Runs all at the same time, and gives what each has given. The first polls go round from the
/// one at `first`, so that different firsts make different races.
pub(super) async fn join_all<T>(futures: Vec<Local<'_, T>>, first: usize) -> Vec<T> {
    let parent = Arc::new(Mutex::new(Waker::noop().clone()));
    let mut children: Vec<Child<'_, T>> = (futures.into_iter())
        .map(|future| Child::Running(future, Arc::new(Woken::new(&parent))))
        .collect();
    let count = children.len();
    poll_fn(|cx| {
        parent
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone_from(cx.waker());
        let mut is_done = true;
        for at in 0..count {
            is_done &= children[(at + first) % count].poll();
        }
        if is_done {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    })
    .await;
    let done = |child| match child {
        Child::Done(value) => Some(value),
        Child::Running(..) => None,
    };
    children.into_iter().filter_map(done).collect()
}

enum Child<'a, T> {
    Running(Local<'a, T>, Arc<Woken>),
    Done(T),
}

impl<T> Child<'_, T> {
    /// Polls it if it was woken; whether it is done.
    fn poll(&mut self) -> bool {
        if let Self::Running(future, woken) = self
            && woken.is_woken.swap(false, Ordering::AcqRel)
        {
            let waker = Waker::from(Arc::clone(woken));
            if let Poll::Ready(value) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
                *self = Self::Done(value);
            }
        }
        matches!(self, Self::Done(_))
    }
}

/// The waker of one future among many.
struct Woken {
    is_woken: AtomicBool,
    parent: Arc<Mutex<Waker>>,
}

impl Woken {
    fn new(parent: &Arc<Mutex<Waker>>) -> Self {
        Self {
            is_woken: AtomicBool::new(true),
            parent: Arc::clone(parent),
        }
    }
}

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.is_woken.store(true, Ordering::Release);
        let parent = self.parent.lock().unwrap_or_else(PoisonError::into_inner);
        let parent = parent.clone();
        parent.wake();
    }
}
