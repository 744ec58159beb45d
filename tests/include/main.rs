//! `?include=version`: what goes into a body, what stays as it was, and what its fields say.

mod frames;
mod items;
mod laws;
mod layer;
mod memory;
mod servers;
mod table;
