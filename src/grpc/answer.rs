//! What the layer answers itself: a head that is the whole answer ("Trailers-Only").

use http::{HeaderMap, HeaderName, HeaderValue, Response, header};
use percent_encoding::{AsciiSet, CONTROLS, percent_decode, utf8_percent_encode};

use crate::precondition::{Rejection, RejectionKind};

use super::{
    code::{self, Code},
    details,
};

const MESSAGE: HeaderName = HeaderName::from_static("grpc-message");
const DETAILS: HeaderName = HeaderName::from_static("grpc-status-details-bin");

/// All but `%x20-%x24 / %x26-%x7E`; bytes above are encoded anyway.
const ENCODED: &AsciiSet = &CONTROLS.add(b'%');

/// The answer to a call, in a header map that is used again (its room, not its fields).
pub(crate) fn answer(rejection: &Rejection, mut headers: HeaderMap) -> Response<()> {
    headers.clear();
    let code = code_of(rejection.kind());
    let media_type = HeaderValue::from_static("application/grpc");
    headers.insert(header::CONTENT_TYPE, media_type);
    let number = HeaderValue::from_static(code.number());
    headers.insert(code::STATUS, number);
    put(rejection, code, &mut headers);
    let mut response = Response::new(());
    *response.headers_mut() = headers;
    response
}

/// Puts beside a handler's own `ABORTED` what the rejection tells and the handler has not told.
pub(crate) fn tell(rejection: &Rejection, headers: &mut HeaderMap) {
    put(rejection, Code::Aborted, headers);
}

fn put(rejection: &Rejection, code: Code, headers: &mut HeaderMap) {
    let own = headers.get(MESSAGE).map(HeaderValue::as_bytes);
    let message = match own {
        Some(message) => percent_decode(message).decode_utf8_lossy().into_owned(),
        None => rejection.detail(),
    };
    if !headers.contains_key(DETAILS) {
        headers.insert(DETAILS, details::of(rejection, code, &message));
    }
    if let (Code::Aborted, Some(tag)) = (code, rejection.tag()) {
        headers.insert(header::ETAG, tag.into());
    }
    if !headers.contains_key(MESSAGE)
        && let Ok(message) = percent_encoded(&message).try_into()
    {
        headers.insert(MESSAGE, message);
    }
}

fn percent_encoded(message: &str) -> String {
    utf8_percent_encode(message, ENCODED).to_string()
}

/// The status of each kind. `UNAVAILABLE` says that nothing was changed and asks for the call to be
/// sent again, as many clients do by themselves; so what is not known is never `UNAVAILABLE`.
const fn code_of(kind: RejectionKind) -> Code {
    match kind {
        RejectionKind::MalformedPrecondition
        | RejectionKind::ContentIncomplete
        | RejectionKind::ResourceUnnamed => Code::InvalidArgument,
        RejectionKind::TargetMissing => Code::NotFound,
        RejectionKind::PreconditionFailed | RejectionKind::Conflict => Code::Aborted,
        RejectionKind::PreconditionRequired => Code::FailedPrecondition,
        RejectionKind::StoreUnavailable
        | RejectionKind::ChangedWhileRead
        | RejectionKind::Busy
        | RejectionKind::NotBegun
        | RejectionKind::RolledBack => Code::Unavailable,
        RejectionKind::ContentTooLarge => Code::ResourceExhausted,
        RejectionKind::NotUnary => Code::Unimplemented,
        RejectionKind::OutcomeUnknown => Code::Unknown,
        // A call is never answered 304.
        RejectionKind::CommitMissing | RejectionKind::NotModified => Code::Internal,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_percent_encoded_as_grpc_asks() {
        let table = [
            ("plain text; \"quoted\"", "plain text; \"quoted\""),
            ("100 %", "100 %25"),
            ("a\nb\u{7f}", "a%0Ab%7F"),
            ("über", "%C3%BCber"),
        ];
        for (message, encoded) in table {
            assert_eq!(percent_encoded(message), encoded);
        }
    }
}
