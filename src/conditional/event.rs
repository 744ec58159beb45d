use std::{error::Error, fmt, time::Duration};

use http::{HeaderName, Method, StatusCode};

use crate::{precondition::Rejection, version::Version};

/// Something that the layer saw or did, for metrics and logs; see
/// [`ConditionalLayer::on_event`](super::ConditionalLayer::on_event).
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct Event<'a> {
    /// What it was.
    pub kind: EventKind<'a>,
    /// The request's method; of a gRPC call, that of the HTTP request with the same meaning.
    pub method: &'a Method,
    /// The resource's key; `()` where the request does not name one as it should.
    pub key: &'a dyn fmt::Debug,
}

/// What an [`Event`] is about. The status of a gRPC call is given as the HTTP status that
/// `google.rpc.Code` names beside it.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum EventKind<'a> {
    /// The service answered a read; the version is the one that its content has at least, for an
    /// answer that speaks of the representation.
    Read(StatusCode, Option<Version>),
    /// The service answered a write; the version is the one that it committed.
    Written(StatusCode, Option<Version>),
    /// The layer answered in the service's stead, or replaced its answer.
    Rejected(&'a Rejection),
    /// The store failed: to tell the version, or to begin, end or raise one.
    StoreFailed(&'a (dyn Error + Send + Sync + 'static)),
    /// A write under a precondition succeeded, and the handler did not say what it committed: a
    /// bug of the application, which may have lost an update.
    CommitMissing,
    /// A handler set this field otherwise than was declared on the layer, so a 304 lacks it; or a
    /// write's answer had an `ETag` that is not that of its commit, which was taken off.
    Undeclared(&'a HeaderName),
    /// A guarded write had to wait for others of the same resource, this long; whether it got its
    /// turn then, or not in time, another event tells.
    GuardWaited(Duration),
    /// A guarded write was begun and did not come to an answer, or could not be committed:
    /// nobody knows what it has changed. (A handler's own 5xx is [`EventKind::Written`].)
    OutcomeUnknown,
    /// A guarded write was known again as the one that made the current version, this one, and
    /// was answered as done; see [`recognize_retries`](super::ConditionalLayer::recognize_retries).
    RetryRecognized(Option<Version>),
}

impl fmt::Debug for Event<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Event")
            .field("kind", &self.kind)
            .field("method", self.method)
            .field("key", &self.key)
            .finish()
    }
}

/// Under which the events are `tracing` events.
#[cfg(feature = "tracing")]
pub(super) const TARGET: &str = "tower_conditional";

#[cfg(feature = "tracing")]
impl Event<'_> {
    /// The event in `tracing`: faults at WARN, refusals, waits and retries at DEBUG, the rest at
    /// TRACE.
    pub(super) fn trace(&self) {
        let Self { kind, method, key } = *self;
        match kind {
            EventKind::Read(status, version) => {
                tracing::trace!(target: TARGET, %method, ?key, %status, ?version, "read");
            }
            EventKind::Written(status, version) => {
                tracing::trace!(target: TARGET, %method, ?key, %status, ?version, "written");
            }
            EventKind::Rejected(rejection) => {
                let status = rejection.status();
                let field = rejection.field().map(crate::precondition::Field::as_str);
                tracing::debug!(target: TARGET, %method, ?key, %status, kind = ?rejection.kind(), field, "rejected");
            }
            EventKind::StoreFailed(error) => {
                let error: &(dyn Error + 'static) = error;
                tracing::warn!(target: TARGET, %method, ?key, error, "the version store failed");
            }
            EventKind::CommitMissing => {
                tracing::warn!(target: TARGET, %method, ?key, "a conditional write succeeded without a commit");
            }
            EventKind::Undeclared(field) => {
                tracing::warn!(target: TARGET, %method, ?key, %field, "a field that no 304 can carry");
            }
            EventKind::GuardWaited(wait) => {
                tracing::debug!(target: TARGET, %method, ?key, ?wait, "waited for other writers");
            }
            EventKind::OutcomeUnknown => {
                tracing::warn!(target: TARGET, %method, ?key, "the outcome of a write is unknown");
            }
            EventKind::RetryRecognized(version) => {
                tracing::debug!(target: TARGET, %method, ?key, ?version, "a retry was recognized");
            }
        }
    }
}
