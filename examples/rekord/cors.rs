//! Which web pages may use the API: those of the origins that `--allow-origin` names.

use std::str::FromStr;

use axum::http::header::{
    AUTHORIZATION, CONTENT_TYPE, ETAG, IF_MATCH, IF_NONE_MATCH, LOCATION, ORIGIN,
};
use axum::http::{HeaderValue, Method, Uri};
use tower_http::cors::{AllowOrigin, CorsLayer};

/// An origin as browsers send it, or `*` for any.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Origin(HeaderValue);

impl Origin {
    fn is_any(&self) -> bool {
        self.0 == "*"
    }
}

impl FromStr for Origin {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let origin = if text == "*" {
            Some(text.to_owned())
        } else {
            serialized(text)
        };
        origin
            .and_then(|origin| HeaderValue::try_from(origin).ok())
            .map(Self)
            .ok_or_else(|| "an origin is SCHEME://HOST, or SCHEME://HOST:PORT, or *".into())
    }
}

/// The form that browsers send and that is compared byte by byte: in lower case, and without a
/// port that is the scheme's own.
fn serialized(text: &str) -> Option<String> {
    let text = text.to_ascii_lowercase();
    let uri: Uri = text.parse().ok()?;
    let (scheme, authority) = (uri.scheme_str()?, uri.authority()?);
    let (host, port) = (authority.host(), authority.port_u16());
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:[]".contains(&byte);
    if host.is_empty() || !host.bytes().all(is_name) {
        return None;
    }
    // Nothing else may stand in it: no user, no path, no port that is none.
    let written = match port {
        Some(port) => format!("{scheme}://{host}:{port}"),
        None => format!("{scheme}://{host}"),
    };
    if written != text {
        return None;
    }
    let is_own_port = matches!((scheme, port), ("http", Some(80)) | ("https", Some(443)));
    Some(if is_own_port {
        format!("{scheme}://{host}")
    } else {
        written
    })
}

/// Stands outside authentication: a preflight carries no token, and a page has to be able to read
/// a 401.
pub(crate) fn layer(origins: Vec<Origin>) -> CorsLayer {
    let allowed = if origins.iter().any(Origin::is_any) {
        AllowOrigin::any()
    } else {
        AllowOrigin::list(origins.into_iter().map(|origin| origin.0))
    };
    CorsLayer::new()
        .allow_origin(allowed)
        .allow_methods([
            Method::GET,
            Method::HEAD,
            Method::POST,
            Method::PUT,
            Method::PATCH,
            Method::DELETE,
        ])
        .allow_headers([IF_MATCH, IF_NONE_MATCH, AUTHORIZATION, CONTENT_TYPE])
        .expose_headers([ETAG, LOCATION])
        // Whatever is asked for, the same methods and fields are allowed.
        .vary([ORIGIN])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_compared_as_browsers_send_it() {
        for (text, expected) in [
            ("https://app.example", "https://app.example"),
            ("HTTPS://App.Example", "https://app.example"),
            ("http://localhost:5173", "http://localhost:5173"),
            ("http://[::1]:5173", "http://[::1]:5173"),
            ("https://app.example:443", "https://app.example"),
            ("http://app.example:443", "http://app.example:443"),
            ("http://127.0.0.1:80", "http://127.0.0.1"),
            ("*", "*"),
        ] {
            let origin: Origin = text.parse().unwrap();
            assert_eq!(origin.0, expected);
        }
    }

    #[test]
    fn what_no_browser_sends_is_refused() {
        for text in [
            "",
            "app.example",
            "app.example:443",
            "https://",
            "https://app.example/",
            "https://app.example/page",
            "https://app.example?query",
            "https://ada@app.example",
            "https://*.example",
            "https://app.example:x",
            "https://a.example,https://b.example",
            "null",
            "a b",
        ] {
            assert!(text.parse::<Origin>().is_err(), "{text}");
        }
    }
}
