//! HTTP/1.1 by hand: requests byte for byte, in pieces or left unfinished, and answers read with no more trust than
//! their framing deserves.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::answer::Answer;
use crate::process::TOKEN;

const PATIENCE: Duration = Duration::from_mins(1);

pub(crate) struct Wire {
    stream: TcpStream,
    /// Received and not yet taken.
    received: Vec<u8>,
}

/// A request's head, up to and with the blank line; `lines` are literal header lines.
pub(crate) fn head(method: &str, path: &str, lines: &[&[u8]], length: Option<usize>) -> Vec<u8> {
    let request = format!("{method} {path} HTTP/1.1");
    let authorization = format!("Authorization: Bearer {TOKEN}");
    let mut own = vec![request, "Host: localhost".to_owned(), authorization];
    if let Some(length) = length {
        let media_type = if method == "PATCH" {
            "application/merge-patch+json"
        } else {
            "application/json"
        };
        own.push(format!("Content-Type: {media_type}"));
        own.push(format!("Content-Length: {length}"));
    }
    let mut head = Vec::new();
    for line in own
        .iter()
        .map(String::as_bytes)
        .chain(lines.iter().copied())
    {
        head.extend_from_slice(line);
        head.extend_from_slice(b"\r\n");
    }
    head.extend_from_slice(b"\r\n");
    head
}

impl Wire {
    pub(crate) async fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address)
            .await
            .expect("the server accepts connections");
        stream
            .set_nodelay(true)
            .expect("an option of every TCP socket");
        Self {
            stream,
            received: Vec::new(),
        }
    }

    pub(crate) async fn write(&mut self, bytes: &[u8]) {
        self.stream
            .write_all(bytes)
            .await
            .expect("the server reads");
    }

    /// One whole request, and its answer.
    pub(crate) async fn send(
        &mut self,
        method: &str,
        path: &str,
        lines: &[&[u8]],
        body: Option<&str>,
    ) -> Answer {
        let mut request = head(method, path, lines, body.map(str::len));
        request.extend_from_slice(body.unwrap_or_default().as_bytes());
        self.write(&request).await;
        self.answer(method).await
    }

    /// The next answer, to a request with `method`.
    pub(crate) async fn answer(&mut self, method: &str) -> Answer {
        timeout(PATIENCE, self.read_answer(method))
            .await
            .expect("an answer comes")
    }

    /// Whether not a single byte comes for `time`.
    pub(crate) async fn is_silent_for(&mut self, time: Duration) -> bool {
        self.received.is_empty() && timeout(time, self.fill()).await.is_err()
    }

    /// Ends the connection with a reset, unread bytes and all.
    pub(crate) fn reset(self) {
        self.stream
            .set_zero_linger()
            .expect("an option of every TCP socket");
    }

    async fn read_answer(&mut self, method: &str) -> Answer {
        let mut status = StatusCode::CONTINUE;
        let mut fields = HeaderMap::new();
        while status.is_informational() {
            let line = self.line().await;
            let line = line
                .strip_prefix(b"HTTP/1.1 ")
                .unwrap_or_else(|| panic!("not an answer: {line:?}"));
            status = StatusCode::from_bytes(&line[..3]).expect("a status code");
            fields = self.fields().await;
        }
        // RFC 9112 §6.3: neither has content, whatever its fields say.
        let body = if method == "HEAD" || status == 204 || status == 304 {
            Vec::new()
        } else if fields
            .get("transfer-encoding")
            .is_some_and(|coding| coding == "chunked")
        {
            self.chunks().await
        } else {
            let length = fields
                .get("content-length")
                .expect("content is framed")
                .to_str()
                .expect("digits");
            self.take(length.parse().expect("a length")).await
        };
        Answer {
            status,
            fields,
            body: Bytes::from(body),
        }
    }

    async fn fields(&mut self) -> HeaderMap {
        let mut fields = HeaderMap::new();
        loop {
            let line = self.line().await;
            if line.is_empty() {
                return fields;
            }
            let colon = line
                .iter()
                .position(|&byte| byte == b':')
                .expect("a field line");
            let name = HeaderName::from_bytes(&line[..colon]).expect("a field name");
            let value =
                HeaderValue::from_bytes(line[colon + 1..].trim_ascii()).expect("a field value");
            fields.append(name, value);
        }
    }

    async fn chunks(&mut self) -> Vec<u8> {
        let mut content = Vec::new();
        loop {
            let line = String::from_utf8(self.line().await).expect("a chunk's size");
            let size = usize::from_str_radix(line.trim(), 16).expect("a chunk's size");
            content.extend(self.take(size).await);
            assert!(self.line().await.is_empty(), "a chunk ends with its line");
            if size == 0 {
                return content;
            }
        }
    }

    async fn line(&mut self) -> Vec<u8> {
        loop {
            if let Some(end) = self.received.windows(2).position(|pair| pair == b"\r\n") {
                let mut line = self.received.drain(..end + 2).collect::<Vec<_>>();
                line.truncate(end);
                return line;
            }
            self.fill().await;
        }
    }

    async fn take(&mut self, count: usize) -> Vec<u8> {
        while self.received.len() < count {
            self.fill().await;
        }
        self.received.drain(..count).collect()
    }

    async fn fill(&mut self) {
        let read = self
            .stream
            .read_buf(&mut self.received)
            .await
            .expect("the connection holds");
        assert!(
            read > 0,
            "the connection ended in the middle of an answer: {:?}",
            self.received
        );
    }
}
