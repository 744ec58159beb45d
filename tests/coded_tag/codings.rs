//! The layer by itself: what goes in, and what comes out.

use std::convert::Infallible;

use http::{HeaderMap, Method, Request, Response, StatusCode, header};
use tower::{Layer, Service, ServiceExt, service_fn};
use tower_conditional::CodedTagLayer;

const IF_MATCH: &str = "if-match";
const IF_NONE_MATCH: &str = "if-none-match";
const IF_RANGE: &str = "if-range";

/// The lines of `name` as the service inside gets them.
async fn seen_inside(
    method: Method,
    accept: Option<&str>,
    name: &'static str,
    lines: &[&[u8]],
) -> Vec<Vec<u8>> {
    let inside = service_fn(move |request: Request<()>| {
        let seen = request.headers().get_all(name).iter();
        let seen: Vec<_> = seen.map(|line| line.as_bytes().to_vec()).collect();
        async { Ok::<_, Infallible>(Response::new(seen)) }
    });
    // Bodies are not looked at; they carry what was seen.
    let inside = inside.map_response(|response: Response<Vec<Vec<u8>>>| {
        let (mut parts, seen) = response.into_parts();
        parts.extensions.insert(seen);
        Response::from_parts(parts, String::new())
    });
    let mut request = Request::new(());
    *request.method_mut() = method;
    for line in lines {
        request
            .headers_mut()
            .append(name, line.to_vec().try_into().unwrap());
    }
    if let Some(accept) = accept {
        let accept = accept.parse().unwrap();
        request
            .headers_mut()
            .insert(header::ACCEPT_ENCODING, accept);
    }
    let response = CodedTagLayer::new().layer(inside).oneshot(request).await;
    let response = response.unwrap();
    response.extensions().get::<Vec<Vec<u8>>>().unwrap().clone()
}

/// Method, `Accept-Encoding`, field, its lines, and the lines that the service gets.
type Incoming = (
    Method,
    Option<&'static str>,
    &'static str,
    &'static [&'static str],
    &'static [&'static str],
);

#[tokio::test]
async fn suffixes_of_acceptable_codings_are_taken_off_on_the_way_in() {
    #[rustfmt::skip]
    let table: &[Incoming] = &[
        // A read: only what it accepts. Without the field anything is acceptable (§12.5.3).
        (Method::GET, Some("gzip"), IF_NONE_MATCH, &["\"5-gzip\""], &["\"5\""]),
        (Method::HEAD, Some("gzip"), IF_NONE_MATCH, &["\"5-gzip\""], &["\"5\""]),
        (Method::GET, None, IF_NONE_MATCH, &["\"5-gzip\""], &["\"5\""]),
        (Method::GET, Some("br"), IF_NONE_MATCH, &["\"5-gzip\""], &["\"5-gzip\""]),
        (Method::GET, Some(""), IF_NONE_MATCH, &["\"5-gzip\""], &["\"5-gzip\""]),
        (Method::GET, Some("identity"), IF_NONE_MATCH, &["\"5-gzip\""], &["\"5-gzip\""]),
        (Method::GET, Some("gzip;q=0"), IF_NONE_MATCH, &["\"5-gzip\""], &["\"5-gzip\""]),
        (Method::GET, Some("gzip; Q=0.000"), IF_NONE_MATCH, &["\"5-gzip\""], &["\"5-gzip\""]),
        (Method::GET, Some("gzip;q=0.001"), IF_NONE_MATCH, &["\"5-gzip\""], &["\"5\""]),
        (Method::GET, Some("GZIP"), IF_NONE_MATCH, &["\"5-gzip\""], &["\"5\""]),
        (Method::GET, Some("x-gzip"), IF_NONE_MATCH, &["\"5-gzip\""], &["\"5\""]),
        (Method::GET, Some("*"), IF_NONE_MATCH, &["\"5-gzip\""], &["\"5\""]),
        (Method::GET, Some("*;q=0"), IF_NONE_MATCH, &["\"5-gzip\""], &["\"5-gzip\""]),
        (Method::GET, Some("*;q=0, gzip"), IF_NONE_MATCH, &["\"5-gzip\""], &["\"5\""]),
        (Method::GET, Some("br, *;q=0.5, gzip;q=0"), IF_NONE_MATCH, &["\"5-gzip\""], &["\"5-gzip\""]),
        (Method::GET, Some("gzip"), IF_MATCH, &["\"5-gzip\""], &["\"5\""]),
        (Method::GET, Some("br"), IF_MATCH, &["\"5-gzip\""], &["\"5-gzip\""]),
        // A write: any declared coding, whatever it accepts of the answer.
        (Method::PUT, Some("br"), IF_MATCH, &["\"5-gzip\""], &["\"5\""]),
        (Method::PATCH, None, IF_MATCH, &["\"5-zstd\""], &["\"5\""]),
        (Method::DELETE, Some("identity"), IF_MATCH, &["\"5-br\""], &["\"5\""]),
        (Method::PUT, None, IF_NONE_MATCH, &["\"5-deflate\""], &["\"5\""]),
        (Method::PUT, None, IF_MATCH, &["\"5-compress\""], &["\"5-compress\""]),
        // Lists, lines, weak tags; what has no suffix stays to the byte.
        (Method::GET, Some("gzip, br"), IF_NONE_MATCH, &["W/\"5-gzip\" ,,\"4-br\"", "\"a,b\""], &["W/\"5\", \"4\", \"a,b\""]),
        (Method::GET, Some("gzip"), IF_NONE_MATCH, &["\"5\" ,  \"6\""], &["\"5\" ,  \"6\""]),
        (Method::GET, Some("gzip"), IF_NONE_MATCH, &["*"], &["*"]),
        (Method::GET, Some("gzip"), IF_NONE_MATCH, &["\"gzip\""], &["\"gzip\""]),
        (Method::GET, Some("gzip"), IF_NONE_MATCH, &["\"-gzip\""], &["\"\""]),
        (Method::GET, Some("gzip"), IF_NONE_MATCH, &["\"5-GZIP\""], &["\"5-GZIP\""]),
        // Malformed: for the layers inside to judge.
        (Method::PUT, None, IF_MATCH, &["\"5-gzip\", 6"], &["\"5-gzip\", 6"]),
        (Method::PUT, None, IF_MATCH, &["\"5-gzip\" \"6\""], &["\"5-gzip\" \"6\""]),
        (Method::PUT, None, IF_MATCH, &["\"5-gzip"], &["\"5-gzip"]),
        // §13.1.5: If-Range is exact.
        (Method::GET, Some("gzip"), IF_RANGE, &["\"5-gzip\""], &["\"5-gzip\""]),
    ];
    for (method, accept, name, lines, expected) in table {
        let lines: Vec<_> = lines.iter().map(|line| line.as_bytes()).collect();
        let seen = seen_inside(method.clone(), *accept, name, &lines).await;
        let expected: Vec<_> = expected.iter().map(|line| line.as_bytes()).collect();
        assert_eq!(seen, expected, "{method} {accept:?} {name}: {lines:?}");
    }
}

#[tokio::test]
async fn obs_text_in_a_tag_survives() {
    let seen = seen_inside(
        Method::PUT,
        None,
        IF_MATCH,
        &[b"\"\xe4\xff-gzip\", \"\x80\""],
    )
    .await;
    assert_eq!(seen, [b"\"\xe4\xff\", \"\x80\"".to_vec()]);
}

/// What the layer makes of an answer with these fields.
async fn seen_outside(
    method: Method,
    request: &[(&'static str, &'static str)],
    status: StatusCode,
    answer: &[(&'static str, &'static str)],
) -> HeaderMap {
    let mut response = Response::new(String::new());
    *response.status_mut() = status;
    for (name, value) in answer {
        let value = value.parse().unwrap();
        response.headers_mut().append(*name, value);
    }
    let inside = service_fn(|_: Request<()>| {
        let response = response.clone();
        async { Ok::<_, Infallible>(response) }
    });
    let mut builder = Request::builder().method(method);
    for (name, value) in request {
        builder = builder.header(*name, *value);
    }
    let mut service = CodedTagLayer::new().layer(inside);
    let request = builder.body(()).unwrap();
    let response = service.ready().await.unwrap().call(request).await.unwrap();
    response.into_parts().0.headers
}

#[tokio::test]
async fn the_tag_follows_the_content_coding_on_the_way_out() {
    #[rustfmt::skip]
    let table: &[(&[&'static str], &'static str, &str)] = &[
        (&[], "\"5\"", "\"5\""),
        (&["identity"], "\"5\"", "\"5\""),
        (&["gzip"], "\"5\"", "\"5-gzip\""),
        (&["GZip"], "\"5\"", "\"5-gzip\""),
        (&["br"], "\"5\"", "\"5-br\""),
        (&["gzip"], "\"abc\"", "\"abc-gzip\""),
        (&["gzip"], "W/\"5\"", "W/\"5\""),
        // Codings that no later request would know again: the tag may name several (§8.8.1).
        (&["compress"], "\"5\"", "W/\"5\""),
        (&["br, gzip"], "\"5\"", "W/\"5\""),
        (&["br", "gzip"], "\"5\"", "W/\"5\""),
        (&["gzip"], "no tag", "no tag"),
    ];
    for (codings, tag, expected) in table {
        let mut answer = vec![("etag", *tag)];
        answer.extend(codings.iter().map(|coding| ("content-encoding", *coding)));
        for method in [Method::GET, Method::PUT] {
            let headers = seen_outside(method, &[], StatusCode::OK, &answer).await;
            assert_eq!(headers["etag"], *expected, "{codings:?} {tag}");
        }
    }
    let headers = seen_outside(
        Method::GET,
        &[],
        StatusCode::OK,
        &[("content-encoding", "gzip")],
    );
    assert!(!headers.await.contains_key("etag"));
}

#[tokio::test]
async fn a_304_names_the_tag_that_the_client_holds() {
    #[rustfmt::skip]
    let table: &[(&'static str, &'static str, &str)] = &[
        ("gzip", "\"5-gzip\"", "\"5-gzip\""),
        ("gzip", "W/\"5-gzip\"", "\"5-gzip\""),
        ("gzip", "\"5\"", "\"5\""),
        ("gzip, br", "\"4-gzip\", \"5-br\"", "\"5-br\""),
        ("gzip", "\"4-gzip\", \"5\"", "\"5\""),
        ("br", "\"5-gzip\", \"5\"", "\"5\""),
        ("gzip", "*", "\"5\""),
    ];
    for (accept, held, expected) in table {
        let request = [("accept-encoding", *accept), ("if-none-match", *held)];
        let answer = [
            ("etag", "\"5\""),
            ("content-encoding", "gzip"),
            ("content-length", "20"),
        ];
        let headers = seen_outside(Method::GET, &request, StatusCode::NOT_MODIFIED, &answer).await;
        assert_eq!(headers["etag"], *expected, "{accept} {held}");
        assert_eq!(headers["vary"], "accept-encoding");
        assert!(!headers.contains_key("content-encoding"));
        assert!(!headers.contains_key("content-length"));
    }
}

#[tokio::test]
async fn vary_names_the_coding_once() {
    #[rustfmt::skip]
    let table: &[(Method, StatusCode, &[&'static str], &[&str])] = &[
        (Method::GET, StatusCode::OK, &[], &["accept-encoding"]),
        (Method::HEAD, StatusCode::OK, &[], &["accept-encoding"]),
        (Method::GET, StatusCode::NOT_MODIFIED, &[], &["accept-encoding"]),
        (Method::GET, StatusCode::OK, &["accept-language"], &["accept-language", "accept-encoding"]),
        (Method::GET, StatusCode::OK, &["Accept-Language, Accept-Encoding"], &["Accept-Language, Accept-Encoding"]),
        (Method::GET, StatusCode::OK, &["*"], &["*"]),
        (Method::GET, StatusCode::NOT_FOUND, &[], &[]),
        (Method::PUT, StatusCode::OK, &[], &[]),
    ];
    for (method, status, vary, expected) in table {
        let answer: Vec<_> = vary.iter().map(|value| ("vary", *value)).collect();
        let headers = seen_outside(method.clone(), &[], *status, &answer).await;
        let seen: Vec<_> = headers.get_all("vary").iter().collect();
        assert_eq!(seen, *expected, "{method} {status} {vary:?}");
    }
}
