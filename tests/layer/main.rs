//! The layer's service and future, polled by hand: no server, no runtime, no clock to wait for.

mod accesses;
mod arbitrary;
mod declared;
mod events;
mod keys;
mod ranges;
mod readiness;
mod reads;
mod refusals;
mod store_down;
mod support;
mod writes;
