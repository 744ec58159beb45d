//! `"*" / #entity-tag` read by the letter of RFC 9110, §5.6.1.2 and §8.8.3: slow, and plain to check against the ABNF.

/// What the lines of an entity-tag field say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    Absent,
    Any,
    List(Vec<Tag>),
    Malformed,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Tag {
    pub(crate) weak: bool,
    pub(crate) opaque: Vec<u8>,
}

/// The field value: its lines in order, joined by a comma and a space (§5.3).
pub(crate) fn read(lines: &[Vec<u8>]) -> Value {
    if lines.is_empty() {
        return Value::Absent;
    }
    let joined = lines.join(&b", "[..]);
    // §5.5: a field value has no white space at its ends.
    let mut value = ows(&joined);
    while let [rest @ .., b' ' | b'\t'] = value {
        value = rest;
    }
    if value == b"*" {
        return Value::Any;
    }
    list(value).map_or(Value::Malformed, Value::List)
}

/// `#element => [ element ] *( OWS "," OWS [ element ] )`
fn list(value: &[u8]) -> Option<Vec<Tag>> {
    let mut tags = Vec::new();
    let mut rest = optional_element(value, &mut tags);
    while !rest.is_empty() {
        let (b',', after) = ows(rest).split_first()? else {
            return None;
        };
        rest = optional_element(ows(after), &mut tags);
    }
    Some(tags)
}

/// `[ element ]`
fn optional_element<'a>(bytes: &'a [u8], tags: &mut Vec<Tag>) -> &'a [u8] {
    match entity_tag(bytes) {
        Some((tag, rest)) => {
            tags.push(tag);
            rest
        }
        None => bytes,
    }
}

/// `OWS = *( SP / HTAB )`
fn ows(bytes: &[u8]) -> &[u8] {
    let end = bytes.iter().position(|byte| !matches!(byte, b' ' | b'\t'));
    &bytes[end.unwrap_or(bytes.len())..]
}

/// `entity-tag = [ weak ] opaque-tag`, at the start of `bytes`; and what follows it.
pub(crate) fn entity_tag(bytes: &[u8]) -> Option<(Tag, &[u8])> {
    match bytes {
        [b'W', b'/', rest @ ..] => {
            opaque_tag(rest).map(|(opaque, rest)| (Tag { weak: true, opaque }, rest))
        }
        _ => opaque_tag(bytes).map(|(opaque, rest)| {
            (
                Tag {
                    weak: false,
                    opaque,
                },
                rest,
            )
        }),
    }
}

/// `opaque-tag = DQUOTE *etagc DQUOTE`
fn opaque_tag(bytes: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let [0x22, rest @ ..] = bytes else {
        return None;
    };
    let mut opaque = Vec::new();
    for (at, byte) in rest.iter().enumerate() {
        match byte {
            0x22 => return Some((opaque, &rest[at + 1..])),
            // etagc = %x21 / %x23-7E / obs-text
            0x21 | 0x23..=0x7E | 0x80..=0xFF => opaque.push(*byte),
            _ => return None,
        }
    }
    None
}
