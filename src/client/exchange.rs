//! One request and its answer.

use std::{future::poll_fn, marker::PhantomData, sync::Arc, time::SystemTime};

use bytes::Bytes;
use http::{
    HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, Uri, header,
    response,
};
use http_body::Body;
use tower_service::Service;

use crate::error::BoxError;

use super::{
    content::{ContentFault, collect},
    retry_after::retry_after,
    settings::Settings,
};

/// The way to one resource.
pub(super) struct Exchange<S, B> {
    pub(super) service: S,
    pub(super) uri: Uri,
    pub(super) settings: Arc<Settings>,
    pub(super) body: PhantomData<fn(B)>,
}

/// An answer, and its content as far as it came.
pub(super) struct Answer {
    pub(super) head: response::Parts,
    pub(super) content: Result<Bytes, ContentFault>,
}

/// No answer.
pub(super) enum Lost {
    /// The service was not ready: the request was not handed over.
    NotSent(BoxError),
    /// Somewhere on the way, there or back.
    OnTheWay(BoxError),
}

/// What the updater says by itself, and the user cannot.
const RESERVED: [HeaderName; 6] = [
    header::IF_MATCH,
    header::IF_NONE_MATCH,
    header::IF_MODIFIED_SINCE,
    header::IF_UNMODIFIED_SINCE,
    header::IF_RANGE,
    header::RANGE,
];

impl<S, B> Exchange<S, B>
where
    B: From<Bytes>,
{
    /// A request with the user's fields, and those that every request has unless the user says
    /// otherwise.
    pub(super) fn request(&self, method: Method, content: Bytes) -> Request<B> {
        let has_content = !content.is_empty();
        let mut request = Request::new(B::from(content));
        *request.method_mut() = method;
        *request.uri_mut() = self.uri.clone();
        let headers = request.headers_mut();
        *headers = self.settings.headers.clone();
        for name in &RESERVED {
            headers.remove(name);
        }
        let json = HeaderValue::from_static("application/json");
        headers
            .entry(header::ACCEPT)
            .or_insert_with(|| json.clone());
        // Nothing here decodes, and the tags of coded representations are others.
        let identity = HeaderValue::from_static("identity");
        headers.entry(header::ACCEPT_ENCODING).or_insert(identity);
        if has_content {
            headers.entry(header::CONTENT_TYPE).or_insert(json);
        } else {
            headers.remove(header::CONTENT_TYPE);
        }
        request
    }

    pub(super) async fn send<R>(&mut self, request: Request<B>) -> Result<Answer, Lost>
    where
        S: Service<Request<B>, Response = Response<R>> + Clone,
        S::Error: Into<BoxError>,
        R: Body,
        R::Error: Into<BoxError>,
    {
        // A service that was not ready once may never be again, so each request has its own.
        let mut service = self.service.clone();
        let ready = poll_fn(|cx| service.poll_ready(cx)).await;
        ready.map_err(|error| Lost::NotSent(error.into()))?;
        let answer = service.call(request).await;
        let (head, body) = answer
            .map_err(|error| Lost::OnTheWay(error.into()))?
            .into_parts();
        let content = collect(body, self.settings.content_limit).await;
        Ok(Answer { head, content })
    }
}

impl Answer {
    pub(super) fn status(&self) -> StatusCode {
        self.head.status
    }

    pub(super) fn headers(&self) -> &HeaderMap {
        &self.head.headers
    }

    /// How long the server asks to wait.
    pub(super) fn retry_after(&self) -> Option<std::time::Duration> {
        retry_after(self.headers(), SystemTime::now())
    }

    /// Whether the application itself asks to come again. Gateways do so too, with the server lost
    /// while it was at work (Varnish: 503 with `Retry-After: 5`), but in no problem document.
    pub(super) fn puts_off(&self) -> bool {
        let content_type = self.headers().get(header::CONTENT_TYPE);
        let media_type = content_type.and_then(|it| it.as_bytes().split(|&it| it == b';').next());
        let is_problem = media_type.is_some_and(|it| {
            it.trim_ascii()
                .eq_ignore_ascii_case(b"application/problem+json")
        });
        is_problem && self.retry_after().is_some()
    }

    /// The answer to show to the user.
    pub(super) fn into_response(self) -> Response<Bytes> {
        Response::from_parts(self.head, self.content.unwrap_or_default())
    }
}
