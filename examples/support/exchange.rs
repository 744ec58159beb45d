//! A client that prints what goes over the wire, for the examples.

use std::{error::Error, fmt::Write, net::SocketAddr};

use http_body_util::{BodyExt, Full};
use hyper::{
    Method, Request, StatusCode,
    body::Bytes,
    client::conn::http1,
    header::{ETAG, HOST, HeaderName},
};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// Somebody who talks to the server, over a connection of their own.
pub(crate) struct Client {
    name: &'static str,
    host: String,
    connection: http1::SendRequest<Full<Bytes>>,
}

/// What an answer says.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) etag: Option<String>,
    pub(crate) content: String,
}

impl Client {
    pub(crate) async fn connect(
        name: &'static str,
        server: SocketAddr,
    ) -> Result<Self, Box<dyn Error>> {
        let stream = TcpStream::connect(server).await?;
        let (connection, driver) = http1::handshake(TokioIo::new(stream)).await?;
        tokio::spawn(driver);
        let host = server.to_string();
        Ok(Self {
            name,
            host,
            connection,
        })
    }

    /// Sends a request, with one precondition or none, and prints it and its answer.
    pub(crate) async fn send(
        &mut self,
        method: Method,
        path: &str,
        precondition: Option<(HeaderName, &str)>,
        content: &str,
    ) -> Result<Answer, Box<dyn Error>> {
        let mut line = format!("{} > {method} {path}", self.name);
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(HOST, &self.host);
        if let Some((name, value)) = precondition {
            write!(line, "   {name}: {value}")?;
            request = request.header(name, value);
        }
        if !content.is_empty() {
            write!(line, "   {content}")?;
        }
        println!("{line}");

        let request = request.body(Full::from(content.to_owned()))?;
        self.connection.ready().await?;
        let (head, body) = self.connection.send_request(request).await?.into_parts();
        let content = String::from_utf8(body.collect().await?.to_bytes().to_vec())?;
        let etag = match head.headers.get(ETAG) {
            Some(tag) => Some(tag.to_str()?.to_owned()),
            None => None,
        };

        let mut line = format!("{} < {}", self.name, head.status);
        if let Some(tag) = &etag {
            write!(line, "   etag: {tag}")?;
        }
        println!("{line}   ({} bytes) {content}", content.len());
        Ok(Answer {
            status: head.status,
            etag,
            content,
        })
    }
}
