//! Mistakes of other implementations of conditional requests, one test each. The service here
//! is a small but whole one: content and versions in memory, written under the permit.

use std::{
    convert::Infallible,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use http_body::Body;
use http_body_util::{BodyExt, Full};
use tower::{Layer, ServiceExt, service_fn};
use tower_conditional::{
    Committed, ConditionalLayer, Current, MemoryStore, PathKey, Version, VersionConflict,
    VersionStore, WritePermit,
    conditional::ResponseBody,
    precondition::{Field, Outcome, Target, evaluate},
    store_fn,
};

type Answer = Response<Full<Bytes>>;

/// One resource at `/a`, its content and the calls that reached its handler.
#[derive(Clone, Default)]
struct Site {
    versions: MemoryStore,
    content: Arc<Mutex<Option<String>>>,
    calls: Arc<AtomicUsize>,
}

impl Site {
    /// With `/a` at this version; the content names it.
    fn at(version: u64) -> Self {
        let site = Self::default();
        for _ in 0..version {
            site.write(&WritePermit::UNCONDITIONAL, None).unwrap();
        }
        site
    }

    fn write(
        &self,
        permit: &WritePermit,
        content: Option<String>,
    ) -> Result<Committed, VersionConflict> {
        let write = |version: Version| {
            let content = content.unwrap_or_else(|| format!("content {version}"));
            *self.content.lock().unwrap_or_else(PoisonError::into_inner) = Some(content);
        };
        let (committed, ()) = self.versions.compare_and_set("/a", permit, write)?;
        Ok(committed)
    }

    fn remove(&self, permit: &WritePermit) -> Result<Option<Committed>, VersionConflict> {
        let write = |_| *self.content.lock().unwrap_or_else(PoisonError::into_inner) = None;
        let removed = self.versions.remove("/a", permit, write)?;
        Ok(removed.map(|(committed, ())| committed))
    }

    fn content(&self) -> Option<String> {
        self.content
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn current(&self) -> Current {
        let Ok(current) = self.versions.current("/a").into_inner();
        current
    }

    fn calls(&self) -> usize {
        self.calls.load(Ordering::Relaxed)
    }

    fn handle(&self, request: &Request<String>) -> Answer {
        self.calls.fetch_add(1, Ordering::Relaxed);
        let permit = request.extensions().get::<WritePermit>();
        let content = Some(request.body().clone()).filter(|it| !it.is_empty());
        let committed = match (request.method(), permit) {
            (&Method::DELETE, Some(permit)) => self.remove(permit),
            (_, Some(permit)) => self.write(permit, content).map(Some),
            _ => {
                return self
                    .content()
                    .map_or_else(|| answer(404, "nothing here"), |it| answer(200, it));
            }
        };
        let mut response = match committed {
            Ok(Some(_)) => answer(200, "done"),
            Ok(None) => answer(404, "nothing here"),
            Err(_) => answer(500, "lost a race"),
        };
        match committed {
            Ok(Some(committed)) => _ = response.extensions_mut().insert(committed),
            Ok(None) => {}
            Err(conflict) => _ = response.extensions_mut().insert(conflict),
        }
        response
    }

    fn send(&self, request: Request<String>) -> Reply {
        self.send_while(request, |_| ())
    }

    /// `meanwhile` happens between the layer's look at the store and the handler.
    fn send_while(&self, request: Request<String>, meanwhile: impl Fn(&Self) + Clone) -> Reply {
        let site = self.clone();
        let layer = ConditionalLayer::new(self.versions.clone());
        send(&layer, request, move |request| {
            meanwhile(&site);
            site.handle(request)
        })
    }
}

fn send<S>(
    layer: &ConditionalLayer<S>,
    request: Request<String>,
    handler: impl Fn(&Request<String>) -> Answer + Clone,
) -> Reply
where
    S: VersionStore<PathKey>,
{
    let service = layer.layer(service_fn(move |request: Request<String>| {
        let response = handler(&request);
        async move { Ok::<_, Infallible>(response) }
    }));
    let Ok(response) = tokio_test::block_on(service.oneshot(request));
    Reply::of(response)
}

/// A response, and what its body claimed before it was read.
struct Reply {
    response: Response<Bytes>,
    claimed_length: Option<u64>,
    had_ended: bool,
}

impl Reply {
    fn of(response: Response<ResponseBody<Full<Bytes>>>) -> Self {
        let claimed_length = response.body().size_hint().exact();
        let had_ended = response.body().is_end_stream();
        let (parts, body) = response.into_parts();
        let Ok(body) = tokio_test::block_on(body.collect());
        Self {
            response: Response::from_parts(parts, body.to_bytes()),
            claimed_length,
            had_ended,
        }
    }

    fn status(&self) -> u16 {
        self.response.status().as_u16()
    }

    fn tag(&self) -> Option<&[u8]> {
        self.response
            .headers()
            .get(header::ETAG)
            .map(HeaderValue::as_bytes)
    }

    fn body(&self) -> &[u8] {
        self.response.body()
    }
}

fn answer(status: u16, content: impl Into<String>) -> Answer {
    let mut response = Response::new(Full::from(content.into()));
    *response.status_mut() = StatusCode::from_u16(status).expect("a valid status");
    response
}

fn request(method: &str, fields: &[(&str, &[u8])]) -> Request<String> {
    let mut request = Request::builder().method(method).uri("/a");
    for (name, value) in fields {
        let value = HeaderValue::from_bytes(value).expect("a field value");
        request = request.header(*name, value);
    }
    request.body(String::new()).expect("a valid request")
}

/// Preconditions judged on the response: by then the write has been executed.
#[test]
fn a_write_that_is_refused_was_never_executed() {
    let refusals: [(&str, &[u8]); 4] = [
        ("if-match", b"\"4\""),
        ("if-match", b"malformed"),
        ("if-none-match", b"*"),
        ("if-none-match", b"\"5\""),
    ];
    for method in ["PUT", "PATCH", "POST", "DELETE"] {
        for field in refusals {
            let site = Site::at(5);
            let reply = site.send(request(method, &[field]));
            assert!([400, 412].contains(&reply.status()), "{method} {field:?}");
            assert_eq!(site.calls(), 0);
            assert_eq!(site.current(), Version::new(5).into());
            assert_eq!(site.content().as_deref(), Some("content 5"));
        }
    }
}

/// A layer that compares tags on the way out answers 304 to whatever it passes.
#[test]
fn a_404_is_never_turned_into_a_304() {
    for value in [b"*".as_slice(), b"\"1\"", b"\"2\""] {
        let site = Site::at(1);
        site.remove(&WritePermit::UNCONDITIONAL).unwrap();
        let reply = site.send(request("GET", &[("if-none-match", value)]));
        assert_eq!((reply.status(), reply.tag()), (404, None));
        assert_eq!(reply.body(), b"nothing here");
    }
}

#[test]
fn an_error_is_never_turned_into_a_304_nor_tagged() {
    let layer = ConditionalLayer::new(store_fn(|_: PathKey| async { Version::new(5) }));
    for code in [301, 401, 403, 404, 406, 410, 429, 500, 502, 503] {
        let asked = request("GET", &[("if-none-match", b"\"4\"")]);
        let reply = send(&layer, asked, move |_| answer(code, "trouble"));
        assert_eq!((reply.status(), reply.tag()), (code, None));
        assert_eq!(reply.body(), b"trouble");
    }
}

/// A label from after the handler, or a validator kept beside the content: the client that
/// sends it back is told that its old content is current.
#[test]
fn a_304_never_confirms_content_that_has_changed() {
    let site = Site::at(5);
    // The content is read, then another writer commits, then the answer is labelled.
    let layer = ConditionalLayer::new(site.versions.clone());
    let writer = site.clone();
    let reply = send(&layer, request("GET", &[]), move |asked| {
        let read = writer.handle(asked);
        writer.write(&WritePermit::UNCONDITIONAL, None).unwrap();
        read
    });
    assert_eq!(reply.body(), b"content 5");
    let tag = reply.tag().expect("a read is labelled").to_vec();

    let reply = site.send(request("GET", &[("if-none-match", &tag)]));
    assert_eq!(reply.status(), 200);
    assert_eq!(reply.body(), b"content 6");
}

/// `headers.get` gives the first line alone.
#[test]
fn all_lines_of_a_field_are_read() {
    let lines = |name| {
        [
            (name, b"\"1\"".as_slice()),
            (name, b"\"2\""),
            (name, b"\"5\""),
        ]
    };
    let unchanged = Site::at(5).send(request("GET", &lines("if-none-match")));
    assert_eq!(unchanged.status(), 304);
    let written = Site::at(5).send(request("PUT", &lines("if-match")));
    assert_eq!(written.status(), 200);
    let refused = Site::at(5).send(request("PUT", &lines("if-none-match")));
    assert_eq!(refused.status(), 412);
    // And a bad one behind a good one.
    let malformed = [("if-match", b"\"5\"".as_slice()), ("if-match", b"\"")];
    assert_eq!(Site::at(5).send(request("PUT", &malformed)).status(), 400);
}

/// `"x,"` and `,"5` are what splitting at commas finds in `"x,", "5"`.
#[test]
fn a_comma_inside_quotes_belongs_to_the_tag() {
    let matched = Site::at(5).send(request("PUT", &[("if-match", b"\"x,y\", \"5\"")]));
    assert_eq!(matched.status(), 200);
    for value in [b"\"x,5,y\"".as_slice(), b"\",5,\"", b"\"5,\"", b"\",5\""] {
        let reply = Site::at(5).send(request("PUT", &[("if-match", value)]));
        assert_eq!(reply.status(), 412, "a tag, well-formed, and not ours");
        let reply = Site::at(5).send(request("GET", &[("if-none-match", value)]));
        assert_eq!(reply.status(), 200);
    }
}

/// `parse::<i64>` finds 7 in each of these.
#[test]
fn a_tag_is_compared_by_its_bytes_and_not_as_a_number() {
    for value in [
        b"\"007\"".as_slice(),
        b"\"+7\"",
        b"\"-7\"",
        b"\"7.0\"",
        b"\"0x7\"",
        b"\"18446744073709551623\"", // 2^64 + 7
        b"\"\"",
    ] {
        let reply = Site::at(7).send(request("PUT", &[("if-match", value)]));
        assert_eq!(reply.status(), 412);
        let reply = Site::at(7).send(request("GET", &[("if-none-match", value)]));
        assert_eq!(reply.status(), 200);
    }
    // White space is no part of any tag.
    let reply = Site::at(7).send(request("PUT", &[("if-match", b"\" 7\"")]));
    assert_eq!(reply.status(), 400);
}

#[test]
fn a_weak_tag_never_satisfies_if_match_by_default() {
    for method in ["PUT", "PATCH", "DELETE", "POST", "GET"] {
        let site = Site::at(5);
        let reply = site.send(request(method, &[("if-match", b"W/\"5\"")]));
        assert_eq!((reply.status(), site.calls()), (412, 0), "{method}");
    }
}

/// `to_str` fails on obs-text, and a condition that cannot be read is taken for none.
#[test]
fn a_byte_outside_ascii_never_drops_the_condition() {
    let site = Site::at(5);
    for (field, value, status) in [
        ("if-match", b"\"\xe9\xff\"".as_slice(), 412),
        ("if-match", b"\xff", 400),
        ("if-match", b"\"4\", \"\x80\"", 412),
        ("if-none-match", b"\"\xe9\", \"5\"", 412),
        ("if-none-match", b"*\xa0", 400),
    ] {
        let reply = site.send(request("PUT", &[(field, value)]));
        assert_eq!(reply.status(), status, "{field}: {value:?}");
    }
    assert_eq!(site.calls(), 0);
    let reply = site.send(request("PUT", &[("if-match", b"\"\xe9\", \"5\"")]));
    assert_eq!(reply.status(), 200);
}

/// `*` asks whether there is a representation, and one may exist of which no tag is known.
#[test]
fn a_star_needs_no_tag() {
    let asked = |store: Current, method: &'static str, field: &'static str| {
        let layer = ConditionalLayer::new(store_fn(move |_: PathKey| async move { store }));
        send(&layer, request(method, &[(field, b"*")]), |seen| {
            let permit = seen.extensions().get::<WritePermit>();
            answer(200, format!("{:?}", permit.map(WritePermit::expectation)))
        })
    };
    let unknown = asked(Current::Unknown, "PUT", "if-match");
    assert_eq!(unknown.body(), b"Some(Exists)");
    let unknown = asked(Current::Unknown, "PUT", "if-none-match");
    assert_eq!(unknown.body(), b"Some(Absent)");
    let missing = asked(Current::Missing, "PUT", "if-none-match");
    assert_eq!(missing.body(), b"Some(Absent)");
    assert_eq!(asked(Current::Missing, "PUT", "if-match").status(), 412);
}

/// §13.1.4: ignored where If-Match is present. Here its date is false and If-Match true.
#[test]
fn if_unmodified_since_is_not_judged_beside_if_match() {
    let modified = std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(784_111_777);
    let current = tower_conditional::Validators::new(Version::new(5)).modified_at(modified);
    let layer = ConditionalLayer::new(store_fn(move |_: PathKey| async move { current }));
    let date = (
        "if-unmodified-since",
        b"Sun, 06 Nov 1994 08:49:36 GMT".as_slice(),
    );
    let beside = request("PUT", &[("if-match", b"\"5\""), date]);
    assert_eq!(send(&layer, beside, |_| answer(200, "done")).status(), 200);
    let alone = request("PUT", &[date]);
    assert_eq!(send(&layer, alone, |_| answer(200, "done")).status(), 412);
}

/// A part of the new content behind a part of the old one is neither.
#[test]
fn a_stale_if_range_never_gets_a_part() {
    let layer = ConditionalLayer::new(store_fn(|_: PathKey| async { Version::new(5) }));
    let files = |seen: &Request<String>| match seen.headers().get(header::RANGE) {
        Some(_) => answer(206, "part"),
        None => answer(200, "the whole"),
    };
    for (if_range, status) in [
        (b"\"5\"".as_slice(), 206),
        (b"\"4\"", 200),
        (b"W/\"5\"", 200),
        (b"Sun, 06 Nov 1994 08:49:37 GMT", 200),
    ] {
        let asked = request("GET", &[("range", b"bytes=0-3"), ("if-range", if_range)]);
        assert_eq!(send(&layer, asked, files).status(), status, "{if_range:?}");
    }
}

/// One strong tag for two codings lets a cache join their bytes, and gzip answer for identity.
#[test]
fn the_tag_of_one_coding_is_not_that_of_another() {
    let judge = |method: Method, field, value: &'static [u8], variant: Option<&str>| {
        let mut headers = http::HeaderMap::new();
        let value = HeaderValue::from_bytes(value).expect("a field value");
        headers.insert(field, value);
        let mut target = Target::new(Version::new(5)).variants(&["gzip"]);
        if let Some(variant) = variant {
            target = target.variant(variant);
        }
        evaluate(&method, &headers, &target)
    };
    let unchanged = Outcome::NotModified(Field::IfNoneMatch);
    for (value, identity, gzip) in [
        (b"\"5\"".as_slice(), true, false),
        (b"\"5-gzip\"", false, true),
    ] {
        for (variant, is_same) in [(None, identity), (Some("gzip"), gzip)] {
            let outcome = judge(Method::GET, header::IF_NONE_MATCH, value, variant);
            assert_eq!(outcome == unchanged, is_same, "{variant:?}");
        }
        // A client that read gzip can write all the same.
        let outcome = judge(Method::PUT, header::IF_MATCH, value, None);
        assert!(matches!(outcome, Outcome::Perform(_)));
    }
}

#[test]
fn a_412_says_what_failed_and_what_is_current() {
    let reply = Site::at(5).send(request("PUT", &[("if-match", b"\"4\"")]));
    assert_eq!(reply.tag(), Some(b"\"5\"".as_slice()));
    let content_type = &reply.response.headers()[header::CONTENT_TYPE];
    assert_eq!(content_type, "application/problem+json");
    let document: serde_json::Value = serde_json::from_slice(reply.body()).unwrap();
    assert_eq!(document["status"], 412);
    assert_eq!(document["title"], "Precondition Failed");
    assert_eq!(document["header"], "If-Match");
    assert_eq!(document["currentETag"], "\"5\"");
    assert!(document["type"].is_string() && document["detail"].is_string());
}

/// `ETag: 5` is no entity-tag, and clients that are strict drop it.
#[test]
fn every_tag_that_is_given_out_is_quoted() {
    for version in [0, 1, 9, 10, 99, 100, 255, 256, 257, u64::MAX] {
        let number = Version::new(version);
        let layer = ConditionalLayer::new(store_fn(move |_: PathKey| async move { number }));
        let expected = format!("\"{version}\"");
        let answers = [
            send(&layer, request("GET", &[]), |_| answer(200, "content")),
            send(&layer, request("GET", &[("if-none-match", b"*")]), |_| {
                answer(500, "must not run")
            }),
            send(&layer, request("PUT", &[("if-match", b"\"x\"")]), |_| {
                answer(500, "must not run")
            }),
            send(&layer, request("PUT", &[]), move |_| {
                let mut response = answer(200, "done");
                response.extensions_mut().insert(Committed(number));
                response
            }),
        ];
        for reply in answers {
            assert_eq!(reply.tag(), Some(expected.as_bytes()), "{}", reply.status());
        }
    }
}

/// The length of nothing is not that of the 200's content, which it would speak of.
#[test]
fn a_304_has_neither_body_nor_length() {
    for method in ["GET", "HEAD"] {
        let reply = Site::at(5).send(request(method, &[("if-none-match", b"\"5\"")]));
        assert_eq!(reply.status(), 304);
        assert!(reply.had_ended);
        assert_eq!(reply.claimed_length, None);
        assert!(reply.body().is_empty());
        for name in [
            header::CONTENT_LENGTH,
            header::TRANSFER_ENCODING,
            header::CONTENT_TYPE,
        ] {
            assert!(!reply.response.headers().contains_key(name));
        }
    }
}

#[test]
fn a_delete_is_guarded_like_any_write() {
    let site = Site::at(5);
    let stale = site.send(request("DELETE", &[("if-match", b"\"4\"")]));
    assert_eq!((stale.status(), site.calls()), (412, 0));
    assert!(site.content().is_some());
    // And at the moment of the deletion itself.
    let raced = site.send_while(request("DELETE", &[("if-match", b"\"5\"")]), |site| {
        site.write(&WritePermit::UNCONDITIONAL, None).unwrap();
    });
    assert_eq!(raced.status(), 412);
    assert_eq!(raced.tag(), Some(b"\"6\"".as_slice()));
    assert_eq!(site.content().as_deref(), Some("content 6"));

    let deleted = site.send(request("DELETE", &[("if-match", b"\"6\"")]));
    assert_eq!(deleted.status(), 200);
    assert_eq!(site.content(), None);
}

/// The handler here says 500 and marks the conflict; what the client asked for decides.
#[test]
fn a_lost_race_is_412_to_a_conditional_request_and_409_to_another() {
    let another = |site: &Site| {
        site.write(&WritePermit::UNCONDITIONAL, None).unwrap();
    };
    let site = Site::at(5);
    let lost = site.send_while(request("PUT", &[("if-match", b"\"5\"")]), another);
    assert_eq!(lost.status(), 412);
    assert_eq!(lost.tag(), Some(b"\"6\"".as_slice()), "what is current now");
    assert_eq!(site.content().as_deref(), Some("content 6"), "nothing lost");

    let created = Site::default();
    let lost = created.send_while(request("PUT", &[("if-none-match", b"*")]), another);
    assert_eq!(lost.status(), 412);

    let layer = ConditionalLayer::new(store_fn(|_: PathKey| async { Version::new(5) }));
    let lost = send(&layer, request("PUT", &[]), |_| {
        let mut response = answer(500, "serialization failure");
        response.extensions_mut().insert(VersionConflict);
        response
    });
    assert_eq!(lost.status(), 409);
}

/// A tag that a client still holds would match what was created anew under the same name.
#[test]
fn versions_do_not_start_over_after_re_create() {
    for limit in [0, 1, 1 << 16] {
        let site = Site {
            versions: MemoryStore::new().tombstone_limit(limit),
            ..Site::default()
        };
        site.write(&WritePermit::UNCONDITIONAL, None).unwrap();
        let first = site.send(request("GET", &[]));
        assert_eq!(first.tag(), Some(b"\"1\"".as_slice()));
        assert_eq!(site.send(request("DELETE", &[])).status(), 200);

        let created = site.send(request("PUT", &[("if-none-match", b"*")]));
        assert_eq!(created.status(), 200);
        assert_eq!(created.tag(), Some(b"\"3\"".as_slice()), "limit {limit}");
        let stale = site.send(request("PUT", &[("if-match", b"\"1\"")]));
        assert_eq!(stale.status(), 412);
        let reread = site.send(request("GET", &[("if-none-match", b"\"1\"")]));
        assert_eq!(reread.status(), 200);
    }
}
