//! From structural byte to structural byte, past whole blocks where none matters.

use fearless_simd::{Level, Simd, dispatch};

use super::block::{Block, Carry, Masks, WIDTH};

/// Where a walk through a text stands: how deep, and whether in a string.
#[derive(Debug)]
pub(super) struct Walk {
    pub(super) depth: u64,
    carry: Carry,
    level: Level,
}

/// What a walk asks, and whom it tells.
pub(super) trait Visitor {
    /// Whether the structural bytes of this block must be visited.
    fn wants(&mut self, span: &Span<'_>) -> bool;

    /// A string has ended at `string.end`, `depth` brackets deep.
    fn string(&mut self, string: &Text<'_>, depth: u64) -> Step;

    /// A bracket has opened; `depth` counts it.
    fn open(&mut self, bracket: u8, depth: u64);

    /// A bracket has closed; `depth` no longer counts it.
    fn close(&mut self, bracket: u8, depth: u64) -> Step;

    /// The frame has ended within a string.
    fn cut(&mut self, string: &Text<'_>, depth: u64);
}

/// Whether a visitor has seen enough for now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Go,
    Stop,
}

/// A block that might be passed.
pub(super) struct Span<'a> {
    pub(super) frame: &'a [u8],
    pub(super) start: usize,
    pub(super) end: usize,
    /// No byte of the block is less deep than this.
    pub(super) lowest: u64,
    /// The block's bytes behind a backslash that counts.
    pub(super) escaped: u64,
    /// Those of them that may be the `u` of an ASCII character's escape.
    pub(super) ascii: u64,
}

/// A string of the text, within one frame.
pub(super) struct Text<'a> {
    pub(super) frame: &'a [u8],
    /// Behind the opening quote; `None` if that stood in an earlier frame.
    pub(super) start: Option<usize>,
    /// The closing quote, or the frame's end.
    pub(super) end: usize,
}

impl<'a> Text<'a> {
    /// What this frame has of the string's content.
    pub(super) fn content(&self) -> &'a [u8] {
        &self.frame[self.start.unwrap_or(0)..self.end]
    }
}

impl Walk {
    /// Behind the bracket that opens the text.
    pub(super) fn inside() -> Self {
        Self {
            depth: 1,
            carry: Carry::default(),
            level: Level::new(),
        }
    }

    /// Walks on through `frame`: the index of the byte at which the visitor said stop. The next
    /// walk goes on behind it.
    pub(super) fn through(&mut self, frame: &[u8], visitor: &mut impl Visitor) -> Option<usize> {
        dispatch!(self.level, simd => self.through_with(simd, frame, visitor))
    }

    #[expect(clippy::inline_always, reason = "as `Masks::of`")]
    #[inline(always)]
    fn through_with<S: Simd>(
        &mut self,
        simd: S,
        frame: &[u8],
        visitor: &mut impl Visitor,
    ) -> Option<usize> {
        // The last quote of the frame so far: within a string the one that has opened it.
        let mut quote = None;
        let (blocks, rest) = frame.as_chunks::<WIDTH>();
        let mut start = 0;
        for block in blocks {
            let stop = self.block(simd, frame, start, block, WIDTH, &mut quote, visitor);
            if stop.is_some() {
                return stop;
            }
            start += WIDTH;
        }
        if !rest.is_empty() {
            let mut block = [b' '; WIDTH];
            block[..rest.len()].copy_from_slice(rest);
            let stop = self.block(simd, frame, start, &block, rest.len(), &mut quote, visitor);
            if stop.is_some() {
                return stop;
            }
        }
        if self.carry.in_string {
            let string = Text {
                frame,
                start: quote.map(|quote| quote + 1),
                end: frame.len(),
            };
            visitor.cut(&string, self.depth);
        }
        None
    }

    #[expect(
        clippy::inline_always,
        clippy::too_many_arguments,
        reason = "as `Masks::of`"
    )]
    #[inline(always)]
    fn block<S: Simd>(
        &mut self,
        simd: S,
        frame: &[u8],
        start: usize,
        block: &Block,
        len: usize,
        quote: &mut Option<usize>,
        visitor: &mut impl Visitor,
    ) -> Option<usize> {
        let before = self.carry;
        let masks = Masks::of(simd, block, len, &mut self.carry);
        let span = Span {
            frame,
            start,
            end: start + len,
            lowest: masks.lowest(self.depth),
            escaped: masks.escaped,
            ascii: masks.ascii,
        };
        if visitor.wants(&span) {
            return self.visit(&span, &masks, before, quote, visitor);
        }
        // Nothing here closes the text.
        self.depth += u64::from(masks.opens.count_ones());
        self.depth -= u64::from(masks.closes.count_ones());
        if masks.quotes != 0 {
            *quote = Some(start + highest(masks.quotes));
        }
        None
    }

    fn visit(
        &mut self,
        span: &Span<'_>,
        masks: &Masks,
        before: Carry,
        quote: &mut Option<usize>,
        visitor: &mut impl Visitor,
    ) -> Option<usize> {
        let mut in_string = before.in_string;
        let mut left = masks.quotes | masks.opens | masks.closes;
        while left != 0 {
            let bit = left & left.wrapping_neg();
            left ^= bit;
            let at = span.start + highest(bit);
            let step = if masks.quotes & bit != 0 {
                in_string = !in_string;
                if in_string {
                    *quote = Some(at);
                    Step::Go
                } else {
                    let string = Text {
                        frame: span.frame,
                        start: quote.map(|quote| quote + 1),
                        end: at,
                    };
                    visitor.string(&string, self.depth)
                }
            } else if masks.opens & bit != 0 {
                self.depth += 1;
                visitor.open(span.frame[at], self.depth);
                Step::Go
            } else {
                self.depth -= 1;
                visitor.close(span.frame[at], self.depth)
            };
            if step == Step::Stop {
                // A quote that closes, or a bracket outside strings.
                self.carry = Carry::default();
                return Some(at);
            }
        }
        None
    }
}

/// The index of the highest bit that is set.
pub(super) const fn highest(bits: u64) -> usize {
    WIDTH - 1 - bits.leading_zeros() as usize
}
