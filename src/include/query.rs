//! What the query asks for.

use http::Uri;

/// Whether the query of `uri` asks for the version: `?include=version`.
///
/// `include` is a list, separated by commas, and may be repeated; other names in it are somebody
/// else's. Names and values may be percent-encoded, commas too, and `+` is a space; spaces around
/// a name don't count. Upper and lower case differ. For handlers that use
/// [`include_version`](crate::include_version) without the layer.
///
/// ```
/// use tower_conditional::include::asks_for_version;
///
/// assert!(asks_for_version(&"/models/7?fields=name&include=owner,version".parse()?));
/// assert!(!asks_for_version(&"/models/7?include=versions".parse()?));
/// # Ok::<(), http::uri::InvalidUri>(())
/// ```
#[must_use]
pub fn asks_for_version(uri: &Uri) -> bool {
    uri.query()
        .is_some_and(|query| query.split('&').any(is_asking))
}

fn is_asking(pair: &str) -> bool {
    let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
    if !Decoded::of(name).eq(*b"include") {
        return false;
    }
    // Compared as the bytes come, so that nothing is copied.
    let mut element = Element::default();
    for byte in Decoded::of(value) {
        if byte == b',' {
            if element.is_version() {
                return true;
            }
            element = Element::default();
        } else {
            element.push(byte);
        }
    }
    element.is_version()
}

/// One name of the list, as far as it has been read.
#[derive(Default)]
struct Element {
    matched: usize,
    is_other: bool,
    is_behind: bool,
}

impl Element {
    const VERSION: &[u8] = b"version";

    fn push(&mut self, byte: u8) {
        match byte {
            b' ' if self.matched == 0 => {}
            b' ' => self.is_behind = true,
            _ if !self.is_behind && Self::VERSION.get(self.matched) == Some(&byte) => {
                self.matched += 1;
            }
            _ => self.is_other = true,
        }
    }

    fn is_version(&self) -> bool {
        !self.is_other && self.matched == Self::VERSION.len()
    }
}

/// The bytes of a form-encoded text. A `%` that no two hexadecimal digits follow is itself.
struct Decoded<'a> {
    rest: &'a [u8],
}

impl<'a> Decoded<'a> {
    const fn of(text: &'a str) -> Self {
        Self {
            rest: text.as_bytes(),
        }
    }
}

impl Iterator for Decoded<'_> {
    type Item = u8;

    fn next(&mut self) -> Option<u8> {
        let (&byte, rest) = self.rest.split_first()?;
        self.rest = rest;
        match (byte, rest) {
            (b'+', _) => Some(b' '),
            (b'%', [high, low, behind @ ..]) => {
                if let (Some(high), Some(low)) = (hex(*high), hex(*low)) {
                    self.rest = behind;
                    Some(high << 4 | low)
                } else {
                    Some(b'%')
                }
            }
            _ => Some(byte),
        }
    }
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit)
        .to_digit(16)
        .and_then(|digit| u8::try_from(digit).ok())
}
