//! The whole stack, with a compressing layer that is not ours, and what goes wrong in others.

use std::convert::Infallible;

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use http_body::Body;
use http_body_util::{BodyExt, Full};
use tower::{Layer, Service, ServiceBuilder, ServiceExt, service_fn};
use tower_conditional::{
    CodedTagLayer, Committed, ConditionalLayer, IncludeVersionLayer, PathKey, StoreFn, Version,
    WritePermit, store_fn,
};
use tower_http::compression::CompressionLayer;

const CONTENT: &str = "compressible, compressible, compressible, compressible, compressible";

type Lookup = fn(PathKey) -> std::future::Ready<Version>;

fn version_5() -> ConditionalLayer<StoreFn<Lookup>> {
    ConditionalLayer::new(store_fn(|_| std::future::ready(Version::new(5))))
}

async fn handler(request: Request<Full<Bytes>>) -> Result<Response<Full<Bytes>>, Infallible> {
    let mut response = Response::new(Full::from(CONTENT));
    let headers = response.headers_mut();
    headers.insert("content-type", "text/plain".parse().unwrap());
    if request.method() == Method::PUT {
        let permit = request.extensions().get::<WritePermit>();
        assert!(permit.is_some(), "a write has a permit");
        response.extensions_mut().insert(Committed(Version::new(6)));
    }
    Ok(response)
}

struct Answer {
    status: StatusCode,
    headers: http::HeaderMap,
    content: Bytes,
    is_sized: bool,
}

impl Answer {
    fn field(&self, name: &str) -> &str {
        let value = self.headers.get(name).map(|value| value.to_str().unwrap());
        value.unwrap_or("")
    }
}

async fn exchange<S, B>(service: S, method: Method, fields: &[(&str, &str)]) -> Answer
where
    S: Service<Request<Full<Bytes>>, Response = Response<B>, Error = Infallible>,
    B: Body<Data = Bytes>,
    B::Error: std::fmt::Debug,
{
    let mut request = Request::builder().method(method).uri("/models/1");
    for (name, value) in fields {
        request = request.header(*name, *value);
    }
    let request = request.body(Full::default()).unwrap();
    let Ok(response) = service.oneshot(request).await;
    let (head, body) = response.into_parts();
    let is_sized = body.size_hint().exact().is_some();
    Answer {
        status: head.status,
        headers: head.headers,
        content: body.collect().await.unwrap().to_bytes(),
        is_sized,
    }
}

/// The one right order.
async fn right(method: Method, fields: &[(&str, &str)]) -> Answer {
    let service = ServiceBuilder::new()
        .layer(CodedTagLayer::new())
        .layer(CompressionLayer::new())
        .layer(IncludeVersionLayer::new())
        .layer(version_5())
        .service(service_fn(handler));
    exchange(service, method, fields).await
}

const GZIP: (&str, &str) = ("accept-encoding", "gzip");

#[tokio::test]
async fn each_coding_has_its_tag_and_both_revalidate() {
    let plain = right(Method::GET, &[]).await;
    assert_eq!(
        (plain.field("etag"), plain.field("content-encoding")),
        ("\"5\"", "")
    );
    assert_eq!(plain.content, CONTENT);
    let gzipped = right(Method::GET, &[GZIP]).await;
    assert_eq!(gzipped.field("etag"), "\"5-gzip\"");
    assert_eq!(gzipped.field("content-encoding"), "gzip");
    assert_ne!(gzipped.content, CONTENT);
    for answer in [&plain, &gzipped] {
        assert_eq!(answer.field("vary"), "accept-encoding");
    }

    for (tag, accept) in [
        ("\"5-gzip\"", GZIP),
        ("\"5\"", GZIP),
        ("\"5\"", ("accept", "*/*")),
    ] {
        let answer = right(Method::GET, &[("if-none-match", tag), accept]).await;
        assert_eq!(answer.status, StatusCode::NOT_MODIFIED, "{tag} {accept:?}");
        assert_eq!(answer.field("etag"), tag);
        assert_eq!(answer.field("vary"), "accept-encoding");
        assert_eq!(answer.field("content-encoding"), "");
        assert_eq!(answer.field("content-length"), "");
        assert!(
            answer.content.is_empty() && !answer.is_sized,
            "no content, no length"
        );
    }
}

#[tokio::test]
async fn a_held_coding_that_is_not_acceptable_any_more_is_no_304() {
    let fields = [
        ("if-none-match", "\"5-gzip\""),
        ("accept-encoding", "identity"),
    ];
    let answer = right(Method::GET, &fields).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.field("etag"), "\"5\"");
}

#[tokio::test]
async fn a_client_that_has_read_gzip_can_write() {
    for tag in ["\"5\"", "\"5-gzip\"", "\"5-br\""] {
        let answer = right(Method::PUT, &[("if-match", tag)]).await;
        assert_eq!(answer.status, StatusCode::OK, "{tag}");
        assert_eq!(answer.field("etag"), "\"6\"");
    }
    for tag in ["\"4-gzip\"", "\"5-gzip-gzip\"", "\"5-tar\"", "W/\"5-gzip\""] {
        let answer = right(Method::PUT, &[("if-match", tag)]).await;
        assert_eq!(answer.status, StatusCode::PRECONDITION_FAILED, "{tag}");
        assert_eq!(answer.field("etag"), "\"5\"", "the current tag");
        // Compressed or not: it is the tag of the resource, not of the problem document.
        let answer = right(Method::PUT, &[("if-match", tag), GZIP]).await;
        assert_eq!(answer.field("etag"), "\"5\"", "the current tag");
    }
    let written = right(Method::PUT, &[("if-match", "\"5\""), GZIP]).await;
    assert_eq!(written.field("etag"), "\"6-gzip\"");
}

#[tokio::test]
async fn if_range_never_takes_the_tag_of_a_coding() {
    for (tag, ranged) in [("\"5\"", true), ("\"5-gzip\"", false)] {
        let seen = service_fn(|request: Request<Full<Bytes>>| async move {
            let status = if request.headers().contains_key("range") {
                StatusCode::RANGE_NOT_SATISFIABLE
            } else {
                StatusCode::OK
            };
            let mut response = Response::new(Full::<Bytes>::default());
            *response.status_mut() = status;
            Ok::<_, Infallible>(response)
        });
        let service = ServiceBuilder::new()
            .layer(CodedTagLayer::new())
            .layer(version_5())
            .service(seen);
        let fields = [("range", "bytes=0-9"), ("if-range", tag), GZIP];
        let answer = exchange(service, Method::GET, &fields).await;
        let has_range = answer.status == StatusCode::RANGE_NOT_SATISFIABLE;
        assert_eq!(has_range, ranged, "{tag}");
    }
}

/// Mistake: the same strong tag for gzip and identity.
#[tokio::test]
async fn compression_outside_of_the_tags_gives_two_representations_one_tag() {
    let service = || {
        ServiceBuilder::new()
            .layer(CompressionLayer::new())
            .layer(CodedTagLayer::new())
            .layer(version_5())
            .service(service_fn(handler))
    };
    let plain = exchange(service(), Method::GET, &[]).await;
    let gzipped = exchange(service(), Method::GET, &[GZIP]).await;
    assert_ne!(plain.content, gzipped.content);
    assert_eq!(plain.field("etag"), gzipped.field("etag"));
}

/// Mistake: a status that is not the handler's is judged.
#[tokio::test]
async fn compression_inside_of_the_conditional_layer_loses_the_tag_of_an_executed_write() {
    let service = || {
        CodedTagLayer::new()
            .layer(version_5().layer(CompressionLayer::new().layer(service_fn(handler))))
    };
    let refused = [("accept-encoding", "identity;q=0"), ("if-match", "\"5\"")];
    let inside = exchange(service(), Method::PUT, &refused).await;
    assert_eq!(inside.status, StatusCode::NOT_ACCEPTABLE);
    assert_eq!(
        inside.field("etag"),
        "",
        "the write was done, and its tag is lost"
    );
}

/// Mistake: content on a 304. Without the layer, compression takes the unknown length of a 304's
/// empty content for a long one and encodes it.
#[tokio::test]
async fn compression_alone_encodes_the_nothing_of_a_304() {
    let service = ServiceBuilder::new()
        .layer(CompressionLayer::new())
        .layer(version_5())
        .service(service_fn(handler));
    let answer = exchange(service, Method::GET, &[("if-none-match", "\"5\""), GZIP]).await;
    assert_eq!(answer.status, StatusCode::NOT_MODIFIED);
    assert_eq!(answer.field("content-encoding"), "gzip");
    assert!(!answer.content.is_empty());
}
