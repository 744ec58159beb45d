//! Tags of content codings and of variants (RFC 9110 §8.8.3.3): one strong tag names one sequence
//! of bytes, and a client that has read any of them can revalidate and write.

mod codings;
mod layers;
mod variants;
