//! gRPC calls behind the same layer: in front of tonic, alone or beside HTTP in one service.
//!
//! A [`ConditionalLayer`](crate::ConditionalLayer) with [`GrpcKeys`] takes `if-match` metadata,
//! gives `etag` metadata, and answers calls as gRPC does. Handlers are as they are over HTTP: under
//! a guard they know nothing of versions; those that compare and set find a
//! [`WritePermit`](crate::WritePermit) in the extensions of their request and leave
//! [`Committed`](crate::Committed) in those of their response (tonic carries both over), or
//! return `Status::aborted`. No type of tonic is used, so any gRPC server on Tower will do.
//!
//! # Rules
//! 1. **A call** is a POST of `application/grpc`, `application/grpc+…` or `application/grpc;…`, where
//!    the extractor does not [say otherwise](crate::KeyExtractor::is_call).
//!    [`PathKeys`](crate::PathKeys), the layer's default, does: what a client calls its content
//!    takes no POST to an HTTP route out of its preconditions, and calls are POSTs like others. An
//!    extractor says what a call does, and it is judged as the HTTP request with the same meaning:
//!    [`Access::Read`](crate::Access::Read) as a GET, [`Access::Write`](crate::Access::Write) as a
//!    PUT, [`Access::Delete`](crate::Access::Delete) as a DELETE. What the layer's builder says of
//!    these methods holds for calls, and events have them, with the HTTP status that
//!    `google.rpc.Code` names beside the call's own.
//! 2. **Preconditions** are `if-match`, and on writes `if-none-match` (`*` creates): all entries of
//!    a name are one list, in the grammar of RFC 9110. gRPC has no 304, so a read's `if-none-match`
//!    is ignored, as are `if-modified-since`, `range` and `if-range`. `if-unmodified-since` is
//!    `INVALID_ARGUMENT`: no answer has a date, and ignored it would leave unguarded what its
//!    sender takes for guarded.
//! 3. **Refusals** are a head alone (Trailers-Only): `ABORTED` where a precondition is false, with
//!    the current tag as `etag`; `INVALID_ARGUMENT` where it is malformed, or the resource is not
//!    named; `FAILED_PRECONDITION` where one is required and missing; `NOT_FOUND` where a deletion
//!    counted on what is missing; `RESOURCE_EXHAUSTED` past
//!    [`body_limit`](crate::ConditionalLayer::body_limit); `UNAVAILABLE`, with `RetryInfo`, where
//!    the store is down or others are writing, and nothing was changed; `UNKNOWN` where nobody
//!    knows what a write has done, which no client sends again by itself.
//!    `grpc-status-details-bin` has an `ErrorInfo` (domain `tower-conditional`, the reason, the
//!    field, the current tag) and, for preconditions, a `PreconditionFailure`.
//!    [`rejection_body`](crate::ConditionalLayer::rejection_body) is for HTTP alone, and so are
//!    `cache_control`, `vary`, `declare` and `tag_put_answers`.
//! 4. **Reads** have their `etag` in the initial metadata, unless the head says that they failed. One
//!    makes an unknown resource known if its first message, or a status of 0, is there with the head,
//!    as that of tonic's unary methods is; nothing is waited for.
//! 5. **Writes** have it in the trailers, beside a `grpc-status` of 0, since it is true of nothing
//!    before. A handler's own `ABORTED` keeps its words, and gets the current tag and details; with
//!    compare-and-set where its head says so.
//! 6. **Under a guard** the request is read before the handler runs, and the answer before the
//!    commit, each up to `body_limit`. Status 0 alone commits. `INVALID_ARGUMENT`, `NOT_FOUND`,
//!    `ALREADY_EXISTS`, `PERMISSION_DENIED`, `RESOURCE_EXHAUSTED`, `FAILED_PRECONDITION`,
//!    `ABORTED`, `OUT_OF_RANGE`, `UNIMPLEMENTED` and `UNAUTHENTICATED` say that nothing was done.
//!    After every other status, one that cannot be read, two that differ, or none, nobody knows:
//!    the key is raised, and no old tag stays valid. The same after `RESOURCE_EXHAUSTED` and
//!    `OUT_OF_RANGE` in the trailers, which servers say of an answer that is too long to be sent,
//!    and after an answer past `body_limit`, which is `UNKNOWN`. An HTTP status other than 200 counts
//!    as it does for HTTP, but never commits. Every write is guarded, though all are POSTs; a
//!    deadline (`grpc-timeout`) does not stop one that has begun. Trailers of the request, which
//!    gRPC does not have, do not reach the handler.
//! 7. **Streaming calls are never guarded.** A write that streams is `UNIMPLEMENTED` on a guarded
//!    layer: at once where the extractor
//!    [says so](crate::KeyExtractor::is_streaming), at the second message otherwise, or when the
//!    end of the stream has not come within [`wait_limit`](crate::ConditionalLayer::wait_limit) of
//!    the first. Nothing has run by then. A request without any message is `UNIMPLEMENTED` too, and
//!    what is not one whole message `INVALID_ARGUMENT`. An answer with a second message comes too
//!    late for that: its outcome is unknown, so declare such methods
//!    ([`GrpcKeys::streaming_write`]). `stream_bodies` does not hold for calls.
//! 8. **Not for calls**: [`ask_service`](crate::ConditionalLayer::ask_service), since a GET is no
//!    call, and [`recognize_retries`](crate::ConditionalLayer::recognize_retries), since nobody has
//!    kept the message that the retry would have to be answered with: it is `ABORTED`, with the tag
//!    that it has made itself.
//! 9. **gRPC-Web** is something else, and passes unguarded. tonic's `GrpcWebLayer` makes calls of
//!    it: put that outside this layer.
//!
//! # Caveat
//! The layer guards what the metadata names, and cannot see the message. A handler that takes the
//! name from the message has to compare the two, or it writes what nobody guards:
//! `examples/grpc.rs` does.
//!
//! An extractor of one's own has to say [`Access::Unidentified`](crate::Access::Unidentified) to a
//! request that is no call and has the path of a method, as [`GrpcKeys`] does: tonic runs a method
//! whatever the content type is. It does so for gRPC-Web as well, which passes (rule 9); where no
//! `GrpcWebLayer` stands outside, refuse that media type there.
//!
//! With compare-and-set the trailers that a client has made up do reach tonic, which merges them into
//! the metadata of unary requests, in the place of entries of the same name. So the comparison
//! above can be passed with the permit of another resource. No other writer is misled by that: what
//! is written has its own version, and it rises.
//!
//! Where no guard reads the answer first, a head without `grpc-status` counts as a success in
//! events and for [`missing_commits`](crate::ConditionalLayer::missing_commits), and has the tag of
//! a read. Streams may fail behind it, and tonic's unary methods where the message is too long to
//! be sent. The tags of writes wait for the trailers.
//!
//! # Example
//! With tonic: `examples/grpc.rs`. The same on the wire:
//!
//! ```
//! use std::convert::Infallible;
//!
//! use bytes::Bytes;
//! use http::{HeaderMap, HeaderValue, Request, Response};
//! use http_body_util::{BodyExt, Full};
//! use tower::{Layer, ServiceExt, service_fn};
//! use tower_conditional::{ConditionalLayer, MemoryStore, RequestBody, grpc::GrpcKeys};
//!
//! # tokio_test::block_on(async {
//! let keys = GrpcKeys::metadata("resource-name").write("/notes.Notes/Update");
//! let layer = ConditionalLayer::guarded_cancellable(MemoryStore::new()).key(keys);
//! let service = layer.layer(service_fn(|call: Request<RequestBody<Full<Bytes>>>| async {
//!     let mut done = HeaderMap::new();
//!     done.insert("grpc-status", HeaderValue::from_static("0"));
//!     let body = call.into_body().with_trailers(std::future::ready(Some(Ok(done))));
//!     Ok::<_, Infallible>(Response::new(body))
//! }));
//!
//! let update = |if_match| {
//!     Request::post("/notes.Notes/Update")
//!         .header("content-type", "application/grpc")
//!         .header("resource-name", "notes/1")
//!         .header("if-match", if_match)
//!         .body(Full::<Bytes>::from(&b"\0\0\0\0\x04note"[..]))
//! };
//! let create = Request::post("/notes.Notes/Update")
//!     .header("content-type", "application/grpc")
//!     .header("resource-name", "notes/1")
//!     .header("if-none-match", "*")
//!     .body(Full::<Bytes>::from(&b"\0\0\0\0\x04note"[..]))?;
//! let created = service.clone().oneshot(create).await?.into_body().collect().await?;
//! assert_eq!(created.trailers().expect("trailers")["etag"], "\"1\"");
//! service.clone().oneshot(update("\"1\"")?).await?;
//! let stale = service.oneshot(update("\"1\"")?).await?;
//! assert_eq!(stale.headers()["grpc-status"], "10"); // `ABORTED`
//! assert_eq!(stale.headers()["etag"], "\"2\"");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # }).unwrap();
//! ```

#[cfg(feature = "grpc")]
mod answer;
mod code;
mod conditions;
#[cfg(feature = "grpc")]
mod details;
mod framing;
#[cfg(feature = "grpc")]
mod keys;

#[cfg(feature = "grpc")]
pub(crate) use answer::{answer, tell};
pub(crate) use code::Code;
#[cfg(feature = "grpc")]
pub(crate) use code::STATUS;
pub(crate) use conditions::judge;
pub(crate) use framing::Messages;
#[cfg(feature = "grpc")]
pub use keys::{CallsOnly, GrpcKeys};
