//! Check and write as one step, for handlers that know nothing of versions.
//!
//! [`ConditionalLayer::guarded`](crate::ConditionalLayer::guarded) takes a
//! [`GuardedStore`](crate::store::GuardedStore), which keeps the versions itself and gives one
//! writer at a time exclusive use of a key. The layer waits for its turn, judges the
//! preconditions, runs the handler, and commits the next version; no other write of the resource
//! through the layer comes between. Any handler works unchanged, its answer's status says what it
//! has done, and it needs no [`WritePermit`](crate::WritePermit).
//!
//! # Rules
//! 1. **Order.** Malformed entity-tag fields are 400 before anything. Then the content is read
//!    into memory, up to [`body_limit`](crate::ConditionalLayer::body_limit) (413 past it, 400 if
//!    it fails): a slow client holds nobody up. Then the guard is waited for, up to
//!    [`wait_limit`](crate::ConditionalLayer::wait_limit); then the preconditions are judged by
//!    what is current under it, and a refusal (412, 428) releases it. Up to here nothing was
//!    executed, and a client that leaves leaves no trace. Then the handler runs.
//! 2. **Unconditional writes take the guard too**: else one of them fits between a careful
//!    writer's check and write.
//! 3. **`*`, where the store does not know the resource**: `If-None-Match: *` lets a write create
//!    what the store has never heard of; everything else that depends on whether the resource
//!    exists, or in which version, is 412, until it is read with a 2xx or written without a
//!    condition.
//!    (Data that is older than the store: adopt its keys first,
//!    or read it once; the [`WritePermit`](crate::WritePermit) that such a write alone carries
//!    says [`Absent`](crate::precondition::Expectation::Absent) to a handler that looks.) With
//!    [`ask_service`](crate::ConditionalLayer::ask_service) the service itself is asked, by a GET
//!    with the request's own URI, fields and extensions, but no preconditions and no content. 2xx
//!    means that it exists; 404 and 410 that it does not, and 405 and 501 as well, since a
//!    resource that cannot be read has no representation that a client could lose. On any other
//!    answer the write is 503.
//! 4. **If-Match on a missing resource** is 412 for a PUT that would create it, and 404 for
//!    everything else, by the layer itself: a handler that creates what is missing must not run,
//!    and has no permit that would tell it.
//! 5. **The status says what was done.** 2xx and 3xx commit the next version; a DELETE's 2xx
//!    commits that the resource is missing, its 202, 207 and 3xx that nobody knows. 304, 307, 308
//!    and 4xx have changed nothing, and nothing rises. After a 5xx, an error of the service, a
//!    panic, or a guard that was lost nobody knows: no tag is valid until the resource is read or
//!    written again, and its next version is one that was never issued.
//! 6. **The tag of an answer is that of its commit**, by the rules of
//!    [`conditional`](super). On the answer to a POST it stands only if `Content-Location`, or on
//!    a 201 `Location`, names the resource that was posted to. A handler that keeps versions of
//!    its own answers [`Committed`](crate::Committed): that version is taken if it is above all
//!    that the key has had. [`VersionConflict`](crate::VersionConflict) releases, and is the 404,
//!    409 or 412 that it is with compare-and-set.
//! 7. **A commit that fails** is 503 where all was rolled back, and 500 with the problem type
//!    `urn:tower-conditional:outcome-unknown` where nobody knows; that is never called "nothing
//!    was executed". A handler's own 5xx stands.
//! 8. **POST without preconditions is not guarded**, unless
//!    [`guard_posts`](crate::ConditionalLayer::guard_posts) says so: it runs at once, and its
//!    content is not read into memory. After a 2xx, 3xx, 5xx or a panic its own key is raised as
//!    unknown: a POST to an item changes the item, a POST to a list the list, one to neither has
//!    no tag to lose, and the next read finds out. (If that fails the answer stands, and an
//!    [`Event`](crate::Event) tells.) A 201 with `Location`, relative or on the request's own
//!    host, makes the new resource known: its key is what the layer's
//!    [`KeyExtractor`](crate::KeyExtractor) makes of a GET of it that has the POST's fields and
//!    no extensions.
//! 9. **Other resources** that a write has changed rise by [`Affects`], and what changes without
//!    a request by [`GuardedStore::raise`](crate::store::GuardedStore::raise). So does what a
//!    handler that answered 202 changes later, and what the content of an answer changes while it
//!    is sent: the guard has ended by then.
//!
//! # What is promised
//! A handler that **joins** the store's transaction (one that
//! [`Guard::lend`](crate::store::Guard::lend) has put into its request) commits or rolls back
//! with the version, under every fault. For one that does **not** join: no update is lost and no
//! version given twice so long as its effects end before its guard does. If the guard is lost
//! while the handler goes on elsewhere (its process was killed, and a database goes on with the
//! statement), its effects may come after the next writer's; but the resource is unknown from the
//! loss on, no old tag stays valid, and the next version is above all that were issued.
//! [`hold_limit`](crate::ConditionalLayer::hold_limit) drops a handler that takes too long, with
//! the same outcome; without it, one that never ends holds its resource for ever.
//!
//! # Where a write runs
//! With a spawn function, what follows the judgement runs on a task of its own and comes to its
//! end whatever the client does. A panic of the handler goes on at the caller, so a layer outside
//! that catches panics does. With feature `tracing` the request's span goes with the write;
//! task-locals do not. If the task is dropped (a runtime that shuts down), the answer is 503 where
//! it had not begun and 500, outcome unknown, where it had; an unguarded POST's key is then not
//! raised. A graceful shutdown waits for such tasks, which outlive their connections: spawn them
//! on a `TaskTracker`, or count them:
//!
//! ```
//! # #[cfg(feature = "tokio")] {
//! use tokio::sync::mpsc;
//! use tower_conditional::{ConditionalLayer, MemoryStore};
//!
//! # tokio_test::block_on(async {
//! let (running, mut done) = mpsc::channel::<()>(1);
//! let layer = ConditionalLayer::guarded(MemoryStore::new(), move |write| {
//!     let running = running.clone();
//!     tokio::spawn(async move {
//!         write.await;
//!         drop(running);
//!     });
//! });
//! // … serve, and when the server has stopped and dropped all services:
//! drop(layer);
//! assert_eq!(done.recv().await, None); // every write has ended
//! # });
//! # }
//! ```
//!
//! [`ConditionalLayer::guarded_cancellable`](crate::ConditionalLayer::guarded_cancellable) polls
//! the write where its request is: no runtime, no box. There a client that leaves stops the
//! handler where it is, at any `await`. What that handler had done by then stays done, its outcome
//! is unknown, and the key is raised, so that no old tag hides it; but an unguarded POST that is
//! stopped so raises nothing. It is for handlers whose effects are one step, and is best used with
//! `guard_posts`.
//!
//! # Streaming
//! Under [`stream_bodies`](crate::ConditionalLayer::stream_bodies) the handler's [`RequestBody`]
//! is the client's own: the guard is held while the client sends, for the hold limit at most, and
//! then the outcome is unknown.
//!
//! # Caveat
//! A service inside that limits concurrency counts writers that wait for a guard: they have their
//! places in it already.
//!
//! # Example
//! ```
//! # #[cfg(feature = "tokio")] {
//! use std::convert::Infallible;
//!
//! use bytes::Bytes;
//! use http::{Request, Response, StatusCode, header};
//! use http_body_util::Full;
//! use tower::{Layer, ServiceExt, service_fn};
//! use tower_conditional::{ConditionalLayer, MemoryStore, RequestBody, tokio_spawn};
//!
//! # tokio_test::block_on(async {
//! let layer = ConditionalLayer::guarded(MemoryStore::new(), tokio_spawn);
//! let service = layer.layer(service_fn(|_: Request<RequestBody<Full<Bytes>>>| async {
//!     // … any write, in as many steps as it takes
//!     Ok::<_, Infallible>(Response::new(Full::<Bytes>::from("done")))
//! }));
//!
//! let put = |tag| {
//!     let request = Request::put("/models/1").header(header::IF_MATCH, tag);
//!     request.body(Full::<Bytes>::from("content"))
//! };
//! let first = Request::put("/models/1").body(Full::<Bytes>::from("content"))?;
//! let created = service.clone().oneshot(first).await?;
//! assert_eq!(created.headers()[header::ETAG], "\"1\"");
//! let changed = service.clone().oneshot(put("\"1\"")?).await?;
//! assert_eq!(changed.headers()[header::ETAG], "\"2\"");
//! let stale = service.oneshot(put("\"1\"")?).await?;
//! assert_eq!(stale.status(), StatusCode::PRECONDITION_FAILED);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # }).unwrap();
//! # }
//! ```

mod admission;
mod affects;
mod call;
mod collect;
mod effect;
mod exchange;
mod future;
mod hold;
mod layer;
mod location;
mod policy;
mod probe;
mod request_body;
mod retry;
mod service;
mod settle;
mod spawn;
mod stage;
mod steps;
mod write;

pub use affects::Affects;
pub use future::GuardedFuture;
pub(super) use policy::GuardedPolicy;
pub use request_body::RequestBody;
#[cfg(feature = "tokio")]
pub use spawn::tokio_spawn;
pub use spawn::{SpawnedWrite, Task};
pub use write::GuardedWrite;
