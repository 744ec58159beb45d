//! Asking the service itself whether a resource exists.

use http::{HeaderName, Method, Request, StatusCode, header};

use crate::{current::Current, precondition::VersionWanted};

use super::request_body::RequestBody;

/// What a GET of the same resource must not have of the write.
const LEFT_OUT: [HeaderName; 17] = [
    header::IF_MATCH,
    header::IF_NONE_MATCH,
    header::IF_MODIFIED_SINCE,
    header::IF_UNMODIFIED_SINCE,
    header::IF_RANGE,
    header::RANGE,
    header::CONTENT_TYPE,
    header::CONTENT_LENGTH,
    header::CONTENT_ENCODING,
    header::CONTENT_LANGUAGE,
    header::CONTENT_LOCATION,
    header::CONTENT_RANGE,
    header::TRANSFER_ENCODING,
    header::TRAILER,
    header::EXPECT,
    header::UPGRADE,
    HeaderName::from_static("idempotency-key"),
];

/// A GET of the resource that `write` is about, by the same client.
pub(super) fn request<B>(write: &Request<RequestBody<B>>) -> Request<RequestBody<B>> {
    let mut request = Request::new(RequestBody::default());
    *request.method_mut() = Method::GET;
    *request.uri_mut() = write.uri().clone();
    *request.version_mut() = write.version();
    *request.headers_mut() = write.headers().clone();
    for name in LEFT_OUT {
        request.headers_mut().remove(name);
    }
    *request.extensions_mut() = write.extensions().clone();
    request.extensions_mut().remove::<VersionWanted>();
    request
}

/// What the answer's status says; `None` if nothing.
pub(super) fn found(status: StatusCode) -> Option<Current> {
    match status {
        // A resource that cannot be read has no representation that a client could lose.
        StatusCode::NOT_FOUND
        | StatusCode::GONE
        | StatusCode::METHOD_NOT_ALLOWED
        | StatusCode::NOT_IMPLEMENTED => Some(Current::Missing),
        // It exists, and nobody has a tag of it.
        _ if status.is_success() => Some(Current::Untagged),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_says_whether_the_resource_exists_or_nothing() {
        let table = [
            (200, Some(Current::Untagged)),
            (204, Some(Current::Untagged)),
            (404, Some(Current::Missing)),
            (410, Some(Current::Missing)),
            (405, Some(Current::Missing)),
            (501, Some(Current::Missing)),
            (301, None),
            (304, None),
            (401, None),
            (403, None),
            (406, None),
            (500, None),
            (503, None),
        ];
        for (status, current) in table {
            let status = StatusCode::from_u16(status).expect("a status");
            assert_eq!(found(status), current, "{status}");
        }
    }
}
