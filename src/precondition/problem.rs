//! Problem documents (RFC 9457), written without a serializer: one allocation each.

use bytes::Bytes;
use http::HeaderValue;

use crate::current::Current;

use super::{Field, Rejection, RejectionKind};

pub(crate) const CONTENT_TYPE: HeaderValue = HeaderValue::from_static("application/problem+json");

/// The members that a kind of rejection always has: `type`, `title` and `status`.
macro_rules! head {
    ($type:literal, $title:literal, $status:literal) => {
        concat!(
            r#"{"type":""#,
            $type,
            r#"","title":""#,
            $title,
            r#"","status":"#,
            $status,
            r#","detail":""#
        )
    };
}

pub(super) fn document(rejection: &Rejection, current: Current) -> Bytes {
    let (head, before, behind) = match (rejection.kind(), rejection.field()) {
        (RejectionKind::NotModified, _) => return Bytes::new(),
        (RejectionKind::MalformedPrecondition, _) => (
            head!(
                "https://www.rfc-editor.org/rfc/rfc9110#section-15.5.1",
                "Bad Request",
                "400"
            ),
            "",
            " is neither * nor a list of entity-tags; nothing was executed.",
        ),
        (RejectionKind::PreconditionFailed, field) => {
            let behind = match field {
                Some(Field::IfUnmodifiedSince) => {
                    " gives a date after which the resource was modified; nothing was executed."
                }
                Some(Field::IfNoneMatch) => {
                    " matches the current representation; nothing was executed."
                }
                _ => " does not match the current representation; nothing was executed.",
            };
            (PRECONDITION_FAILED, "", behind)
        }
        (RejectionKind::Conflict, Some(_)) => (
            PRECONDITION_FAILED,
            "",
            " matched, but another request changed the resource first; this one changed nothing.",
        ),
        (RejectionKind::Conflict, None) => (
            head!(
                "https://www.rfc-editor.org/rfc/rfc9110#section-15.5.10",
                "Conflict",
                "409"
            ),
            "Another request changed the resource at the same time; this one changed nothing.",
            "",
        ),
        (RejectionKind::PreconditionRequired, _) => (
            head!(
                "https://www.rfc-editor.org/rfc/rfc6585#section-3",
                "Precondition Required",
                "428"
            ),
            "A write of an existing resource needs a precondition: read it and send its ETag in If-Match.",
            "",
        ),
        (RejectionKind::StoreUnavailable, _) => (
            UNAVAILABLE,
            "The current version cannot be told right now; nothing was executed.",
            "",
        ),
        (RejectionKind::ChangedWhileRead, _) => (
            UNAVAILABLE,
            "The representation changed while a part of it was read.",
            "",
        ),
        (RejectionKind::CommitMissing, _) => (
            head!(
                "urn:tower-conditional:commit-missing",
                "Commit Missing",
                "500"
            ),
            "The request had a precondition, and the handler did not say which version it committed.",
            "",
        ),
    };
    let field = rejection.field().map_or("", Field::as_str);
    let mut digits = itoa::Buffer::new();
    let current = match current {
        Current::Present(now) => [
            r#","currentETag":"\""#,
            digits.format(now.version.get()),
            r#"\"""#,
        ],
        Current::Missing => [r#","currentETag":null"#, "", ""],
        Current::Unknown => ["", "", ""],
    };
    let is_412 = head == PRECONDITION_FAILED;
    write(&[
        head,
        if before.is_empty() { field } else { before },
        behind,
        "\"",
        if field.is_empty() {
            ""
        } else {
            r#","header":""#
        },
        field,
        if field.is_empty() { "" } else { "\"" },
        if is_412 { current[0] } else { "" },
        if is_412 { current[1] } else { "" },
        if is_412 { current[2] } else { "" },
        "}",
    ])
}

const PRECONDITION_FAILED: &str = head!(
    "https://www.rfc-editor.org/rfc/rfc9110#section-15.5.13",
    "Precondition Failed",
    "412"
);

const UNAVAILABLE: &str = head!(
    "https://www.rfc-editor.org/rfc/rfc9110#section-15.6.4",
    "Service Unavailable",
    "503"
);

fn write(parts: &[&str]) -> Bytes {
    let mut document = Vec::with_capacity(parts.iter().map(|part| part.len()).sum());
    for part in parts {
        document.extend_from_slice(part.as_bytes());
    }
    document.into()
}
