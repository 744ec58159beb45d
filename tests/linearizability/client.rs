//! One client: a connection of hyper's, on which a request either has an answer or an outcome that
//! nobody knows.

use std::net::SocketAddr;

use bytes::Bytes;
use http::{HeaderMap, Method, Request, StatusCode, header};
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::task::JoinHandle;

use crate::history::{Call, Condition, Outcome, Refusal};

pub(crate) struct Client {
    sender: SendRequest<Full<Bytes>>,
    connection: JoinHandle<()>,
    address: SocketAddr,
}

/// How a request failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// It was not sent.
    NotSent,
    /// It was, and there is no answer.
    NoAnswer,
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) fields: HeaderMap,
    pub(crate) text: String,
}

impl Client {
    pub(crate) async fn connect(address: SocketAddr) -> Option<Self> {
        let stream = TcpStream::connect(address).await.ok()?;
        stream.set_nodelay(true).ok()?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await.ok()?;
        let connection = tokio::spawn(async move {
            // How it ended is told to those who wait for an answer.
            let _ = connection.await;
        });
        Some(Self {
            sender,
            connection,
            address,
        })
    }

    pub(crate) async fn send(&mut self, key: u32, call: Call) -> Result<Answer, Failure> {
        let (method, condition, body) = match call {
            Call::Read => (Method::GET, Condition::Unconditional, String::new()),
            Call::Put(token, condition) => (Method::PUT, condition, token.to_string()),
            Call::Delete(token, condition) => (Method::DELETE, condition, token.to_string()),
        };
        let mut fields = HeaderMap::new();
        match condition {
            Condition::Unconditional => {}
            Condition::Match(version) => {
                let tag = format!("\"{version}\"").try_into().expect("digits");
                fields.insert(header::IF_MATCH, tag);
            }
            Condition::Absent => {
                fields.insert(header::IF_NONE_MATCH, http::HeaderValue::from_static("*"));
            }
        }
        self.exchange(method, &format!("/keys/{key}"), fields, body)
            .await
    }

    pub(crate) async fn exchange(
        &mut self,
        method: Method,
        path: &str,
        fields: HeaderMap,
        body: String,
    ) -> Result<Answer, Failure> {
        let mut request = Request::new(Full::from(body));
        *request.method_mut() = method;
        *request.uri_mut() = path.parse().expect("a path");
        *request.headers_mut() = fields;
        let host = self.address.to_string().try_into().expect("an address");
        request.headers_mut().insert(header::HOST, host);
        if self.sender.ready().await.is_err() {
            return Err(Failure::NotSent);
        }
        let response = self.sender.send_request(request).await.map_err(|error| {
            // hyper says so where the connection had gone before the request went out.
            if error.is_canceled() {
                Failure::NotSent
            } else {
                Failure::NoAnswer
            }
        })?;
        let (head, body) = response.into_parts();
        let body = body.collect().await.map_err(|_| Failure::NoAnswer)?;
        Ok(Answer {
            status: head.status,
            fields: head.headers,
            text: String::from_utf8_lossy(&body.to_bytes()).into_owned(),
        })
    }
}

impl Drop for Client {
    /// Whatever is under way: the socket is closed.
    fn drop(&mut self) {
        self.connection.abort();
    }
}

impl Answer {
    pub(crate) fn version(&self) -> Option<u64> {
        let tag = self.fields.get(header::ETAG)?.to_str().expect("ASCII");
        let digits = tag.trim_matches('"');
        Some(
            digits
                .parse()
                .unwrap_or_else(|_| panic!("{tag:?} is no version")),
        )
    }

    /// What it says of `call`.
    pub(crate) fn outcome(&self, call: Call) -> Outcome {
        let trail = || {
            let trail = self.text.parse();
            trail.unwrap_or_else(|error| panic!("{error} in {self:?}"))
        };
        match (call, self.status.as_u16()) {
            (Call::Read, 200 | 404) => Outcome::Read {
                trail: trail(),
                is_live: self.status == StatusCode::OK,
                label: self.version(),
            },
            (Call::Put(..), 200 | 201) | (Call::Delete(..), 200) => Outcome::Written {
                trail: trail(),
                version: self.version(),
            },
            (Call::Put(..) | Call::Delete(..), 412) => Outcome::Refused(Refusal::Precondition),
            (Call::Delete(..), 404) => Outcome::Refused(Refusal::Missing),
            (_, 503) => Outcome::Refused(Refusal::Busy),
            (_, 500) => Outcome::Unknown,
            _ => panic!("an answer that nobody expects to {call:?}: {self:?}"),
        }
    }
}
