//! Field lines to try: valid, nearly valid, and any bytes that HTTP lets through.

use http::{HeaderMap, HeaderName, HeaderValue};
use proptest::collection::vec;
use proptest::prelude::*;

/// Tags that lie close to those of version 5: right, weak, wrong, of other variants, with commas.
pub(crate) fn tag() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        3 => Just(b"\"5\"".to_vec()),
        2 => Just(b"W/\"5\"".to_vec()),
        2 => Just(b"\"5-de\"".to_vec()),
        1 => Just(b"W/\"5-de\"".to_vec()),
        1 => Just(b"\"5-en\"".to_vec()),
        1 => Just(b"\"5-xx\"".to_vec()),
        2 => Just(b"\"4\"".to_vec()),
        1 => Just(b"\"6\"".to_vec()),
        1 => Just(b"\"05\"".to_vec()),
        1 => Just(b"\"\"".to_vec()),
        1 => Just(b"\"a,5\"".to_vec()),
        1 => Just(b"\",\"".to_vec()),
        1 => Just(b"\"\xe9\"".to_vec()),
    ]
}

/// What stands between the elements of a list, empty elements included.
fn separator() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        4 => Just(b", ".to_vec()),
        2 => Just(b",".to_vec()),
        1 => Just(b" ,\t".to_vec()),
        1 => Just(b",,".to_vec()),
        1 => Just(b" , , ".to_vec()),
    ]
}

/// A line of `#entity-tag` that the grammar allows.
pub(crate) fn valid_line() -> impl Strategy<Value = Vec<u8>> {
    vec((tag(), separator()), 0..5).prop_map(|elements| {
        let mut line = Vec::new();
        for (at, (tag, separator)) in elements.iter().enumerate() {
            if at > 0 {
                line.extend_from_slice(separator);
            }
            line.extend_from_slice(tag);
        }
        line
    })
}

/// Something that no list of entity-tags has among its elements.
pub(crate) fn bad_element() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        Just(b"5".to_vec()),
        Just(b"\"5".to_vec()),
        Just(b"5\"".to_vec()),
        Just(b"\"a b\"".to_vec()),
        Just(b"\"5\"\"6\"".to_vec()),
        Just(b"\"5\" \"6\"".to_vec()),
        Just(b"\"5\";q=1".to_vec()),
        Just(b"w/\"5\"".to_vec()),
        Just(b"W/5".to_vec()),
        Just(b"W/ \"5\"".to_vec()),
        Just(b"**".to_vec()),
        Just(b"\xe9".to_vec()),
    ]
}

/// A line that the grammar forbids: one bad element among good ones.
pub(crate) fn malformed_line() -> impl Strategy<Value = Vec<u8>> {
    (vec(tag(), 0..3), bad_element(), vec(tag(), 0..3)).prop_map(|(mut elements, bad, after)| {
        elements.push(bad);
        elements.extend(after);
        elements.join(&b", "[..])
    })
}

/// Bytes that a field value can have (§5.5): visible, space, tab, obs-text.
pub(crate) fn field_byte() -> impl Strategy<Value = u8> {
    prop_oneof![
        8 => prop::sample::select(b"\"\",, \tW/*5-dw".to_vec()),
        1 => 0x20..=0x7E_u8,
        1 => 0x80..=0xFF_u8,
    ]
}

/// Any line, in the three degrees.
pub(crate) fn any_line() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        4 => valid_line(),
        1 => malformed_line(),
        2 => Just(b"*".to_vec()),
        3 => vec(field_byte(), 0..12),
    ]
}

/// A header map with these lines of a field.
pub(crate) fn append(headers: &mut HeaderMap, name: &HeaderName, lines: &[Vec<u8>]) {
    for line in lines {
        let value = HeaderValue::from_bytes(line).expect("only bytes that a field value can have");
        headers.append(name, value);
    }
}
