//! The middleware: preconditions before the service runs, tags on what it answers.
//!
//! [`ConditionalLayer::new`] is the compare-and-set protocol: the layer looks the version up,
//! judges the preconditions, refuses early, and hands the handler a
//! [`WritePermit`](crate::WritePermit). The handler writes under it, in one statement or one
//! transaction, and answers [`Committed`](crate::Committed), or
//! [`VersionConflict`](crate::VersionConflict). That is right on any number of instances, with no
//! lock held, and safe when a request is cancelled.
//!
//! [`ConditionalLayer::guarded`] is the guarded protocol, for handlers that know nothing of
//! versions: the layer holds the store's guard from the check to the commit. [`guarded`] has its
//! rules; those on reads below, and on where the layer stands, are the same for both.
//!
//! # Rules
//! 1. Reads ([`Access::Read`](crate::Access::Read)): the version is looked up before the service
//!    runs, so a label is never newer than the content. A 304 or 412 does not reach the service.
//!    A 2xx, but not 202, gets the `ETag`, `Last-Modified` where the store keeps times, and the
//!    declared fields ([`cache_control`](ConditionalLayer::cache_control),
//!    [`vary`](ConditionalLayer::vary), [`declare`](ConditionalLayer::declare)), which stand on
//!    a 304 as well (RFC 9110 §15.4.5). A handler that sets another `ETag`, or caching fields
//!    that were not declared, keeps them, and an [`Event`] tells, since no 304 can know them.
//! 2. Writes ([`Access::Write`](crate::Access::Write)): the `ETag` comes from the commit alone.
//!    No commit known: no tag. None on 202, none on DELETE. A tag on the answer to a PUT is a
//!    deviation from §9.3.4 for handlers that answer with the resource as it now is (and should
//!    say so by `Content-Location`); [`tag_put_answers`](ConditionalLayer::tag_put_answers)
//!    switches it off.
//! 3. `POST` answers may have a tag: of the resource that `Content-Location`, or on a 201
//!    `Location`, names.
//! 4. A store that is down: reads pass with no tag, no 304 and no Range; writes, and reads under
//!    If-Match or If-Unmodified-Since, get 503 with `Retry-After`, and nothing is executed.
//! 5. A 206 is let out only if the version after the handler is the one before it, else it is
//!    412 under an If-Match or If-Unmodified-Since that has become false, and 503 otherwise.
//! 6. A store that has to be waited for is asked in the call, and the service is called when the
//!    future is polled. One that knows at once
//!    ([`try_current`](crate::VersionStore::try_current)) lets the call do all: it calls the service.
//! 7. `Date` is left to the server (hyper sets it on every answer).
//!
//! # Where it stands
//! Innermost: what the same request would be refused for without preconditions comes first
//! (§13.2.1), so authentication, routing (404, 405) and media type checks stand outside. In axum
//! that is [`MethodRouter::route_layer`]: `get(read).put(update).route_layer(layer)`. (Both
//! `layer`s, and `Router::route_layer` too, also wrap the answer 405 to other methods, and their
//! preconditions would be judged first.) Around a whole router it works as well, cheaper per
//! request, with a [key extractor](crate::KeyExtractor) that names the resource paths and says
//! [`Access::Neither`](crate::Access::Neither) to all else.
//!
//! # Caveat
//! With compare-and-set the check before the handler is an optimisation, no protection: a handler
//! that ignores its permit loses updates. A conditional write that succeeds without `Committed` is
//! counted ([`missing_commits`](ConditionalLayer::missing_commits)), told by an [`Event`], and with
//! [`strict_commits`](ConditionalLayer::strict_commits) an error.
//!
//! # Example
//! On a bare Tower service, with an upstream that knows the version:
//!
//! ```
//! use http::{Request, Response, StatusCode, header};
//! use tower::{Layer, Service, ServiceExt, service_fn};
//! use tower_conditional::{ConditionalLayer, PathKey, Version, store_fn};
//!
//! # tokio_test::block_on(async {
//! let layer = ConditionalLayer::new(store_fn(|_: PathKey| async { Version::new(5) }))
//!     .cache_control("private, no-cache");
//! let service = layer.layer(service_fn(|_: Request<String>| async {
//!     Ok::<_, std::convert::Infallible>(Response::new(String::from("hello")))
//! }));
//!
//! let request = Request::get("/greeting").header(header::IF_NONE_MATCH, "\"5\"");
//! let response = service.oneshot(request.body(String::new())?).await?;
//! assert_eq!(response.status(), StatusCode::NOT_MODIFIED);
//! assert_eq!(response.headers()[header::ETAG], "\"5\"");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # }).unwrap();
//! ```
//!
//! [`MethodRouter::route_layer`]: https://docs.rs/axum/0.8/axum/routing/method_routing/struct.MethodRouter.html#method.route_layer

#[cfg(feature = "grpc")]
mod call;
mod decide;
mod event;
mod exchange;
mod future;
pub mod guarded;
mod label;
mod layer;
#[cfg(feature = "axum")]
mod make_service;
mod mode;
mod policy;
mod reject;
mod resource;
mod service;

pub use crate::body::ResponseBody;
pub use event::{Event, EventKind};
pub use future::ResponseFuture;
#[cfg(feature = "tokio")]
pub use guarded::tokio_spawn;
pub use guarded::{Affects, RequestBody};
pub use layer::ConditionalLayer;
#[cfg(feature = "axum")]
pub use make_service::{AxumFuture, AxumService};
pub use mode::{CompareAndSet, Guarded, InPlace};
pub use service::Conditional;
