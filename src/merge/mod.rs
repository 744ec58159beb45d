//! Several opinions made one, as pure functions: no async, no I/O, no format, no clock.
//!
//! | module | takes | gives |
//! |---|---|---|
//! | [`resolution`] | what several sources claim about the fields of a record | the winning claim of each field |

pub mod resolution;
