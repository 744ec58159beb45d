//! `?include=version`: the version of a resource as a member of its JSON.
//!
//! For clients that keep the version with the data, or that cannot see fields. The member goes in
//! while the body passes: no tree of values, no copy of a frame, memory that does not depend on
//! the body's size; the first byte leaves before the last one has come.
//!
//! # Rules
//! 1. A request asks by its [query](asks_for_version). Its `Range` and `If-Range` are taken out;
//!    preconditions are judged as ever, and a 304 is a 304.
//! 2. The answer tells its version itself: [`Committed`](crate::Committed) or
//!    [`Observed`](crate::Observed) in its extensions, else an `ETag` that is a version's. No
//!    version told: left alone. [`VersionWanted`](crate::VersionWanted) in the request's
//!    extensions makes the layers inside tell it where the `ETag` does not.
//! 3. The member goes to the end of the top-level object, or of each item of a list whose
//!    versions the handler gives ([`ItemVersions`]). An object that has a member of this name at
//!    its top level, escapes in the name or not, keeps it and gets no other.
//! 4. Left alone: answers that are not 2xx, 204, 205, 206 and 226; other media types than
//!    `application/json` and `+json`; encoded content; other values than objects, told by the
//!    outer structure alone: strings, brackets, and nothing but white space (64 KiB at most)
//!    behind the last brace. Such a body passes unchanged, to the byte.
//! 5. `Content-Length`, `Content-Digest` and `Repr-Digest` go as soon as the content may change,
//!    since the fields leave before it is seen; on HEAD too. (`Content-Digest` in a trailer goes
//!    if the content did change.) The hint of the body's size has bounds that hold.
//! 6. A body that fails does so here too. The brace that was held back for the end is then not
//!    sent.
//! 7. In a list, an item gets its version when its brace closes; the rest of the list has not
//!    been seen by then.
//!
//! # Where it stands
//! Outside [`ConditionalLayer`](crate::ConditionalLayer), which labels the answer, and inside
//! compression, which would hide it. In axum it may also stand around a whole `Router`.
//!
//! # Caveat
//! The answers with and without the member have different bytes and the same strong `ETag`. They
//! are representations of different resources for every cache and client (RFC 9110 §8.8.1: a
//! validator is about one resource, and the query is part of what names it), so nothing mixes
//! them up; but who compares tags of different URIs must know it. A `Content-Location` without a
//! query, which would say that the content is that of the plain URI (§8.7), gets the query that
//! asks for the member.
//!
//! # Example
//! ```
//! use bytes::Bytes;
//! use http::{Request, Response, header};
//! use http_body_util::{BodyExt, Full};
//! use tower::{ServiceBuilder, ServiceExt, service_fn};
//! use tower_conditional::{ConditionalLayer, IncludeVersionLayer, PathKey, Version, store_fn};
//!
//! # tokio_test::block_on(async {
//! let service = ServiceBuilder::new()
//!     .layer(IncludeVersionLayer::new())
//!     .layer(ConditionalLayer::new(store_fn(|_: PathKey| async { Version::new(5) })))
//!     .service(service_fn(|_: Request<String>| async {
//!         Response::builder()
//!             .header(header::CONTENT_TYPE, "application/json")
//!             .body(Full::<Bytes>::from(r#"{"name":"a"}"#))
//!     }));
//!
//! let request = Request::get("/models/7?include=version").body(String::new())?;
//! let response = service.oneshot(request).await?;
//! assert_eq!(response.headers()[header::ETAG], "\"5\"");
//! assert_eq!(response.into_body().collect().await?.to_bytes(), r#"{"name":"a","version":5}"#);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # }).unwrap();
//! ```

mod answer;
mod body;
mod content;
mod edit;
mod future;
mod item_versions;
mod layer;
mod member;
mod query;
mod scan;
mod service;

pub use answer::{include_item_versions, include_version};
pub use body::ResponseBody;
pub use future::ResponseFuture;
pub use item_versions::ItemVersions;
pub use layer::IncludeVersionLayer;
pub use query::asks_for_version;
pub use service::IncludeVersion;
