//! Members in the order of their names' UTF-16 code units (RFC 8785 §3.2.3), each name once.

use std::cmp::Ordering;

/// One member of an object that is still open, by its places in the canonical form.
pub(super) struct Member {
    /// The first eight bytes of the name's sort key, big-endian, zeros behind a shorter one:
    /// unequal ones are ordered as the names are.
    prefix: u64,
    /// Where the member starts: at its name's opening quote.
    start: usize,
    /// Where it ends: at the comma or the brace behind its value.
    pub(super) end: usize,
    /// Where in the input its name stands, for an error.
    pub(super) offset: usize,
    /// The length of a plain name, whose bytes are its sort key; other names are decoded.
    plain: Option<u32>,
}

impl Member {
    /// A member with a name of plain bytes; `following` is the input from the name's first byte
    /// on.
    #[inline]
    pub(super) fn plain(following: &[u8], len: usize, start: usize, offset: usize) -> Self {
        let prefix = if let Some(eight) = following.first_chunk::<8>() {
            let prefix = u64::from_be_bytes(*eight);
            if len < 8 {
                prefix & !(u64::MAX >> (8 * len))
            } else {
                prefix
            }
        } else {
            prefix_of(following.iter().copied().take(len))
        };
        // A name too long for the field is decoded, which finds its end by itself.
        Self {
            prefix,
            start,
            end: start,
            offset,
            plain: u32::try_from(len).ok(),
        }
    }

    /// A member with a name that has escapes or characters from U+E000 on, written at `start`.
    pub(super) fn decoded(written: &[u8], start: usize, offset: usize) -> Self {
        let prefix = prefix_of(sort_key(&written[start + 1..]));
        Self {
            prefix,
            start,
            end: start,
            offset,
            plain: None,
        }
    }

    /// The order of two names by what is known without their text.
    #[inline]
    pub(super) fn prefix_order(&self, other: &Self) -> Ordering {
        self.prefix.cmp(&other.prefix)
    }

    /// The order of two names that are written.
    #[inline]
    pub(super) fn order(&self, other: &Self, written: &[u8]) -> Ordering {
        self.prefix_order(other)
            .then_with(|| self.order_by_text(other, written))
    }

    #[inline(never)]
    fn order_by_text(&self, other: &Self, written: &[u8]) -> Ordering {
        if let (Some(name), Some(other)) = (self.plain_name(written), other.plain_name(written)) {
            return name.cmp(other);
        }
        let key = |member: &Self| sort_key(&written[member.start + 1..]);
        key(self).cmp(key(other))
    }

    fn len(&self) -> usize {
        self.end - self.start
    }

    fn plain_name<'a>(&self, written: &'a [u8]) -> Option<&'a [u8]> {
        let name = self.start + 1;
        self.plain.map(|len| &written[name..name + len as usize])
    }
}

/// Puts the members of one object, written with a comma after each but the last, in order.
///
/// # Errors
/// The offset of the first name that repeats an earlier one.
pub(super) fn put_in_order(
    members: &mut [Member],
    written: &mut [u8],
    scratch: &mut Vec<u8>,
) -> Result<(), usize> {
    let Some(start) = members.first().map(|first| first.start) else {
        return Ok(());
    };
    members.sort_unstable_by(|a, b| a.order(b, written).then(a.start.cmp(&b.start)));
    let repeated = members
        .windows(2)
        .filter(|pair| pair[0].order(&pair[1], written).is_eq())
        .map(|pair| pair[1].offset)
        .min();
    if let Some(offset) = repeated {
        return Err(offset);
    }
    move_to_order(members, start, written, scratch);
    Ok(())
}

/// Moves sorted members, which are written from `place` on in another order, to their places.
fn move_to_order(members: &[Member], mut place: usize, written: &mut [u8], scratch: &mut Vec<u8>) {
    let mut moved = members;
    while let Some((member, behind)) = moved.split_first()
        && member.start == place
    {
        place = member.end + 1;
        moved = behind;
    }
    // The largest member goes straight to its place: where one list makes up most of a document,
    // it is neither copied twice nor held in memory twice.
    let Some(largest) = moved.iter().max_by_key(|member| member.len()) else {
        return;
    };
    let mut largest_place = place;
    let mut end = place;
    scratch.clear();
    for member in moved {
        if member.start == largest.start {
            largest_place = end;
        } else {
            scratch.extend_from_slice(&written[member.start..member.end]);
        }
        end += member.len() + 1;
    }
    written.copy_within(largest.start..largest.end, largest_place);

    let mut others = scratch.as_slice();
    for member in moved {
        let end = place + member.len();
        if member.start != largest.start {
            let (bytes, behind) = others.split_at(member.len());
            written[place..end].copy_from_slice(bytes);
            others = behind;
        }
        // The last member has nothing behind it yet.
        if let Some(comma) = written.get_mut(end) {
            *comma = b',';
        }
        place = end + 1;
    }
}

fn prefix_of(key: impl Iterator<Item = u8>) -> u64 {
    key.chain(std::iter::repeat(0))
        .take(8)
        .fold(0, |prefix, byte| prefix << 8 | u64::from(byte))
}

/// The bytes by which a name sorts, from its canonical text behind the opening quote: escapes
/// decoded, and UTF-8 turned so that its order is that of UTF-16 code units.
fn sort_key(text: &[u8]) -> impl Iterator<Item = u8> + '_ {
    let mut rest = text.iter().copied();
    std::iter::from_fn(move || match rest.next()? {
        b'"' => None,
        b'\\' => Some(match rest.next()? {
            b'b' => 0x08,
            b't' => b'\t',
            b'n' => b'\n',
            b'f' => 0x0c,
            b'r' => b'\r',
            b'u' => {
                // Four hex digits, of which canonical text has only the last two at work.
                let sixteen = rest.nth(2)? & 1;
                let one = char::from(rest.next()?).to_digit(16)?;
                sixteen << 4 | u8::try_from(one).ok()?
            }
            itself => itself,
        }),
        // UTF-16 spells characters from U+10000 on with surrogates, D800 to DFFF, and so sorts
        // them before U+E000 to U+FFFF, whose first bytes in UTF-8 are EE and EF.
        byte @ (0xee | 0xef) => Some(byte + 0x10),
        byte => Some(byte),
    })
}
