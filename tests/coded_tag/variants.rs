//! An application's own variants, and tags that were weakened on the way.

use std::convert::Infallible;

use http::{Method, Request, Response, StatusCode};
use tower::{Layer, ServiceExt, service_fn};
use tower_conditional::{Committed, ConditionalLayer, PathKey, RequestHead, Version, store_fn};

fn language(request: &RequestHead<'_>) -> Option<&'static str> {
    match request.headers.get("accept-language")?.to_str().ok()? {
        "de" => Some("de"),
        "en" => Some("en"),
        "fr" => Some("fr"), // not declared below
        _ => None,
    }
}

async fn answer(
    method: Method,
    fields: &[(&str, &str)],
    accept_weakened: bool,
) -> (StatusCode, String) {
    let mut layer = ConditionalLayer::new(store_fn(|_: PathKey| async { Version::new(5) }))
        .vary("accept-language")
        .variants(["de", "en"], language);
    if accept_weakened {
        layer = layer.accept_weakened();
    }
    let service = layer.layer(service_fn(|request: Request<()>| async move {
        let mut response = Response::new(String::from("text"));
        if request.method() != Method::GET {
            response.extensions_mut().insert(Committed(Version::new(6)));
        }
        Ok::<_, Infallible>(response)
    }));
    let mut request = Request::builder().method(method).uri("/greeting");
    for (name, value) in fields {
        request = request.header(*name, *value);
    }
    let Ok(response) = service.oneshot(request.body(()).unwrap()).await;
    let tag = response.headers().get("etag");
    let tag = tag.map_or("", |tag| tag.to_str().unwrap()).to_owned();
    (response.status(), tag)
}

#[tokio::test]
async fn each_variant_has_its_tag() {
    const OK: StatusCode = StatusCode::OK;
    const NOT_MODIFIED: StatusCode = StatusCode::NOT_MODIFIED;
    const FAILED: StatusCode = StatusCode::PRECONDITION_FAILED;
    const GET: Method = Method::GET;
    const PUT: Method = Method::PUT;
    let (de, en, fr) = (
        ("accept-language", "de"),
        ("accept-language", "en"),
        ("accept-language", "fr"),
    );
    let none = ("accept", "*/*");
    #[rustfmt::skip]
    let table = [
        (GET, de, none, OK, "\"5-de\""),
        (GET, en, none, OK, "\"5-en\""),
        (GET, none, none, OK, "\"5\""),
        (GET, fr, none, OK, ""),
        // If-None-Match: the whole tag of the selected one.
        (GET, de, ("if-none-match", "\"5-de\""), NOT_MODIFIED, "\"5-de\""),
        (GET, de, ("if-none-match", "\"5-en\""), OK, "\"5-de\""),
        (GET, de, ("if-none-match", "\"5\""), OK, "\"5-de\""),
        (GET, de, ("if-none-match", "*"), NOT_MODIFIED, "\"5-de\""),
        (GET, fr, ("if-none-match", "\"5\""), OK, ""),
        (GET, de, ("if-match", "\"5-en\""), FAILED, "\"5-de\""),
        // If-Match of a write: the version, by the tag of any declared variant.
        (PUT, none, ("if-match", "\"5-de\""), OK, "\"6\""),
        (PUT, de, ("if-match", "\"5-en\""), OK, "\"6-de\""),
        (PUT, de, ("if-match", "\"5\""), OK, "\"6-de\""),
        (PUT, fr, ("if-match", "\"5\""), OK, ""),
        (PUT, none, ("if-match", "\"5-fr\""), FAILED, "\"5\""),
        (PUT, de, ("if-match", "\"4-de\""), FAILED, "\"5-de\""),
    ];
    for (method, accepted, condition, status, tag) in table {
        let seen = answer(method.clone(), &[accepted, condition], false).await;
        assert_eq!(
            seen,
            (status, tag.to_owned()),
            "{method} {accepted:?} {condition:?}"
        );
    }
}

#[tokio::test]
async fn a_weakened_tag_matches_where_it_is_asked_for() {
    for (tag, accept_weakened, status) in [
        ("W/\"5\"", false, StatusCode::PRECONDITION_FAILED),
        ("W/\"5\"", true, StatusCode::OK),
        ("W/\"5-de\"", true, StatusCode::OK),
        ("W/\"05\"", true, StatusCode::PRECONDITION_FAILED),
        ("W/\"4\"", true, StatusCode::PRECONDITION_FAILED),
    ] {
        let seen = answer(Method::PUT, &[("if-match", tag)], accept_weakened).await;
        assert_eq!(seen.0, status, "{tag} {accept_weakened}");
    }
}

/// Mistake: one strong tag for two representations. Breton and Brotli are both `br`.
#[test]
#[should_panic(expected = "not the name of a variant")]
fn a_variant_named_like_a_coding_is_refused_at_once() {
    let layer = ConditionalLayer::new(store_fn(|_: PathKey| async { Version::new(5) }));
    let _ = layer.variants(["de", "x-br"], |_: &RequestHead<'_>| None);
}

#[test]
#[should_panic(expected = "not the name of a variant")]
fn a_variant_that_would_break_its_tag_is_refused_at_once() {
    let layer = ConditionalLayer::new(store_fn(|_: PathKey| async { Version::new(5) }));
    let _ = layer.variants(["d\"e"], |_: &RequestHead<'_>| None);
}
