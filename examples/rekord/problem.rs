//! `application/problem+json` (RFC 9457): what every error answer holds.

use axum::Json;
use axum::http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

/// An error answer. `type` is left at `about:blank`, so `title` is the phrase of the status.
#[derive(Debug)]
pub(crate) struct Problem {
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
            status,
            detail: detail.into(),
            pointer: None,
            headers: HeaderMap::new(),
        }
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

impl IntoResponse for Problem {
    fn into_response(mut self) -> Response {
        let body = Body {
            r#type: "about:blank",
            title: self.status.canonical_reason().unwrap_or("Error"),
            status: self.status.as_u16(),
            detail: &self.detail,
            pointer: self.pointer.as_deref(),
        };
        let kind = HeaderValue::from_static("application/problem+json");
        self.headers.insert(CONTENT_TYPE, kind);
        (self.status, self.headers, Json(body)).into_response()
    }
}
