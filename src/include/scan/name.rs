//! Names of members: compared as what they spell.

use std::borrow::Cow;

use memchr::memmem::Finder;

/// A member's name, ready to be looked for.
#[derive(Debug)]
pub(in crate::include) struct Name {
    plain: Finder<'static>,
    /// ASCII, and nothing that a backslash and one byte may stand for.
    is_plain: bool,
}

impl Name {
    pub(in crate::include) fn new(name: &str) -> Self {
        Self {
            plain: Finder::new(name).into_owned(),
            is_plain: name
                .bytes()
                .all(|byte| matches!(byte, b' '..=b'~') && !b"\"\\/".contains(&byte)),
        }
    }

    /// The name's bytes, no escapes in it.
    pub(in crate::include) fn bytes(&self) -> &[u8] {
        self.plain.needle()
    }

    /// Finds the name in `text`, spelled without escapes.
    pub(super) fn find(&self, text: &[u8]) -> Option<usize> {
        self.plain.find(text)
    }

    /// Whether escapes can only stand for a part of the name as `\u0000` to `\u007F`.
    pub(super) const fn is_plain(&self) -> bool {
        self.is_plain
    }

    /// Whether the escape that `text` starts with, the backslash left out, may stand for a part of
    /// the name; also if its end is not there.
    #[inline]
    pub(super) fn may_have(&self, text: &[u8]) -> bool {
        let name = self.bytes();
        match text {
            [] => true,
            [b'u', digits @ ..] if digits.len() < 4 => true,
            [b'u', digits @ ..] => code_unit(&mut { digits }).is_some_and(|unit| {
                // What is not ASCII is more than one byte in UTF-8: taken for any such.
                let ascii = u8::try_from(unit).ok().filter(u8::is_ascii);
                ascii.map_or(!name.is_ascii(), |byte| name.contains(&byte))
            }),
            [escape, ..] => short(*escape).is_some_and(|byte| name.contains(&byte)),
        }
    }

    /// How long a string can be that spells the name.
    pub(super) fn longest(&self) -> usize {
        longest(self.bytes())
    }

    /// Whether the content of a string spells the name.
    #[inline]
    pub(super) fn is_spelled(&self, content: &[u8]) -> bool {
        let name = self.bytes();
        // Most names differ in their first byte, and an escape may stand for any.
        let may_be = match (content, name) {
            ([first, ..], [byte, ..]) => first == byte || *first == b'\\',
            _ => content.len() == name.len(),
        };
        may_be && ((content == name && !name.contains(&b'\\')) || spells(content, name))
    }
}

/// Whether `content`, escapes in it, spells `name`.
fn spells(content: &[u8], name: &[u8]) -> bool {
    content.len() > name.len()
        && content.len() <= longest(name)
        && unescape(content).as_deref() == Some(name)
}

/// How long the content of a string can be that spells `text`: `\u0041` is six bytes for one,
/// and no character's escape has more bytes for each of its own.
pub(super) const fn longest(text: &[u8]) -> usize {
    text.len().saturating_mul(6)
}

/// What the content of a string spells (RFC 8259 §7), in UTF-8; `None` if an escape is wrong, or
/// names half a character.
pub(in crate::include) fn unescape(content: &[u8]) -> Option<Cow<'_, [u8]>> {
    let Some(first) = memchr::memchr(b'\\', content) else {
        return Some(Cow::Borrowed(content));
    };
    let (plain, mut rest) = content.split_at(first);
    let mut text = plain.to_vec();
    while let [byte, behind @ ..] = rest {
        rest = behind;
        if *byte != b'\\' {
            text.push(*byte);
            continue;
        }
        let (escape, behind) = rest.split_first()?;
        rest = behind;
        match escape {
            b'u' => {
                let unit = code_unit(&mut rest)?;
                let low = if (0xD800..0xDC00).contains(&unit) {
                    rest = rest.strip_prefix(b"\\u")?;
                    Some(code_unit(&mut rest)?)
                } else {
                    None
                };
                let character = char::decode_utf16([unit].into_iter().chain(low))
                    .next()?
                    .ok()?;
                text.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
            }
            _ => text.push(short(*escape)?),
        }
    }
    Some(Cow::Owned(text))
}

/// What a backslash and this byte stand for.
const fn short(escape: u8) -> Option<u8> {
    match escape {
        b'"' | b'\\' | b'/' => Some(escape),
        b'b' => Some(0x08),
        b'f' => Some(0x0C),
        b'n' => Some(b'\n'),
        b'r' => Some(b'\r'),
        b't' => Some(b'\t'),
        _ => None,
    }
}

/// Takes four hexadecimal digits.
fn code_unit(rest: &mut &[u8]) -> Option<u16> {
    let (digits, behind) = rest.split_first_chunk::<4>()?;
    *rest = behind;
    digits.iter().try_fold(0, |unit, &digit| {
        let digit = char::from(digit).to_digit(16)?;
        Some(unit << 4 | u16::try_from(digit).ok()?)
    })
}
