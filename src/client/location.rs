//! Whether the content of an answer is the representation of the resource that was written.

use http::{HeaderMap, Uri, header};

/// Whether `Content-Location` names `target` (RFC 9110 §6.4.2, §8.7). A reference that is
/// neither absolute nor an absolute path counts as another resource's.
pub(super) fn is_of_target(headers: &HeaderMap, target: &Uri) -> bool {
    let mut lines = headers.get_all(header::CONTENT_LOCATION).iter();
    let (Some(line), None) = (lines.next(), lines.next()) else {
        return false;
    };
    let Ok(location) = Uri::try_from(line.as_bytes()) else {
        return false;
    };
    let has_path = location.path().starts_with('/');
    let is_here = match location.authority() {
        None => location.scheme().is_none(),
        // Hosts and schemes are compared without regard to case, by `http` itself.
        Some(authority) => {
            Some(authority) == target.authority() && location.scheme() == target.scheme()
        }
    };
    has_path && is_here && location.path_and_query() == target.path_and_query()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_content_is_the_targets_if_its_location_is() {
        let is_of = |location: &'static str, target: &'static str| {
            let mut headers = HeaderMap::new();
            let location = http::HeaderValue::from_static(location);
            headers.insert(header::CONTENT_LOCATION, location);
            is_of_target(&headers, &Uri::from_static(target))
        };
        assert!(is_of("/a/1", "/a/1"));
        assert!(is_of("/a/1", "http://h.example/a/1"));
        assert!(is_of(
            "http://H.example/a/1?x=1",
            "http://h.example/a/1?x=1"
        ));
        for (location, target) in [
            ("/a/2", "/a/1"),
            ("/a/1?x=1", "/a/1"),
            ("1", "/a/1"),
            ("http://h.example/a/1", "/a/1"),
            ("http://other.example/a/1", "http://h.example/a/1"),
            ("https://h.example/a/1", "http://h.example/a/1"),
            ("", "/a/1"),
        ] {
            assert!(!is_of(location, target), "{location} {target}");
        }
        assert!(!is_of_target(&HeaderMap::new(), &Uri::from_static("/a/1")));
    }
}
