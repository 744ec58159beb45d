//! Where a member goes into a JSON text, found while the text passes: any frames, constant memory.
//!
//! # Outer structure
//! What the scanners go by, and all that they judge; the inside is not validated.
//! 1. A backslash, wherever it stands, makes the byte after it plain. A quote that is not plain
//!    opens a string, the next one closes it.
//! 2. Outside strings `{` and `[` that are not plain go one deeper, `}` and `]` come up again,
//!    whichever closes which.
//! 3. A text is an object if it starts, after an optional byte order mark (`EF BB BF`) and white
//!    space, with `{`, and the byte that comes up to the top again is a `}`, with nothing behind
//!    it but white space, at most [`TRAILING_SPACE`] bytes of it.
//! 4. A member name is a string of the object's own level that a colon follows, white space
//!    between them or not. It is compared as what it spells, escapes undone.
//!
//! Every JSON text has the outer structure that the JSON grammar gives it. For texts that are
//! none, these rules are the definition.

mod block;
mod items;
mod name;
mod object;
mod string;
mod walk;

pub(super) use items::ItemScan;
pub(super) use name::{Name, unescape};
pub(super) use object::ObjectScan;

/// How much white space may follow an object. It is held back until the body ends, since anything
/// else behind it makes the text no object; more than this nobody pads with.
pub(super) const TRAILING_SPACE: usize = 64 * 1024;

/// The white space of RFC 8259 §2.
pub(super) const fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

/// What a scanner has come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// The bytes pass; so far nothing is to be put between them.
    Nothing,
    /// The closing brace, at this index, of an object that gets the member.
    Brace(usize),
    /// Nothing is to be put into the rest.
    Over,
}

/// The start of a text, up to its first bracket.
#[derive(Debug, Default)]
pub(super) struct Start {
    mark: usize,
    is_behind_mark: bool,
}

impl Start {
    const MARK: &[u8] = b"\xEF\xBB\xBF";

    /// The index behind the `{` that the text starts with: `Ok(None)` if it is yet to come,
    /// an error if the text starts with anything else.
    fn skip(&mut self, frame: &[u8]) -> Result<Option<usize>, NoObject> {
        for (at, &byte) in frame.iter().enumerate() {
            if !self.is_behind_mark && Self::MARK.get(self.mark) == Some(&byte) {
                self.mark += 1;
                self.is_behind_mark = self.mark == Self::MARK.len();
                continue;
            }
            if !self.is_behind_mark && self.mark != 0 {
                return Err(NoObject);
            }
            self.is_behind_mark = true;
            match byte {
                b'{' => return Ok(Some(at + 1)),
                byte if is_space(byte) => {}
                _ => return Err(NoObject),
            }
        }
        Ok(None)
    }
}

/// The text starts with something else than an object.
#[derive(Debug)]
struct NoObject;
