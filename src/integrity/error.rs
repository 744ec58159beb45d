//! Why a document has no canonical form, and why a text is no content hash.

use crate::error::BoxError;

/// Content that has no canonical form by RFC 8785, and therefore no hash.
#[derive(Debug, thiserror::Error)]
#[error("{}{}", self.kind.reason(), Place(self.offset))]
pub struct InvalidContent {
    kind: InvalidContentKind,
    offset: Option<usize>,
    source: Option<BoxError>,
}

/// What was wrong with the content of an [`InvalidContent`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidContentKind {
    /// Not JSON by the grammar of RFC 8259, or cut off.
    Malformed,
    /// A string holds bytes that are no UTF-8.
    InvalidUtf8,
    /// A string holds one half of a surrogate pair (`"\ud800"`), which stands for no character.
    LoneSurrogate,
    /// An object has two members of one name.
    RepeatedName,
    /// An integer literal that no double holds exactly, as `9007199254740993`.
    InexactInteger,
    /// A number past the largest double, as `1e400`.
    OutOfRange,
    /// Something follows the document.
    TrailingBytes,
    /// Arrays and objects nest deeper than [`MAX_DEPTH`](super::MAX_DEPTH).
    TooDeep,
    /// A value to be serialized holds NaN or an infinity, which JSON has no number for.
    NotFinite,
    /// A value could not be serialized; the serializer's error is the source.
    NotSerializable,
}

/// A fault in a document, as the scan hands it up: small, so that its results are.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fault {
    kind: InvalidContentKind,
    offset: usize,
}

impl Fault {
    #[cold]
    pub(super) const fn new(kind: InvalidContentKind, offset: usize) -> Self {
        Self { kind, offset }
    }
}

impl From<Fault> for InvalidContent {
    fn from(fault: Fault) -> Self {
        Self {
            kind: fault.kind,
            offset: Some(fault.offset),
            source: None,
        }
    }
}

impl InvalidContent {
    /// The same fault in a value, which no byte of a document can be named for.
    #[cfg(feature = "json")]
    pub(super) const fn in_value(kind: InvalidContentKind, source: Option<BoxError>) -> Self {
        Self {
            kind,
            offset: None,
            source,
        }
    }

    /// What was wrong.
    #[must_use]
    pub const fn kind(&self) -> InvalidContentKind {
        self.kind
    }

    /// Where in the document, in bytes from its start: the first byte of the number, literal,
    /// escape sequence or repeated name at fault, or the byte that cannot stand there; the
    /// document's length where it is cut off. `None` for a value that was not read from bytes.
    #[must_use]
    pub const fn offset(&self) -> Option<usize> {
        self.offset
    }
}

impl InvalidContentKind {
    const fn reason(self) -> &'static str {
        match self {
            Self::Malformed => "malformed JSON",
            Self::InvalidUtf8 => "a string is not valid UTF-8",
            Self::LoneSurrogate => "a string has a surrogate without its other half",
            Self::RepeatedName => "a member name is given twice",
            Self::InexactInteger => "no double holds the integer exactly",
            Self::OutOfRange => "the number is larger than a double can hold",
            Self::TrailingBytes => "something follows the JSON document",
            Self::TooDeep => "arrays and objects are nested too deep",
            Self::NotFinite => "NaN and infinity are no JSON numbers",
            Self::NotSerializable => "the value cannot be serialized as JSON",
        }
    }
}

/// The place of a fault, as the end of a message.
struct Place(Option<usize>);

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            Some(offset) => write!(f, ", at byte {offset}"),
            None => Ok(()),
        }
    }
}

/// A text that is not the lower-case hex form of a [`ContentHash`](super::ContentHash).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.kind.reason())]
pub struct InvalidContentHash {
    kind: InvalidContentHashKind,
}

/// What was wrong with an [`InvalidContentHash`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidContentHashKind {
    /// Not 64 bytes long.
    Length,
    /// A character other than `0` to `9` and `a` to `f`.
    Digit,
}

impl InvalidContentHash {
    pub(super) const fn new(kind: InvalidContentHashKind) -> Self {
        Self { kind }
    }

    /// What was wrong.
    #[must_use]
    pub const fn kind(&self) -> InvalidContentHashKind {
        self.kind
    }
}

impl InvalidContentHashKind {
    const fn reason(self) -> &'static str {
        match self {
            Self::Length => "a content hash has 64 hex digits",
            Self::Digit => "a content hash has the digits 0 to 9 and a to f alone",
        }
    }
}
