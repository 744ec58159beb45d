use bytes::Bytes;
use futures_channel::mpsc;
use http::{HeaderName, HeaderValue, Request, Response, header};
use http_body::Frame;
use http_body_util::{BodyExt, Full, StreamBody, combinators::BoxBody};

pub(crate) type Answer = Response<Full<Bytes>>;
pub(crate) type Body = BoxBody<Bytes, Torn>;

/// What a body fails with; its text must never reach a client.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("SECRET: the line was cut")]
pub(crate) struct Torn;

pub(crate) fn request(method: &str, path: &str, fields: &[(&str, &str)]) -> Request<Body> {
    with_content(method, path, fields, "")
}

pub(crate) fn with_content(
    method: &str,
    path: &str,
    fields: &[(&str, &str)],
    content: &'static str,
) -> Request<Body> {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in fields {
        request = request.header(*name, *value);
    }
    let body = Full::from(content).map_err(|never| match never {});
    request.body(body.boxed()).expect("a valid request")
}

pub(crate) fn get(fields: &[(&str, &str)]) -> Request<Body> {
    request("GET", "/a", fields)
}

pub(crate) fn put(fields: &[(&str, &str)]) -> Request<Body> {
    with_content("PUT", "/a", fields, "content")
}

/// The client's end of a body.
pub(crate) struct Upload(mpsc::UnboundedSender<Result<Frame<Bytes>, Torn>>);

impl Upload {
    pub(crate) fn data(&self, data: impl Into<Bytes>) {
        self.send(Ok(Frame::data(data.into())));
    }

    pub(crate) fn trailer(&self, name: &'static str, value: &'static str) {
        let mut fields = http::HeaderMap::new();
        fields.insert(name, HeaderValue::from_static(value));
        self.send(Ok(Frame::trailers(fields)));
    }

    pub(crate) fn tear(&self) {
        self.send(Err(Torn));
    }

    fn send(&self, frame: Result<Frame<Bytes>, Torn>) {
        self.0
            .unbounded_send(frame)
            .expect("the body is still there");
    }

    /// Whether nobody reads any more.
    pub(crate) fn is_dropped(&self) -> bool {
        self.0.is_closed()
    }
}

/// A PUT whose content comes as the client sends it, of a length that nobody knows.
pub(crate) fn upload(fields: &[(&str, &str)]) -> (Upload, Request<Body>) {
    let (sender, frames) = mpsc::unbounded();
    let request = put(fields).map(|_| BodyExt::boxed(StreamBody::new(frames)));
    (Upload(sender), request)
}

pub(crate) fn answer(status: u16) -> Answer {
    Response::builder()
        .status(status)
        .body(Full::from("from the handler"))
        .expect("a valid status")
}

pub(crate) fn ok() -> Answer {
    answer(200)
}

/// An answer with something for the layer in its extensions.
pub(crate) fn answer_with<T: Clone + Send + Sync + 'static>(status: u16, extension: T) -> Answer {
    let mut response = answer(status);
    response.extensions_mut().insert(extension);
    response
}

pub(crate) fn with_field(status: u16, name: HeaderName, value: &'static str) -> Answer {
    let mut response = answer(status);
    let value = HeaderValue::from_static(value);
    response.headers_mut().insert(name, value);
    response
}

/// The `ETag` of a response that has one at most.
pub(crate) fn tag<B>(response: &Response<B>) -> Option<&str> {
    let mut tags = response.headers().get_all(header::ETAG).iter();
    let tag = tags.next()?;
    assert_eq!(tags.next(), None, "two entity-tags");
    Some(tag.to_str().expect("visible ASCII"))
}

/// The response's problem document, whose `status` member is its status.
pub(crate) fn problem(response: &Response<Bytes>) -> serde_json::Value {
    let content_type = response.headers().get(header::CONTENT_TYPE);
    assert_eq!(
        content_type.map(HeaderValue::as_bytes),
        Some(&b"application/problem+json"[..])
    );
    let text = String::from_utf8_lossy(response.body());
    assert!(!text.contains("SECRET"), "{text}");
    let document: serde_json::Value = serde_json::from_str(&text).expect("a JSON document");
    assert_eq!(document["status"], response.status().as_u16());
    for member in ["type", "title", "detail"] {
        let is_there = document[member].as_str().is_some_and(|it| !it.is_empty());
        assert!(is_there, "{member}");
    }
    document
}
