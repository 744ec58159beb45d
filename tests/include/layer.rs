//! The layer among others: what it asks, what it is told, what it leaves alone.

use std::{
    convert::Infallible,
    future::{Ready, ready},
};

use axum::{Router, body::Body, response::IntoResponse, routing::get};
use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Full};
use tower::{Layer, Service, ServiceBuilder, ServiceExt, service_fn};
use tower_conditional::{
    CodedTagLayer, Committed, ConditionalLayer, Current, IncludeVersionLayer, ItemVersions,
    Observed, PathKey, RequestHead, Version, VersionStore, VersionWanted,
    include::asks_for_version, store_fn,
};
use tower_http::compression::CompressionLayer;

const JSON: [(header::HeaderName, &str); 1] = [(header::CONTENT_TYPE, "application/json")];

#[test]
fn the_query_asks_for_the_version() {
    let table = [
        ("", false),
        ("?", false),
        ("?include", false),
        ("?include=", false),
        ("?include=version", true),
        ("?include=a,version", true),
        ("?include=version,a", true),
        ("?include=,,version,", true),
        ("?include=a&include=version", true),
        ("?include=version&include=a", true),
        ("?a=1&&include=version", true),
        ("?include=a%2Cversion%2cb", true),
        ("?include=%76ersio%6E", true),
        ("?%69nclud%65=version", true),
        ("?include=a,+version%20,b", true),
        ("?include=a,ver+sion", false),
        ("?include=versions", false),
        ("?include=aversion", false),
        ("?include=versio", false),
        ("?include=Version", false),
        ("?Include=version", false),
        ("?includes=version", false),
        ("?include[]=version", false),
        ("?include=version=1", false),
        ("?include=%7version", false),
        ("?include=%zz,version%", false),
        ("?include=%zz,version", true),
        ("?include=%252C,a%252Cversion", false),
        ("?version=include", false),
        ("?x=include=version", false),
        ("?version", false),
    ];
    for (query, asks) in table {
        let uri = format!("http://example.com/models/7{query}")
            .parse()
            .expect("a URI");
        assert_eq!(asks_for_version(&uri), asks, "{query}");
    }
}

/// What a service answers through the layer, with a version in the store and the content here.
async fn through<S, B>(service: S, request: Request<Body>) -> (StatusCode, HeaderMap, String)
where
    S: Service<Request<Body>, Response = Response<B>, Error = Infallible>,
    B: http_body::Body<Data = Bytes, Error: std::fmt::Debug>,
{
    let response = service.oneshot(request).await.expect("an answer");
    let (head, body) = response.into_parts();
    let bytes = body.collect().await.expect("a body").to_bytes();
    (
        head.status,
        head.headers,
        String::from_utf8_lossy(&bytes).into_owned(),
    )
}

fn request(method: Method, uri: &str) -> Request<Body> {
    let mut request = Request::new(Body::empty());
    *request.method_mut() = method;
    *request.uri_mut() = uri.parse().expect("a URI");
    request
}

/// A store in which all is at version 5.
#[derive(Clone)]
struct Five;

impl VersionStore<PathKey> for Five {
    type Error = Infallible;
    type Current = Ready<Result<Current, Infallible>>;

    fn current(&self, _: PathKey) -> Self::Current {
        ready(Ok(Version::new(5).into()))
    }
}

#[tokio::test]
async fn a_request_that_asks_loses_its_range_and_marks_that_it_asks() {
    let service = || {
        IncludeVersionLayer::new().layer(service_fn(|request: Request<Body>| async move {
            let headers = request.headers();
            let seen = format!(
                "{} {} {} {}",
                headers.contains_key(header::RANGE),
                headers.contains_key(header::IF_RANGE),
                headers.contains_key(header::IF_MATCH),
                request.extensions().get::<VersionWanted>().is_some(),
            );
            Ok::<_, Infallible>(Response::new(Full::<Bytes>::from(seen)))
        }))
    };
    for (uri, expected) in [
        ("/?include=version", "false false true true"),
        ("/?include=x", "true true true false"),
    ] {
        let mut request = request(Method::GET, uri);
        for name in [header::RANGE, header::IF_RANGE, header::IF_MATCH] {
            request.headers_mut().insert(name, "\"5\"".parse().unwrap());
        }
        let (_, _, body) = through(service(), request).await;
        assert_eq!(body, expected, "{uri}");
    }
}

/// Mistake: one strong tag for two sequences of bytes. Under a `Content-Location` the content is the representation of
/// that URI (RFC 9110 §8.7), and that of the plain URI has no version in it.
#[tokio::test]
async fn the_location_of_edited_content_is_the_uri_that_asks_for_it() {
    let table = [
        ("/models/7", "/models/7?include=version"),
        ("/models/7?a=1", "/models/7?a=1"),
    ];
    for (location, expected) in table {
        for (query, expected) in [("?include=version", expected), ("", location)] {
            let service = IncludeVersionLayer::new().layer(service_fn(move |_: Request<Body>| {
                let fields = [(header::CONTENT_LOCATION, location)];
                let response = (Observed(Version::new(5)), fields, JSON, "{}").into_response();
                async { Ok::<_, Infallible>(response) }
            }));
            let request = Request::put(format!("/models/7{query}"));
            let Ok(response) = service.oneshot(request.body(Body::empty()).unwrap()).await;
            assert_eq!(response.headers()[header::CONTENT_LOCATION], expected);
        }
    }
}

/// A layer outside that goes by the size, as compression does, must treat HEAD as GET.
#[tokio::test]
async fn the_answer_to_head_is_as_long_as_the_one_to_get_and_not_exactly() {
    let hint = |method: Method| async move {
        let service = IncludeVersionLayer::new().layer(service_fn(|_: Request<Body>| async {
            let length = [(header::CONTENT_LENGTH, "12")];
            let response = (Observed(Version::new(5)), length, JSON, r#"{"name":"a"}"#);
            Ok::<_, Infallible>(response.into_response())
        }));
        let request = Request::builder().method(method).uri("/?include=version");
        let Ok(response) = service.oneshot(request.body(Body::empty()).unwrap()).await;
        let hint = http_body::Body::size_hint(response.body());
        assert_eq!(hint.exact(), None);
        (hint.lower(), hint.upper())
    };
    let get = hint(Method::GET).await;
    assert_eq!(get, (12, Some(24)));
    assert_eq!(hint(Method::HEAD).await, get);
}

type Handler = fn() -> Response<Body>;

#[tokio::test]
async fn the_conditional_layer_tells_the_version() {
    let answer = |response: fn() -> Response<Body>| {
        ServiceBuilder::new()
            .layer(IncludeVersionLayer::new())
            .layer(ConditionalLayer::new(Five).tag_put_answers(false))
            .service(service_fn(move |_: Request<Body>| async move {
                Ok::<_, Infallible>(response())
            }))
    };
    let table: [(Method, Handler, &str); 10] = [
        // By the look-up, by what the handler has observed, by its commit (without a tag).
        (
            Method::GET,
            || (JSON, "{}").into_response(),
            r#"{"version":5}"#,
        ),
        (
            Method::GET,
            || (Observed(Version::new(6)), JSON, "{}").into_response(),
            r#"{"version":6}"#,
        ),
        (
            Method::PUT,
            || (Committed(Version::new(6)), JSON, "{}").into_response(),
            r#"{"version":6}"#,
        ),
        (
            Method::POST,
            || (Committed(Version::new(6)), JSON, "{}").into_response(),
            r#"{"version":6}"#,
        ),
        (
            Method::DELETE,
            || (Committed(Version::new(6)), JSON, "{}").into_response(),
            r#"{"version":6}"#,
        ),
        // A tag of the handler's own: the layer tells the version all the same.
        (
            Method::GET,
            || ([(header::ETAG, "\"xyz\"")], JSON, "{}").into_response(),
            r#"{"version":5}"#,
        ),
        (
            Method::GET,
            || ([(header::ETAG, "\"12345\"")], JSON, "{}").into_response(),
            r#"{"version":5}"#,
        ),
        // Nothing is known, or nothing to speak of.
        (Method::PUT, || (JSON, "{}").into_response(), "{}"),
        (
            Method::GET,
            || (StatusCode::ACCEPTED, JSON, "{}").into_response(),
            "{}",
        ),
        (
            Method::GET,
            || (StatusCode::NOT_FOUND, JSON, "{}").into_response(),
            "{}",
        ),
    ];
    for (method, response, expected) in table {
        let (_, headers, body) = through(
            answer(response),
            request(method.clone(), "/7?include=version"),
        )
        .await;
        assert_eq!(body, expected, "{method}");
        let has_changed = body != "{}";
        assert!(!(has_changed && headers.contains_key(header::CONTENT_LENGTH)));
        let (_, _, body) = through(answer(response), request(method, "/7")).await;
        assert_eq!(body, "{}");
    }
}

#[tokio::test]
async fn a_variant_tells_its_version_too() {
    let service = || {
        ServiceBuilder::new()
            .layer(IncludeVersionLayer::new())
            .layer(
                ConditionalLayer::new(Five).variants(["de"], |request: &RequestHead<'_>| {
                    Some(if request.path() == "/de" { "de" } else { "fr" })
                }),
            )
            .service(service_fn(|_: Request<Body>| async {
                Ok::<_, Infallible>((JSON, "{}").into_response())
            }))
    };
    let (_, headers, body) = through(service(), request(Method::GET, "/de?include=version")).await;
    assert_eq!(
        (headers[header::ETAG].as_bytes(), &*body),
        (&b"\"5-de\""[..], r#"{"version":5}"#)
    );
    let (_, headers, body) = through(service(), request(Method::GET, "/fr?include=version")).await;
    assert_eq!((headers.get(header::ETAG), &*body), (None, "{}"));
}

#[tokio::test]
async fn without_a_label_nothing_goes_in() {
    for (tag, expected) in [
        ("\"5\"", r#"{"version":5}"#),
        ("W/\"5\"", "{}"),
        ("\"05\"", "{}"),
        ("\"5-gzip\"", "{}"),
        ("5", "{}"),
    ] {
        let service =
            IncludeVersionLayer::new().layer(service_fn(move |_: Request<Body>| async move {
                Ok::<_, Infallible>(([(header::ETAG, tag)], JSON, "{}").into_response())
            }));
        let (_, _, body) = through(service, request(Method::GET, "/?include=version")).await;
        assert_eq!(body, expected, "{tag}");
    }
}

#[tokio::test]
async fn preconditions_are_judged_as_ever() {
    let service = || {
        ServiceBuilder::new()
            .layer(IncludeVersionLayer::new())
            .layer(ConditionalLayer::new(Five))
            .service(service_fn(|_: Request<Body>| async {
                Ok::<_, Infallible>((JSON, "{}").into_response())
            }))
    };
    let mut not_modified = request(Method::GET, "/7?include=version");
    not_modified
        .headers_mut()
        .insert(header::IF_NONE_MATCH, "\"5\"".parse().unwrap());
    let (status, headers, body) = through(service(), not_modified).await;
    assert_eq!((status, &*body), (StatusCode::NOT_MODIFIED, ""));
    assert_eq!(headers[header::ETAG], "\"5\"");

    let mut failed = request(Method::GET, "/7?include=version");
    failed
        .headers_mut()
        .insert(header::IF_MATCH, "\"4\"".parse().unwrap());
    let (status, _, body) = through(service(), failed).await;
    assert_eq!(status, StatusCode::PRECONDITION_FAILED);
    assert!(!body.contains("\"version\""), "{body}");
}

#[tokio::test]
async fn the_member_may_have_another_name() {
    for (name, body, expected) in [
        (
            "_version",
            r#"{"version":1}"#,
            r#"{"version":1,"_version":5}"#,
        ),
        (
            "_version",
            r#"{"\u005fversion":1}"#,
            r#"{"\u005fversion":1}"#,
        ),
        ("a\"b\\\n", "{}", r#"{"a\"b\\\u000a":5}"#),
        (
            "a\"b\\\n",
            r#"{"a\u0022b\\\n" : 1}"#,
            r#"{"a\u0022b\\\n" : 1}"#,
        ),
        ("é𝄞", "{}", r#"{"é𝄞":5}"#),
        (
            "é𝄞",
            r#"{"\u00e9\uD834\udd1e":1}"#,
            r#"{"\u00e9\uD834\udd1e":1}"#,
        ),
        (r"a\n", r#"{"a\n":1}"#, r#"{"a\n":1,"a\\n":5}"#),
        ("a/b", r#"{"a\/b":1}"#, r#"{"a\/b":1}"#),
        ("a\tb", r#"{"a\tb":1}"#, r#"{"a\tb":1}"#),
        ("", r#"{"a":""}"#, r#"{"a":"","":5}"#),
        ("", r#"{"":1}"#, r#"{"":1}"#),
    ] {
        let service = IncludeVersionLayer::new().member(name).layer(service_fn(
            move |_: Request<Body>| async move {
                Ok::<_, Infallible>((Observed(Version::new(5)), JSON, body).into_response())
            },
        ));
        let (_, _, included) = through(service, request(Method::GET, "/?include=version")).await;
        assert_eq!(included, expected, "{name}");
    }
}

#[tokio::test]
async fn head_says_nothing_of_a_length_that_it_does_not_know() {
    let service =
        IncludeVersionLayer::new().layer(service_fn(|request: Request<Body>| async move {
            let body = if request.uri().path() == "/full" {
                "{}"
            } else {
                ""
            };
            let fields = [(header::CONTENT_LENGTH, "2"), (header::ETAG, "\"5\"")];
            Ok::<_, Infallible>((fields, JSON, body).into_response())
        }));
    for path in ["/full", "/empty"] {
        let (_, headers, body) = through(service.clone(), request(Method::HEAD, path)).await;
        assert_eq!(headers[header::CONTENT_LENGTH], "2");
        assert_eq!(body.is_empty(), path == "/empty");
        let asked = request(Method::HEAD, &format!("{path}?include=version"));
        let response = service.clone().oneshot(asked).await.expect("an answer");
        assert!(!response.headers().contains_key(header::CONTENT_LENGTH));
        assert_eq!(http_body::Body::size_hint(response.body()).exact(), None);
        assert!(
            response
                .into_body()
                .collect()
                .await
                .expect("a body")
                .to_bytes()
                .is_empty()
        );
    }
}

#[tokio::test]
async fn items_go_before_the_version_of_the_list() {
    let versions = ItemVersions::new("id", [("a", Version::new(2))]);
    let app = Router::new()
        .route(
            "/models",
            get(move || async move {
                (
                    versions,
                    Observed(Version::new(9)),
                    JSON,
                    r#"{"items":[{"id":"a"}]}"#,
                )
            }),
        )
        .layer(IncludeVersionLayer::new());
    let (_, _, body) = through(app.clone(), request(Method::GET, "/models?include=version")).await;
    assert_eq!(body, r#"{"items":[{"id":"a","version":2}]}"#);
    let (_, _, body) = through(app, request(Method::GET, "/models")).await;
    assert_eq!(body, r#"{"items":[{"id":"a"}]}"#);
}

#[tokio::test]
async fn in_a_router_inside_of_compression_and_coded_tags() {
    let layers = ServiceBuilder::new()
        .layer(CodedTagLayer::new())
        .layer(CompressionLayer::new())
        .layer(IncludeVersionLayer::new())
        .layer(ConditionalLayer::new(store_fn(|_: PathKey| async {
            Version::new(5)
        })));
    let long = || async { (JSON, format!(r#"{{"a":"{}"}}"#, "x".repeat(1000))) };
    let app = Router::new().route("/models/{id}", get(long).route_layer(layers));
    let mut gzip = request(Method::GET, "/models/7?include=version");
    gzip.headers_mut()
        .insert(header::ACCEPT_ENCODING, "gzip".parse().unwrap());
    let response = app.clone().oneshot(gzip).await.expect("an answer");
    assert_eq!(response.headers()[header::CONTENT_ENCODING], "gzip");
    assert_eq!(response.headers()[header::ETAG], "\"5-gzip\"");
    let (_, headers, body) = through(app, request(Method::GET, "/models/7?include=version")).await;
    assert_eq!(headers[header::ETAG], "\"5\"");
    assert!(body.ends_with(r#"x","version":5}"#), "{body}");
}

#[tokio::test]
async fn outside_of_compression_it_finds_nothing_to_put_the_version_into() {
    let layers = ServiceBuilder::new()
        .layer(IncludeVersionLayer::new())
        .layer(CompressionLayer::new());
    let long = || async {
        (
            Observed(Version::new(5)),
            JSON,
            format!(r#"{{"a":"{}"}}"#, "x".repeat(1000)),
        )
    };
    let app = Router::new().route("/", get(long)).layer(layers);
    let body = |uri: &str| {
        let mut request = request(Method::GET, uri);
        request
            .headers_mut()
            .insert(header::ACCEPT_ENCODING, "gzip".parse().unwrap());
        through(app.clone(), request)
    };
    assert_eq!(body("/?include=version").await.2, body("/").await.2);
}
