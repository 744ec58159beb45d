//! `application/problem+json` (RFC 9457): what every error answer holds.

use axum::body::Bytes;
use axum::http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

/// An error answer. While `type` is left at `about:blank`, `title` is the phrase of the status.
#[derive(Debug)]
pub(crate) struct Problem {
    kind: Option<(&'static str, &'static str)>,
    status: StatusCode,
    detail: String,
    pointer: Option<String>,
    headers: HeaderMap,
}

#[derive(Serialize)]
struct Body<'a> {
    r#type: &'a str,
    title: &'a str,
    status: u16,
    detail: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pointer: Option<&'a str>,
}

impl Problem {
    pub(crate) fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self {
            kind: None,
            status,
            detail: detail.into(),
            pointer: None,
            headers: HeaderMap::new(),
        }
    }

    /// What sets it apart from other problems of its status: a URI, and a title for people.
    pub(crate) fn of_type(mut self, uri: &'static str, title: &'static str) -> Self {
        self.kind = Some((uri, title));
        self
    }

    /// The member at fault, as a JSON Pointer (RFC 6901).
    pub(crate) fn pointer(mut self, pointer: String) -> Self {
        self.pointer = Some(pointer);
        self
    }

    pub(crate) fn header(mut self, name: HeaderName, value: &'static str) -> Self {
        self.headers.insert(name, HeaderValue::from_static(value));
        self
    }
}

impl Problem {
    /// Its media type and its content, for an answer that somebody else gives.
    pub(crate) fn into_document(self) -> (HeaderValue, Bytes) {
        let phrase = self.status.canonical_reason().unwrap_or("Error");
        let (uri, title) = self.kind.unwrap_or(("about:blank", phrase));
        let body = Body {
            r#type: uri,
            title,
            status: self.status.as_u16(),
            detail: &self.detail,
            pointer: self.pointer.as_deref(),
        };
        // Texts and a number: there is nothing in it that JSON could not say.
        let body = serde_json::to_vec(&body).unwrap_or_default();
        (
            HeaderValue::from_static("application/problem+json"),
            body.into(),
        )
    }
}

impl IntoResponse for Problem {
    fn into_response(mut self) -> Response {
        let (status, mut headers) = (self.status, std::mem::take(&mut self.headers));
        let (kind, body) = self.into_document();
        headers.insert(CONTENT_TYPE, kind);
        (status, headers, body).into_response()
    }
}
