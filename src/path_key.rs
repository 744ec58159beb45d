//! The path of a request as a key, in a normal form.

use std::{
    fmt,
    hash::{Hash, Hasher},
};

/// A path in its normal form, so that one resource has one key.
///
/// Percent-encoded characters that a path segment may hold as they are (RFC 3986 `pchar`:
/// letters, digits, `-._~`, `!$&'()*+,;=`, `:@`) are decoded, since routers hand them to
/// handlers decoded; all others, `%2F` and `%25` among them, stay encoded, with upper-case
/// digits. Bytes that a path should have encoded are encoded. The query is not part of a key,
/// and neither dot segments nor doubled slashes are removed: routers do not remove them either.
///
/// A key of up to 94 bytes allocates nothing.
///
/// ```
/// use tower_conditional::PathKey;
///
/// assert_eq!(PathKey::new("/a%2Db%2fc?x=1"), PathKey::new("/a-b%2Fc"));
/// assert_ne!(PathKey::new("/a%2Fb"), PathKey::new("/a/b"));
/// ```
#[derive(Clone)]
pub struct PathKey {
    repr: Repr,
}

const INLINE: usize = 94;

#[derive(Clone)]
enum Repr {
    Inline { length: u8, bytes: [u8; INLINE] },
    Heap(Box<[u8]>),
}

impl PathKey {
    /// The key of `path`; a query or fragment that stands behind it is left out.
    #[must_use]
    pub fn new(path: &str) -> Self {
        if let Some(key) = Self::plain(path.as_bytes()) {
            return key;
        }
        let mut key = KeyBuffer::new();
        key.push_normal_form(path);
        key.finish()
    }

    /// Almost every path is in its normal form already, and short.
    fn plain(path: &[u8]) -> Option<Self> {
        // What is left over counts as plain.
        let mut bytes = [b'/'; INLINE];
        bytes.get_mut(..path.len())?.copy_from_slice(path);
        let (blocks, rest) = bytes[..path.len().next_multiple_of(16).min(INLINE)].as_chunks::<16>();
        let are_common = |block: &[u8; 16]| block.iter().fold(true, |all, &it| all & is_common(it));
        let is_plain = blocks.iter().all(are_common) && rest.iter().all(|&it| is_common(it));
        let length = u8::try_from(path.len()).ok()?;
        let repr = Repr::Inline { length, bytes };
        is_plain.then_some(Self { repr })
    }

    /// The key of `path` within `scope`: a tenant, a host, any text. Keys of different scopes
    /// never meet, and none meets a key without scope.
    ///
    /// ```
    /// use tower_conditional::PathKey;
    ///
    /// assert_ne!(PathKey::scoped("acme", "/models/1"), PathKey::scoped("umbrella", "/models/1"));
    /// assert_ne!(PathKey::scoped("", "/models/1"), PathKey::new("/models/1"));
    /// ```
    #[must_use]
    pub fn scoped(scope: &str, path: &str) -> Self {
        let mut key = KeyBuffer::new();
        // A space never stands raw in the normal form, and behind the scope's length no scope
        // can be mistaken for another's beginning.
        key.push(itoa::Buffer::new().format(scope.len()).as_bytes());
        key.push(b" ");
        key.push(scope.as_bytes());
        key.push_normal_form(path);
        key.finish()
    }

    /// The key as bytes; of an unscoped key, the path in its normal form, which is ASCII.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        match &self.repr {
            Repr::Inline { length, bytes } => &bytes[..usize::from(*length)],
            Repr::Heap(bytes) => bytes,
        }
    }

    /// The key as a text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        // Whole strings alone are pushed, so this is always UTF-8.
        std::str::from_utf8(self.as_bytes()).unwrap_or_default()
    }
}

impl AsRef<[u8]> for PathKey {
    fn as_ref(&self) -> &[u8] {
        self.as_bytes()
    }
}

impl PartialEq for PathKey {
    fn eq(&self, other: &Self) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl Eq for PathKey {}

impl Hash for PathKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_bytes().hash(state);
    }
}

impl fmt::Debug for PathKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl fmt::Display for PathKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Bytes that stay on the stack while they fit into a key's own storage.
struct KeyBuffer {
    length: usize,
    inline: [u8; INLINE],
    heap: Vec<u8>,
}

impl KeyBuffer {
    fn new() -> Self {
        Self {
            length: 0,
            inline: [0; INLINE],
            heap: Vec::new(),
        }
    }

    fn push(&mut self, bytes: &[u8]) {
        let end = self.length + bytes.len();
        if end <= INLINE {
            self.inline[self.length..end].copy_from_slice(bytes);
        } else {
            if self.length <= INLINE {
                self.heap.extend_from_slice(&self.inline[..self.length]);
            }
            self.heap.extend_from_slice(bytes);
        }
        self.length = end;
    }

    fn push_normal_form(&mut self, path: &str) {
        let mut rest = path.as_bytes();
        while !rest.is_empty() {
            let plain = rest
                .iter()
                .position(|&byte| !stands_raw(byte))
                .unwrap_or(rest.len());
            self.push(&rest[..plain]);
            rest = &rest[plain..];
            let Some((&byte, after)) = rest.split_first() else {
                break;
            };
            match (byte, escaped(rest)) {
                (b'?' | b'#', _) => break,
                (b'%', Some(decoded)) => {
                    if stands_raw(decoded) && decoded != b'/' {
                        self.push(&[decoded]);
                    } else {
                        self.push_escaped(decoded);
                    }
                    rest = &rest[3..];
                }
                _ => {
                    self.push_escaped(byte);
                    rest = after;
                }
            }
        }
    }

    fn push_escaped(&mut self, byte: u8) {
        const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
        let (high, low) = (usize::from(byte >> 4), usize::from(byte & 15));
        self.push(&[b'%', DIGITS[high], DIGITS[low]]);
    }

    fn finish(self) -> PathKey {
        let repr = match u8::try_from(self.length) {
            Ok(length) if self.length <= INLINE => Repr::Inline {
                length,
                bytes: self.inline,
            },
            _ => Repr::Heap(self.heap.into_boxed_slice()),
        };
        PathKey { repr }
    }
}

/// What paths are mostly made of: letters, digits and `&'()*+,-./:;@_`, all of which stand raw.
#[expect(
    clippy::needless_bitwise_bool,
    reason = "without a branch sixteen bytes are compared at once"
)]
fn is_common(byte: u8) -> bool {
    (b'&'..=b';').contains(&byte)
        | (b'@'..=b'Z').contains(&byte)
        | byte.is_ascii_lowercase()
        | (byte == b'_')
}

/// RFC 3986 §3.3: `pchar` without escapes, and the slash between segments.
const fn stands_raw(byte: u8) -> bool {
    // Looked up, since every byte of every path is.
    static RAW: [bool; 256] = {
        let plain = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789\
            -._~!$&'()*+,;=:@/";
        let mut raw = [false; 256];
        let mut index = 0;
        while index < plain.len() {
            raw[plain[index] as usize] = true;
            index += 1;
        }
        raw
    };
    RAW[byte as usize]
}

/// The byte that `%XX` at the start of `bytes` stands for.
fn escaped(bytes: &[u8]) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    match *bytes {
        [b'%', high, low, ..] => u8::try_from(digit(high)? << 4 | digit(low)?).ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_common_stands_raw() {
        for byte in 0..=u8::MAX {
            assert!(stands_raw(byte) || !is_common(byte), "{byte}");
        }
    }
}
