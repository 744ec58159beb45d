//! Real sockets: raw bytes of HTTP/1.1, raw frames and a client of HTTP/2.

use std::net::SocketAddr;

use axum::Router;
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Empty;
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// Serves a router on a free port until the test ends.
pub(crate) async fn serve(router: Router) -> SocketAddr {
    let listener = listen().await;
    let address = listener.local_addr().expect("a bound socket");
    tokio::spawn(async { axum::serve(listener, router).await });
    address
}

pub(crate) async fn listen() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").await.expect("a free port")
}

/// All that a server says to these bytes until it closes the connection.
pub(crate) async fn http1(server: SocketAddr, bytes: &str) -> String {
    let mut socket = TcpStream::connect(server)
        .await
        .expect("a listening server");
    socket
        .write_all(bytes.as_bytes())
        .await
        .expect("an open connection");
    let mut said = Vec::new();
    socket.read_to_end(&mut said).await.expect("an orderly end");
    String::from_utf8(said).expect("ASCII")
}

pub(crate) async fn http2(
    server: SocketAddr,
    method: &str,
    fields: &[(&str, &str)],
) -> Response<Incoming> {
    let socket = TcpStream::connect(server)
        .await
        .expect("a listening server");
    let (mut client, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(socket))
            .await
            .expect("prior knowledge will do");
    tokio::spawn(connection);
    let mut request = Request::builder()
        .method(method)
        .uri(format!("http://{server}/a"));
    for (name, value) in fields {
        request = request.header(*name, *value);
    }
    let request = request
        .body(Empty::<Bytes>::new())
        .expect("a valid request");
    client.send_request(request).await.expect("an answer")
}

/// Kind and flags of the frames that answer the only stream.
pub(crate) async fn http2_frames(
    server: SocketAddr,
    method: &str,
    fields: &[(&str, &str)],
) -> Vec<Frame> {
    let authority = server.to_string();
    let mut block = Vec::new();
    let pseudo = [
        (":method", method),
        (":scheme", "http"),
        (":path", "/a"),
        (":authority", &authority),
    ];
    for (name, value) in pseudo.iter().chain(fields) {
        // RFC 7541 §6.2.2: literal without indexing, new name, no Huffman code.
        block.push(0);
        for text in [name, value] {
            assert!(text.len() < 127, "a longer one takes more than one byte");
            block.push(u8::try_from(text.len()).expect("short"));
            block.extend_from_slice(text.as_bytes());
        }
    }
    let mut bytes = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec();
    bytes.extend_from_slice(&[0, 0, 0, SETTINGS, 0, 0, 0, 0, 0]);
    let length = u8::try_from(block.len()).expect("short");
    let flags = END_HEADERS | END_STREAM;
    bytes.extend_from_slice(&[0, 0, length, HEADERS, flags, 0, 0, 0, 1]);
    bytes.extend_from_slice(&block);
    let mut socket = TcpStream::connect(server)
        .await
        .expect("a listening server");
    socket.write_all(&bytes).await.expect("an open connection");

    let mut frames = Vec::new();
    loop {
        let mut head = [0; 9];
        socket.read_exact(&mut head).await.expect("a frame");
        let [_, high, low, kind, flags, .., stream] = head;
        let length = usize::from(high) << 8 | usize::from(low);
        let mut payload = vec![0; length];
        socket
            .read_exact(&mut payload)
            .await
            .expect("a whole frame");
        if stream == 1 && matches!(kind, HEADERS | DATA) {
            let is_end = flags & END_STREAM != 0;
            frames.push(Frame { kind, is_end });
            if is_end {
                return frames;
            }
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Frame {
    pub(crate) kind: u8,
    pub(crate) is_end: bool,
}

pub(crate) const DATA: u8 = 0;
pub(crate) const HEADERS: u8 = 1;
const SETTINGS: u8 = 4;
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;
