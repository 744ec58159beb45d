use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Response, StatusCode, header};

use crate::{current::Current, entity_tag::EntityTag, version::Version};

use super::{Field, VersionConflict, problem};

/// An answer that stands for the service's own: 304, 400, 404, 409, 412, 413, 428, 500, 501 or
/// 503.
///
/// All but the 304 carry a problem document (RFC 9457) that names the field at fault; a 412 also
/// the current entity-tag, as `ETag` and as the member `currentETag`, which is `null` when the
/// target is missing and left out when nobody knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rejection {
    kind: RejectionKind,
    field: Option<Field>,
    current: Current,
    variant: Option<&'static str>,
    retry_after: Option<Duration>,
}

/// Why a request was not, or not as it wished, performed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RejectionKind {
    /// 304: the client has the current representation already.
    NotModified,
    /// 400: an entity-tag field that its grammar forbids; nothing was executed.
    MalformedPrecondition,
    /// 404: the write found nothing to change, and had not counted on there being something.
    TargetMissing,
    /// 412: a precondition is false; nothing was executed.
    PreconditionFailed,
    /// 412 to a conditional request, 409 to another: it lost a race and changed nothing.
    Conflict,
    /// 428: the request needs a precondition (RFC 6585 §3); nothing was executed.
    PreconditionRequired,
    /// 503: the store cannot tell the version; nothing was executed.
    StoreUnavailable,
    /// 503: the representation changed while a part of it was read.
    ChangedWhileRead,
    /// 500: a handler wrote under a precondition and did not say what it committed.
    CommitMissing,
    /// 413: the content is longer than a guarded write may hold in memory; nothing was executed.
    ContentTooLarge,
    /// 400: the content ended before its end; nothing was executed.
    ContentIncomplete,
    /// 503: too many writers wait for the resource, or one has waited too long; nothing was
    /// executed.
    Busy,
    /// 503: the write was not begun; nothing was executed.
    NotBegun,
    /// 503: the write was begun, and rolled back as a whole.
    RolledBack,
    /// 500: the write was begun, and nobody knows what came of it.
    OutcomeUnknown,
    /// 400: the request does not name the resource that it is about; nothing was executed.
    ResourceUnnamed,
    /// 501: a gRPC call that is guarded has one message, and this one streams; nothing was
    /// executed.
    NotUnary,
}

impl Rejection {
    pub(crate) const fn new(kind: RejectionKind) -> Self {
        Self {
            kind,
            field: None,
            current: Current::Unknown,
            variant: None,
            retry_after: None,
        }
    }

    pub(crate) const fn conflict(field: Option<Field>) -> Self {
        let mut rejection = Self::new(RejectionKind::Conflict);
        rejection.field = field;
        rejection
    }

    pub(crate) const fn with_field(mut self, field: Field) -> Self {
        self.field = Some(field);
        self
    }

    pub(crate) const fn with_current(mut self, current: Current) -> Self {
        self.current = current;
        self
    }

    pub(crate) const fn with_variant(mut self, variant: Option<&'static str>) -> Self {
        self.variant = variant;
        self
    }

    pub(crate) const fn with_retry_after(mut self, wait: Duration) -> Self {
        self.retry_after = Some(wait);
        self
    }

    /// Why.
    #[must_use]
    pub const fn kind(&self) -> RejectionKind {
        self.kind
    }

    /// The precondition field that decided it.
    #[must_use]
    pub const fn field(&self) -> Option<Field> {
        self.field
    }

    /// The version that is current, where it is known.
    #[must_use]
    pub const fn current(&self) -> Option<Version> {
        self.current.version()
    }

    /// The status of the answer.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        match (self.kind, self.field) {
            (RejectionKind::NotModified, _) => StatusCode::NOT_MODIFIED,
            (
                RejectionKind::MalformedPrecondition
                | RejectionKind::ContentIncomplete
                | RejectionKind::ResourceUnnamed,
                _,
            ) => StatusCode::BAD_REQUEST,
            (RejectionKind::NotUnary, _) => StatusCode::NOT_IMPLEMENTED,
            (RejectionKind::TargetMissing, _) => StatusCode::NOT_FOUND,
            (RejectionKind::PreconditionFailed, _) | (RejectionKind::Conflict, Some(_)) => {
                StatusCode::PRECONDITION_FAILED
            }
            (RejectionKind::Conflict, None) => StatusCode::CONFLICT,
            (RejectionKind::PreconditionRequired, _) => StatusCode::PRECONDITION_REQUIRED,
            (RejectionKind::ContentTooLarge, _) => StatusCode::PAYLOAD_TOO_LARGE,
            (
                RejectionKind::StoreUnavailable
                | RejectionKind::ChangedWhileRead
                | RejectionKind::Busy
                | RejectionKind::NotBegun
                | RejectionKind::RolledBack,
                _,
            ) => StatusCode::SERVICE_UNAVAILABLE,
            (RejectionKind::CommitMissing | RejectionKind::OutcomeUnknown, _) => {
                StatusCode::INTERNAL_SERVER_ERROR
            }
        }
    }

    /// The entity-tag that is current, where it is known.
    #[cfg(feature = "grpc")]
    pub(crate) fn tag(&self) -> Option<EntityTag> {
        let version = self.current.version()?;
        Some(EntityTag::of_variant(version, self.variant))
    }

    #[cfg(feature = "grpc")]
    pub(crate) const fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }

    /// The sentence that says what happened.
    #[cfg(feature = "grpc")]
    pub(crate) fn detail(&self) -> String {
        problem::detail(self.kind, self.field)
    }

    /// The problem document; empty for a 304.
    #[must_use]
    pub fn problem(&self) -> Bytes {
        problem::document(self, self.current, self.variant)
    }

    /// The whole answer, for services that don't use the layer. It has no content on a 304.
    #[must_use]
    pub fn to_response(self) -> Response<Bytes> {
        let mut response =
            self.to_response_with(HeaderMap::new(), |it| (problem::CONTENT_TYPE, it.problem()));
        if self.kind == RejectionKind::Conflict {
            // A layer outside knows what is current by now and answers in its own words.
            response.extensions_mut().insert(VersionConflict);
        }
        response
    }

    /// The answer in a header map that is used again (its room, not its fields), with a body of
    /// the caller's.
    pub(crate) fn to_response_with(
        self,
        mut headers: HeaderMap,
        body: impl FnOnce(&Self) -> (HeaderValue, Bytes),
    ) -> Response<Bytes> {
        headers.clear();
        let mut content = Bytes::new();
        if self.kind != RejectionKind::NotModified {
            let (content_type, bytes) = body(&self);
            headers.insert(header::CONTENT_TYPE, content_type);
            content = bytes;
        }
        let status = self.status();
        match (status, self.current) {
            // §15.4.5: the tag that the 200 would have had; §8.8.3 lets a 412 tell it too.
            (StatusCode::NOT_MODIFIED | StatusCode::PRECONDITION_FAILED, Current::Present(now)) => {
                headers.insert(
                    header::ETAG,
                    EntityTag::of_variant(now.version, self.variant).into(),
                );
            }
            // RFC 6585 §3: such answers must not be stored by a cache.
            (StatusCode::PRECONDITION_REQUIRED, _) => {
                headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
            }
            _ => {}
        }
        if let Some(wait) = self.retry_after {
            // §10.2.3: whole seconds, so a part of one is a whole one.
            let part = u64::from(wait.subsec_nanos() > 0);
            let seconds = wait.as_secs().saturating_add(part);
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        let mut response = Response::new(content);
        *response.status_mut() = status;
        *response.headers_mut() = headers;
        response
    }
}

#[cfg(test)]
mod tests;
