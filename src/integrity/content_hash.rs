//! The hash of a document's canonical form, as a value.

use std::{fmt, str::FromStr};

use sha2::{Digest, Sha256};

use super::{
    canonical,
    error::{InvalidContent, InvalidContentHash, InvalidContentHashKind},
};

const LEN: usize = 32;
const HEX_LEN: usize = 2 * LEN;
const HEX_DIGITS: &[u8; 16] = b"0123456789abcdef";

/// The SHA-256 (FIPS 180-4) of a JSON document's canonical form (RFC 8785).
///
/// Documents that differ only in white space, in the order of members or in the spelling of
/// strings and numbers have the same hash; see [the rules](super). As text it has 64 lower-case
/// hex digits, and no other text is taken for it.
///
/// ```
/// use tower_conditional::ContentHash;
///
/// let hash = ContentHash::of_json(b"{}")?;
/// let text = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";
/// assert_eq!(hash.to_string(), text);
/// assert_eq!(text.parse(), Ok(hash));
/// # Ok::<(), tower_conditional::integrity::InvalidContent>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContentHash([u8; LEN]);

impl ContentHash {
    /// The hash of a JSON document.
    ///
    /// `document` is a JSON text in UTF-8.
    ///
    /// # Errors
    /// As [`canonicalize`](super::canonicalize).
    pub fn of_json(document: &[u8]) -> Result<Self, InvalidContent> {
        let canonical = canonical::canonical_form(document)?;
        Ok(Self(Sha256::digest(canonical).into()))
    }

    /// The hash of a value: that of the document which `serde_json` makes of it.
    ///
    /// # Errors
    /// As [`canonicalize_value`](super::canonicalize_value).
    ///
    /// ```
    /// use tower_conditional::ContentHash;
    ///
    /// let hash = ContentHash::of(&serde_json::json!({"b": 1.0, "a": null}))?;
    /// assert_eq!(hash, ContentHash::of_json(br#"{"a":null,"b":1}"#)?);
    /// # Ok::<(), tower_conditional::integrity::InvalidContent>(())
    /// ```
    #[cfg(feature = "json")]
    pub fn of<T>(value: &T) -> Result<Self, InvalidContent>
    where
        T: serde::Serialize + ?Sized,
    {
        let canonical = canonical::canonicalize_value(value)?;
        Ok(Self(Sha256::digest(canonical).into()))
    }

    /// A hash that was computed elsewhere, from its 32 bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; LEN]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; LEN] {
        &self.0
    }

    /// Gives the hex digits to `use_text`; they need no allocation.
    fn with_hex<R>(&self, use_text: impl FnOnce(&str) -> R) -> R {
        let mut hex = [0; HEX_LEN];
        for (digits, byte) in hex.chunks_exact_mut(2).zip(self.0) {
            digits[0] = HEX_DIGITS[usize::from(byte >> 4)];
            digits[1] = HEX_DIGITS[usize::from(byte & 0xf)];
        }
        use_text(str::from_utf8(&hex).unwrap_or_default())
    }
}

impl fmt::Display for ContentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.with_hex(|hex| f.pad(hex))
    }
}

impl fmt::Debug for ContentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ContentHash({self})")
    }
}

impl FromStr for ContentHash {
    type Err = InvalidContentHash;

    /// Takes lower-case digits alone, so that a text and its hash are one to one.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.len() != HEX_LEN {
            return Err(InvalidContentHash::new(InvalidContentHashKind::Length));
        }
        let mut bytes = [0; LEN];
        for (byte, digits) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
            *byte = hex_value(digits[0])? << 4 | hex_value(digits[1])?;
        }
        Ok(Self(bytes))
    }
}

const fn hex_value(digit: u8) -> Result<u8, InvalidContentHash> {
    match digit {
        b'0'..=b'9' => Ok(digit - b'0'),
        b'a'..=b'f' => Ok(digit - b'a' + 10),
        _ => Err(InvalidContentHash::new(InvalidContentHashKind::Digit)),
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for ContentHash {
    /// The hex digits, in every format.
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.with_hex(|hex| serializer.serialize_str(hex))
    }
}

#[cfg(feature = "serde")]
impl<'de> serde::Deserialize<'de> for ContentHash {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct HexDigits;

        impl serde::de::Visitor<'_> for HexDigits {
            type Value = ContentHash;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("64 lower-case hex digits")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<ContentHash, E> {
                text.parse().map_err(E::custom)
            }
        }

        deserializer.deserialize_str(HexDigits)
    }
}
