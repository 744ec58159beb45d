//! Gzip for clients that accept it, with a tag of its own for what was compressed.

use axum::Router;
use axum::http::{Response, StatusCode};
use axum::middleware::map_response;
use hyper::body::Body as HttpBody;
use tower_conditional::CodedTagLayer;
use tower_http::compression::{CompressionLayer, Predicate};

/// Up to this many bytes a gzipped answer is hardly shorter.
const SMALL: u64 = 256;

/// Puts compression around all routes, and the layer around it that tells the tags of
/// compressed representations from those of plain ones.
pub(crate) fn around(routes: Router) -> Router {
    let compression = CompressionLayer::new().gzip(true).compress_when(Worthwhile);
    routes
        .layer(map_response(remember_status))
        .layer(compression)
        .layer(map_response(restore_status))
        .layer(CodedTagLayer::for_codings(["gzip"]))
}

/// Whether an answer is compressed for those who accept it.
#[derive(Clone, Copy)]
struct Worthwhile;

impl Predicate for Worthwhile {
    /// Errors stay plain: the tag on a 412 is the current one, not that of what it answers with.
    fn should_compress<B: HttpBody>(&self, response: &Response<B>) -> bool {
        let upper = response.body().size_hint().upper();
        response.status().is_success() && upper.is_none_or(|upper| upper > SMALL)
    }
}

/// The status that a handler has answered with.
#[derive(Clone, Copy)]
struct Answered(StatusCode);

async fn remember_status<B>(mut response: Response<B>) -> Response<B> {
    let status = response.status();
    response.extensions_mut().insert(Answered(status));
    response
}

/// `CompressionLayer` makes a finished answer 406 where the request refuses the plain form and
/// gzip too. A write that was executed must not look like one that was not, and a read may well
/// be answered in a form that was not asked for (RFC 9110 §12.1).
async fn restore_status<B>(mut response: Response<B>) -> Response<B> {
    if let Some(Answered(status)) = response.extensions_mut().remove() {
        *response.status_mut() = status;
    }
    response
}
