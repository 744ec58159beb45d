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

pub(super) fn document(rejection: &Rejection, current: Current, variant: Option<&str>) -> Bytes {
    if rejection.kind() == RejectionKind::NotModified {
        return Bytes::new();
    }
    let (head, detail) = text(rejection.kind(), rejection.field());
    let field = rejection.field().map_or("", Field::as_str);
    let [header, header_end] = match rejection.field() {
        Some(_) => [r#","header":""#, "\""],
        None => ["", ""],
    };
    let mut digits = itoa::Buffer::new();
    let tag = match current {
        Current::Present(now) if head == PRECONDITION_FAILED => [
            r#","currentETag":"\""#,
            digits.format(now.version.get()),
            if variant.is_some() { "-" } else { "" },
            variant.unwrap_or_default(),
            r#"\"""#,
        ],
        Current::Missing if head == PRECONDITION_FAILED => {
            [r#","currentETag":null"#, "", "", "", ""]
        }
        _ => [""; 5],
    };
    write(&[
        head, detail[0], detail[1], "\"", header, field, header_end, tag[0], tag[1], tag[2],
        tag[3], tag[4], "}",
    ])
}

/// The members that a kind of rejection always has, and its detail in two parts.
fn text(kind: RejectionKind, field: Option<Field>) -> (&'static str, [&'static str; 2]) {
    const NOTHING: &str = "nothing was executed.";
    let name = field.map_or("", Field::as_str);
    match kind {
        RejectionKind::NotModified | RejectionKind::PreconditionFailed => {
            (PRECONDITION_FAILED, [name, why_failed(field)])
        }
        RejectionKind::MalformedPrecondition => (
            BAD_REQUEST,
            [
                name,
                " is neither * nor a list of entity-tags; nothing was executed.",
            ],
        ),
        RejectionKind::TargetMissing => (
            NOT_FOUND,
            ["There is no such resource; ", "nothing was changed."],
        ),
        RejectionKind::Conflict if field.is_some() => (
            PRECONDITION_FAILED,
            [
                name,
                " held, but another request changed the resource first; this one changed nothing.",
            ],
        ),
        RejectionKind::Conflict => (
            CONFLICT,
            [
                "Another request changed the resource at the same time; ",
                "this one changed nothing.",
            ],
        ),
        RejectionKind::PreconditionRequired => (
            PRECONDITION_REQUIRED,
            [
                "A write of an existing resource needs a precondition: ",
                "send the ETag that was read in If-Match, or If-None-Match: * to create.",
            ],
        ),
        RejectionKind::StoreUnavailable => (
            UNAVAILABLE,
            ["The current version cannot be told right now; ", NOTHING],
        ),
        RejectionKind::ChangedWhileRead => (
            UNAVAILABLE,
            [
                "The representation changed while a part of it was read.",
                "",
            ],
        ),
        RejectionKind::CommitMissing => (
            COMMIT_MISSING,
            [
                "The request had a precondition, and the handler did not say which version it ",
                "committed.",
            ],
        ),
        RejectionKind::ContentTooLarge => (
            CONTENT_TOO_LARGE,
            ["The content is longer than this resource takes; ", NOTHING],
        ),
        RejectionKind::ContentIncomplete => (
            BAD_REQUEST,
            ["The content could not be read to its end; ", NOTHING],
        ),
        RejectionKind::Busy => (
            UNAVAILABLE,
            [
                "Too many requests are waiting to write this resource; ",
                NOTHING,
            ],
        ),
        RejectionKind::NotBegun => (
            UNAVAILABLE,
            ["The request cannot be carried out right now; ", NOTHING],
        ),
        RejectionKind::RolledBack => (
            UNAVAILABLE,
            [
                "The change could not be committed and was rolled back; ",
                "nothing was changed.",
            ],
        ),
        RejectionKind::OutcomeUnknown => (
            OUTCOME_UNKNOWN,
            [
                "The request may have been executed, wholly or in part, or not at all; ",
                "read the resource before sending it again.",
            ],
        ),
        RejectionKind::ResourceUnnamed => (
            BAD_REQUEST,
            ["The request does not name its resource; ", NOTHING],
        ),
        RejectionKind::NotUnary => (
            NOT_IMPLEMENTED,
            ["A guarded call has exactly one message; ", NOTHING],
        ),
    }
}

/// The detail alone.
#[cfg(feature = "grpc")]
pub(super) fn detail(kind: RejectionKind, field: Option<Field>) -> String {
    text(kind, field).1.concat()
}

const fn why_failed(field: Option<Field>) -> &'static str {
    match field {
        Some(Field::IfUnmodifiedSince) => {
            " is not met: the resource may have been modified since; nothing was executed."
        }
        Some(Field::IfNoneMatch) => " matches the current representation; nothing was executed.",
        _ => " does not match the current representation; nothing was executed.",
    }
}

const BAD_REQUEST: &str = head!(
    "https://www.rfc-editor.org/rfc/rfc9110#section-15.5.1",
    "Bad Request",
    "400"
);

const NOT_FOUND: &str = head!(
    "https://www.rfc-editor.org/rfc/rfc9110#section-15.5.5",
    "Not Found",
    "404"
);

const CONFLICT: &str = head!(
    "https://www.rfc-editor.org/rfc/rfc9110#section-15.5.10",
    "Conflict",
    "409"
);

const PRECONDITION_FAILED: &str = head!(
    "https://www.rfc-editor.org/rfc/rfc9110#section-15.5.13",
    "Precondition Failed",
    "412"
);

const CONTENT_TOO_LARGE: &str = head!(
    "https://www.rfc-editor.org/rfc/rfc9110#section-15.5.14",
    "Content Too Large",
    "413"
);

const PRECONDITION_REQUIRED: &str = head!(
    "https://www.rfc-editor.org/rfc/rfc6585#section-3",
    "Precondition Required",
    "428"
);

const NOT_IMPLEMENTED: &str = head!(
    "https://www.rfc-editor.org/rfc/rfc9110#section-15.6.2",
    "Not Implemented",
    "501"
);

const UNAVAILABLE: &str = head!(
    "https://www.rfc-editor.org/rfc/rfc9110#section-15.6.4",
    "Service Unavailable",
    "503"
);

const COMMIT_MISSING: &str = head!(
    "urn:tower-conditional:commit-missing",
    "Commit Missing",
    "500"
);

const OUTCOME_UNKNOWN: &str = head!(
    "urn:tower-conditional:outcome-unknown",
    "Outcome Unknown",
    "500"
);

fn write(parts: &[&str]) -> Bytes {
    let mut document = Vec::with_capacity(parts.iter().map(|part| part.len()).sum());
    for part in parts {
        document.extend_from_slice(part.as_bytes());
    }
    document.into()
}
