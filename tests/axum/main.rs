//! The layer and its words in axum: extractors, response parts, placements, real sockets.
#![cfg(feature = "axum")]

mod not_modified;
mod parts;
mod placement;
mod preconditions;
mod support;
mod wire;
