use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Response, StatusCode, header};

use crate::{current::Current, entity_tag::EntityTag, version::Version};

use super::{Field, VersionConflict, problem};

/// An answer that stands for the service's own: 304, 400, 404, 409, 412, 428, 500 or 503.
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
            (RejectionKind::MalformedPrecondition, _) => StatusCode::BAD_REQUEST,
            (RejectionKind::TargetMissing, _) => StatusCode::NOT_FOUND,
            (RejectionKind::PreconditionFailed, _) | (RejectionKind::Conflict, Some(_)) => {
                StatusCode::PRECONDITION_FAILED
            }
            (RejectionKind::Conflict, None) => StatusCode::CONFLICT,
            (RejectionKind::PreconditionRequired, _) => StatusCode::PRECONDITION_REQUIRED,
            (RejectionKind::StoreUnavailable | RejectionKind::ChangedWhileRead, _) => {
                StatusCode::SERVICE_UNAVAILABLE
            }
            (RejectionKind::CommitMissing, _) => StatusCode::INTERNAL_SERVER_ERROR,
        }
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
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::{
        current::Validators,
        precondition::{Outcome, Perform},
    };

    const FIVE: Current = Current::Present(Validators::new(Version::new(5)));

    fn refused(outcome: Outcome, current: Current) -> Rejection {
        outcome.into_result(current).expect_err("refused")
    }

    /// Status, then what the document has besides its type and status.
    fn answer(rejection: Rejection) -> (u16, Value) {
        let response = rejection.to_response();
        let status = response.status().as_u16();
        let mut document: Value = serde_json::from_slice(response.body()).expect("JSON");
        let members = document.as_object_mut().expect("an object");
        assert_eq!(members.remove("status"), Some(json!(status)));
        let kind = members.remove("type").expect("a problem has a type");
        assert!(kind.as_str().is_some_and(|it| it.contains(':')), "{kind}");
        assert_eq!(
            response.headers().get(header::CONTENT_TYPE),
            Some(&HeaderValue::from_static("application/problem+json"))
        );
        (status, document)
    }

    #[test]
    fn a_refused_precondition_is_named() {
        let table = [
            (
                refused(Outcome::Malformed(Field::IfMatch), FIVE),
                400,
                json!({
                    "title": "Bad Request",
                    "detail": "If-Match is neither * nor a list of entity-tags; nothing was executed.",
                    "header": "If-Match",
                }),
            ),
            (
                refused(Outcome::Failed(Field::IfMatch), FIVE),
                412,
                json!({
                    "title": "Precondition Failed",
                    "detail": "If-Match does not match the current representation; nothing was executed.",
                    "header": "If-Match",
                    "currentETag": "\"5\"",
                }),
            ),
            (
                refused(Outcome::Failed(Field::IfMatch), Current::Missing),
                412,
                json!({
                    "title": "Precondition Failed",
                    "detail": "If-Match does not match the current representation; nothing was executed.",
                    "header": "If-Match",
                    "currentETag": null,
                }),
            ),
            (
                refused(Outcome::Failed(Field::IfUnmodifiedSince), Current::Unknown),
                412,
                json!({
                    "title": "Precondition Failed",
                    "detail": "If-Unmodified-Since is not met: the resource may have been modified since; nothing was executed.",
                    "header": "If-Unmodified-Since",
                }),
            ),
            (
                refused(
                    Outcome::Failed(Field::IfNoneMatch),
                    Current::from(Version::new(300)),
                ),
                412,
                json!({
                    "title": "Precondition Failed",
                    "detail": "If-None-Match matches the current representation; nothing was executed.",
                    "header": "If-None-Match",
                    "currentETag": "\"300\"",
                }),
            ),
        ];
        for (rejection, status, document) in table {
            assert_eq!(answer(rejection), (status, document), "{rejection:?}");
        }
    }

    #[test]
    fn each_other_problem_says_what_was_done() {
        let table = [
            (
                Rejection::conflict(Some(Field::IfMatch)).with_current(FIVE),
                412,
                json!({
                    "title": "Precondition Failed",
                    "detail": "If-Match held, but another request changed the resource first; this one changed nothing.",
                    "header": "If-Match",
                    "currentETag": "\"5\"",
                }),
            ),
            (
                Rejection::conflict(None).with_current(FIVE),
                409,
                json!({
                    "title": "Conflict",
                    "detail": "Another request changed the resource at the same time; this one changed nothing.",
                }),
            ),
            (
                Rejection::conflict(None).with_current(Current::Missing),
                409,
                json!({
                    "title": "Conflict",
                    "detail": "Another request changed the resource at the same time; this one changed nothing.",
                }),
            ),
            (
                Rejection::new(RejectionKind::TargetMissing).with_current(Current::Missing),
                404,
                json!({
                    "title": "Not Found",
                    "detail": "There is no such resource; nothing was changed.",
                }),
            ),
            (
                Rejection::new(RejectionKind::PreconditionRequired).with_current(FIVE),
                428,
                json!({
                    "title": "Precondition Required",
                    "detail": "A write of an existing resource needs a precondition: send the ETag that was read in If-Match, or If-None-Match: * to create.",
                }),
            ),
            (
                Rejection::new(RejectionKind::StoreUnavailable),
                503,
                json!({
                    "title": "Service Unavailable",
                    "detail": "The current version cannot be told right now; nothing was executed.",
                }),
            ),
            (
                Rejection::new(RejectionKind::ChangedWhileRead),
                503,
                json!({
                    "title": "Service Unavailable",
                    "detail": "The representation changed while a part of it was read.",
                }),
            ),
            (
                Rejection::new(RejectionKind::CommitMissing),
                500,
                json!({
                    "title": "Commit Missing",
                    "detail": "The request had a precondition, and the handler did not say which version it committed.",
                }),
            ),
        ];
        for (rejection, status, document) in table {
            assert_eq!(answer(rejection), (status, document), "{rejection:?}");
        }
    }

    #[test]
    fn the_type_of_a_problem_is_where_its_status_is_defined() {
        let table = [
            (
                RejectionKind::MalformedPrecondition,
                "rfc9110#section-15.5.1",
            ),
            (RejectionKind::PreconditionFailed, "rfc9110#section-15.5.13"),
            (RejectionKind::Conflict, "rfc9110#section-15.5.10"),
            (RejectionKind::TargetMissing, "rfc9110#section-15.5.5"),
            (RejectionKind::PreconditionRequired, "rfc6585#section-3"),
            (RejectionKind::StoreUnavailable, "rfc9110#section-15.6.4"),
        ];
        for (kind, section) in table {
            let document: Value = serde_json::from_slice(&Rejection::new(kind).problem()).unwrap();
            assert_eq!(
                document["type"],
                format!("https://www.rfc-editor.org/rfc/{section}")
            );
        }
    }

    #[test]
    fn a_tag_is_that_of_the_variant() {
        let rejection = refused(Outcome::Failed(Field::IfMatch), FIVE).with_variant(Some("de"));
        assert_eq!(fields(&rejection.to_response()), [("etag", "\"5-de\"")]);
        let (_, document) = answer(rejection);
        assert_eq!(document["currentETag"], "\"5-de\"");
    }

    #[test]
    fn what_is_performed_is_not_refused() {
        let perform = Perform::UNCONDITIONAL;
        assert_eq!(Outcome::Perform(perform).into_result(FIVE), Ok(perform));
    }

    #[test]
    fn a_304_has_the_tag_and_no_content() {
        let outcome = Outcome::NotModified(Field::IfModifiedSince);
        let rejection = refused(outcome, FIVE);
        assert_eq!(rejection.kind(), RejectionKind::NotModified);
        assert_eq!(rejection.field(), Some(Field::IfModifiedSince));
        assert_eq!(rejection.current(), Some(Version::new(5)));
        assert!(rejection.problem().is_empty());
        let response = rejection.to_response();
        assert_eq!(response.status(), StatusCode::NOT_MODIFIED);
        assert!(response.body().is_empty());
        assert_eq!(fields(&response), [("etag", "\"5\"")]);
    }

    /// The fields of an answer but for its content type.
    fn fields(response: &Response<Bytes>) -> Vec<(&str, &str)> {
        response
            .headers()
            .iter()
            .filter(|(name, _)| *name != header::CONTENT_TYPE)
            .map(|(name, value)| (name.as_str(), value.to_str().expect("ASCII")))
            .collect()
    }

    #[test]
    fn each_answer_has_the_fields_of_its_status_and_no_other() {
        let of = |kind| Rejection::new(kind).with_current(FIVE);
        let failed = Outcome::Failed(Field::IfMatch);
        let table = [
            (refused(failed, FIVE), vec![("etag", "\"5\"")]),
            (refused(failed, Current::Missing), vec![]),
            (refused(failed, Current::Unknown), vec![]),
            (of(RejectionKind::MalformedPrecondition), vec![]),
            (Rejection::conflict(None).with_current(FIVE), vec![]),
            (
                of(RejectionKind::PreconditionRequired),
                vec![("cache-control", "no-store")],
            ),
            (of(RejectionKind::CommitMissing), vec![]),
            (
                of(RejectionKind::StoreUnavailable).with_retry_after(Duration::from_secs(7)),
                vec![("retry-after", "7")],
            ),
            (
                of(RejectionKind::StoreUnavailable).with_retry_after(Duration::from_millis(200)),
                vec![("retry-after", "1")],
            ),
        ];
        for (rejection, expected) in table {
            assert_eq!(fields(&rejection.to_response()), expected, "{rejection:?}");
        }
    }

    #[test]
    fn a_layer_outside_is_told_of_a_conflict_and_of_nothing_else() {
        let told = |rejection: Rejection| {
            rejection
                .to_response()
                .extensions()
                .get::<VersionConflict>()
                .is_some()
        };
        assert!(told(Rejection::conflict(None)));
        assert!(told(Rejection::conflict(Some(Field::IfMatch))));
        assert!(!told(Rejection::new(RejectionKind::PreconditionFailed)));
        assert!(!told(Rejection::new(RejectionKind::StoreUnavailable)));
    }

    #[test]
    fn the_fields_of_the_request_do_not_come_back() {
        let mut request = HeaderMap::new();
        request.insert(
            header::AUTHORIZATION,
            HeaderValue::from_static("Bearer secret"),
        );
        let own = (
            HeaderValue::from_static("text/plain"),
            Bytes::from_static(b"no"),
        );
        let rejection = refused(Outcome::Failed(Field::IfMatch), FIVE);
        let response = rejection.to_response_with(request, |_| own);
        assert_eq!(fields(&response), [("etag", "\"5\"")]);
        assert_eq!(response.headers()[header::CONTENT_TYPE], "text/plain");
        assert_eq!(response.body(), "no");
    }
}
