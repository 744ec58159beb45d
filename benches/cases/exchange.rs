use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, Request};
use http_body_util::Full;

/// A kind of request, and the status of its answer.
#[derive(Clone)]
pub(super) struct Exchange {
    method: Method,
    field: Option<(HeaderName, HeaderValue)>,
    keys: usize,
    pub(super) status: u16,
}

/// How many keys are asked for in turn, unless a case says otherwise.
pub(super) const HOT_KEYS: usize = 64;

impl Exchange {
    pub(super) fn get(status: u16) -> Self {
        Self {
            method: Method::GET,
            field: None,
            keys: HOT_KEYS,
            status,
        }
    }

    pub(super) fn put(status: u16) -> Self {
        Self {
            method: Method::PUT,
            ..Self::get(status)
        }
    }

    pub(super) fn with(self, name: HeaderName, value: impl AsRef<[u8]>) -> Self {
        let value = HeaderValue::from_bytes(value.as_ref()).expect("a field value");
        Self {
            field: Some((name, value)),
            ..self
        }
    }

    pub(super) fn keys(self, keys: usize) -> Self {
        Self { keys, ..self }
    }

    /// The request with this number.
    pub(super) fn request(&self, number: usize) -> Request<Full<Bytes>> {
        // Steps by a prime, so that neighbours in time are none in any table.
        let path = path(number.wrapping_mul(982_451_653) % self.keys);
        let mut request = Request::new(Full::default());
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = path.try_into().expect("a path");
        if let Some((name, value)) = &self.field {
            request.headers_mut().insert(name, value.clone());
        }
        request
    }
}

/// The path of a key: 44 bytes.
pub(super) fn path(key: usize) -> String {
    format!("/models/0198c0de-0000-7000-8000-{key:012x}")
}

/// A list of this many tags, `last` at its end.
pub(super) fn tags(count: usize, last: u64) -> String {
    let others = (1..count).map(|n| format!("\"{}\", ", 1000 + n));
    others.chain([format!("\"{last}\"")]).collect()
}
