//! The queue of writers and the memory store's guards under loom: every interleaving of a few
//! threads.
//!
//! The library's own files are compiled here once more, with loom's locks and atomics for std's
//! (`store::sync`) and a map of loom's parts for papaya's (`store::memory::map`). The map is
//! taken for what it promises, one operation after the other.

mod current;
mod guards;
mod precondition;
mod run;
mod store;
mod turns;
mod version;
