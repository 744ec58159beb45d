//! Requests over HTTP/2 as no gRPC client would send them, and what comes back.

use std::{convert::Infallible, net::SocketAddr};

use bytes::Bytes;
use futures_util::{Stream, StreamExt, stream};
use http_body_util::{BodyExt, StreamBody, combinators::BoxBody};
use hyper::{
    HeaderMap, Method, Request, StatusCode,
    body::Frame,
    client::conn::http2,
    header::{CONTENT_TYPE, HeaderValue},
};
use hyper_util::rt::{TokioExecutor, TokioIo};
use prost::Message;
use tokio::net::TcpStream;

use crate::service::{NAME, note};

/// Head, content and trailers.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) head: HeaderMap,
    pub(crate) content: Bytes,
    pub(crate) trailers: Option<HeaderMap>,
    /// Whether the head was the end as well.
    pub(crate) is_head_alone: bool,
}

impl Answer {
    /// The status of a head that is the whole answer.
    pub(crate) fn refusal(&self) -> &str {
        assert!(self.is_head_alone, "{self:?}");
        assert_eq!(self.status, StatusCode::OK);
        assert_eq!(self.head[CONTENT_TYPE], "application/grpc");
        text(&self.head["grpc-status"])
    }
}

pub(crate) fn text(value: &HeaderValue) -> &str {
    value.to_str().expect("ASCII")
}

type Body = BoxBody<Bytes, Infallible>;

pub(crate) fn body(
    chunks: impl Stream<Item = Bytes> + Send + Sync + 'static,
) -> BoxBody<Bytes, Infallible> {
    BoxBody::new(StreamBody::new(chunks.map(|chunk| Ok(Frame::data(chunk)))))
}

pub(crate) fn whole(content: impl Into<Bytes>) -> Body {
    let content = content.into();
    body(stream::iter([content]))
}

/// Content with trailers, which no request of gRPC has.
pub(crate) fn with_trailers(content: impl Into<Bytes>, trailers: HeaderMap) -> Body {
    let frames = [Frame::data(content.into()), Frame::trailers(trailers)];
    BoxBody::new(StreamBody::new(stream::iter(frames.map(Ok))))
}

/// A message with its prefix.
pub(crate) fn message(text: &str) -> Vec<u8> {
    let content = note(text).encode_to_vec();
    let length = u32::try_from(content.len()).expect("a short message");
    let mut bytes = vec![0];
    bytes.extend(length.to_be_bytes());
    bytes.extend(content);
    bytes
}

/// An update of note 1.
pub(crate) fn update(content_type: &'static str, body: Body) -> Request<Body> {
    Request::builder()
        .method(Method::POST)
        .uri("http://notes.example/notes.Notes/Update")
        .header(CONTENT_TYPE, content_type)
        .header("te", "trailers")
        .header("resource-name", NAME)
        .body(body)
        .expect("a request")
}

pub(crate) async fn send(server: SocketAddr, request: Request<Body>) -> Answer {
    let stream = TcpStream::connect(server).await.expect("a connection");
    let (mut sender, connection) = http2::handshake(TokioExecutor::new(), TokioIo::new(stream))
        .await
        .expect("HTTP/2");
    tokio::spawn(connection);
    let answer = sender.send_request(request).await.expect("an answer");
    let (head, body) = answer.into_parts();
    let is_head_alone = hyper::body::Body::is_end_stream(&body);
    let body = body.collect().await.expect("a whole answer");
    let trailers = body.trailers().cloned();
    Answer {
        status: head.status,
        head: head.headers,
        content: body.to_bytes(),
        trailers,
        is_head_alone,
    }
}
