//! Laws.

mod compare_and_set;
mod guarded;
mod instance;
pub mod keys;
mod law;
mod laws;
mod limits;
mod poll;
mod report;
mod run;
mod suite;
mod trial;

pub use compare_and_set::CompareAndSet;
pub use law::Law;
pub use report::{Outcome, Report};
pub use suite::{Suite, compare_and_set, guarded};
