//! Which resource `Location` and `Content-Location` name.

use http::{Extensions, HeaderMap, HeaderValue, Method, Uri, header};

use crate::key::{Access, KeyExtractor, RequestHead};

/// What is kept of a POST's head, to resolve the references of its answer against.
pub(super) struct Origin {
    uri: Uri,
    headers: HeaderMap,
}

impl Origin {
    pub(super) fn of(head: &RequestHead<'_>) -> Self {
        Self {
            uri: head.uri_as_sent().clone(),
            headers: head.headers.clone(),
        }
    }

    /// The key that a GET of the resource at `reference` would have. None for another server's.
    pub(super) fn key<X: KeyExtractor>(
        &self,
        extractor: &X,
        reference: &HeaderValue,
    ) -> Option<X::Key> {
        let uri = self.resolve(reference.to_str().ok()?)?;
        let access = extractor.access(&RequestHead {
            method: &Method::GET,
            uri: &uri,
            headers: &self.headers,
            extensions: &Extensions::new(),
        });
        match access {
            Access::Read(key) | Access::Write(key) | Access::Delete(key) => Some(key),
            Access::Neither | Access::Unidentified => None,
        }
    }

    /// RFC 3986 §5.2.2, for references within this server; scheme, authority and fragment do not
    /// count for a key.
    fn resolve(&self, reference: &str) -> Option<Uri> {
        let reference = reference.split('#').next()?;
        let (default_port, reference) = match scheme(reference) {
            None => (None, reference),
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("http") => (Some("80"), rest),
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("https") => (Some("443"), rest),
            Some(_) => return None,
        };
        if let Some(rest) = reference.strip_prefix("//") {
            let end = rest.find(['/', '?']).unwrap_or(rest.len());
            let (authority, path) = rest.split_at(end);
            if !is_same_authority(authority, self.authority()?, default_port) {
                return None;
            }
            return uri(path, "/");
        }
        // `http:path`: no authority (RFC 9110 §4.2.1).
        if default_port.is_some() {
            return None;
        }
        let base = self.uri.path();
        match reference.as_bytes().first() {
            None | Some(b'?') => uri(reference, base),
            Some(b'/') => uri(reference, "/"),
            Some(_) => {
                let folder = base.rfind('/').map_or("/", |end| &base[..=end]);
                uri(&format!("{folder}{reference}"), "/")
            }
        }
    }

    fn authority(&self) -> Option<&str> {
        match self.uri.authority() {
            Some(authority) => Some(authority.as_str()),
            None => self.headers.get(header::HOST)?.to_str().ok(),
        }
    }
}

/// The scheme of a reference that has one, and what follows it.
fn scheme(reference: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = reference.split_once(':')?;
    (!scheme.contains(['/', '?'])).then_some((scheme, rest))
}

fn is_same_authority(one: &str, other: &str, default_port: Option<&str>) -> bool {
    fn parts<'a>(authority: &'a str, default: Option<&'a str>) -> (&'a str, Option<&'a str>) {
        match authority.rsplit_once(':') {
            // The colons of an IPv6 address stand in brackets.
            Some((host, port)) if !port.contains(']') => {
                (host, Some(port).filter(|port| !port.is_empty()).or(default))
            }
            _ => (authority, default),
        }
    }
    let (one, one_port) = parts(one, default_port);
    let (other, other_port) = parts(other, default_port);
    one.eq_ignore_ascii_case(other) && one_port == other_port
}

/// A path and query, or a query that stands behind `base`, without its dot segments.
fn uri(reference: &str, base: &str) -> Option<Uri> {
    let (path, query) = match reference.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (reference, None),
    };
    let mut uri = remove_dot_segments(if path.is_empty() { base } else { path });
    if let Some(query) = query {
        uri.push('?');
        uri.push_str(query);
    }
    uri.try_into().ok()
}

/// RFC 3986 §5.2.4, for a path that starts with a slash.
fn remove_dot_segments(path: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    let mut segments = path.split('/').skip(1).peekable();
    while let Some(segment) = segments.next() {
        match segment {
            "." | ".." => {
                if segment == ".." {
                    kept.pop();
                }
                // What ends in a dot segment names the folder.
                if segments.peek().is_none() {
                    kept.push("");
                }
            }
            segment => kept.push(segment),
        }
    }
    format!("/{}", kept.join("/"))
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;
    use crate::{key::PathKeys, path_key::PathKey};

    fn named(uri: &str, host: Option<&str>, reference: &str) -> Option<String> {
        let mut request = Request::post(uri);
        if let Some(host) = host {
            request = request.header(header::HOST, host);
        }
        let request = request.body(()).expect("a request");
        let reference = HeaderValue::from_str(reference).expect("a field value");
        Origin::of(&RequestHead::of(&request))
            .key(&PathKeys, &reference)
            .map(|key: PathKey| key.to_string())
    }

    #[test]
    fn a_reference_is_resolved_against_the_request() {
        let table = [
            ("/items/1", "/items/1"),
            ("/items/1?x=2#y", "/items/1"),
            ("1", "/a/1"),
            ("./1", "/a/1"),
            ("../1", "/1"),
            ("../../../1", "/1"),
            ("b/../1", "/a/1"),
            ("1/", "/a/1/"),
            (".", "/a/"),
            ("..", "/"),
            ("/x/./y/../z", "/x/z"),
            ("/x/..", "/"),
            ("", "/a/b"),
            ("?page=2", "/a/b"),
            ("#top", "/a/b"),
            ("./1:2", "/a/1:2"),
            ("//h.example/1", "/1"),
            ("http://h.example/1", "/1"),
            ("HTTP://H.EXAMPLE/1", "/1"),
            ("https://h.example/1", "/1"),
            ("http://h.example", "/"),
            ("http://h.example?x", "/"),
            ("http://h.example:80/1", "/1"),
            ("https://h.example:443/1", "/1"),
            ("http://h.example:/1", "/1"),
        ];
        for (reference, path) in table {
            let found = named("/a/b?q=1", Some("h.example"), reference);
            assert_eq!(found.as_deref(), Some(path), "{reference}");
        }
    }

    #[test]
    fn what_is_not_on_this_server_is_not_named() {
        for reference in [
            "http://other.example/1",
            "//other.example/1",
            "http://h.example:8080/1",
            "http://user@h.example/1",
            "https://h.example:80/1",
            "urn:uuid:1",
            "mailto:a@h.example",
            "http:1",
            "http:/1",
            "1:2",
            "/a b",
        ] {
            assert_eq!(
                named("/a/b", Some("h.example"), reference),
                None,
                "{reference}"
            );
        }
        assert_eq!(
            named("/a/b", None, "http://h.example/1"),
            None,
            "no host to compare"
        );
    }

    #[test]
    fn the_authority_of_the_target_goes_before_host() {
        let uri = "http://[::1]:8080/a/b";
        for (reference, path) in [
            ("http://[::1]:8080/1", Some("/1")),
            ("http://[::1]/1", None),
            ("http://h.example/1", None),
        ] {
            let found = named(uri, Some("h.example"), reference);
            assert_eq!(found.as_deref(), path, "{reference}");
        }
    }

    #[test]
    fn what_the_extractor_does_not_know_has_no_key() {
        let request = Request::post("/a").body(()).expect("a request");
        let origin = Origin::of(&RequestHead::of(&request));
        let only_items = |head: &RequestHead<'_>| match head.path().strip_prefix("/items/") {
            Some(item) => Access::by_method(head.method, item.to_owned()),
            None => Access::Neither,
        };
        let key = |path| origin.key(&only_items, &HeaderValue::from_static(path));
        assert_eq!(key("/items/7").as_deref(), Some("7"));
        assert_eq!(key("/other/7"), None);
    }
}
