//! From structural byte to structural byte, past whole blocks where none matters.

use super::block::{Block, Carry, Census, Masks, Tally, WIDTH, has_backslash};

/// Where a walk through a text stands: how deep, and whether in a string.
#[derive(Debug)]
pub(super) struct Walk {
    pub(super) depth: u64,
    carry: Carry,
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
    /// The last backslash of the frame up to the block's end.
    pub(super) backslash: Option<usize>,
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

/// Where the string that a block starts in has been opened.
#[derive(Clone, Copy)]
enum Opened {
    Earlier,
    At(usize),
    /// At the last quote of the block that starts here, in which there is no backslash.
    Within(usize),
}

impl Opened {
    /// The index behind the opening quote.
    fn start(self, frame: &[u8]) -> Option<usize> {
        match self {
            Self::Earlier => None,
            Self::At(quote) => Some(quote + 1),
            Self::Within(block) => {
                let end = frame.len().min(block + WIDTH);
                memchr::memrchr(b'"', &frame[block..end]).map(|quote| block + quote + 1)
            }
        }
    }
}

/// Whether a block has been passed.
enum Passed {
    Yes,
    No { has_backslash: bool },
}

/// What is known of the frame so far.
struct Progress {
    opened: Opened,
    backslash: Option<usize>,
}

impl Walk {
    /// Behind the bracket that opens the text.
    pub(super) fn inside() -> Self {
        Self {
            depth: 1,
            carry: Carry::default(),
        }
    }

    /// Walks on through `frame`: the index of the byte at which the visitor said stop. The next
    /// walk goes on behind it.
    pub(super) fn through(&mut self, frame: &[u8], visitor: &mut impl Visitor) -> Option<usize> {
        let mut progress = Progress {
            opened: Opened::Earlier,
            backslash: None,
        };
        let (blocks, rest) = frame.as_chunks::<WIDTH>();
        let mut start = 0;
        for block in blocks {
            let stop = self.block(frame, start, block, WIDTH, &mut progress, visitor);
            if stop.is_some() {
                return stop;
            }
            start += WIDTH;
        }
        if !rest.is_empty() {
            let mut block = [b' '; WIDTH];
            block[..rest.len()].copy_from_slice(rest);
            let stop = self.block(frame, start, &block, rest.len(), &mut progress, visitor);
            if stop.is_some() {
                return stop;
            }
        }
        if self.carry.in_string {
            let string = Text {
                frame,
                start: progress.opened.start(frame),
                end: frame.len(),
            };
            visitor.cut(&string, self.depth);
        }
        None
    }

    #[inline]
    fn block(
        &mut self,
        frame: &[u8],
        start: usize,
        block: &Block,
        len: usize,
        progress: &mut Progress,
        visitor: &mut impl Visitor,
    ) -> Option<usize> {
        let mut span = Span {
            frame,
            start,
            end: start + len,
            lowest: self.depth,
            backslash: progress.backslash,
        };
        let has_backslash = if visitor.wants(&span) {
            has_backslash(block)
        } else {
            match self.pass(block, &mut span, progress, visitor) {
                Passed::Yes => return None,
                Passed::No { has_backslash } => has_backslash,
            }
        };

        let before = self.carry;
        let masks = Masks::of(block, len, has_backslash, &mut self.carry);
        if has_backslash {
            progress.backslash = memchr::memrchr(b'\\', block).map(|at| start + at);
            span.backslash = progress.backslash;
        }
        span.lowest = self
            .depth
            .saturating_sub(u64::from(masks.closes.count_ones()));
        if visitor.wants(&span) {
            return self.visit(&span, &masks, before, progress, visitor);
        }
        // Nothing here closes the text, so `lowest` is exact.
        self.depth = span.lowest + u64::from(masks.opens.count_ones());
        if masks.quotes != 0 {
            progress.opened = Opened::At(start + highest(masks.quotes));
        }
        None
    }

    /// Passes a block in which, as deep as it starts, nothing matters, if it needs no masks.
    #[inline]
    fn pass(
        &mut self,
        block: &Block,
        span: &mut Span<'_>,
        progress: &mut Progress,
        visitor: &mut impl Visitor,
    ) -> Passed {
        // A text that is all members of one object has few brackets, a deep one many.
        if self.depth == 1 {
            let census = Census::of(block);
            let has_backslash = census.has_backslash;
            if has_backslash || census.has_bracket || self.carry.escaped {
                return Passed::No { has_backslash };
            }
            if census.quotes != 0 {
                progress.opened = Opened::Within(span.start);
                self.carry.in_string ^= census.quotes % 2 == 1;
            }
            return Passed::Yes;
        }
        let tally = Tally::of(block, self.carry.in_string, self.depth);
        let has_backslash = tally.has_backslash;
        if has_backslash || self.carry.escaped {
            return Passed::No { has_backslash };
        }
        span.lowest = tally.lowest;
        if visitor.wants(span) {
            return Passed::No { has_backslash };
        }
        self.depth = tally.depth_after;
        self.carry.in_string = tally.in_string;
        if tally.has_quote {
            progress.opened = Opened::Within(span.start);
        }
        Passed::Yes
    }

    fn visit(
        &mut self,
        span: &Span<'_>,
        masks: &Masks,
        before: Carry,
        progress: &mut Progress,
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
                    progress.opened = Opened::At(at);
                    Step::Go
                } else {
                    let string = Text {
                        frame: span.frame,
                        start: progress.opened.start(span.frame),
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
const fn highest(bits: u64) -> usize {
    WIDTH - 1 - bits.leading_zeros() as usize
}
