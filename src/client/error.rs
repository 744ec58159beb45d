use std::{error::Error, fmt};

use bytes::Bytes;
use http::{Response, StatusCode};

use crate::{error::BoxError, merge::three_way::Conflicts};

use super::Versioned;

/// Why an [`Updater`](super::Updater) stopped, with the documents that it had by then.
///
/// Neither message nor `Debug` output shows a document's content.
///
/// ```
/// use bytes::Bytes;
/// use http::{Request, Response};
/// use http_body_util::Full;
/// use tower::service_fn;
/// use tower_conditional::client::{UpdateErrorKind, Updater};
///
/// # tokio_test::block_on(async {
/// let untagged = service_fn(async |_: Request<Full<Bytes>>| {
///     Ok::<_, std::convert::Infallible>(Response::new(Full::<Bytes>::from("5")))
/// });
/// let updater = Updater::new(untagged);
/// let error = updater.update("/count", |count: &mut u64| *count += 1).await.unwrap_err();
/// assert_eq!(error.kind(), UpdateErrorKind::NoTag);
/// assert_eq!(error.base().map(|base| base.value), Some(5));
/// # });
/// ```
pub struct UpdateError<T> {
    inner: Box<Inner<T>>,
}

struct Inner<T> {
    fault: Fault,
    base: Option<Versioned<T>>,
    mine: Option<T>,
    theirs: Option<Versioned<T>>,
}

/// Why an [`Updater`](super::Updater) stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum UpdateErrorKind {
    /// The URI is none, or the value cannot be serialized as JSON. Nothing was changed.
    Request,
    /// The service failed, on a read or before the request was handed to it; nothing was
    /// changed.
    Service,
    /// An answer that is neither success nor one to try again for: see
    /// [`response`](UpdateError::response). A 429 or 503 whose `Retry-After` is past the limit
    /// is one of them. Nothing was changed.
    Status,
    /// 404 or 410: there is no such resource, or no longer.
    Missing,
    /// The resource that was to be created is there already, by somebody else.
    AlreadyExists,
    /// The resource that was to be deleted is not what was read any more.
    Changed,
    /// The representation has no entity-tag, so nothing can be written conditionally.
    NoTag,
    /// The entity-tag is weak, and If-Match never matches weak ones (RFC 9110 §13.1.1).
    WeakTag,
    /// The server refused the tag, and still gives out the same one. Something on the way
    /// rewrites tags or answers reads from a copy; the same request would fail for ever.
    TagUnchanged,
    /// Others were first, or the server asked to wait, each time; see
    /// [`tries`](super::Updater::tries). Nothing was changed.
    TriesUsedUp,
    /// The closure returned an error, which is the source. Nothing was changed.
    Edit,
    /// Both sides have changed the same thing: see [`conflicts`](UpdateError::conflicts).
    /// Nothing was changed.
    Conflict,
    /// The answer to a read is no JSON of this type, too large, or content-coded; or what was
    /// merged is no value of it. Nothing was changed.
    Content,
    /// The answer to a write was lost, and the resource, read again, still had the tag that the
    /// write asks for: it had not been applied by then. A copy that is still on the way can be
    /// applied as long as nobody changes the resource, so start anew when none can be (the
    /// connections are closed, the gateway has given up).
    NotApplied,
    /// The answer to a write was lost or did not say what became of it, and the resource has
    /// changed since, or cannot be read, or a second copy was refused, whatever is read: nobody
    /// can tell by whom. To start anew may apply the change twice.
    OutcomeUnknown,
}

impl<T> UpdateError<T> {
    pub(super) fn new(fault: Fault) -> Self {
        let inner = Box::new(Inner {
            fault,
            base: None,
            mine: None,
            theirs: None,
        });
        Self { inner }
    }

    pub(super) fn with_base(mut self, base: Versioned<T>) -> Self {
        self.inner.base = Some(base);
        self
    }

    pub(super) fn with_mine(mut self, mine: T) -> Self {
        self.inner.mine = Some(mine);
        self
    }

    pub(super) fn with_theirs(mut self, theirs: Option<Versioned<T>>) -> Self {
        self.inner.theirs = theirs;
        self
    }

    /// Why.
    #[must_use]
    pub fn kind(&self) -> UpdateErrorKind {
        self.inner.fault.kind
    }

    /// What the change started from.
    #[must_use]
    pub fn base(&self) -> Option<&Versioned<T>> {
        self.inner.base.as_ref()
    }

    /// What was to be written.
    #[must_use]
    pub fn mine(&self) -> Option<&T> {
        self.inner.mine.as_ref()
    }

    /// The resource as it was read after the write.
    #[must_use]
    pub fn theirs(&self) -> Option<&Versioned<T>> {
        self.inner.theirs.as_ref()
    }

    /// Base, mine and theirs, to be merged by a person and tried again.
    #[must_use]
    pub fn into_documents(self) -> (Option<Versioned<T>>, Option<T>, Option<Versioned<T>>) {
        (self.inner.base, self.inner.mine, self.inner.theirs)
    }

    /// The answer that decided it, with its content as far as it was received.
    #[must_use]
    pub fn response(&self) -> Option<&Response<Bytes>> {
        self.inner.fault.response.as_deref()
    }

    /// The status of [`response`](Self::response).
    #[must_use]
    pub fn status(&self) -> Option<StatusCode> {
        self.response().map(Response::status)
    }

    /// What keeps mine and theirs from being merged, for [`UpdateErrorKind::Conflict`].
    #[must_use]
    pub fn conflicts(&self) -> Option<&Conflicts> {
        self.inner.fault.source.as_ref()?.downcast_ref()
    }
}

impl<T> fmt::Display for UpdateError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind().reason())?;
        match self.status() {
            Some(status) => write!(f, " (the answer was {})", status.as_u16()),
            None => Ok(()),
        }
    }
}

impl<T> fmt::Debug for UpdateError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UpdateError")
            .field("kind", &self.kind())
            .field("status", &self.status())
            .field("source", &self.inner.fault.source)
            .finish_non_exhaustive()
    }
}

impl<T> Error for UpdateError<T> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        let source = self.inner.fault.source.as_ref()?;
        Some(&**source)
    }
}

/// An [`UpdateError`] before it has its documents.
pub(super) struct Fault {
    pub(super) kind: UpdateErrorKind,
    pub(super) response: Option<Box<Response<Bytes>>>,
    pub(super) source: Option<BoxError>,
}

impl Fault {
    pub(super) fn caused(kind: UpdateErrorKind, source: impl Into<BoxError>) -> Self {
        Self {
            kind,
            response: None,
            source: Some(source.into()),
        }
    }

    pub(super) fn answered(kind: UpdateErrorKind, response: Response<Bytes>) -> Self {
        Self {
            kind,
            response: Some(Box::new(response)),
            source: None,
        }
    }

    /// The same, where it means something else by what went before.
    pub(super) fn but(mut self, kind: UpdateErrorKind) -> Self {
        self.kind = kind;
        self
    }
}

impl From<UpdateErrorKind> for Fault {
    fn from(kind: UpdateErrorKind) -> Self {
        Self {
            kind,
            response: None,
            source: None,
        }
    }
}

impl UpdateErrorKind {
    const fn reason(self) -> &'static str {
        match self {
            Self::Request => "the request cannot be made",
            Self::Service => "the service failed",
            Self::Status => "the server answered neither with success nor to try again",
            Self::Missing => "there is no such resource",
            Self::AlreadyExists => "the resource exists already",
            Self::Changed => "the resource has been changed since it was read",
            Self::NoTag => "the representation has no entity-tag to write under",
            Self::WeakTag => "the entity-tag is weak, and If-Match never matches weak tags",
            Self::TagUnchanged => "the server refused the entity-tag that it still gives out",
            Self::TriesUsedUp => "the tries are used up",
            Self::Edit => "the edit failed",
            Self::Conflict => "both sides have changed the same thing",
            Self::Content => "the content cannot be read as JSON of this type",
            Self::NotApplied => "the answer was lost, and the write had not been applied",
            Self::OutcomeUnknown => "nobody can tell whether the write was applied",
        }
    }
}
