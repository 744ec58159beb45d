//! What can be said of a request body by its header fields alone: 415 and 413. These come before
//! the preconditions, since they would be the same without them (RFC 9110 §13.2.1).

use axum::extract::Request;
use axum::http::header::{ACCEPT, ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderName, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::body;
use crate::problem::Problem;

const ACCEPT_PATCH: HeaderName = HeaderName::from_static("accept-patch");

pub(crate) async fn check(request: Request, next: Next) -> Response {
    match refusal(request.method(), request.headers()) {
        Some(problem) => problem.into_response(),
        None => next.run(request).await,
    }
}

fn refusal(method: &Method, headers: &HeaderMap) -> Option<Problem> {
    let unsupported = |detail| Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail);
    let media_type = media_type(headers);
    let media_type = media_type.as_deref().unwrap_or_default();
    match *method {
        Method::PATCH if media_type != "application/merge-patch+json" => {
            // RFC 5789 §2.2: the answer says which patch formats there are.
            let problem = unsupported("A patch is `application/merge-patch+json`.");
            return Some(problem.header(ACCEPT_PATCH, "application/merge-patch+json"));
        }
        Method::PUT | Method::POST if !is_json(media_type) => {
            let problem = unsupported("The body is to be `application/json`.");
            return Some(problem.header(ACCEPT, "application/json"));
        }
        Method::PATCH | Method::PUT | Method::POST => {}
        _ => return None,
    }
    if headers
        .get_all(CONTENT_ENCODING)
        .iter()
        .any(|coding| coding != "identity")
    {
        let problem = unsupported("The body is to be sent without a content coding.");
        return Some(problem.header(ACCEPT_ENCODING, "identity"));
    }
    let declared = headers
        .get(CONTENT_LENGTH)?
        .to_str()
        .ok()?
        .parse::<u64>()
        .ok()?;
    (declared > body::LIMIT as u64).then(body::too_large)
}

/// Type and subtype in lower case, without the parameters.
fn media_type(headers: &HeaderMap) -> Option<String> {
    let mut lines = headers.get_all(CONTENT_TYPE).iter();
    let (Some(line), None) = (lines.next(), lines.next()) else {
        return None;
    };
    let essence = line.to_str().ok()?.split(';').next()?;
    Some(essence.trim().to_ascii_lowercase())
}

/// `application/json`, or any type with the suffix `+json` (RFC 6839 §3.1).
fn is_json(media_type: &str) -> bool {
    match media_type.split_once('/') {
        Some(("application", "json")) => true,
        Some((kind, subtype)) => {
            let name = subtype.strip_suffix("+json").unwrap_or_default();
            let is_token = |text: &str| !text.is_empty() && !text.contains([' ', '/', ',']);
            is_token(kind) && is_token(name)
        }
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(method: &Method, lines: &[&'static str]) -> Option<StatusCode> {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(CONTENT_TYPE, line.parse().unwrap());
        }
        refusal(method, &headers).map(|problem| problem.into_response().status())
    }

    #[test]
    fn json_is_accepted_in_any_case_and_with_parameters() {
        for line in [
            "application/json",
            "Application/JSON ; charset=UTF-8",
            "a/b+json",
        ] {
            assert_eq!(status(&Method::PUT, &[line]), None, "{line}");
        }
        assert_eq!(
            status(&Method::PATCH, &["application/Merge-Patch+json;a=b"]),
            None
        );
    }

    #[test]
    fn anything_else_is_415() {
        let unsupported = Some(StatusCode::UNSUPPORTED_MEDIA_TYPE);
        for line in [
            "text/plain",
            "application/jsonp",
            "application/+json",
            "json",
            "+json",
            "",
        ] {
            assert_eq!(status(&Method::POST, &[line]), unsupported, "{line}");
        }
        assert_eq!(status(&Method::PUT, &[]), unsupported);
        assert_eq!(
            status(&Method::PUT, &["application/json", "text/plain"]),
            unsupported
        );
        assert_eq!(status(&Method::PATCH, &["application/json"]), unsupported);
        assert_eq!(status(&Method::GET, &[]), None);
    }
}
