//! What concurrent code of this folder is made of. `tests/schedules` compiles that code once more,
//! with loom's instead, and runs it under every interleaving: so it takes these from here alone.

pub(crate) use std::sync::{
    Arc, Mutex, MutexGuard,
    atomic::{AtomicUsize, Ordering},
};
