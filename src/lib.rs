//! HTTP conditional requests and optimistic concurrency for Tower services: versions as `ETag`s,
//! 304, 412, and no lost update.
//!
//! A [`ConditionalLayer`] wraps any Tower service (axum, hyper, tonic), asks a [`VersionStore`]
//! for the current [`Version`] of the resource that a request is about, judges the request's
//! preconditions by RFC 9110 §13, and answers 304 and 412 without calling the service. A write
//! that goes on carries a [`WritePermit`], under which the handler writes as one step with the
//! check, and says what it [`Committed`].
//!
//! | to | see |
//! |---|---|
//! | put the layer around a service | [`conditional`] |
//! | check and write as one step, with any handler | [`conditional::guarded`] |
//! | do both for gRPC calls | `grpc` |
//! | keep versions, in rows or in memory | [`store`] |
//! | say which resource a request is about | [`KeyExtractor`], [`PathKey`] |
//! | judge preconditions without a layer | [`precondition`], and `Preconditions` for axum |
//! | compress what is tagged | [`coded_tag`] |
//! | put the version into JSON, on request | [`include`](mod@include) |
//! | compare contents by their hash | [`integrity`] |
//! | merge what several sources say, or two edits | [`merge`] |
//! | write to such a server without losing updates | `client` |
//!
//! # Features
//! None is on by default; the default build has no runtime and no database in it.
//!
//! | feature | adds |
//! |---|---|
//! | `axum` | extractors, response parts, `into_make_service`, `Preconditions` |
//! | `cached` | `CachedStore`, a read cache in front of any store (quick_cache) |
//! | `client` | `client::Updater`, which re-reads, merges and retries |
//! | `conformance` | the suite of laws that every store passes, for stores of one's own |
//! | `grpc` | `grpc::GrpcKeys`: gRPC calls behind the same layer, in front of tonic or beside HTTP |
//! | `json` | [`ContentHash`] of any `Serialize` value, `merge::three_way` |
//! | `postgres` | the ledger in a PostgreSQL database, and handlers in its transaction (sqlx) |
//! | `serde` | [`Version`] as a plain integer, [`ContentHash`] as its hex digits |
//! | `sqlite` | the ledger in an SQLite file, and handlers in its transaction (sqlx) |
//! | `tokio` | `tokio_spawn`, for guarded writes |
//! | `tracing` | the layer's [`Event`]s as `tracing` events |
//! | `full` | all of these |

#[cfg(feature = "axum")]
mod axum;
mod body;
#[cfg(feature = "client")]
pub mod client;
pub mod coded_tag;
pub mod conditional;
mod current;
mod entity_tag;
mod error;
#[cfg(feature = "grpc")]
pub mod grpc;
#[cfg(not(feature = "grpc"))]
mod grpc;
pub mod include;
pub mod integrity;
mod key;
pub mod merge;
mod path_key;
pub mod precondition;
pub mod store;
mod version;

#[cfg(feature = "axum")]
pub use self::axum::{MissingPermit, Preconditions};
pub use coded_tag::CodedTagLayer;
#[cfg(feature = "tokio")]
pub use conditional::tokio_spawn;
pub use conditional::{Affects, Conditional, ConditionalLayer, Event, EventKind, RequestBody};
pub use current::{Current, Validators};
pub use entity_tag::EntityTag;
pub use error::{
    BoxError, InvalidEntityTag, InvalidEntityTagKind, InvalidVersion, InvalidVersionKind,
};
pub use include::{IncludeVersionLayer, ItemVersions, include_item_versions, include_version};
pub use integrity::ContentHash;
pub use key::{Access, KeyExtractor, PathKeys, RequestHead};
pub use path_key::PathKey;
pub use precondition::{
    Committed, Observed, Rejection, VersionConflict, VersionWanted, WritePermit,
};
pub use store::{BoxVersionStore, MemoryStore, StoreFn, VersionStore, from_async, store_fn};
pub use version::Version;

#[cfg(all(doctest, feature = "axum"))]
#[doc = include_str!("../README.md")]
struct Readme;
