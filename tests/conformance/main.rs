//! The suite of laws: a store that keeps them all passes, and of stores that break one each fails
//! exactly the case that names the law.

mod broken;
mod memory;
mod reference;
mod rows;
mod support;
