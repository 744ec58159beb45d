//! One strong entity-tag per content coding, around a compressing layer.
//!
//! A strong tag names one sequence of bytes (RFC 9110 §8.8.1), so the gzipped representation of
//! version 5 cannot have the tag `"5"` of the plain one. Layers that compress leave the tag as it
//! is. [`CodedTagLayer`] stands outside of them and makes it `"5-gzip"`, by the
//! `Content-Encoding` that it sees.
//!
//! # Rules
//! 1. Out: the strong tag of a successful answer with one declared coding gets the coding as a
//!    suffix; with any other `Content-Encoding` it becomes weak.
//! 2. In: `If-None-Match` and `If-Match` of a GET or HEAD lose the suffix of a coding that the
//!    request accepts (§12.5.3); of an unsafe method, that of any declared coding, so that a
//!    client that has read gzip can write. `If-Range` keeps it, and so never matches: parts of
//!    two codings do not fit together.
//! 3. A 304 names the tag that the client holds, strong as on the 200. It has no `Content-Encoding`, no length and no
//!    content, whatever the compressing layer has made of it.
//! 4. `Vary: Accept-Encoding` stands on every successful answer to a GET or HEAD and on its 304.
//!
//! # The one right order
//! From outside: authentication, `CodedTagLayer`, compression, `IncludeVersionLayer`,
//! [`ConditionalLayer`](crate::ConditionalLayer), handler. Compression outside of this layer
//! gives two representations one strong tag; inside of the conditional layer it may replace the
//! status that the conditional layer judges by.
//!
//! # Caveat
//! Tags that are made inside must not end in a hyphen and the name of a coding: such a tag and
//! that of a compressed representation would be one.
//! [`variants`](crate::ConditionalLayer::variants) refuses such names.
//!
//! # Example
//! ```
//! use tower::ServiceBuilder;
//! use tower_conditional::{
//!     CodedTagLayer, ConditionalLayer, IncludeVersionLayer, MemoryStore,
//! };
//! use tower_http::compression::CompressionLayer;
//!
//! let layers = ServiceBuilder::new()
//!     .layer(CodedTagLayer::new())
//!     .layer(CompressionLayer::new())
//!     .layer(IncludeVersionLayer::new())
//!     .layer(ConditionalLayer::new(MemoryStore::new()));
//! # let _ = layers;
//! ```

mod accept_encoding;
mod future;
mod layer;
mod request_tags;
mod service;

pub use future::ResponseFuture;
pub use layer::CodedTagLayer;
pub use service::CodedTag;
