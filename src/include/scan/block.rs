//! Sixty-four bytes at a time: where the bytes stand that give a JSON text its outer structure.
//!
//! Plain loops over a fixed width, which the compiler turns into vector instructions: in this form,
//! by index, and in functions of their own (measure `benches/include.rs` after a change).

/// How many bytes are looked at together: one bit of a `u64` each.
pub(super) const WIDTH: usize = 64;

pub(super) type Block = [u8; WIDTH];

/// The lowest bit of each of eight bytes.
const ONES: u64 = 0x0101_0101_0101_0101;

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

/// What a block without brackets, or with none that matter, comes to.
pub(super) struct Census {
    pub(super) quotes: u8,
    pub(super) has_backslash: bool,
    pub(super) has_bracket: bool,
}

impl Census {
    #[inline(never)] // As `mask`.
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

/// What the brackets of a block do, without saying where they are: right if no backslash is in it
/// or just before it.
pub(super) struct Tally {
    pub(super) has_quote: bool,
    pub(super) has_backslash: bool,
    /// No byte is less deep than this.
    pub(super) lowest: u64,
    /// Right if `lowest` is not 0.
    pub(super) depth_after: u64,
    /// Whether the block ends in a string.
    pub(super) in_string: bool,
}

impl Tally {
    #[inline(never)] // As `mask`.
    pub(super) fn of(block: &Block, in_string: bool, depth: u64) -> Self {
        let mut quotes = [0; WIDTH];
        let mut backslashes = 0;
        for at in 0..WIDTH {
            quotes[at] = u8::from(block[at] == b'"');
            backslashes |= u8::from(block[at] == b'\\');
        }
        // The parity of the quotes up to each byte: within eight bytes, then across them.
        let mut lanes = [0; 8];
        for (lane, quotes) in lanes.iter_mut().zip(quotes.as_chunks::<8>().0) {
            let mut parity = u64::from_le_bytes(*quotes);
            parity ^= parity << 8;
            parity ^= parity << 16;
            parity ^= parity << 32;
            *lane = parity;
        }
        let mut any_quote = 0;
        let mut before = if in_string { u64::MAX } else { 0 };
        for lane in &mut lanes {
            any_quote |= *lane;
            let parity = 0_u64.wrapping_sub(*lane >> 56);
            *lane ^= before & ONES;
            before ^= parity;
        }
        let mut inside = [0; WIDTH];
        for (inside, lane) in inside.as_chunks_mut::<8>().0.iter_mut().zip(lanes) {
            *inside = lane.to_le_bytes();
        }
        let (mut opens, mut closes) = ([0; WIDTH], [0; WIDTH]);
        let (mut opened, mut closed) = (0_u8, 0_u8);
        for at in 0..WIDTH {
            let outside = inside[at] ^ 1;
            opens[at] = u8::from(is_open(block[at])) & outside;
            opened += opens[at];
            closes[at] = u8::from(is_close(block[at])) & outside;
            closed += closes[at];
        }
        let depth_after = (depth + u64::from(opened)).saturating_sub(closed.into());
        let mut lowest = depth.saturating_sub(closed.into());
        if closed > 1 && lowest < 2 {
            lowest = lowest_of_lanes(&opens, &closes, depth);
        }
        Self {
            has_quote: any_quote != 0,
            has_backslash: backslashes != 0,
            lowest,
            depth_after,
            in_string: before != 0,
        }
    }
}

/// The lowest depth as if in each eight bytes what closes came before what opens.
fn lowest_of_lanes(opens: &Block, closes: &Block, depth: u64) -> u64 {
    let sum = |flags: &[u8; 8]| u64::from_le_bytes(*flags).wrapping_mul(ONES) >> 56;
    let (mut depth, mut lowest) = (depth, depth);
    for (opens, closes) in opens
        .as_chunks::<8>()
        .0
        .iter()
        .zip(closes.as_chunks::<8>().0)
    {
        depth = depth.saturating_sub(sum(closes));
        lowest = lowest.min(depth);
        depth += sum(opens);
    }
    lowest
}

/// `{` or `[`, which differ in one bit.
const fn is_open(byte: u8) -> bool {
    byte | 0x20 == b'{'
}

/// `}` or `]`, which differ in the same bit.
const fn is_close(byte: u8) -> bool {
    byte | 0x20 == b'}'
}

pub(super) fn has_backslash(block: &Block) -> bool {
    block
        .iter()
        .fold(0, |any, &byte| any | u8::from(byte == b'\\'))
        != 0
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
#[inline(never)] // Within its callers the compiler no longer finds the vector instructions.
fn mask(block: &Block, is: impl Fn(u8) -> bool) -> u64 {
    let mut bits = [0; WIDTH];
    for at in 0..WIDTH {
        bits[at] = if is(block[at]) { LANE_BITS[at] } else { 0 };
    }
    let mut lanes = [0; 8];
    for lane in 0..8 {
        // A sum, not an or: the bits are distinct, and there is an instruction for this sum.
        let mut sum = 0_u8;
        for at in 0..8 {
            sum = sum.wrapping_add(bits[lane * 8 + at]);
        }
        lanes[lane] = sum;
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
