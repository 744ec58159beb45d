//! The closing brace of a top-level object that lacks the member.

use std::sync::Arc;

use super::{
    Found, Name, Start, is_space,
    string::CutString,
    walk::{Span, Step, Text, Visitor, Walk, highest},
};

/// Looks for the end of the object that the text is.
#[derive(Debug)]
pub(in crate::include) struct ObjectScan {
    start: Start,
    walk: Option<Walk>,
    members: Members,
    /// Nothing but white space so far since the opening brace.
    is_empty: bool,
}

impl ObjectScan {
    pub(in crate::include) fn new(name: Arc<Name>) -> Self {
        let limit = name.longest();
        Self {
            start: Start::default(),
            walk: None,
            members: Members {
                name,
                cut: CutString::new(limit),
                sightings: Sightings::default(),
                escapes: Escapes::default(),
                is_colon_next: false,
                has_own: false,
                end: None,
            },
            is_empty: true,
        }
    }

    /// Whether the object whose brace was found has no member at all.
    pub(in crate::include) const fn is_empty(&self) -> bool {
        self.is_empty
    }

    /// Takes the next bytes of the text. After [`Found::Brace`] and [`Found::Over`] there is
    /// nothing more to look for.
    pub(in crate::include) fn scan(&mut self, frame: &[u8]) -> Found {
        let mut from = 0;
        if self.walk.is_none() {
            match self.start.skip(frame) {
                Ok(Some(inside)) => from = inside,
                Ok(None) => return Found::Nothing,
                Err(_) => return Found::Over,
            }
        }
        let walk = self.walk.get_or_insert_with(Walk::inside);
        let inside = &frame[from..];
        self.members.sightings = Sightings::default();
        self.members.escapes = Escapes::default();
        self.members.expect_colon(inside);
        if self.members.has_own {
            return Found::Over;
        }
        let stop = walk.through(inside, &mut self.members);
        let before = &inside[..stop.unwrap_or(inside.len())];
        // From the end, where white space is seldom and short.
        self.is_empty = self.is_empty && before.iter().rev().all(|&byte| is_space(byte));
        match stop {
            None => Found::Nothing,
            Some(at) if self.members.end == Some(b'}') => Found::Brace(from + at),
            Some(_) => Found::Over,
        }
    }
}

/// Listens for the object's own member of the name, and for the object's end.
#[derive(Debug)]
struct Members {
    name: Arc<Name>,
    cut: CutString,
    sightings: Sightings,
    escapes: Escapes,
    /// The name has been read: with a colon behind it, it is a member's.
    is_colon_next: bool,
    has_own: bool,
    end: Option<u8>,
}

impl Members {
    fn expect_colon(&mut self, text: &[u8]) {
        if self.is_colon_next
            && let Some(byte) = text.iter().find(|&&byte| !is_space(byte))
        {
            self.is_colon_next = false;
            self.has_own = *byte == b':';
        }
    }
}

impl Visitor for Members {
    #[expect(clippy::inline_always, reason = "asked for each block")]
    #[inline(always)]
    fn wants(&mut self, span: &Span<'_>) -> bool {
        match span.lowest {
            0 => true,
            // A string that spells the name may end here: cut by the frame's start, with escapes
            // in it, or just so.
            1 => {
                self.escapes.note(&self.name, span);
                self.cut.awaits(span.start)
                    || self.escapes.may_end(self.cut.limit(), span)
                    || self.sightings.may_end(&self.name, span)
            }
            _ => false,
        }
    }

    fn string(&mut self, string: &Text<'_>, depth: u64) -> Step {
        let is_name = if string.start.is_some() {
            depth == 1 && self.name.is_spelled(string.content())
        } else {
            let content = self.cut.whole(string);
            depth == 1 && content.is_some_and(|content| self.name.is_spelled(&content))
        };
        if !is_name {
            return Step::Go;
        }
        self.is_colon_next = true;
        self.expect_colon(&string.frame[string.end + 1..]);
        if self.has_own { Step::Stop } else { Step::Go }
    }

    fn open(&mut self, _: u8, _: u64) {}

    fn close(&mut self, bracket: u8, depth: u64) -> Step {
        if depth != 0 {
            return Step::Go;
        }
        self.end = Some(bracket);
        Step::Stop
    }

    fn cut(&mut self, string: &Text<'_>, depth: u64) {
        self.cut.keep(string, depth == 1);
    }
}

/// The last escape in a frame that may stand for a part of the name.
#[derive(Debug, Default)]
struct Escapes {
    last: Option<usize>,
}

impl Escapes {
    #[inline]
    fn note(&mut self, name: &Name, span: &Span<'_>) {
        let mut left = if name.is_plain() {
            span.ascii
        } else {
            span.escaped
        };
        while left != 0 {
            let bit = highest(left);
            let at = span.start + bit;
            if name.may_have(&span.frame[at..]) {
                self.last = Some(at);
                return;
            }
            left ^= 1 << bit;
        }
    }

    /// Whether a string that has it, of at most `limit` bytes, may have its closing quote in the
    /// block.
    #[inline]
    fn may_end(&self, limit: usize, span: &Span<'_>) -> bool {
        self.last.is_some_and(|at| at + limit >= span.start)
    }
}

/// Where in a frame the name is seen, spelled without escapes. Looked for only as far as it is
/// asked for, and never twice.
#[derive(Debug, Default)]
struct Sightings {
    /// Where to look from.
    from: usize,
    /// The end of one that has been seen.
    end: Option<usize>,
}

impl Sightings {
    /// How far to look ahead at once: the walk comes by while it is still in the cache.
    const WINDOW: usize = 16 * 1024;

    /// Whether a string that is the name may have its closing quote in the block.
    #[inline]
    fn may_end(&mut self, name: &Name, span: &Span<'_>) -> bool {
        match self.end {
            Some(end) if end >= span.start => end < span.end,
            None if self.from + name.bytes().len() >= span.end => false,
            _ => self.look(name, span),
        }
    }

    fn look(&mut self, name: &Name, span: &Span<'_>) -> bool {
        let len = name.bytes().len();
        loop {
            match self.end {
                Some(end) if end >= span.start => return end < span.end,
                _ => self.end = None,
            }
            self.from = self.from.max(span.start.saturating_sub(len));
            let to = span.frame.len().min(self.from + Self::WINDOW + len);
            if self.from + len >= span.end || self.from + len > to {
                return false;
            }
            if let Some(at) = name.find(&span.frame[self.from..to]) {
                self.end = Some(self.from + at + len);
                self.from += at + 1;
            } else {
                self.from = to - len + 1;
            }
        }
    }
}
