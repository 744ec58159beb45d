use http::{HeaderValue, header};
use tower::Layer;
use tower_http::{services::ServeFile, set_header::SetResponseHeaderLayer};

use super::{
    beside_bare,
    case::{Case, Role},
    exchange::Exchange,
    handler::Handler,
};

/// The bare service beside itself, the least that a layer could do, and 304 from a file's time.
pub(super) fn cases() -> Vec<Case> {
    let set_header = || {
        let tag = HeaderValue::from_static("\"1\"");
        SetResponseHeaderLayer::overriding(header::ETAG, tag).layer(Handler)
    };
    let later = Exchange::get(304).with(header::IF_MODIFIED_SINCE, "Fri, 31 Dec 2100 23:59:59 GMT");
    let file = || ServeFile::new(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"));
    vec![
        beside_bare("bare", Role::Bare, Exchange::get(200), || Handler),
        beside_bare(
            "set_response_header",
            Role::Peer,
            Exchange::get(200),
            set_header,
        ),
        beside_bare("serve_file/304", Role::Peer, later, file).timed_alone(), // it opens its file on another thread
    ]
}
