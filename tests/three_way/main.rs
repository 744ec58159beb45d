//! `merge::three_way`: the rules by examples, and the laws over generated documents.
#![cfg(feature = "json")]

mod arrays;
mod depth;
mod laws;
mod values;
