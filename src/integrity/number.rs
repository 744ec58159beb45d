//! Numbers: ECMAScript's spelling of the double that a literal stands for (RFC 8785 §3.2.2.3).

use super::error::{Fault, InvalidContentKind};

/// Any decimal of up to 15 significant digits comes back from a double unchanged (IEEE 754
/// binary64), and no two of them are one double: the shortest digits that name the double are
/// the literal's own.
const ALWAYS_KEPT: usize = 15;

/// The largest integer up to which doubles have no gap, 2^53, in its 16 digits.
const LAST_WITHOUT_GAP: &[u8] = b"9007199254740992";

/// How a number is to be spelled; `end` is where the literal ends.
#[derive(Debug)]
pub(super) enum Spelling {
    /// As it stands.
    Kept { end: usize },
    /// Up to `cut`; what follows are zeros of a fraction.
    Cut { cut: usize, end: usize },
    /// As this double is printed.
    Printed { value: f64, end: usize },
}

/// Reads the number that starts at `start` with a digit or a minus sign.
pub(super) fn read(input: &[u8], start: usize) -> Result<Spelling, Fault> {
    let negative = input.get(start) == Some(&b'-');
    let integer = start + usize::from(negative);
    let integer_end = digits_end(input, integer);
    // RFC 8259 §6: at least one digit, no leading zero.
    if integer_end == integer {
        return Err(Fault::new(InvalidContentKind::Malformed, integer));
    }
    let leading_zero = input[integer] == b'0';
    if leading_zero && integer_end > integer + 1 {
        return Err(Fault::new(InvalidContentKind::Malformed, integer + 1));
    }
    match input.get(integer_end) {
        Some(b'.') => {}
        Some(b'e' | b'E') => {
            let end = exponent_end(input, integer_end)?;
            return printed(input, start, end);
        }
        _ if leading_zero && negative => {
            return Ok(Spelling::Printed {
                value: 0.0,
                end: integer_end,
            });
        }
        _ if has_no_gap(&input[integer..integer_end]) => {
            return Ok(Spelling::Kept { end: integer_end });
        }
        _ => return exact_integer(input, start, integer, integer_end),
    }

    let fraction = integer_end + 1;
    let end = digits_end(input, fraction);
    if end == fraction {
        return Err(Fault::new(InvalidContentKind::Malformed, fraction));
    }
    if let Some(b'e' | b'E') = input.get(end) {
        let end = exponent_end(input, end)?;
        return printed(input, start, end);
    }
    // `Number::toString` has no exponent from 10^-6 up to 10^21.
    let no_exponent = !leading_zero
        || input[fraction..end]
            .iter()
            .take(6)
            .any(|digit| *digit != b'0');
    if !no_exponent || end - integer - 1 > ALWAYS_KEPT {
        return printed(input, start, end);
    }
    if input[end - 1] != b'0' {
        return Ok(Spelling::Kept { end });
    }
    let zeros = input[fraction..end]
        .iter()
        .rev()
        .take_while(|digit| **digit == b'0')
        .count();
    let cut = end - zeros;
    Ok(Spelling::Cut {
        cut: if cut == fraction { integer_end } else { cut },
        end,
    })
}

fn has_no_gap(digits: &[u8]) -> bool {
    digits.len() <= ALWAYS_KEPT
        || (digits.len() == LAST_WITHOUT_GAP.len() && digits <= LAST_WITHOUT_GAP)
}

/// An integer literal past 2^53: what no double holds exactly is not rounded in silence.
#[cold]
fn exact_integer(
    input: &[u8],
    start: usize,
    integer: usize,
    end: usize,
) -> Result<Spelling, Fault> {
    let value = double(input, start, end)?;
    // A precision of zero prints every digit of a double that is an integer.
    if format!("{:.0}", value.abs()).as_bytes() == &input[integer..end] {
        Ok(Spelling::Printed { value, end })
    } else {
        Err(Fault::new(InvalidContentKind::InexactInteger, start))
    }
}

fn printed(input: &[u8], start: usize, end: usize) -> Result<Spelling, Fault> {
    let value = double(input, start, end)?;
    Ok(Spelling::Printed { value, end })
}

/// The double nearest to the literal, ties to even. Below the smallest one that is zero.
fn double(input: &[u8], start: usize, end: usize) -> Result<f64, Fault> {
    let value = str::from_utf8(&input[start..end])
        .ok()
        .and_then(|text| text.parse::<f64>().ok());
    // The grammar is checked: what is missing here can only be range.
    value
        .filter(|value| value.is_finite())
        .ok_or_else(|| Fault::new(InvalidContentKind::OutOfRange, start))
}

/// Where the exponent ends whose `e` stands at `at`.
fn exponent_end(input: &[u8], at: usize) -> Result<usize, Fault> {
    let sign = matches!(input.get(at + 1), Some(b'+' | b'-'));
    let digits = at + 1 + usize::from(sign);
    let end = digits_end(input, digits);
    if end == digits {
        return Err(Fault::new(InvalidContentKind::Malformed, digits));
    }
    Ok(end)
}

#[inline]
fn digits_end(input: &[u8], from: usize) -> usize {
    let mut end = from;
    while input.get(end).is_some_and(u8::is_ascii_digit) {
        end += 1;
    }
    end
}
