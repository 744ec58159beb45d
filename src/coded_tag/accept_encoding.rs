//! Which content codings a request accepts (RFC 9110 §12.5.3).

use http::{HeaderMap, header};

/// Whether the request accepts `coding`, which is not `identity`.
///
/// Without the field any coding is acceptable; of several members that name it the last counts.
pub(super) fn accepts(headers: &HeaderMap, coding: &str) -> bool {
    let mut named = None;
    let mut any = None;
    let mut is_absent = true;
    for line in headers.get_all(header::ACCEPT_ENCODING) {
        is_absent = false;
        for member in line.as_bytes().split(|&byte| byte == b',') {
            let mut parts = member.split(|&byte| byte == b';').map(<[u8]>::trim_ascii);
            let name = parts.next().unwrap_or_default();
            let is_refused = parts.any(is_weight_zero);
            if is_named(name, coding) {
                named = Some(!is_refused);
            } else if name == b"*" {
                any = Some(!is_refused);
            }
        }
    }
    is_absent || named.or(any).unwrap_or(false)
}

/// §8.4.1.3: `x-gzip` is to be taken for `gzip`; names are case-insensitive.
fn is_named(name: &[u8], coding: &str) -> bool {
    name.eq_ignore_ascii_case(coding.as_bytes())
        || (coding == "gzip" && name.eq_ignore_ascii_case(b"x-gzip"))
}

/// §12.4.2: `q=0`, with up to three more zeros behind the point.
fn is_weight_zero(parameter: &[u8]) -> bool {
    matches!(
        parameter.to_ascii_lowercase().as_slice(),
        b"q=0" | b"q=0." | b"q=0.0" | b"q=0.00" | b"q=0.000"
    )
}
