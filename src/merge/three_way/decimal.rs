//! JSON numbers as the decimal numbers that their text stands for.

use std::cmp::Ordering;

use serde_json::Number;

/// A decimal number in the one form that each has: `sign × 0.digits × 10^point`, with no zero at
/// either end of the digits; zero has sign 0.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Decimal {
    sign: i8,
    point: i64,
    digits: String,
}

impl Decimal {
    /// `None` for exponents past the 64 bits, which only numbers of arbitrary precision have.
    pub(super) fn of(number: &Number) -> Option<Self> {
        Self::parse(&number.to_string())
    }

    fn parse(text: &str) -> Option<Self> {
        let (negative, text) = match text.strip_prefix('-') {
            Some(text) => (true, text),
            None => (false, text),
        };
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse().ok()?),
            None => (text, 0_i64),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits = [whole, fraction].concat();
        let kept = digits.trim_start_matches('0');
        let leading = digits.len() - kept.len();
        let kept = kept.trim_end_matches('0');
        if kept.is_empty() {
            return Some(Self {
                sign: 0,
                point: 0,
                digits: String::new(),
            });
        }
        let point = exponent
            .checked_add(i64::try_from(whole.len()).ok()?)?
            .checked_sub(i64::try_from(leading).ok()?)?;
        Some(Self {
            sign: if negative { -1 } else { 1 },
            point,
            digits: kept.to_owned(),
        })
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        let magnitude = |it: &Self| (it.point, it.digits.clone());
        self.sign.cmp(&other.sign).then_with(|| match self.sign {
            0 => Ordering::Equal,
            1.. => magnitude(self).cmp(&magnitude(other)),
            _ => magnitude(other).cmp(&magnitude(self)),
        })
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use super::Decimal;

    fn decimal(text: &str) -> Decimal {
        Decimal::parse(text).expect("a small exponent")
    }

    #[test]
    fn one_number_has_one_form_however_it_is_written() {
        for spellings in [
            &["1", "1.0", "1.000", "10e-1", "0.1e1", "1E+0", "1e00"][..],
            &["0", "-0", "0.0", "-0.000", "0e9", "0E-9"],
            &["-120", "-1.2e2", "-0.0120e+4"],
            &["18446744073709551615", "1.8446744073709551615e19"],
        ] {
            for text in spellings {
                assert_eq!(decimal(text), decimal(spellings[0]), "{text}");
            }
        }
    }

    #[test]
    fn numbers_order_by_size() {
        let ascending = [
            "-1e3",
            "-10",
            "-9.5",
            "-9",
            "-0.5",
            "-0.05",
            "0",
            "0.05",
            "0.5",
            "0.55",
            "9",
            "9.5",
            "10",
            "9007199254740992.0",
            "9007199254740993",
            "1e23",
        ];
        for pair in ascending.windows(2) {
            assert!(decimal(pair[0]) < decimal(pair[1]), "{pair:?}");
        }
    }

    #[test]
    fn an_exponent_out_of_bounds_has_no_form() {
        assert_eq!(Decimal::parse("1e99999999999999999999"), None);
        assert_eq!(Decimal::parse("10e9223372036854775807"), None);
    }
}
