//! HTTP conditional requests and optimistic concurrency for Tower services.

#[cfg(feature = "axum")]
pub mod axum;
mod body;
pub mod coded_tag;
pub mod conditional;
mod current;
mod entity_tag;
mod error;
mod key;
pub mod merge;
pub mod precondition;
pub mod store;
mod version;

#[cfg(feature = "axum")]
pub use self::axum::Preconditions;
pub use coded_tag::CodedTagLayer;
pub use conditional::{Conditional, ConditionalLayer, Event, EventKind};
pub use current::{Current, Validators};
pub use entity_tag::EntityTag;
pub use error::{
    BoxError, InvalidEntityTag, InvalidEntityTagKind, InvalidVersion, InvalidVersionKind,
};
pub use key::{Access, KeyExtractor, PathKey, PathKeys, RequestHead};
pub use precondition::{Committed, Observed, Rejection, VersionConflict, WritePermit};
pub use store::{BoxVersionStore, MemoryStore, VersionStore, from_async, store_fn};
pub use version::Version;
