//! The messages of `grpc-status-details-bin`: `google.rpc.Status` and what it holds.

use std::{collections::HashMap, time::Duration};

use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};
use http::HeaderValue;
use prost::Message;

use crate::precondition::{Rejection, RejectionKind};

use super::code::Code;

/// `google.rpc.Status`.
#[derive(Clone, PartialEq, Message)]
struct Status {
    #[prost(int32, tag = "1")]
    code: i32,
    #[prost(string, tag = "2")]
    message: String,
    #[prost(message, repeated, tag = "3")]
    details: Vec<Any>,
}

/// `google.protobuf.Any`.
#[derive(Clone, PartialEq, Message)]
struct Any {
    #[prost(string, tag = "1")]
    type_url: String,
    #[prost(bytes = "vec", tag = "2")]
    value: Vec<u8>,
}

/// `google.rpc.ErrorInfo`.
#[derive(Clone, PartialEq, Message)]
struct ErrorInfo {
    #[prost(string, tag = "1")]
    reason: String,
    #[prost(string, tag = "2")]
    domain: String,
    #[prost(map = "string, string", tag = "3")]
    metadata: HashMap<String, String>,
}

/// `google.rpc.PreconditionFailure`.
#[derive(Clone, PartialEq, Message)]
struct PreconditionFailure {
    #[prost(message, repeated, tag = "1")]
    violations: Vec<Violation>,
}

/// `google.rpc.PreconditionFailure.Violation`.
#[derive(Clone, PartialEq, Message)]
struct Violation {
    #[prost(string, tag = "1")]
    r#type: String,
    #[prost(string, tag = "2")]
    subject: String,
    #[prost(string, tag = "3")]
    description: String,
}

/// `google.rpc.RetryInfo`.
#[derive(Clone, PartialEq, Message)]
struct RetryInfo {
    #[prost(message, optional, tag = "1")]
    retry_delay: Option<Delay>,
}

/// `google.protobuf.Duration`.
#[derive(Clone, Copy, PartialEq, Message)]
struct Delay {
    #[prost(int64, tag = "1")]
    seconds: i64,
    #[prost(int32, tag = "2")]
    nanos: i32,
}

impl Any {
    fn of(name: &str, message: &impl Message) -> Self {
        Self {
            type_url: format!("type.googleapis.com/google.rpc.{name}"),
            value: message.encode_to_vec(),
        }
    }
}

impl From<Duration> for Delay {
    /// A duration of protobuf holds 10,000 years at most.
    fn from(duration: Duration) -> Self {
        const MOST: u64 = 315_576_000_000;
        Self {
            seconds: i64::try_from(duration.as_secs().min(MOST)).unwrap_or_default(),
            nanos: i32::try_from(duration.subsec_nanos()).unwrap_or_default(),
        }
    }
}

/// The value of the field, in base64 without padding.
pub(super) fn of(rejection: &Rejection, code: Code, message: &str) -> HeaderValue {
    let field = rejection.field().map(|field| field.name().to_string());
    let mut metadata = HashMap::new();
    if let Some(field) = &field {
        metadata.insert("field".to_owned(), field.clone());
    }
    if let Some(tag) = rejection.tag() {
        metadata.insert("etag".to_owned(), tag.to_string());
    }
    let info = ErrorInfo {
        reason: reason(rejection.kind()).to_owned(),
        domain: "tower-conditional".to_owned(),
        metadata,
    };
    let mut details = vec![Any::of("ErrorInfo", &info)];
    if matches!(
        rejection.kind(),
        RejectionKind::PreconditionFailed
            | RejectionKind::Conflict
            | RejectionKind::PreconditionRequired
    ) {
        let failure = PreconditionFailure {
            violations: vec![Violation {
                r#type: "ETAG".to_owned(),
                subject: field.unwrap_or_default(),
                description: message.to_owned(),
            }],
        };
        details.push(Any::of("PreconditionFailure", &failure));
    }
    if let Some(wait) = rejection.retry_after() {
        let retry_delay = Some(wait.into());
        details.push(Any::of("RetryInfo", &RetryInfo { retry_delay }));
    }
    let status = Status {
        code: code as i32,
        message: message.to_owned(),
        details,
    };
    let encoded = STANDARD_NO_PAD.encode(status.encode_to_vec());
    HeaderValue::try_from(encoded).unwrap_or_else(|_| HeaderValue::from_static(""))
}

/// The kind in the spelling that `ErrorInfo` asks for.
const fn reason(kind: RejectionKind) -> &'static str {
    match kind {
        RejectionKind::NotModified => "NOT_MODIFIED",
        RejectionKind::MalformedPrecondition => "MALFORMED_PRECONDITION",
        RejectionKind::TargetMissing => "TARGET_MISSING",
        RejectionKind::PreconditionFailed => "PRECONDITION_FAILED",
        RejectionKind::Conflict => "CONFLICT",
        RejectionKind::PreconditionRequired => "PRECONDITION_REQUIRED",
        RejectionKind::StoreUnavailable => "STORE_UNAVAILABLE",
        RejectionKind::ChangedWhileRead => "CHANGED_WHILE_READ",
        RejectionKind::CommitMissing => "COMMIT_MISSING",
        RejectionKind::ContentTooLarge => "CONTENT_TOO_LARGE",
        RejectionKind::ContentIncomplete => "CONTENT_INCOMPLETE",
        RejectionKind::Busy => "BUSY",
        RejectionKind::NotBegun => "NOT_BEGUN",
        RejectionKind::RolledBack => "ROLLED_BACK",
        RejectionKind::OutcomeUnknown => "OUTCOME_UNKNOWN",
        RejectionKind::ResourceUnnamed => "RESOURCE_UNNAMED",
        RejectionKind::NotUnary => "NOT_UNARY",
    }
}
