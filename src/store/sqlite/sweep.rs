//! The task that takes the intents of dropped guards out of the ledger.

use std::{
    sync::{
        Arc, Weak,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tokio::{runtime::Handle, time::sleep};

use super::inner::Inner;

/// Between two attempts on a database that fails.
const PAUSE: Duration = Duration::from_millis(250);

/// Whether the task is there.
#[derive(Default)]
pub(super) struct Sweeping(AtomicBool);

/// Starts the task on `runtime`, if there is something to do and nobody does it. Where the runtime
/// is gone nothing happens, and the next one who begins a guard starts it.
pub(super) fn start(inner: &Arc<Inner>, runtime: &Handle) {
    let has_lost = |inner: &Inner| inner.place_if_used().is_some_and(|it| it.owner.has_lost());
    if !has_lost(inner) || inner.sweeping.0.swap(true, Ordering::AcqRel) {
        return;
    }
    let task = Task(Arc::downgrade(inner));
    runtime.spawn(async move {
        while let Some(inner) = task.0.upgrade() {
            let swept = inner.sweep().await;
            // What is added while this ends is for the next task.
            if swept.is_ok() {
                inner.sweeping.0.store(false, Ordering::Release);
                if !has_lost(&inner) || inner.sweeping.0.swap(true, Ordering::AcqRel) {
                    return;
                }
                continue;
            }
            drop(inner);
            sleep(PAUSE).await;
        }
    });
}

/// The task, until it ends or its runtime does. Two at a time would do no harm.
struct Task(Weak<Inner>);

impl Drop for Task {
    fn drop(&mut self) {
        if let Some(inner) = self.0.upgrade() {
            inner.sweeping.0.store(false, Ordering::Release);
        }
    }
}
