//! Sixty-four bytes at a time: where the bytes stand that give a JSON text its outer structure.

use fearless_simd::{prelude::*, u8x64};

/// How many bytes are looked at together: one bit of a `u64` each.
pub(super) const WIDTH: usize = 64;

pub(super) type Block = [u8; WIDTH];

/// What one block tells the next.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Carry {
    pub(super) in_string: bool,
    /// The last byte was a backslash that counts.
    pub(super) escaped: bool,
}

/// Where the structural bytes of a block are: the first byte's is the lowest bit.
pub(super) struct Masks {
    /// Quotes that open or close a string.
    pub(super) quotes: u64,
    /// `{` and `[` outside strings.
    pub(super) opens: u64,
    /// `}` and `]` outside strings.
    pub(super) closes: u64,
    /// Bytes behind a backslash that counts.
    pub(super) escaped: u64,
    /// Those of them that may be the `u` of an ASCII character's escape, up to `\u007F`.
    pub(super) ascii: u64,
}

impl Masks {
    /// The masks of the first `len` bytes; those behind must be spaces.
    #[expect(
        clippy::inline_always,
        reason = "else it is compiled without the instructions"
    )]
    #[inline(always)]
    pub(super) fn of<S: Simd>(simd: S, block: &Block, len: usize, carry: &mut Carry) -> Self {
        let bytes = u8x64::simd_from(simd, *block);
        let mask = |bytes: u8x64<S>, byte: u8| bytes.simd_eq(byte).to_bitmask();
        let mut quotes = mask(bytes, b'"');
        let backslashes = mask(bytes, b'\\');
        // Brackets and braces differ in this bit, and no other byte becomes one of the two.
        let braces = bytes | 0x20;
        let mut opens = mask(braces, b'{');
        let mut closes = mask(braces, b'}');
        let (mut escaped, mut ascii) = (0, 0);
        if backslashes != 0 || carry.escaped {
            let beyond;
            (escaped, beyond) = escapes(backslashes, carry.escaped);
            carry.escaped = match len {
                WIDTH => beyond,
                _ => escaped >> len & 1 == 1,
            };
            quotes &= !escaped;
            // By two of its four digits; those behind the block may be any.
            let zero = mask(bytes, b'0');
            let up_to_7 = mask(bytes & 0xF8, b'0');
            ascii = escaped & (zero >> 1 | 1 << 63) & (up_to_7 >> 3 | 7 << 61);
        }
        if opens | closes == 0 {
            carry.in_string ^= quotes.count_ones() % 2 == 1;
        } else {
            let inside = prefix_parity(quotes) ^ if carry.in_string { u64::MAX } else { 0 };
            carry.in_string = inside >> (WIDTH - 1) == 1;
            opens &= !(inside | escaped);
            closes &= !(inside | escaped);
        }
        Self {
            quotes,
            opens,
            closes,
            escaped,
            ascii,
        }
    }

    /// No byte of the block is less deep than this, if it starts `depth` deep: exact below 2.
    #[expect(clippy::inline_always, reason = "as `of`")]
    #[inline(always)]
    pub(super) fn lowest(&self, depth: u64) -> u64 {
        let lowest = depth.saturating_sub(self.closes.count_ones().into());
        if lowest > 1 || self.opens == 0 {
            return lowest;
        }
        let (mut depth, mut lowest) = (depth, depth);
        let mut left = self.opens | self.closes;
        while left != 0 && lowest != 0 {
            let bit = left & left.wrapping_neg();
            left ^= bit;
            if self.opens & bit != 0 {
                depth += 1;
            } else {
                depth -= 1;
                lowest = lowest.min(depth);
            }
        }
        lowest
    }
}

/// The bytes that stand behind a backslash that counts, and whether the next block's first does.
fn escapes(backslashes: u64, is_first_escaped: bool) -> (u64, bool) {
    /// Every second bit: a run of backslashes that starts at one of these ends right before one,
    /// or is of odd length.
    const ODD: u64 = 0xAAAA_AAAA_AAAA_AAAA;
    let first = u64::from(is_first_escaped);
    let starts = backslashes & !first;
    // Counting down from the odd bits, each run of backslashes borrows its way through.
    let behind = starts << 1;
    let counting = ((behind | ODD).wrapping_sub(starts)) ^ ODD;
    let escaped = counting ^ (backslashes | first);
    let beyond = (counting & backslashes) >> (WIDTH - 1) == 1;
    (escaped, beyond)
}

/// Each bit's parity of the bits up to it, itself included: set from an opening quote on, up to
/// the byte before the closing one.
const fn prefix_parity(mut bits: u64) -> u64 {
    let mut shift = 1;
    while shift < WIDTH {
        bits ^= bits << shift;
        shift *= 2;
    }
    bits
}
