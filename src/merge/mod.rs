//! Several opinions made one, as pure functions: no async, no I/O, no clock.
//!
//! | module | takes | gives |
//! |---|---|---|
//! | [`resolution`] | what several sources claim about the fields of a record | the winning claim of each field |
//! | `three_way` (feature `json`) | a JSON document, and two edits of it | one with the changes of both, or their conflicts |

pub mod resolution;
#[cfg(feature = "json")]
pub mod three_way;

#[cfg(feature = "json")]
pub use three_way::{ThreeWay, three_way};
