//! What concurrent code of this folder is made of. `tests/schedules` compiles that code once more,
//! with loom's instead, and runs it under every interleaving: so it takes these from here alone.

pub(crate) use std::sync::{
    Mutex, MutexGuard,
    atomic::{AtomicU64, AtomicUsize, Ordering},
};

/// How many locks keys share, where they share some.
pub(crate) const STRIPES: usize = 64;
