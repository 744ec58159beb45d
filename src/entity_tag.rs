//! Entity-tags (RFC 9110 §8.8.3): parsed, printed and compared by their bytes.

use std::{fmt, mem, str::FromStr};

use bytes::Bytes;
use http::HeaderValue;

use crate::{
    error::{InvalidEntityTag, InvalidEntityTagKind},
    version::Version,
};

/// An entity-tag, valid by construction: `"5"`, `W/"xyzzy"`, `""`.
///
/// It is the field value of an `ETag` and costs nothing to turn into one; the tag of a
/// [`Version`] below 256 allocates nothing at all. With feature `axum` it can stand in a
/// handler's answer, `(row.version.etag(), Json(row))`, and sets the `ETag` field.
///
/// ```
/// use tower_conditional::{EntityTag, Version};
///
/// let tag: EntityTag = "W/\"5\"".parse()?;
/// assert!(tag.weak_eq(&Version::new(5).etag()));
/// assert!(!tag.strong_eq(&Version::new(5).etag()));
/// assert_eq!("\"05\"".parse::<EntityTag>()?.version(), None);
/// # Ok::<(), tower_conditional::InvalidEntityTag>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct EntityTag {
    value: HeaderValue,
}

impl EntityTag {
    /// Reads the bytes of exactly one entity-tag.
    ///
    /// # Errors
    /// When the bytes are no `entity-tag` of RFC 9110 §8.8.3; the error's kind says why.
    pub fn parse(bytes: &[u8]) -> Result<Self, InvalidEntityTag> {
        let (_, rest) = TagRef::parse_prefix(bytes)?;
        if !rest.is_empty() {
            return Err(InvalidEntityTag::new(InvalidEntityTagKind::TrailingBytes));
        }
        // `etagc` is narrower than what a field value allows, so this never fails.
        HeaderValue::from_bytes(bytes)
            .map(|value| Self { value })
            .map_err(|_| InvalidEntityTag::new(InvalidEntityTagKind::InvalidByte))
    }

    /// Whether the tag is marked as weak, `W/"…"`.
    #[must_use]
    pub fn is_weak(&self) -> bool {
        self.tag().weak
    }

    /// The bytes between the quotes.
    #[must_use]
    pub fn opaque(&self) -> &[u8] {
        self.tag().opaque
    }

    /// The whole tag as it stands in a field, quotes and `W/` included.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.value.as_bytes()
    }

    /// Strong comparison (§8.8.3.2): both are strong, and the same bytes.
    #[must_use]
    pub fn strong_eq(&self, other: &Self) -> bool {
        !self.is_weak() && !other.is_weak() && self.opaque() == other.opaque()
    }

    /// Weak comparison (§8.8.3.2): the same bytes between the quotes, weak or not.
    #[must_use]
    pub fn weak_eq(&self, other: &Self) -> bool {
        self.opaque() == other.opaque()
    }

    /// The version whose strong tag this is; `None` for any other tag.
    #[must_use]
    pub fn version(&self) -> Option<Version> {
        if self.is_weak() {
            return None;
        }
        std::str::from_utf8(self.opaque()).ok()?.parse().ok()
    }

    /// The tag of one variant of a version, `"5-de"`. The variant is one that [`is_variant_name`]
    /// accepts.
    pub(crate) fn of_variant(version: Version, variant: Option<&str>) -> Self {
        match variant {
            None => version.into(),
            Some(variant) => Self {
                value: HeaderValue::try_from(format!("\"{version}-{variant}\""))
                    .expect("a variant's name is a part of a field value"),
            },
        }
    }

    fn tag(&self) -> TagRef<'_> {
        let bytes = self.value.as_bytes();
        let weak = bytes[0] == b'W';
        let start = if weak { 3 } else { 1 };
        TagRef {
            weak,
            opaque: &bytes[start..bytes.len() - 1],
        }
    }
}

impl fmt::Display for EntityTag {
    /// Bytes outside ASCII, which are legal in a tag but need not be UTF-8, print as `�`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&String::from_utf8_lossy(self.as_bytes()))
    }
}

impl FromStr for EntityTag {
    type Err = InvalidEntityTag;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text.as_bytes())
    }
}

impl TryFrom<&HeaderValue> for EntityTag {
    type Error = InvalidEntityTag;

    fn try_from(value: &HeaderValue) -> Result<Self, Self::Error> {
        Self::parse(value.as_bytes())
    }
}

impl From<EntityTag> for HeaderValue {
    fn from(tag: EntityTag) -> Self {
        tag.value
    }
}

impl From<Version> for EntityTag {
    fn from(version: Version) -> Self {
        let value = match usize::try_from(version.get()).map(|number| SMALL_TAGS.get(number)) {
            Ok(Some(tag)) => tag.clone(),
            _ => quoted(version),
        };
        Self { value }
    }
}

/// The tag of a version that the table does not hold: one buffer, one allocation.
fn quoted(version: Version) -> HeaderValue {
    let bytes = Bytes::copy_from_slice(Quoted::of(version).as_bytes());
    HeaderValue::from_maybe_shared(bytes).expect("digits and quotes are a field value")
}

/// The bytes of a version's tag.
pub(crate) struct Quoted {
    bytes: [u8; 22], // 20 digits at most, and two quotes
    length: usize,
}

impl Quoted {
    pub(crate) fn of(version: Version) -> Self {
        let mut digits = itoa::Buffer::new();
        let digits = digits.format(version.get()).as_bytes();
        let mut bytes = [b'"'; 22];
        bytes[1..=digits.len()].copy_from_slice(digits);
        let length = digits.len() + 2;
        Self { bytes, length }
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.length]
    }
}

const SMALL: usize = 256;

/// `"0"` to `"255"`, ready to be field values.
static SMALL_TAGS: [HeaderValue; SMALL] = {
    let mut tags = [const { HeaderValue::from_static("") }; SMALL];
    let mut number = 0;
    while number < SMALL {
        let (text, _) = SMALL_TEXT[number].split_at(small_digits(number) + 2);
        let tag = match std::str::from_utf8(text) {
            Ok(tag) => HeaderValue::from_static(tag),
            Err(_) => panic!("digits and quotes are ASCII"),
        };
        // Nothing is dropped where constants are made.
        mem::forget(mem::replace(&mut tags[number], tag));
        number += 1;
    }
    tags
};

/// The same in five bytes each, padded at the end.
static SMALL_TEXT: [[u8; 5]; SMALL] = {
    let mut texts = [[b'"'; 5]; SMALL];
    let mut number = 0;
    while number < SMALL {
        let mut rest = number;
        let mut at = small_digits(number);
        while at > 0 {
            texts[number][at] = b"0123456789"[rest % 10];
            rest /= 10;
            at -= 1;
        }
        number += 1;
    }
    texts
};

const fn small_digits(number: usize) -> usize {
    match number {
        0..=9 => 1,
        10..=99 => 2,
        _ => 3,
    }
}

/// Whether `name` can stand behind a version in a tag, and in a problem document, as it is, and
/// does not end like the tag of a compressed representation ([`coded_tag`](crate::coded_tag)).
pub(crate) fn is_variant_name(name: &str) -> bool {
    const CODINGS: [&str; 6] = ["br", "compress", "deflate", "gzip", "x-gzip", "zstd"];
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let end = name.rsplit('-').next().unwrap_or(name);
    !name.is_empty() && name.bytes().all(is_plain) && !CODINGS.contains(&end)
}

/// §8.8.3: `etagc` is any visible character but the double quote, and 0x80 to 0xFF.
pub(crate) const fn is_etagc(byte: u8) -> bool {
    !matches!(byte, 0..=b' ' | b'"' | 0x7f)
}

/// [`is_etagc`], looked up, since every byte of every list is.
static ETAGC: [bool; 256] = {
    let mut etagc = [false; 256];
    let mut byte = u8::MAX;
    while byte > 0 {
        etagc[byte as usize] = is_etagc(byte);
        byte -= 1;
    }
    etagc
};

/// A tag inside a field value, borrowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TagRef<'a> {
    pub(crate) weak: bool,
    pub(crate) opaque: &'a [u8],
}

impl<'a> TagRef<'a> {
    /// Reads one entity-tag from the start of `bytes` and hands back what follows it.
    #[inline]
    pub(crate) fn parse_prefix(bytes: &'a [u8]) -> Result<(Self, &'a [u8]), InvalidEntityTag> {
        // §8.8.3: weak = %s"W/", so a lower-case `w` is none.
        let (weak, tag) = match bytes.strip_prefix(b"W/") {
            Some(tag) => (true, tag),
            None => (false, bytes),
        };
        let Some(tag) = tag.strip_prefix(b"\"") else {
            return Err(InvalidEntityTag::new(InvalidEntityTagKind::Unquoted));
        };
        let end = tag
            .iter()
            .position(|&byte| !ETAGC[usize::from(byte)])
            .ok_or(InvalidEntityTag::new(InvalidEntityTagKind::Unterminated))?;
        if tag[end] == b'"' {
            let opaque = &tag[..end];
            Ok((Self { weak, opaque }, &tag[end + 1..]))
        } else {
            Err(InvalidEntityTag::new(InvalidEntityTagKind::InvalidByte))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{EntityTag, is_variant_name};
    use crate::version::Version;

    #[test]
    fn a_variant_stands_behind_the_version() {
        let five = Version::new(5);
        assert_eq!(EntityTag::of_variant(five, None), five.etag());
        let german = EntityTag::of_variant(five, Some("de"));
        assert_eq!(german.as_bytes(), b"\"5-de\"");
        assert_eq!(german.version(), None);
    }

    #[test]
    fn a_variant_is_named_by_what_needs_no_quoting_anywhere() {
        for name in [
            "de", "de-AT", "json", "v1.2", "a_b~c", "0", "gzipped", "br-x",
        ] {
            assert!(is_variant_name(name), "{name}");
        }
        for name in ["", "d e", "de\"", "de,en", "d\\e", "dé", "de\n", "*", "W/"] {
            assert!(!is_variant_name(name), "{name}");
        }
        // Version 5 as `gzip`, and variant `gzip` of version 5, would have one tag.
        for name in [
            "br", "compress", "deflate", "gzip", "x-gzip", "zstd", "de-gzip",
        ] {
            assert!(!is_variant_name(name), "{name}");
        }
    }
}
