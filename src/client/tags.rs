//! The entity-tag of an answer, and whether two of them name one version.

use http::{HeaderMap, header};

use crate::entity_tag::EntityTag;

use super::UpdateErrorKind;

/// The tag of an answer, if it has exactly one that is valid.
pub(super) fn tag_of(headers: &HeaderMap) -> Option<EntityTag> {
    let mut lines = headers.get_all(header::ETAG).iter();
    match (lines.next(), lines.next()) {
        (Some(line), None) => line.try_into().ok(),
        _ => None,
    }
}

/// The tag, if it can stand in If-Match.
pub(super) fn strong(tag: Option<&EntityTag>) -> Result<&EntityTag, UpdateErrorKind> {
    match tag {
        None => Err(UpdateErrorKind::NoTag),
        // §13.1.1: If-Match compares strongly, so it is false for every weak tag.
        Some(tag) if tag.is_weak() => Err(UpdateErrorKind::WeakTag),
        Some(tag) => Ok(tag),
    }
}

/// Whether two strong tags are of one version: the same tag, or the tags of two content codings
/// of the same representation, as `"5"` and `"5-gzip"`.
pub(super) fn same_version(one: &EntityTag, other: &EntityTag) -> bool {
    !one.is_weak() && !other.is_weak() && uncoded(one.opaque()) == uncoded(other.opaque())
}

/// Whether a 304 under one of the tags can speak of the other.
pub(super) fn same_content(one: &EntityTag, other: &EntityTag) -> bool {
    one.weak_eq(other) || uncoded(one.opaque()) == uncoded(other.opaque())
}

/// Without the suffix that servers mark a coded representation by: `-gzip` (Apache, and the
/// layer of this crate), `--gzip` (Jetty), `;gzip` and `:gzip` (others).
fn uncoded(opaque: &[u8]) -> &[u8] {
    const CODINGS: [&[u8]; 7] = [
        b"gzip",
        b"x-gzip",
        b"br",
        b"zstd",
        b"deflate",
        b"compress",
        b"df",
    ];
    let suffix = CODINGS.iter().find_map(|coding| {
        let plain = opaque.strip_suffix(*coding)?;
        [&b"--"[..], b"-", b";", b":"]
            .iter()
            .find_map(|mark| plain.strip_suffix(*mark))
    });
    suffix.filter(|plain| !plain.is_empty()).unwrap_or(opaque)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tag(text: &str) -> EntityTag {
        text.parse().expect("an entity-tag")
    }

    #[test]
    fn a_content_coding_makes_no_other_version() {
        for (one, other) in [
            ("\"5\"", "\"5\""),
            ("\"5\"", "\"5-gzip\""),
            ("\"5-br\"", "\"5-gzip\""),
            ("\"5\"", "\"5--gzip\""),
            ("\"5\"", "\"5;gzip\""),
            ("\"a-b-zstd\"", "\"a-b\""),
        ] {
            assert!(same_version(&tag(one), &tag(other)), "{one} {other}");
            assert!(same_version(&tag(other), &tag(one)), "{one} {other}");
        }
        for (one, other) in [
            ("\"5\"", "\"6\""),
            ("\"5\"", "\"6-gzip\""),
            ("\"5\"", "W/\"5\""),
            ("\"5\"", "\"5-de\""),
            ("\"-gzip\"", "\"\""),
            ("\"gzip\"", "\"\""),
        ] {
            assert!(!same_version(&tag(one), &tag(other)), "{one} {other}");
        }
    }
}
