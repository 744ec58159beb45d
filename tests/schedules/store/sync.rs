pub(crate) use loom::sync::{
    Mutex, MutexGuard,
    atomic::{AtomicU64, AtomicUsize, Ordering},
};

/// All keys share one lock: which one a hash would give differs from run to run.
pub(crate) const STRIPES: usize = 1;
