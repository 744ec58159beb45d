//! A client of versioned resources, which does after a 412 what is right: read again, apply the
//! change again or merge it, and write again.
//!
//! An [`Updater`] reads and writes JSON over any Tower service that takes `http` requests:
//! hyper-util's client, reqwest by the adapter below, an axum `Router` in tests. Any server with
//! strong entity-tags and If-Match will do. The rules:
//!
//! 1. **No write without a precondition.** `PUT` and `DELETE` have If-Match with the strong tag
//!    of what the change was derived from; what is created has `If-None-Match: *`. Without a tag,
//!    or with a weak one, nothing is sent ([`NoTag`], [`WeakTag`]). A read without a tag is
//!    repeated once, since servers may learn of a resource by its first read.
//! 2. **After 412, or 409, a new read.** The tag that a 412 carries is of content that the client
//!    has not seen, and is never sent back. [`update`] applies its closure to what is current
//!    then; [`replace_with_merge`] merges by [`three_way`]; [`create`] and [`delete`] end
//!    ([`AlreadyExists`], [`Changed`]).
//! 3. **It ends.** If the tag is the one that was refused, also in another content coding
//!    (`"5"` and `"5-gzip"`), something on the way rewrites tags or answers from a copy:
//!    [`TagUnchanged`]. Between tries it waits for a random time below a bound that doubles up to
//!    a cap, and at least as long as `Retry-After` says on 429, 503 and 409; after some
//!    [`tries`](Updater::tries) it is [`TriesUsedUp`]. Other answers are never tried again
//!    ([`Status`]).
//! 4. **A lost answer is looked into.** The service fails when it has the request, or the status
//!    leaves open what was done (207; 302 and 303, which can be the answer to a write that was
//!    applied; 500, 502, 504; and 503, as gateways give it, unless it has `Retry-After` and a
//!    problem document, `application/problem+json`): then the resource is read.
//!     - Its tag is unchanged: the write had not been applied when it was read. The same request,
//!       byte for byte, goes out again. A copy on the way may still arrive first; but a strong tag
//!       is never used twice, so **one copy at most is ever applied**, and success is success.
//!       With no tries left it is [`NotApplied`].
//!     - Its tag has changed, or a second copy gets 412: [`OutcomeUnknown`]. That it now holds
//!       what was to be written proves nothing, since another client may have written the same;
//!       and to apply the change once more could apply it twice.
//!     - With [`idempotency_keys`](Updater::idempotency_keys), a server that knows requests by
//!       their key answers the second copy with success: it was applied. That is the only proof,
//!       and only some servers give it (this crate's layer does where it recognizes retries, as
//!       long as that version is current).
//!     - A success whose content breaks off is a success: the value is what was sent, and has no
//!       tag if the server's own content would have been the value.
//! 5. **A 304 is the value that is held**, with the fields of the 304 (RFC 9111 §4.3.4), unless it
//!    has the tag of another version. Reads after a write ask all caches on the way to revalidate
//!    (`Cache-Control: no-cache`).
//!
//! # What it sends
//! `Accept: application/json` and `Accept-Encoding: identity`, unless a
//! [`header`](Updater::header) says otherwise: tags of coded representations are other tags, and
//! nothing here decodes. Whoever decodes in the service below sets `Accept-Encoding`. For
//! timeouts, tracing, tokens that expire or connections to retry, put Tower layers around the
//! service; a layer that retries writes by itself sends the same precondition, and hides from
//! the updater that an answer was lost, so leave writes to the updater.
//!
//! # Caveats
//! - To drop a call's future while it writes is to lose the answer.
//! - The value is what `T` takes of the JSON. Members that it leaves out are not sent back.
//! - Redirections are not followed, and a client below should not follow those of writes: a 303
//!   to a `PUT` becomes a `GET` there (RFC 9110 §15.4.4), and the 200 of whatever that reads, such
//!   as a page to log in, looks like success.
//! - A server whose tags are hashes of the content uses a tag again when old content comes back.
//!   There a second copy can be applied after all, to the same content. So it is with a creation
//!   whose answer was lost, if somebody deletes in between what the first copy has created.
//! - What sends a `PUT` again unasked, as some gateways do, can turn its success into a 412 that
//!   nobody can tell from another client's. Idempotency keys help there too.
//!
//! # Servers that were tried
//! By hyper-util's client, in `tests/programs`:
//!
//! | server | If-Match, If-None-Match | what is its own |
//! |---|---|---|
//! | Kinto 26.5 | as RFC 9110 has it | The value is `{"data": …}`. By its source it reads, judges and then writes, which is safe with one worker; with several, another write may come in between, whatever a client does. |
//! | Eve 2.3 | judged while the document exists | Once it is deleted, `PUT` with If-Match brings it back (201) and `DELETE` is a success. [`create`] of what exists ends with 428 ([`Status`]), and nothing is written. A creation has no tag: read before the next change. Members with `_` are Eve's, and refused when they are sent (422): leave them out of `T`. |
//! | nginx 1.22, dav module | **ignored on `PUT` and `DELETE`** | Reads are revalidated, but **updates are lost**: a stale write, a creation of what exists and a deletion of what has changed all succeed. Tags are of second and length, so two contents can share one. Don't write to it where others do. |
//!
//! A server that ignores preconditions answers like one that has judged them, so nothing here
//! can tell. Try a new server once, with a tag that is wrong: it has to answer 412.
//!
//! # Example
//! ```
//! use axum::{Json, Router, body::Body, extract::State, routing::get};
//! use serde::{Deserialize, Serialize};
//! # use http::StatusCode;
//! # use std::sync::{Arc, Mutex};
//! # use tower_conditional::{
//! #     Committed, ConditionalLayer, MemoryStore, PathKey, VersionConflict, WritePermit,
//! # };
//! use tower_conditional::client::{UpdateErrorKind, Updater, Versioned};
//!
//! #[derive(Clone, Debug, Serialize, Deserialize)]
//! struct Model {
//!     name: String,
//!     status: String,
//! }
//! # type Shared = (MemoryStore, Arc<Mutex<Option<Model>>>);
//! # async fn read(State((_, model)): State<Shared>) -> Json<Option<Model>> {
//! #     Json(model.lock().unwrap().clone())
//! # }
//! # async fn write(
//! #     State((store, model)): State<Shared>,
//! #     permit: WritePermit,
//! #     key: PathKey,
//! #     Json(new): Json<Model>,
//! # ) -> Result<(Committed, StatusCode), VersionConflict> {
//! #     let set = |_| *model.lock().unwrap() = Some(new);
//! #     let (committed, ()) = store.compare_and_set(&key, &permit, set)?;
//! #     Ok((committed, StatusCode::NO_CONTENT))
//! # }
//! # let shared: Shared = Default::default();
//! # let layer = ConditionalLayer::new(shared.0.clone());
//! # let resource = get(read).put(write).route_layer(layer);
//! # let router: Router = Router::new().route("/models/1", resource).with_state(shared);
//!
//! # tokio_test::block_on(async {
//! let updater = Updater::<_, Body>::new(router); // or a client of any server
//! let uri = "/models/1";
//! let (name, status) = ("a".to_owned(), "draft".to_owned());
//! let mine = updater.create(uri, Model { name, status }).await?;
//!
//! // Somebody else renames it.
//! updater.update(uri, |model: &mut Model| model.name = "b".to_owned()).await?;
//!
//! // The change is written into the new name's version, and nothing is lost.
//! let saved = updater.update(uri, |model: &mut Model| model.status = "active".to_owned()).await?;
//! assert_eq!((&*saved.value.name, &*saved.value.status), ("b", "active"));
//!
//! // So is an edit of what was read before, if the two can be merged.
//! let mut edit = mine.value.clone();
//! edit.name = "c".to_owned();
//! let error = updater.replace_with_merge(uri, mine, edit).await.unwrap_err();
//! assert_eq!(error.kind(), UpdateErrorKind::Conflict);
//! let conflicts = error.conflicts().ok_or("a conflict says where")?;
//! assert_eq!(conflicts.as_slice()[0].pointer, "/name");
//!
//! // A person decides, and it goes on from theirs.
//! let (_base, mine, theirs) = error.into_documents();
//! let theirs: Versioned<Model> = theirs.ok_or("what was read")?;
//! let name = mine.ok_or("what was to be written")?.name;
//! let decided = Model { name, ..theirs.value.clone() };
//! let saved = updater.replace_with_merge(uri, theirs, decided).await?;
//! assert_eq!((&*saved.value.name, &*saved.value.status), ("c", "active"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # }).unwrap();
//! ```
//!
//! # hyper-util
//! The client is a service as it is; its body is any that is made [`From`] bytes.
//!
//! ```
//! use bytes::Bytes;
//! use http::{HeaderValue, header};
//! use http_body_util::Full;
//! use hyper_util::{client::legacy::Client, rt::TokioExecutor};
//! use tower_conditional::client::Updater;
//!
//! let client = Client::builder(TokioExecutor::new()).build_http::<Full<Bytes>>();
//! let mut token = HeaderValue::from_static("Bearer rekord-demo");
//! token.set_sensitive(true);
//! let updater = Updater::<_, Full<Bytes>>::new(client).header(header::AUTHORIZATION, token);
//! # let _ = updater;
//! ```
//!
//! # reqwest
//! Its client takes requests of its own, so a closure stands between; and it follows redirections
//! unless it is told not to.
//!
//! ```
//! use tower::service_fn;
//! use tower_conditional::client::Updater;
//!
//! # use axum::{Json, Router, response::Redirect, routing::get};
//! # use serde_json::{Value, json};
//! # use tower_conditional::{ConditionalLayer, PathKey, Version, store_fn};
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let layer = ConditionalLayer::new(store_fn(|_: PathKey| async { Version::FIRST }));
//! # let resource = get(async || Json(json!({"n": 1}))).put(async || Redirect::to("/value"));
//! # let resource = resource.route_layer(layer);
//! # let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
//! # let authority = listener.local_addr()?;
//! # let uri = format!("http://{authority}/value");
//! # tokio::spawn(axum::serve(listener, Router::new().route("/value", resource)).into_future());
//! let redirects = reqwest::redirect::Policy::none();
//! let client = reqwest::Client::builder().redirect(redirects).build()?;
//! let updater = Updater::new(service_fn(move |request: http::Request<reqwest::Body>| {
//!     let client = client.clone();
//!     async move {
//!         let response = client.execute(request.try_into()?).await?;
//!         Ok::<_, reqwest::Error>(http::Response::<reqwest::Body>::from(response))
//!     }
//! }));
//! let read = updater.read::<Value, _>(uri).await?;
//! assert_eq!(read.tag, Some(Version::FIRST.etag()));
//! # // The 200 of what a 303 leads to is no success.
//! # let uri = format!("http://{authority}/value");
//! # let edit = |value: &mut Value| value["n"] = json!(2);
//! # let error = updater.tries(1).update(uri, edit).await.unwrap_err();
//! # assert_eq!(error.kind(), tower_conditional::client::UpdateErrorKind::NotApplied);
//! # Ok(())
//! # }
//! ```
//!
//! [`update`]: Updater::update
//! [`replace_with_merge`]: Updater::replace_with_merge
//! [`create`]: Updater::create
//! [`delete`]: Updater::delete
//! [`three_way`]: crate::merge::three_way()
//! [`NoTag`]: UpdateErrorKind::NoTag
//! [`WeakTag`]: UpdateErrorKind::WeakTag
//! [`AlreadyExists`]: UpdateErrorKind::AlreadyExists
//! [`Changed`]: UpdateErrorKind::Changed
//! [`TagUnchanged`]: UpdateErrorKind::TagUnchanged
//! [`TriesUsedUp`]: UpdateErrorKind::TriesUsedUp
//! [`Status`]: UpdateErrorKind::Status
//! [`NotApplied`]: UpdateErrorKind::NotApplied
//! [`OutcomeUnknown`]: UpdateErrorKind::OutcomeUnknown

mod call;
mod content;
mod error;
mod exchange;
mod location;
mod meaning;
mod operations;
mod outcome;
mod pace;
mod random;
mod retry_after;
mod settings;
mod submit;
mod tags;
mod updater;
mod versioned;

pub use error::{UpdateError, UpdateErrorKind};
pub use updater::Updater;
pub use versioned::Versioned;
