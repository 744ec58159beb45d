#![allow(
    dead_code,
    unreachable_pub,
    reason = "the library's files, of which a schedule uses a part"
)]

pub(crate) mod memory;
pub(crate) mod sync;
#[path = "../../../src/store/turns.rs"]
pub(crate) mod turns;

pub(crate) use tower_conditional::store::{
    Busy, Change, CommitError, CommitErrorKind, Effect, Fingerprint, Guard, GuardedStore,
    VersionStore, VersionsExhausted,
};
