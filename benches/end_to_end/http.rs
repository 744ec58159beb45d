//! Just enough of an HTTP client to ask one thing after another, with nothing in it that varies.

use std::{
    fmt::Write as _,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

use crate::Failure;

/// Servers under callgrind are slow, but not that slow.
const PATIENCE: Duration = Duration::from_mins(1);

#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: &'static str,
    pub(crate) path: String,
    pub(crate) fields: Vec<(&'static str, String)>,
    pub(crate) content: String,
}

impl Request {
    fn to_wire(&self) -> String {
        let mut wire = format!(
            "{} {} HTTP/1.1\r\nHost: localhost\r\n",
            self.method, self.path
        );
        for (name, value) in &self.fields {
            let _ = write!(wire, "{name}: {value}\r\n");
        }
        if !self.content.is_empty() {
            let _ = write!(wire, "Content-Length: {}\r\n", self.content.len());
        }
        wire + "\r\n" + &self.content
    }
}

pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) etag: Option<String>,
}

pub(crate) struct Connection {
    stream: BufReader<TcpStream>,
}

impl Connection {
    pub(crate) fn open(address: SocketAddr) -> Result<Self, Failure> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        let stream = BufReader::new(stream);
        Ok(Self { stream })
    }

    pub(crate) fn exchange(&mut self, request: &Request) -> Result<Answer, Failure> {
        self.stream
            .get_mut()
            .write_all(request.to_wire().as_bytes())?;
        let mut line = String::new();
        self.stream.read_line(&mut line)?;
        let status = line.split(' ').nth(1).ok_or("no status line")?.parse()?;
        let (mut etag, mut length) = (None, 0);
        loop {
            line.clear();
            if self.stream.read_line(&mut line)? == 0 {
                return Err("the answer ends in its head".into());
            }
            let Some((name, value)) = line.trim_end().split_once(':') else {
                break;
            };
            let value = value.trim();
            match name.to_ascii_lowercase().as_str() {
                "etag" => etag = Some(value.to_owned()),
                // A 304 may tell the length of what it does not carry (RFC 9110 §8.6).
                "content-length" if status != 304 => length = value.parse()?,
                _ => {}
            }
        }
        let mut content = vec![0; length];
        self.stream.read_exact(&mut content)?;
        Ok(Answer { status, etag })
    }
}
