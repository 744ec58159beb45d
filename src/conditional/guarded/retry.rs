//! Requests that are known again.

use http::{HeaderMap, HeaderName, header};
use sha2::{Digest, Sha256};

use crate::{key::RequestHead, store::Fingerprint};

/// Writes who sent the request into the digest; false if nobody knows.
pub(super) type Principal = dyn Fn(&RequestHead<'_>, &mut Sha256) -> bool + Send + Sync;

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// The fingerprint of a write that could be sent again after its answer was lost: one that has
/// `Idempotency-Key` and `If-Match`, of a principal that is known.
pub(super) fn fingerprint(
    principal: &Principal,
    head: &RequestHead<'_>,
    content: &[u8],
) -> Option<Fingerprint> {
    let has = |name: &HeaderName| head.headers.contains_key(name);
    if !has(&IDEMPOTENCY_KEY) || !has(&header::IF_MATCH) {
        return None;
    }
    let mut digest = Sha256::new();
    if !principal(head, &mut digest) {
        return None;
    }
    push(&mut digest, head.method.as_str().as_bytes());
    push(&mut digest, head.uri_as_sent().to_string().as_bytes());
    for name in [
        header::HOST,
        header::IF_MATCH,
        header::IF_NONE_MATCH,
        header::IF_UNMODIFIED_SINCE,
        IDEMPOTENCY_KEY,
        header::CONTENT_TYPE,
        header::CONTENT_ENCODING,
    ] {
        push_lines(&mut digest, head.headers, &name);
    }
    push(&mut digest, &Sha256::digest(content));
    Some(Fingerprint::from_bytes(digest.finalize().into()))
}

/// A part of what is hashed, behind its length: no two lists of parts give the same bytes.
pub(super) fn push(digest: &mut Sha256, part: &[u8]) {
    digest.update((part.len() as u64).to_le_bytes());
    digest.update(part);
}

fn push_lines(digest: &mut Sha256, headers: &HeaderMap, name: &HeaderName) {
    let lines = headers.get_all(name);
    digest.update((lines.iter().count() as u64).to_le_bytes());
    for line in lines {
        push(digest, line.as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;

    fn of(method: &str, uri: &str, fields: &[(&str, &str)], content: &[u8]) -> Option<Fingerprint> {
        of_principal(b"ann", method, uri, fields, content)
    }

    fn of_principal(
        name: &'static [u8],
        method: &str,
        uri: &str,
        fields: &[(&str, &str)],
        content: &[u8],
    ) -> Option<Fingerprint> {
        let mut request = Request::builder().method(method).uri(uri);
        for (name, value) in fields {
            request = request.header(*name, *value);
        }
        let request = request.body(()).expect("a request");
        let principal = |_: &RequestHead<'_>, digest: &mut Sha256| {
            push(digest, name);
            true
        };
        fingerprint(&principal, &RequestHead::of(&request), content)
    }

    const FIELDS: [(&str, &str); 3] = [
        ("idempotency-key", "k1"),
        ("if-match", "\"5\""),
        ("content-type", "text/plain"),
    ];

    #[test]
    fn the_same_request_has_the_same_fingerprint_whatever_other_fields_it_has() {
        let one = of("PUT", "/a?x=1", &FIELDS, b"text");
        assert!(one.is_some());
        let mut other = FIELDS.to_vec();
        other.extend([("date", "today"), ("traceparent", "00-1"), ("via", "1.1 a")]);
        assert_eq!(of("PUT", "/a?x=1", &other, b"text"), one);
    }

    #[test]
    fn another_request_has_another_fingerprint_by_each_of_its_parts() {
        let with = |more: &[(&'static str, &'static str)]| [&FIELDS[..], more].concat();
        let swap = |index: usize, value: &'static str| {
            let mut fields = FIELDS;
            fields[index].1 = value;
            fields.to_vec()
        };
        let all = [
            of("PUT", "/a", &FIELDS, b"text"),
            of_principal(b"ben", "PUT", "/a", &FIELDS, b"text"),
            of("PATCH", "/a", &FIELDS, b"text"),
            of("PUT", "/b", &FIELDS, b"text"),
            of("PUT", "/a?x=1", &FIELDS, b"text"),
            of("PUT", "http://one.example/a", &FIELDS, b"text"),
            of("PUT", "http://two.example/a", &FIELDS, b"text"),
            of("PUT", "/a", &with(&[("host", "one.example")]), b"text"),
            of("PUT", "/a", &with(&[("host", "two.example")]), b"text"),
            of("PUT", "/a", &swap(0, "k2"), b"text"),
            of("PUT", "/a", &swap(1, "\"6\""), b"text"),
            of("PUT", "/a", &swap(2, "text/html"), b"text"),
            of("PUT", "/a", &with(&[("if-match", "\"6\"")]), b"text"),
            of("PUT", "/a", &with(&[("if-none-match", "\"6\"")]), b"text"),
            of("PUT", "/a", &with(&[("if-unmodified-since", "x")]), b"text"),
            of("PUT", "/a", &with(&[("content-encoding", "gzip")]), b"text"),
            of("PUT", "/a", &FIELDS, b"texts"),
            of("PUT", "/a", &FIELDS, b""),
        ];
        for (index, one) in all.iter().enumerate() {
            assert!(one.is_some(), "{index}");
            assert!(!all[..index].contains(one), "{index}");
        }
    }

    #[test]
    fn without_key_condition_or_principal_there_is_none() {
        assert_eq!(of("PUT", "/a", &FIELDS[1..], b""), None);
        assert_eq!(of("PUT", "/a", &[FIELDS[0], FIELDS[2]], b""), None);
        let request = Request::put("/a")
            .header("idempotency-key", "k")
            .header("if-match", "*")
            .body(())
            .expect("a request");
        let nobody = |_: &RequestHead<'_>, _: &mut Sha256| false;
        assert_eq!(fingerprint(&nobody, &RequestHead::of(&request), b""), None);
    }
}
