//! One connection of hyper's client, HTTP/1.1 or HTTP/2 with prior knowledge.

use std::net::SocketAddr;

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use serde_json::Value;
use tokio::net::TcpStream;

use crate::answer::Answer;
use crate::process::TOKEN;

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// A request, put together in the order in which a person would say it.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    method: Method,
    path: String,
    fields: Vec<(HeaderName, HeaderValue)>,
    body: Bytes,
    token: Option<&'static str>,
}

impl Call {
    pub(crate) fn new(method: &str, path: impl Into<String>) -> Self {
        let method = method.parse().expect("a method");
        Self {
            method,
            path: path.into(),
            fields: Vec::new(),
            body: Bytes::new(),
            token: Some(TOKEN),
        }
    }

    pub(crate) fn get(path: impl Into<String>) -> Self {
        Self::new("GET", path)
    }

    pub(crate) fn head(path: impl Into<String>) -> Self {
        Self::new("HEAD", path)
    }

    pub(crate) fn delete(path: impl Into<String>) -> Self {
        Self::new("DELETE", path)
    }

    pub(crate) fn post(path: impl Into<String>, body: &Value) -> Self {
        Self::new("POST", path).json(body)
    }

    pub(crate) fn put(path: impl Into<String>, body: &Value) -> Self {
        Self::new("PUT", path).json(body)
    }

    pub(crate) fn patch(path: impl Into<String>, body: &Value) -> Self {
        Self::new("PATCH", path).json(body)
    }

    /// The same request to another path.
    pub(crate) fn at(mut self, path: impl Into<String>) -> Self {
        self.path = path.into();
        self
    }

    pub(crate) fn field(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        let name = name.parse().expect("a field name");
        self.fields.push((
            name,
            HeaderValue::from_bytes(value.as_ref()).expect("a field value"),
        ));
        self
    }

    pub(crate) fn if_match(self, tag: impl AsRef<[u8]>) -> Self {
        self.field("if-match", tag)
    }

    pub(crate) fn if_none_match(self, tag: impl AsRef<[u8]>) -> Self {
        self.field("if-none-match", tag)
    }

    /// The body, and the media type that the method's bodies have.
    pub(crate) fn json(self, body: &Value) -> Self {
        let media_type = if self.method == Method::PATCH {
            "application/merge-patch+json"
        } else {
            "application/json"
        };
        self.text(media_type, body.to_string())
    }

    pub(crate) fn text(mut self, media_type: &str, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self.field("content-type", media_type)
    }

    /// The same body with no `Content-Type` at all.
    pub(crate) fn bare(mut self, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self
    }

    pub(crate) fn anonymous(mut self) -> Self {
        self.token = None;
        self
    }
}

enum Sender {
    Http1(http1::SendRequest<Full<Bytes>>),
    Http2(http2::SendRequest<Full<Bytes>>),
}

pub(crate) struct Client {
    sender: Sender,
    address: SocketAddr,
}

impl Client {
    pub(crate) async fn http1(address: SocketAddr) -> Result<Self, Failure> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let (sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        Ok(Self {
            sender: Sender::Http1(sender),
            address,
        })
    }

    pub(crate) async fn http2(address: SocketAddr) -> Result<Self, Failure> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let (sender, connection) =
            http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        Ok(Self {
            sender: Sender::Http2(sender),
            address,
        })
    }

    /// The answer's head; its body is still to come.
    pub(crate) async fn begin(&mut self, call: &Call) -> Result<Response<Incoming>, Failure> {
        let mut request = Request::builder().method(&call.method);
        request = match self.sender {
            Sender::Http1(_) => request
                .uri(&call.path)
                .header("host", self.address.to_string()),
            Sender::Http2(_) => request.uri(format!("http://{}{}", self.address, call.path)),
        };
        if let Some(token) = call.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        for (name, value) in &call.fields {
            request = request.header(name, value);
        }
        let request = request.body(Full::new(call.body.clone()))?;
        Ok(match &mut self.sender {
            Sender::Http1(sender) => {
                sender.ready().await?;
                sender.send_request(request).await?
            }
            Sender::Http2(sender) => {
                sender.ready().await?;
                sender.send_request(request).await?
            }
        })
    }

    pub(crate) async fn try_send(&mut self, call: &Call) -> Result<Answer, Failure> {
        let (head, body) = self.begin(call).await?.into_parts();
        let body = body.collect().await?.to_bytes();
        Ok(Answer {
            status: head.status,
            fields: head.headers,
            body,
        })
    }

    #[track_caller]
    pub(crate) fn send(&mut self, call: Call) -> impl Future<Output = Answer> {
        let caller = std::panic::Location::caller();
        async move {
            let answer = self.try_send(&call).await;
            answer.unwrap_or_else(|error| panic!("{error} in answer to {call:?}, sent at {caller}"))
        }
    }
}
