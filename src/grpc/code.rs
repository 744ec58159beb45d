use http::{HeaderMap, HeaderName, StatusCode};

/// `grpc-status`.
pub(crate) const STATUS: HeaderName = HeaderName::from_static("grpc-status");

/// The status codes of gRPC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Code {
    Ok,
    Cancelled,
    Unknown,
    InvalidArgument,
    DeadlineExceeded,
    NotFound,
    AlreadyExists,
    PermissionDenied,
    ResourceExhausted,
    FailedPrecondition,
    Aborted,
    OutOfRange,
    Unimplemented,
    Internal,
    Unavailable,
    DataLoss,
    Unauthenticated,
}

/// By number, and the HTTP status that `google.rpc.Code` names beside each.
const CODES: [(Code, StatusCode); 17] = [
    (Code::Ok, StatusCode::OK),
    (Code::Cancelled, CLIENT_CLOSED_REQUEST),
    (Code::Unknown, StatusCode::INTERNAL_SERVER_ERROR),
    (Code::InvalidArgument, StatusCode::BAD_REQUEST),
    (Code::DeadlineExceeded, StatusCode::GATEWAY_TIMEOUT),
    (Code::NotFound, StatusCode::NOT_FOUND),
    (Code::AlreadyExists, StatusCode::CONFLICT),
    (Code::PermissionDenied, StatusCode::FORBIDDEN),
    (Code::ResourceExhausted, StatusCode::TOO_MANY_REQUESTS),
    (Code::FailedPrecondition, StatusCode::BAD_REQUEST),
    (Code::Aborted, StatusCode::CONFLICT),
    (Code::OutOfRange, StatusCode::BAD_REQUEST),
    (Code::Unimplemented, StatusCode::NOT_IMPLEMENTED),
    (Code::Internal, StatusCode::INTERNAL_SERVER_ERROR),
    (Code::Unavailable, StatusCode::SERVICE_UNAVAILABLE),
    (Code::DataLoss, StatusCode::INTERNAL_SERVER_ERROR),
    (Code::Unauthenticated, StatusCode::UNAUTHORIZED),
];

/// `google.rpc.Code` names 499 for CANCELLED, which RFC 9110 does not know.
const CLIENT_CLOSED_REQUEST: StatusCode = match StatusCode::from_u16(499) {
    Ok(status) => status,
    Err(_) => StatusCode::BAD_REQUEST,
};

impl Code {
    /// What `grpc-status` says in these header fields or trailers; `None` where there is none.
    /// What cannot be read, what comes twice and what nobody has defined is `UNKNOWN`.
    pub(crate) fn of(fields: &HeaderMap) -> Option<Self> {
        let mut lines = fields.get_all(STATUS).iter();
        let first = lines.next()?;
        let code = match (first.to_str(), lines.next()) {
            (Ok(digits), None) => CODES
                .into_iter()
                .find(|(code, _)| code.number() == digits)
                .map(|(code, _)| code),
            _ => None,
        };
        Some(code.unwrap_or(Self::Unknown))
    }

    /// The number as it is sent.
    pub(crate) const fn number(self) -> &'static str {
        const NUMBERS: [&str; 17] = [
            "0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13", "14", "15",
            "16",
        ];
        NUMBERS[self as usize]
    }

    /// The HTTP status that stands for it in events.
    pub(crate) const fn as_http(self) -> StatusCode {
        CODES[self as usize].1
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn of(lines: &[&'static str]) -> Option<Code> {
        let mut fields = HeaderMap::new();
        for line in lines {
            let line = HeaderValue::from_bytes(line.as_bytes()).expect("a field value");
            fields.append(STATUS, line);
        }
        Code::of(&fields)
    }

    #[test]
    fn each_code_is_known_by_its_number() {
        for (number, (code, status)) in CODES.into_iter().enumerate() {
            assert_eq!(code as usize, number);
            assert_eq!(code.number(), number.to_string());
            let mut fields = HeaderMap::new();
            fields.insert(STATUS, HeaderValue::from(number));
            assert_eq!(Code::of(&fields), Some(code));
            assert_eq!(code.as_http(), status);
        }
        assert_eq!(Code::Cancelled.as_http().as_u16(), 499);
    }

    #[test]
    fn what_cannot_be_read_is_unknown_and_never_ok() {
        assert_eq!(of(&[]), None);
        let odd = ["", "00", "+0", " 0", "0 ", "0,0", "17", "OK", "-1", "é"];
        for line in odd {
            assert_eq!(of(&[line]), Some(Code::Unknown), "{line:?}");
        }
        assert_eq!(of(&["0", "0"]), Some(Code::Unknown));
        assert_eq!(of(&["0", "5"]), Some(Code::Unknown));
    }
}
