use std::{
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use futures_timer::Delay;

/// For how long a guard may be held, if that is limited. The clock starts when the guard's holder
/// first has to wait for something.
pub(super) struct Hold {
    limit: Option<Duration>,
    delay: Option<Delay>,
}

impl Hold {
    pub(super) const fn new(limit: Option<Duration>) -> Self {
        Self { limit, delay: None }
    }

    /// Whether the time is over; if not, the task is woken when it is.
    pub(super) fn is_over(&mut self, cx: &mut Context<'_>) -> bool {
        let Some(limit) = self.limit else {
            return false;
        };
        let delay = self.delay.get_or_insert_with(|| delay(limit));
        Pin::new(delay).poll(cx).is_ready()
    }
}

/// A timer, for a time that may be longer than clocks can count.
pub(super) fn delay(limit: Duration) -> Delay {
    const A_CENTURY: Duration = Duration::from_hours(100 * 365 * 24);
    Delay::new(limit.min(A_CENTURY))
}

/// A [`Poll`] that is over at a deadline.
pub(super) enum Limited<T> {
    Done(T),
    Over,
}

/// What came of a poll within the time for which a guard may be held.
pub(super) fn within<T>(
    hold: &mut Hold,
    cx: &mut Context<'_>,
    polled: Poll<T>,
) -> Poll<Limited<T>> {
    match polled {
        Poll::Ready(done) => Poll::Ready(Limited::Done(done)),
        Poll::Pending if hold.is_over(cx) => Poll::Ready(Limited::Over),
        Poll::Pending => Poll::Pending,
    }
}
