//! Strings: the fewest escapes (RFC 8785 §3.2.2.2), whole characters only.

use super::{
    error::{Fault, InvalidContentKind},
    output::Output,
};

/// What the caller need know of a string that was read.
pub(super) struct Text {
    /// After the closing quote.
    pub(super) end: usize,
    /// No escape, and no character from U+E000 on: its bytes are in the order of UTF-16.
    pub(super) plain: bool,
}

/// Reads the string whose opening quote stands at `start`, and spells it canonically.
#[inline]
pub(super) fn read(input: &[u8], start: usize, output: &mut Output<'_>) -> Result<Text, Fault> {
    let run = Run::read(input, start + 1);
    if run.ascii && input.get(run.end) == Some(&b'"') {
        return Ok(Text {
            end: run.end + 1,
            plain: true,
        });
    }
    read_on(input, run, output)
}

/// Goes on behind the string's first run.
fn read_on(input: &[u8], mut run: Run, output: &mut Output<'_>) -> Result<Text, Fault> {
    let mut plain = true;
    loop {
        if !run.ascii {
            plain &= check_characters(input, run.start, run.end)?;
        }
        match input.get(run.end) {
            Some(b'"') => {
                return Ok(Text {
                    end: run.end + 1,
                    plain,
                });
            }
            Some(b'\\') => {
                plain = false;
                run = Run::read(input, escape(input, run.end, output)?);
            }
            // RFC 8259 §7: control characters are escaped. Or the document is cut off.
            _ => return Err(Fault::new(InvalidContentKind::Malformed, run.end)),
        }
    }
}

/// Bytes of a string that stand for themselves, up to a quote, a backslash, a control character
/// or the end of the input.
struct Run {
    start: usize,
    end: usize,
    ascii: bool,
}

impl Run {
    /// The run from `start` on, eight bytes at a time.
    #[inline]
    fn read(input: &[u8], start: usize) -> Self {
        const ONES: u64 = u64::from_ne_bytes([0x01; 8]);
        const HIGH: u64 = u64::from_ne_bytes([0x80; 8]);
        const QUOTE: u64 = u64::from_ne_bytes([b'"'; 8]);
        const BACKSLASH: u64 = u64::from_ne_bytes([b'\\'; 8]);
        const SPACE: u64 = u64::from_ne_bytes([b' '; 8]);

        let mut end = start;
        let mut seen = 0;
        while let Some(chunk) = input.get(end..).and_then(<[u8]>::first_chunk::<8>) {
            let word = u64::from_le_bytes(*chunk);
            // Each term has the high bit of a byte that is the quote, the backslash or a control
            // character. A borrow can mark bytes above such a one, never below: the lowest mark
            // is true.
            let (quote, backslash) = (word ^ QUOTE, word ^ BACKSLASH);
            let marks = ((quote.wrapping_sub(ONES) & !quote)
                | (backslash.wrapping_sub(ONES) & !backslash)
                | (word.wrapping_sub(SPACE) & !word))
                & HIGH;
            if marks != 0 {
                let lowest = marks & marks.wrapping_neg();
                seen |= word & (lowest - 1);
                end += (marks.trailing_zeros() / 8) as usize;
                return Self {
                    start,
                    end,
                    ascii: seen & HIGH == 0,
                };
            }
            seen |= word;
            end += 8;
        }
        // The last seven bytes of the input.
        while let Some(byte) = input.get(end)
            && !matches!(byte, b'"' | b'\\' | 0..=0x1f)
        {
            seen |= u64::from(*byte);
            end += 1;
        }
        Self {
            start,
            end,
            ascii: seen & HIGH == 0,
        }
    }
}

/// Checks that the input from `from` to `to` is UTF-8; whether all of it sorts as UTF-16 does.
fn check_characters(input: &[u8], from: usize, to: usize) -> Result<bool, Fault> {
    let run = &input[from..to];
    match str::from_utf8(run) {
        Ok(_) => Ok(run.iter().all(|byte| *byte < 0xee)),
        Err(error) => Err(Fault::new(
            InvalidContentKind::InvalidUtf8,
            from + error.valid_up_to(),
        )),
    }
}

/// Spells the escape sequence whose backslash stands at `at`; where it ends.
fn escape(input: &[u8], at: usize, output: &mut Output<'_>) -> Result<usize, Fault> {
    let end = at + 2;
    let character = match input.get(at + 1) {
        Some(b'"' | b'\\' | b'b' | b'f' | b'n' | b'r' | b't') => return Ok(end),
        Some(b'/') => {
            output.leave_out(at, at + 1);
            return Ok(end);
        }
        Some(b'u') => return unicode_escape(input, at, output),
        Some(_) => at + 1,
        None => input.len(),
    };
    Err(Fault::new(InvalidContentKind::Malformed, character))
}

fn unicode_escape(input: &[u8], at: usize, output: &mut Output<'_>) -> Result<usize, Fault> {
    let first = hex_digits(input, at + 2)?;
    let lone = || Fault::new(InvalidContentKind::LoneSurrogate, at);
    let (code_point, end) = match first {
        0xd800..=0xdbff => {
            let low_at = at + 6;
            if input.get(low_at..low_at + 2) != Some(b"\\u") {
                return Err(lone());
            }
            let low = hex_digits(input, low_at + 2)?;
            if !(0xdc00..=0xdfff).contains(&low) {
                return Err(lone());
            }
            (
                0x1_0000 + ((first - 0xd800) << 10) + (low - 0xdc00),
                low_at + 6,
            )
        }
        _ => (first, at + 6),
    };
    // `char` has all code points but the surrogates, and a low one without its half is left.
    let character = char::from_u32(code_point).ok_or_else(lone)?;
    // §3.2.2.2: two-character escapes where JSON has them, else \u00xx in lower case for control
    // characters, else the character.
    let mut utf8 = [0; 4];
    let mut control = *b"\\u0000";
    let text: &[u8] = match character {
        '\u{8}' => b"\\b",
        '\t' => b"\\t",
        '\n' => b"\\n",
        '\u{c}' => b"\\f",
        '\r' => b"\\r",
        '"' => b"\\\"",
        '\\' => b"\\\\",
        '\0'..='\u{1f}' => {
            control[4] = input[end - 2];
            control[5] = input[end - 1].to_ascii_lowercase();
            &control
        }
        _ => character.encode_utf8(&mut utf8).as_bytes(),
    };
    output.replace(at, end, text);
    Ok(end)
}

/// The four hex digits from `from` on.
fn hex_digits(input: &[u8], from: usize) -> Result<u32, Fault> {
    let mut value = 0;
    for at in from..from + 4 {
        let digit = input
            .get(at)
            .and_then(|byte| char::from(*byte).to_digit(16));
        let Some(digit) = digit else {
            return Err(Fault::new(
                InvalidContentKind::Malformed,
                at.min(input.len()),
            ));
        };
        value = value << 4 | digit;
    }
    Ok(value)
}
