//! What comes out for which body, byte by byte.

use std::{
    pin::pin,
    task::{Context, Poll, Waker},
};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use http_body::Body;
use tower_conditional::{Version, include_version};

use crate::frames::{Broken, Frames, cut, json, read};

/// The body that comes out, whatever frames it came in.
fn included(body: &[u8]) -> Vec<u8> {
    let whole = read(through(
        Frames::of([Bytes::copy_from_slice(body)]).frank(true),
    ))
    .bytes();
    for width in [1, 2, 3, 7, 63, 64, 65] {
        for is_frank in [false, true] {
            let frames = Frames::of(cut(body, width)).frank(is_frank);
            let bytes = read(through(frames)).bytes();
            assert_eq!(bytes, whole, "{} in frames of {width}", text(body));
        }
    }
    whole
}

fn through(body: Frames) -> tower_conditional::include::ResponseBody<Frames> {
    include_version(json(body), Version::new(5)).into_body()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn assert_included(body: &str, expected: &str) {
    assert_eq!(text(&included(body.as_bytes())), expected);
}

fn assert_unchanged(body: &[u8]) {
    assert_eq!(text(&included(body)), text(body));
}

#[test]
fn an_object_gets_the_member_before_its_last_brace() {
    assert_included("{}", r#"{"version":5}"#);
    assert_included("{ \n\t\r }", "{ \n\t\r \"version\":5}");
    assert_included(r#"{"a":1}"#, r#"{"a":1,"version":5}"#);
    assert_included(
        " {\n \"a\": 1\n}\r\n\t ",
        " {\n \"a\": 1\n,\"version\":5}\r\n\t ",
    );
    assert_included("\u{FEFF}{\"a\":1}", "\u{FEFF}{\"a\":1,\"version\":5}");
    assert_included("\u{FEFF} {}", "\u{FEFF} {\"version\":5}");
    assert_included(r#"{"a":[{},[]]}"#, r#"{"a":[{},[]],"version":5}"#);
}

#[test]
fn brackets_and_quotes_inside_strings_are_text() {
    assert_included(r#"{"a":"}"}"#, r#"{"a":"}","version":5}"#);
    assert_included(r#"{"}{][":"\"}"}"#, r#"{"}{][":"\"}","version":5}"#);
    assert_included(r#"{"a":"\\"}"#, r#"{"a":"\\","version":5}"#);
    assert_included(r#"{"a":"\\\"}"}"#, r#"{"a":"\\\"}","version":5}"#);
    assert_included(r#"{"a":"\\","}":"{"}"#, r#"{"a":"\\","}":"{","version":5}"#);
}

#[test]
fn an_object_keeps_a_version_of_its_own() {
    for body in [
        r#"{"version":1}"#,
        r#"{"version":null,"a":1}"#,
        r#"{"a":1,"version" : "x"}"#,
        "{\"a\":{\"version\":1},\"version\"\n\t :2}",
        r#"{"\u0076ersion":1}"#,
        r#"{"a":"\\","versio\u006E":1}"#,
        r#"{"\u0076\u0065\u0072\u0073\u0069\u006f\u006e":1}"#,
    ] {
        assert_unchanged(body.as_bytes());
    }
    // Far into a body, behind blocks that nothing is looked for in.
    let long = "x".repeat(1000);
    assert_unchanged(format!(r#"{{"a":"{long}","version":1,"b":"{long}"}}"#).as_bytes());
    assert_unchanged(format!(r#"{{"a":["{long}"],"versio\u006e":1}}"#).as_bytes());
}

#[test]
fn an_escape_spells_the_name_wherever_a_block_ends() {
    // What is looked at together is 64 bytes wide.
    for before in 0..140 {
        let filling = "x".repeat(before);
        for name in [r"\u0076ersion", r"ver\u0073ion", r"versio\u006E"] {
            let member = format!(r#""{name}":1"#);
            assert_unchanged(format!(r#"{{"{filling}\n\u00e9":1,{member}}}"#).as_bytes());
            assert_unchanged(format!(r#"{{"{filling}":"\\","b":[{{}}],{member}}}"#).as_bytes());
        }
        let other = format!(r#""{filling}":"\\\n","versio\u006f\u006":1"#);
        assert_included(
            &format!("{{{other}}}"),
            &format!("{{{other},\"version\":5}}"),
        );
    }
}

#[test]
fn the_name_elsewhere_does_not_matter() {
    for inside in [
        r#""a":{"version":1}"#,
        r#""a":[{"version":1}]"#,
        r#""a":"version""#,
        r#""a":"version","b":1"#,
        r#""a":["version"],"versions":1,"aversion":2,"Version":3"#,
        r#""a":"\"version\":1""#,
        r#""\\u0076ersion":1"#,
        r#""ve\rsion":1,"ver\u0073io\u006":1,"versio\ud83dn":2"#,
    ] {
        let (body, expected) = (
            format!("{{{inside}}}"),
            format!("{{{inside},\"version\":5}}"),
        );
        assert_included(&body, &expected);
    }
}

#[test]
fn what_is_no_object_by_its_outer_structure_stays_as_it_is() {
    for body in [
        "",
        " ",
        "[]",
        "[{}]",
        "1",
        "null",
        "\"{}\"",
        "{",
        "{\"a\":1",
        "}",
        "{]",
        "[}",
        r#"{"a":[}"#,
        r#"{"a":1}{"b":2}"#,
        r#"{"a":1},{"b":2}"#,
        "{}x",
        "{} {}",
        "{}}",
        "{}]",
        "{}\u{FEFF}",
        "{}\0",
        r#"{"a":"}"#,
        r#"{"a":"\"}"#,
        "x{}",
        ",{}",
        "\u{FEFF}\u{FEFF}{}",
        " \u{FEFF}{}",
        "\u{b}{}",
        "{}\u{c}",
    ] {
        assert_unchanged(body.as_bytes());
    }
    for body in [
        b"\xEF{}".as_slice(),
        b"\xEF\xBB{}",
        b"\xEF\xBB \xBF{}",
        b"{\0\"\0a\0}\0",
    ] {
        assert_unchanged(body);
    }
}

#[test]
fn the_inside_is_not_validated() {
    assert_included("{,}", "{,,\"version\":5}");
    assert_included("{nonsense}", "{nonsense,\"version\":5}");
}

#[test]
fn white_space_behind_the_object_is_held_back_up_to_its_bound() {
    let bound = 64 * 1024;
    for (space, is_object) in [(bound, true), (bound + 1, false)] {
        let body = format!("{{}}{}", " ".repeat(space));
        for width in [1000, body.len()] {
            let seen = read(through(Frames::of(cut(body.as_bytes(), width))));
            let expected = if is_object {
                body.replace("{}", "{\"version\":5}")
            } else {
                body.clone()
            };
            assert_eq!(text(&seen.bytes()), expected);
        }
    }
}

#[test]
fn frames_pass_uncopied() {
    let frames = cut(br#"{"a":"long enough to be cut","b":[1,2,3]}"#, 11);
    let addresses: Vec<_> = frames.iter().map(|frame| frame.as_ptr()).collect();
    let seen = read(through(Frames::of(frames)));
    let (member, data) = seen.frames.split_last().expect("frames");
    assert_eq!(member, ",\"version\":5}");
    assert_eq!(
        data.iter().map(|frame| frame.as_ptr()).collect::<Vec<_>>(),
        addresses
    );
}

#[test]
fn the_first_byte_leaves_before_the_last_has_come() {
    // Each frame is pending once before it comes.
    let frames = ["{\"a\":", "1}"].map(Bytes::from);
    let mut body = pin!(through(Frames::of(frames)));
    let mut cx = Context::from_waker(Waker::noop());
    assert!(body.as_mut().poll_frame(&mut cx).is_pending());
    let Poll::Ready(Some(Ok(frame))) = body.as_mut().poll_frame(&mut cx) else {
        panic!("the first frame is there");
    };
    assert_eq!(frame.into_data().expect("data"), "{\"a\":");
    assert!(body.as_mut().poll_frame(&mut cx).is_pending());
    assert!(!body.is_end_stream());
}

#[test]
fn trailers_pass_but_for_digests_of_what_has_changed() {
    let mut trailers = HeaderMap::new();
    trailers.insert("content-digest", HeaderValue::from_static("sha-256=:AA==:"));
    trailers.insert("server-timing", HeaderValue::from_static("total;dur=1"));
    let with = |body: &str| {
        let frames = Frames::of(cut(body.as_bytes(), 3)).trailers(trailers.clone());
        read(through(frames))
    };
    let changed = with("{\"a\":1} ");
    assert_eq!(text(&changed.bytes()), "{\"a\":1,\"version\":5} ");
    let left = changed.trailers.expect("trailers");
    assert_eq!(left.len(), 1);
    assert!(left.contains_key("server-timing"));
    let unchanged = with("[1]");
    assert_eq!(text(&unchanged.bytes()), "[1]");
    assert_eq!(unchanged.trailers, Some(trailers));
}

#[test]
fn a_body_that_fails_does_not_look_whole() {
    let seen = read(through(Frames::of([Bytes::from("{\"a\":1} ")]).broken()));
    assert_eq!(seen.error, Some(Broken));
    assert_eq!(text(&seen.bytes()), "{\"a\":1");
}

#[test]
fn the_fields_that_no_longer_hold_are_dropped() {
    let fields = [
        "content-length",
        "content-digest",
        "repr-digest",
        "digest",
        "content-md5",
    ];
    let mut response = json(Frames::of([Bytes::from("{}")]));
    for name in fields {
        response
            .headers_mut()
            .insert(name, HeaderValue::from_static("2"));
    }
    response
        .headers_mut()
        .insert(header::ETAG, HeaderValue::from_static("\"5\""));
    let response = include_version(response, Version::new(5));
    assert_eq!(response.headers().len(), 2);
    assert!(response.headers().contains_key(header::ETAG));
}

#[test]
fn media_types() {
    let table = [
        ("application/json", true),
        ("Application/JSON; charset=utf-8", true),
        ("application/json ;x=\"a;b\"", true),
        ("application/ld+json", true),
        ("application/vnd.api+JSON;v=1", true),
        ("image/x+json", true),
        ("application/json-seq", false),
        ("application/jsonx", false),
        ("application/x-json", false),
        ("text/json", false),
        ("text/plain", false),
        ("json", false),
        ("+json", false),
        ("application/json+xml", false),
        ("application/xml; t=application/json", false),
        ("", false),
    ];
    for (media_type, is_json) in table {
        let mut response = json(Frames::of([Bytes::from("{}")]));
        let value = HeaderValue::from_static(media_type);
        response.headers_mut().insert(header::CONTENT_TYPE, value);
        assert_eq!(is_changed(response), is_json, "{media_type}");
    }
    let mut response = json(Frames::of([Bytes::from("{}")]));
    response.headers_mut().remove(header::CONTENT_TYPE);
    assert!(!is_changed(response));
    let mut response = json(Frames::of([Bytes::from("{}")]));
    let second = HeaderValue::from_static("text/plain");
    response.headers_mut().append(header::CONTENT_TYPE, second);
    assert!(!is_changed(response));
}

#[test]
fn codings() {
    let table = [
        ("identity", true),
        ("Identity, ", true),
        ("gzip", false),
        ("identity, br", false),
    ];
    for (coding, is_plain) in table {
        let mut response = json(Frames::of([Bytes::from("{}")]));
        let value = HeaderValue::from_static(coding);
        response
            .headers_mut()
            .insert(header::CONTENT_ENCODING, value);
        assert_eq!(is_changed(response), is_plain, "{coding}");
    }
}

#[test]
fn statuses() {
    for status in 100..600 {
        let mut response = json(Frames::of([Bytes::from("{}")]));
        *response.status_mut() = StatusCode::from_u16(status).expect("a status");
        let is_whole = (200..300).contains(&status) && ![204, 205, 206, 226].contains(&status);
        assert_eq!(is_changed(response), is_whole, "{status}");
    }
}

/// Whether the member goes in. If not, the fields must be as they were.
fn is_changed(mut response: Response<Frames>) -> bool {
    let length = HeaderValue::from_static("2");
    response
        .headers_mut()
        .insert(header::CONTENT_LENGTH, length);
    let response = include_version(response, Version::new(5));
    let has_length = response.headers().contains_key(header::CONTENT_LENGTH);
    let bytes = read(response.into_body()).bytes();
    let is_changed = bytes == b"{\"version\":5}";
    assert_eq!(is_changed, !has_length);
    assert_eq!(is_changed, bytes != b"{}");
    is_changed
}
