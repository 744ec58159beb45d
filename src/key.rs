//! Which resource a request is about, and what the request does to it.
//!
//! A [`KeyExtractor`] answers both at once. The default, [`PathKeys`], takes the path as the key
//! and the method as the access. An application whose keys are not paths writes a closure:
//!
//! ```
//! use http::Method;
//! use tower_conditional::{Access, ConditionalLayer, MemoryStore, PathKey, RequestHead};
//!
//! // `POST /records/{id}/contributions` is a write of `/records/{id}`.
//! let layer = ConditionalLayer::new(MemoryStore::new()).key(|request: &RequestHead<'_>| {
//!     match request.path().strip_suffix("/contributions") {
//!         Some(record) if request.method == Method::POST => Access::Write(PathKey::new(record)),
//!         Some(_) => Access::Neither,
//!         None => Access::by_method(request.method, PathKey::new(request.path())),
//!     }
//! });
//! # let _ = layer;
//! ```
//!
//! One resource must have one key: two spellings of one resource that give two keys are two
//! versions, and an update is lost between them. A route whose parameter has several spellings
//! (a UUID in upper case, `+1` for `1`) is keyed by the parsed parameter.

use std::fmt;

use http::{Extensions, HeaderMap, Method, Request, Uri, header};

use crate::path_key::PathKey;

/// What a [`KeyExtractor`] sees of a request: everything but the body.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct RequestHead<'a> {
    /// The method.
    pub method: &'a Method,
    /// The request target as the layer sees it: inside a nested axum router without the prefix.
    /// [`path`](Self::path) is the whole path.
    pub uri: &'a Uri,
    /// The header fields.
    pub headers: &'a HeaderMap,
    /// What outer layers left, an authenticated principal for one.
    pub extensions: &'a Extensions,
}

impl<'a> RequestHead<'a> {
    /// The head of `request`.
    #[inline]
    #[must_use]
    pub fn of<B>(request: &'a Request<B>) -> Self {
        Self {
            method: request.method(),
            uri: request.uri(),
            headers: request.headers(),
            extensions: request.extensions(),
        }
    }

    /// The head of a request that was taken apart.
    #[must_use]
    pub fn of_parts(parts: &'a http::request::Parts) -> Self {
        Self {
            method: &parts.method,
            uri: &parts.uri,
            headers: &parts.headers,
            extensions: &parts.extensions,
        }
    }

    /// The whole path as the client sent it, not decoded, without the query.
    ///
    /// Routers that are nested see the rest of the path alone; with feature `axum` this is the
    /// path before the prefix was taken off, so that two nested routers do not share keys.
    #[inline]
    #[must_use]
    pub fn path(&self) -> &'a str {
        self.uri_as_sent().path()
    }

    /// The request target before a router has taken a prefix off.
    #[inline]
    pub(crate) fn uri_as_sent(&self) -> &'a Uri {
        #[cfg(feature = "axum")]
        if let Some(original) = self.extensions.get::<axum::extract::OriginalUri>() {
            return &original.0;
        }
        self.uri
    }
}

/// What a request does to the resource with key `K`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access<K> {
    /// It selects a representation and changes nothing: tags, 304.
    Read(K),
    /// It may change the resource: the preconditions of RFC 9110 §13 guard it.
    Write(K),
    /// It deletes the resource if it succeeds, whatever its method: it is judged as a DELETE. (A
    /// DELETE itself is a [`Write`](Self::Write) as well.)
    Delete(K),
    /// It is about no versioned resource: the request passes untouched, its preconditions
    /// unread.
    Neither,
    /// It should name a resource and does not, or not so that one could tell which: it is
    /// refused, and nothing is executed.
    Unidentified,
}

impl<K> Access<K> {
    /// What `method` does by its definition (RFC 9110 §9.3): GET and HEAD read, OPTIONS, TRACE
    /// and CONNECT do neither (§13.2.1), and everything else, unknown methods included, writes.
    #[inline]
    pub fn by_method(method: &Method, key: K) -> Self {
        match *method {
            Method::GET | Method::HEAD => Self::Read(key),
            Method::OPTIONS | Method::TRACE | Method::CONNECT => Self::Neither,
            _ => Self::Write(key),
        }
    }
}

/// Tells which resource a request is about and what it does to it.
///
/// Closures `Fn(&RequestHead<'_>) -> Access<K>` are extractors.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say which resource a request is about",
    label = "not a key extractor",
    note = "a closure is one: `|request: &RequestHead<'_>| Access::by_method(request.method, key)`"
)]
pub trait KeyExtractor {
    /// The key: cheap to clone, printable in events.
    type Key: Clone + fmt::Debug;

    /// The key of the request's resource, and what the request does to it.
    fn access(&self, request: &RequestHead<'_>) -> Access<Self::Key>;

    /// Whether a POST of `application/grpc` is a gRPC call, judged and answered as one (feature
    /// `grpc`). Default: yes. It must be no where something else than a gRPC server answers, since
    /// clients name what media types they like: what
    /// [`require_precondition_for`](crate::ConditionalLayer::require_precondition_for) says of POST
    /// does not hold for calls, which are judged as other methods. A closure cannot say no; a type
    /// that implements this trait can.
    fn is_call(&self, request: &RequestHead<'_>) -> bool {
        let _ = request;
        true
    }

    /// Whether this request is a gRPC call that streams, one that a guarded layer refuses where
    /// it writes. Default: no, and what the call sends tells.
    fn is_streaming(&self, request: &RequestHead<'_>) -> bool {
        let _ = request;
        false
    }
}

impl<F, K> KeyExtractor for F
where
    F: Fn(&RequestHead<'_>) -> Access<K>,
    K: Clone + fmt::Debug,
{
    type Key = K;

    fn access(&self, request: &RequestHead<'_>) -> Access<K> {
        self(request)
    }
}

/// The default [`KeyExtractor`]: the path is the key, the method says the access.
///
/// A gRPC call is a POST like any other for it: a write of the path that names its method, though
/// it may read. Feature `grpc` has an extractor for calls.
///
/// Hosts are not told apart; a service with several keys by host, or by a tenant's header, with
/// [`PathKey::scoped`].
#[derive(Clone, Copy, Debug, Default)]
pub struct PathKeys;

impl KeyExtractor for PathKeys {
    type Key = PathKey;

    #[inline]
    fn access(&self, request: &RequestHead<'_>) -> Access<PathKey> {
        Access::by_method(request.method, PathKey::new(request.path()))
    }

    fn is_call(&self, _: &RequestHead<'_>) -> bool {
        false
    }
}

/// Whether the request has the form of a gRPC call, by gRPC over HTTP/2: a POST with `Content-Type →
/// "application/grpc" [("+proto" / "+json" / {custom})]`. gRPC-Web is something else.
#[inline]
pub(crate) fn is_grpc(request: &RequestHead<'_>) -> bool {
    *request.method == Method::POST && has_media_type(request, b"application/grpc")
}

/// Whether the content is of this type, or of one that has it before a `+`.
pub(crate) fn has_media_type(request: &RequestHead<'_>, name: &[u8]) -> bool {
    let Some(content_type) = request.headers.get(header::CONTENT_TYPE) else {
        return false;
    };
    let content_type = content_type.as_bytes();
    // §8.3.1: the names of media types are case-insensitive.
    content_type
        .get(..name.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(name))
        && matches!(
            content_type.get(name.len()),
            None | Some(b'+' | b';' | b' ' | b'\t')
        )
}
