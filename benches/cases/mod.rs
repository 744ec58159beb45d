//! The cases of the header check: each is a service beside the bare one that it stands around,
//! and the requests that both get.
//!
//! The bare service answers 200 with a `Content-Type` and five bytes. Unless its name says
//! otherwise, a case asks in turn for the 64 keys of a `MemoryStore`, by a path of 44 bytes, and
//! all versions are below 256 (their tags are made in advance). What is measured is the call:
//! from the request to its answer, and what it takes to drop both. Making the request is not in
//! it.

mod axum_router;
mod beside_bare;
mod case;
mod etag_cache;
mod exchange;
mod guarded;
mod handler;
mod peers;
mod reads;
mod stores;
mod typed_headers;
mod writes;

use beside_bare::beside_bare;
pub use case::{Batch, Case, Role, Side, Sides};

/// All cases, in the order of the tables.
#[must_use]
pub fn all() -> Vec<Case> {
    let mut cases = of_http_1();
    cases.extend(of_http_02());
    cases
}

/// All but one peer's.
#[must_use]
pub fn of_http_1() -> Vec<Case> {
    let mut cases = Vec::new();
    cases.extend(peers::cases());
    cases.extend(reads::cases());
    cases.extend(writes::cases());
    cases.extend(guarded::cases());
    cases.extend(axum_router::cases());
    cases
}

/// tower-etag-cache's, in a program of its own.
#[must_use]
pub fn of_http_02() -> Vec<Case> {
    etag_cache::cases()
}
