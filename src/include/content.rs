//! Which answers get the member, and which of their fields then no longer hold.

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};

const CONTENT_DIGEST: HeaderName = HeaderName::from_static("content-digest");
const REPR_DIGEST: HeaderName = HeaderName::from_static("repr-digest");
/// The same of RFC 3230 and RFC 1864, which the two above replace.
const OLD_DIGESTS: [HeaderName; 2] = [
    HeaderName::from_static("digest"),
    HeaderName::from_static("content-md5"),
];

/// Whether the content of an answer may be a JSON object that the version can go into.
pub(super) fn is_eligible(status: StatusCode, fields: &HeaderMap) -> bool {
    has_whole_content(status) && is_json(fields) && !is_encoded(fields)
}

/// RFC 9110 §15.3.5, §15.3.6: no content; §15.3.7: a part of some; RFC 3229 §10.4.1: a difference.
fn has_whole_content(status: StatusCode) -> bool {
    status.is_success()
        && !matches!(
            status,
            StatusCode::NO_CONTENT
                | StatusCode::RESET_CONTENT
                | StatusCode::PARTIAL_CONTENT
                | StatusCode::IM_USED
        )
}

/// RFC 9110 §8.3.1, RFC 6839 §3.1. Absent or given twice: nobody knows what it is.
fn is_json(fields: &HeaderMap) -> bool {
    let mut lines = fields.get_all(header::CONTENT_TYPE).iter();
    let (Some(line), None) = (lines.next(), lines.next()) else {
        return false;
    };
    let Some(essence) = line.as_bytes().split(|&byte| byte == b';').next() else {
        return false;
    };
    let essence = essence.trim_ascii();
    let mut halves = essence.splitn(2, |&byte| byte == b'/');
    let (Some(kind), Some(subtype)) = (halves.next(), halves.next()) else {
        return false;
    };
    let suffix = &subtype[subtype.len().saturating_sub(b"+json".len())..];
    suffix.eq_ignore_ascii_case(b"+json")
        || (kind.eq_ignore_ascii_case(b"application") && subtype.eq_ignore_ascii_case(b"json"))
}

/// §8.4: the content is what a coding made of it. `identity` (§12.5.3) is none.
fn is_encoded(fields: &HeaderMap) -> bool {
    fields
        .get_all(header::CONTENT_ENCODING)
        .iter()
        .flat_map(|line| line.as_bytes().split(|&byte| byte == b','))
        .map(<[u8]>::trim_ascii)
        .any(|coding| !coding.is_empty() && !coding.eq_ignore_ascii_case(b"identity"))
}

/// Whether the length says that there is content, sent or (to HEAD, §8.6) not.
pub(super) fn has_length(fields: &HeaderMap) -> bool {
    fields
        .get(header::CONTENT_LENGTH)
        .is_some_and(|length| length != HeaderValue::from_static("0"))
}

/// Takes out what only holds for the content as the service sent it.
pub(super) fn drop_stale(fields: &mut HeaderMap) {
    fields.remove(header::CONTENT_LENGTH);
    drop_digests(fields);
}

/// RFC 9530 §2, §3: of the content's and the representation's bytes. They may stand in a trailer
/// too.
pub(super) fn drop_digests(fields: &mut HeaderMap) {
    for name in [CONTENT_DIGEST, REPR_DIGEST].iter().chain(&OLD_DIGESTS) {
        fields.remove(name);
    }
}
