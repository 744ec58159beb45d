//! The guarded protocol: polled by hand over a store that does as it is told, then on runtimes
//! and real servers.

mod admission;
mod affects;
mod bodies;
mod endings;
mod faults;
mod judging;
mod leaving;
mod posts;
mod probing;
mod queue;
mod races;
mod retries;
mod servers;
#[cfg(feature = "tracing")]
mod spans;
mod support;
