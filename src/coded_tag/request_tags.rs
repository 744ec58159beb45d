//! The tags of a request, as the layers inside know them.

use http::{HeaderMap, HeaderName, HeaderValue};

use crate::entity_tag::TagRef;

/// The coded tags that a client holds: the opaque part without its coding, and the coding.
pub(super) type Held = Vec<(Box<[u8]>, &'static str)>;

/// The lines of the field as one line, with the suffixes taken off for which `coding_of` knows
/// a coding, and the tags that had one. `None` if there are none, or if the field is malformed,
/// which is for the layers inside to judge.
pub(super) fn strip_codings(
    headers: &HeaderMap,
    name: &HeaderName,
    coding_of: impl Fn(&[u8]) -> Option<&'static str>,
) -> Option<(HeaderValue, Held)> {
    let mut held = Held::new();
    let mut line = Vec::new();
    for value in headers.get_all(name) {
        let mut rest = value.as_bytes();
        loop {
            while let [b' ' | b'\t' | b',', after @ ..] = rest {
                rest = after;
            }
            if rest.is_empty() {
                break;
            }
            let (tag, after) = TagRef::parse_prefix(rest).ok()?;
            rest = after.trim_ascii_start();
            if !matches!(rest.first(), None | Some(b',')) {
                return None;
            }
            let opaque = match split(tag.opaque, &coding_of) {
                Some((plain, coding)) => {
                    held.push((plain.into(), coding));
                    plain
                }
                None => tag.opaque,
            };
            if !line.is_empty() {
                line.extend_from_slice(b", ");
            }
            if tag.weak {
                line.extend_from_slice(b"W/");
            }
            line.push(b'"');
            line.extend_from_slice(opaque);
            line.push(b'"');
        }
    }
    if held.is_empty() {
        return None;
    }
    Some((HeaderValue::try_from(line).ok()?, held))
}

/// `5-gzip` as `5` and the coding.
fn split(
    opaque: &[u8],
    coding_of: impl Fn(&[u8]) -> Option<&'static str>,
) -> Option<(&[u8], &'static str)> {
    let hyphen = opaque.iter().rposition(|&byte| byte == b'-')?;
    let coding = coding_of(&opaque[hyphen + 1..])?;
    Some((&opaque[..hyphen], coding))
}
