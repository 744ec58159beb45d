//! Stores and keys: the memory store under threads and against a model, the adapters that make
//! stores of closures, and the laws of path keys.

mod adapters;
mod guards;
mod memory;
mod model;
mod path_key;
mod races;
mod store;
mod support;
