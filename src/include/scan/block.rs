//! Sixty-four bytes at a time: where the bytes stand that give a JSON text its outer structure.
//!
//! Plain loops over a fixed width, which the compiler turns into vector instructions.

/// How many bytes are looked at together: one bit of a `u64` each.
pub(super) const WIDTH: usize = 64;

pub(super) type Block = [u8; WIDTH];

/// Each byte's bit within its lane of eight.
const LANE_BITS: Block = {
    let mut bits = [0; WIDTH];
    let mut at = 0;
    while at < WIDTH {
        bits[at] = 1 << (at % 8);
        at += 1;
    }
    bits
};

/// What a block holds, without saying where. Cheaper than its [`Masks`], and mostly enough.
pub(super) struct Census {
    pub(super) quotes: u8,
    pub(super) has_backslash: bool,
    pub(super) has_bracket: bool,
}

impl Census {
    pub(super) fn of(block: &Block) -> Self {
        let (mut quotes, mut backslashes, mut brackets) = (0, 0, 0);
        for &byte in block {
            quotes += u8::from(byte == b'"');
            backslashes |= u8::from(byte == b'\\');
            brackets |= u8::from(is_open(byte)) | u8::from(is_close(byte));
        }
        Self {
            quotes,
            has_backslash: backslashes != 0,
            has_bracket: brackets != 0,
        }
    }
}

/// `{` or `[`, which differ in one bit.
const fn is_open(byte: u8) -> bool {
    byte | 0x20 == b'{'
}

/// `}` or `]`, which differ in the same bit.
const fn is_close(byte: u8) -> bool {
    byte | 0x20 == b'}'
}

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
}

impl Masks {
    /// The masks of the first `len` bytes; those behind must be spaces.
    pub(super) fn of(block: &Block, len: usize, has_backslash: bool, carry: &mut Carry) -> Self {
        let escaped = if has_backslash || carry.escaped {
            let (escaped, beyond) = escaped(mask(block, |byte| byte == b'\\'), carry.escaped);
            carry.escaped = match len {
                WIDTH => beyond,
                _ => escaped >> len & 1 == 1,
            };
            escaped
        } else {
            0
        };
        let quotes = mask(block, |byte| byte == b'"') & !escaped;
        let inside = prefix_parity(quotes) ^ if carry.in_string { u64::MAX } else { 0 };
        carry.in_string = inside >> (WIDTH - 1) == 1;
        let plain = inside | escaped;
        Self {
            quotes,
            opens: mask(block, is_open) & !plain,
            closes: mask(block, is_close) & !plain,
        }
    }
}

/// One bit for each byte that `is` says yes to.
#[inline(always)]
#[expect(
    clippy::inline_always,
    reason = "its loops become vector code only where `is` is known"
)]
fn mask(block: &Block, is: impl Fn(u8) -> bool) -> u64 {
    let mut bits = [0; WIDTH];
    for (bit, (&byte, &lane_bit)) in bits.iter_mut().zip(block.iter().zip(&LANE_BITS)) {
        *bit = if is(byte) { lane_bit } else { 0 };
    }
    let mut lanes = [0; 8];
    for (lane, bits) in lanes.iter_mut().zip(bits.as_chunks::<8>().0) {
        // A sum, not an or: the bits are distinct, and there is an instruction for this sum.
        *lane = bits.iter().fold(0_u8, |sum, &bit| sum.wrapping_add(bit));
    }
    u64::from_le_bytes(lanes)
}

/// The bytes that stand behind a backslash that counts, and whether the next block's first does.
fn escaped(backslashes: u64, first: bool) -> (u64, bool) {
    let mut escaped = u64::from(first);
    let mut rest = backslashes & !escaped;
    let mut beyond = false;
    while rest != 0 {
        let backslash = rest & rest.wrapping_neg();
        let next = backslash << 1;
        beyond = next == 0;
        escaped |= next;
        rest &= !(backslash | next);
    }
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
