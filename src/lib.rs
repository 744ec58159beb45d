//! HTTP conditional requests and optimistic concurrency for Tower services.

mod current;
mod entity_tag;
mod error;
mod key;
pub mod precondition;
pub mod store;
mod version;

pub use current::{Current, Validators};
pub use entity_tag::EntityTag;
pub use error::{
    BoxError, InvalidEntityTag, InvalidEntityTagKind, InvalidVersion, InvalidVersionKind,
};
pub use key::{Access, KeyExtractor, PathKey, PathKeys, RequestHead};
pub use precondition::{Committed, Observed, Rejection, VersionConflict, WritePermit};
pub use store::{BoxVersionStore, MemoryStore, VersionStore, from_async, store_fn};
pub use version::Version;
