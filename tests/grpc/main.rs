//! The layer between real tonic clients and servers, over sockets and HTTP/2, and raw HTTP/2
//! requests where no tonic client would send them.

mod beside;
mod compare_and_set;
mod frames;
mod guarded;
#[allow(warnings, clippy::all, clippy::pedantic)]
#[path = "../../examples/support/notes.rs"]
mod notes;
mod raw;
mod refusals;
mod service;
mod streaming;
mod trailers;
