//! Whatever the bytes: no panic, and the laws that hold of every exchange.

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, Request, Response, StatusCode, header, request};
use http_body_util::Full;
use proptest::prelude::*;
use tokio_test::{assert_pending, assert_ready};
use tower_conditional::{Committed, Current, Observed, Validators, Version, VersionConflict};

use crate::support::{Bench, tag};

const FIELDS: [HeaderName; 8] = [
    header::IF_MATCH,
    header::IF_NONE_MATCH,
    header::IF_MODIFIED_SINCE,
    header::IF_UNMODIFIED_SINCE,
    header::IF_RANGE,
    header::RANGE,
    header::ETAG,
    header::VARY,
];

fn value() -> impl Strategy<Value = HeaderValue> {
    let plausible = prop::sample::select(vec![
        "",
        "*",
        "\"1\"",
        "\"2\"",
        "W/\"2\"",
        "\"2\", \"3\"",
        "\"02\"",
        ", ,",
        "*, *",
        "\"",
        "W/",
        "Sun, 06 Nov 1994 08:49:37 GMT",
        "bytes=0-1",
    ]);
    let tag_bytes = prop::collection::vec(
        prop_oneof![
            Just(b'"'),
            Just(b','),
            Just(b'W'),
            Just(b'/'),
            Just(b'*'),
            Just(b'2'),
            Just(b' '),
            Just(b'\t'),
            0x80_u8..=0xff,
            0x21_u8..=0x7e
        ],
        0..24,
    );
    prop_oneof![
        plausible.prop_map(HeaderValue::from_static),
        tag_bytes.prop_map(|bytes| HeaderValue::from_bytes(&bytes).expect("a field value")),
    ]
}

fn lines() -> impl Strategy<Value = Vec<(HeaderName, HeaderValue)>> {
    prop::collection::vec((prop::sample::select(FIELDS.to_vec()), value()), 0..6)
}

fn method() -> impl Strategy<Value = Method> {
    prop::sample::select(vec![
        Method::GET,
        Method::HEAD,
        Method::PUT,
        Method::PATCH,
        Method::DELETE,
        Method::POST,
        Method::OPTIONS,
        Method::from_bytes(b"BREW").expect("a token"),
    ])
}

/// `None`: the store fails.
fn state() -> impl Strategy<Value = Option<Current>> {
    let epoch = std::time::SystemTime::UNIX_EPOCH;
    prop::sample::select(vec![
        None,
        Some(Current::Unknown),
        Some(Current::Missing),
        Some(Version::new(1).into()),
        Some(Version::new(2).into()),
        Some(Version::new(u64::MAX).into()),
        Some(Validators::new(Version::new(2)).modified_at(epoch).into()),
    ])
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Word {
    None,
    Committed,
    Observed,
    Conflict,
}

fn word() -> impl Strategy<Value = Word> {
    prop::sample::select(vec![
        Word::None,
        Word::Committed,
        Word::Observed,
        Word::Conflict,
    ])
}

fn request_with(method: &Method, fields: &[(HeaderName, HeaderValue)]) -> Request<String> {
    let mut head = request::Builder::new().method(method).uri("/a");
    for (name, value) in fields {
        head = head.header(name, value);
    }
    head.body(String::new()).expect("a valid request")
}

fn response_with(
    status: StatusCode,
    fields: &[(HeaderName, HeaderValue)],
    word: Word,
) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::from("from the handler"));
    *response.status_mut() = status;
    for (name, value) in fields {
        response.headers_mut().append(name, value.clone());
    }
    let extensions = response.extensions_mut();
    match word {
        Word::None => {}
        Word::Committed => _ = extensions.insert(Committed(Version::new(7))),
        Word::Observed => _ = extensions.insert(Observed(Version::new(7))),
        Word::Conflict => _ = extensions.insert(VersionConflict),
    }
    response
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn no_bytes_make_the_layer_panic_or_break_its_word(
        (method, fields) in (method(), lines()),
        (before, after) in (state(), state()),
        status in (200_u16..600).prop_map(|code| StatusCode::from_u16(code).expect("in range")),
        (own_fields, word) in (lines(), word()),
        (required, strict, weakened) in any::<(bool, bool, bool)>(),
        at_once in any::<bool>(),
    ) {
        let mut bench = Bench::with(Current::Unknown, |layer| {
            let layer = layer.require_precondition(required).vary("accept").cache_control("no-cache");
            let layer = if strict { layer.strict_commits() } else { layer };
            if weakened { layer.accept_weakened() } else { layer }
        });
        let ledger = bench.ledger.clone();
        if at_once {
            ledger.answer_at_once();
        }
        let set = |state: Option<Current>| match state {
            Some(current) => ledger.set(current),
            None => ledger.break_down(),
        };
        set(before);
        let is_read = method == Method::GET || method == Method::HEAD;
        let is_write = !is_read && method != Method::OPTIONS;

        let mut call = bench.start(request_with(&method, &fields));
        let response = match call.poll() {
            std::task::Poll::Ready(response) => {
                assert_pending!(bench.handle.poll_request());
                let response = response.expect("the layer has no errors of its own");
                let known = [304, 400, 412, 428, 503].contains(&response.status().as_u16());
                prop_assert!(known, "the layer's own {}", response.status());
                prop_assert!(is_read || response.status() != StatusCode::NOT_MODIFIED);
                prop_assert!(method != Method::OPTIONS);
                let expected = match before {
                    Some(Current::Present(now))
                        if [304, 412].contains(&response.status().as_u16()) =>
                    {
                        Some(now.version.etag().to_string())
                    }
                    _ => None,
                };
                prop_assert_eq!(tag(&response).map(str::to_owned), expected);
                return Ok(());
            }
            std::task::Poll::Pending => {
                // A store that fails lets no write through.
                prop_assert!(!is_write || before.is_some());
                let (seen, reply) =
                    assert_ready!(bench.handle.poll_request()).expect("a request");
                prop_assert!(method == Method::OPTIONS || !seen.headers().contains_key(header::IF_RANGE));
                set(after);
                reply.send_response(response_with(status, &own_fields, word));
                assert_ready!(call.poll()).expect("the service gave no error")
            }
        };

        let has_own_tag = own_fields.iter().any(|(name, _)| *name == header::ETAG);
        if is_write && word == Word::Conflict {
            let code = response.status().as_u16();
            prop_assert!([404, 409, 412].contains(&code), "{}", code);
        } else if method == Method::OPTIONS {
            prop_assert_eq!(response.status(), status);
        } else if is_write && response.status() == status && word != Word::Committed
            && (status.is_success() || !has_own_tag)
        {
            prop_assert_eq!(tag(&response), None);
        } else if is_read && response.status() == status && word != Word::Observed && !has_own_tag {
            // Never a label that is newer than the look-up before the service.
            let expected = match before {
                Some(Current::Present(now)) if status.is_success() && status != StatusCode::ACCEPTED => {
                    Some(now.version.etag().to_string())
                }
                _ => None,
            };
            prop_assert_eq!(tag(&response).map(str::to_owned), expected);
        }
        if is_read && response.status() == StatusCode::PARTIAL_CONTENT
            && let Some(Current::Present(now)) = before
        {
            prop_assert_eq!(after.and_then(|it| it.version()), Some(now.version));
        }
    }

    #[test]
    fn a_line_of_any_bytes_never_guards_less(
        method in prop::sample::select(vec![Method::PUT, Method::PATCH, Method::DELETE, Method::POST]),
        field in prop::sample::select(vec![header::IF_MATCH, header::IF_NONE_MATCH]),
        line in value(),
    ) {
        // Refused as it stands, so refused with one more line of the same field; it may only
        // be one more tag that matches.
        let mut bench = Bench::at(2);
        let first = match field {
            header::IF_MATCH => HeaderValue::from_static("\"1\""),
            _ => HeaderValue::from_static("\"2\""),
        };
        let fields = [(field.clone(), first), (field.clone(), line.clone())];
        let mut call = bench.start(request_with(&method, &fields));
        let is_refused = call.poll().is_ready();
        let adds_a_match = line.as_bytes().windows(3).any(|it| it == b"\"2\"");
        prop_assert!(is_refused || (field == header::IF_MATCH && adds_a_match));
    }
}
