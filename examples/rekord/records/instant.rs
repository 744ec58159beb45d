//! Points in time, as RFC 3339 writes them: with an offset, and compared without it.

use std::str::FromStr;
use std::time::SystemTime;

use jiff::SignedDuration;
use jiff::civil::{DateTime, date};

const START: DateTime = date(1970, 1, 1).at(0, 0, 0, 0);

/// A point in time, exact to the nanosecond: the time since the start of 1970 (UTC).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Instant(SignedDuration);

/// A text that is no point in time.
#[derive(Debug, PartialEq)]
pub(crate) struct NotAnInstant;

impl Instant {
    pub(crate) fn now() -> Self {
        // A clock before 1970 is not set at all.
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        Self(SignedDuration::try_from(since.unwrap_or_default()).unwrap_or_default())
    }

    pub(crate) fn from_parts(seconds: i64, nanoseconds: i32) -> Self {
        Self(SignedDuration::from_secs(seconds) + SignedDuration::from_nanos(nanoseconds.into()))
    }

    /// Whole seconds, and the nanoseconds of the rest; both have the same sign.
    pub(crate) fn parts(self) -> (i64, i32) {
        (self.0.as_secs(), self.0.subsec_nanos())
    }
}

impl FromStr for Instant {
    type Err = NotAnInstant;

    /// Takes RFC 3339 §5.6's `date-time`; of a second's fraction nine digits count. What else is
    /// in use (ISO 8601's basic format, `T10`, an hour alone as the offset, a time zone's
    /// name) is refused.
    fn from_str(text: &str) -> Result<Self, NotAnInstant> {
        let (local, offset) = split_offset(text).ok_or(NotAnInstant)?;
        let (whole, fraction) = local.split_at_checked(19).ok_or(NotAnInstant)?;
        let is_written_right = has_shape(whole, "dddd-dd-ddTdd:dd:dd")
            && match fraction.strip_prefix('.') {
                Some(digits) => !digits.is_empty() && is_number(digits),
                None => fraction.is_empty(),
            };
        if !is_written_right {
            return Err(NotAnInstant);
        }
        // 19 characters, the point, and nine digits; the rest would be less than a nanosecond.
        let local = &local[..local.len().min(29)];
        // Which days a month has is the calendar's to know.
        let local: DateTime = local.parse().map_err(|_| NotAnInstant)?;
        let since = local.duration_since(START) - SignedDuration::from_secs(offset);
        // §5.7: second 60 stands at the end of a UTC day alone. It is read as second 59, as in
        // clocks that know no leap seconds.
        if whole.ends_with("60") && since.as_secs().rem_euclid(86_400) != 86_399 {
            return Err(NotAnInstant);
        }
        Ok(Self(since))
    }
}

/// The local time, and the seconds by which it is ahead of UTC.
fn split_offset(text: &str) -> Option<(&str, i64)> {
    if let Some(local) = text.strip_suffix(['Z', 'z']) {
        return Some((local, 0));
    }
    let (local, offset) = text.split_at_checked(text.len().checked_sub(6)?)?;
    let (sign, offset) = match offset.split_at_checked(1)? {
        ("+", offset) => (1, offset),
        ("-", offset) => (-1, offset),
        _ => return None,
    };
    let (hours, minutes) = offset.split_once(':')?;
    if !has_shape(offset, "dd:dd") || hours > "23" || minutes > "59" {
        return None;
    }
    let (hours, minutes): (i64, i64) = (hours.parse().ok()?, minutes.parse().ok()?);
    Some((local, sign * (hours * 60 + minutes) * 60))
}

/// Whether `text` is written like `shape`, where `d` stands for a digit. `T` may be lower-case,
/// or a space (§5.6).
fn has_shape(text: &str, shape: &str) -> bool {
    text.len() == shape.len()
        && text
            .bytes()
            .zip(shape.bytes())
            .all(|(byte, shape)| match shape {
                b'd' => byte.is_ascii_digit(),
                b'T' => matches!(byte, b'T' | b't' | b' '),
                literal => byte == literal,
            })
}

fn is_number(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> Result<(i64, i32), NotAnInstant> {
        text.parse().map(Instant::parts)
    }

    #[test]
    fn one_point_in_time_is_one_instant_whatever_its_offset() {
        for text in [
            "2026-01-02T03:04:05Z",
            "2026-01-02t03:04:05z",
            "2026-01-02 03:04:05+00:00",
            "2026-01-02T03:04:05-00:00",
            "2026-01-02T05:34:05+02:30",
            "2026-01-01T22:04:05.000-05:00",
        ] {
            assert_eq!(parts(text), Ok((1_767_323_045, 0)), "{text}");
        }
    }

    #[test]
    fn fractions_of_a_second_are_kept_to_the_nanosecond() {
        assert_eq!(parts("1970-01-01T00:00:00.1Z"), Ok((0, 100_000_000)));
        assert_eq!(parts("1970-01-01T00:00:00.000000001Z"), Ok((0, 1)));
        assert_eq!(parts("1970-01-01T00:00:00.00000000199999Z"), Ok((0, 1)));
        assert_eq!(parts("1969-12-31T23:59:59.75Z"), Ok((0, -250_000_000)));
        assert_eq!(parts("1969-12-31T23:59:58.5Z"), Ok((-1, -500_000_000)));
        let instant = |text: &str| text.parse::<Instant>().unwrap();
        assert!(instant("1969-12-31T23:59:59.75Z") < instant("1970-01-01T00:00:00Z"));
    }

    #[test]
    fn every_year_of_four_digits_is_in_reach() {
        assert_eq!(parts("9999-12-31T23:59:59Z"), Ok((253_402_300_799, 0)));
        assert_eq!(
            parts("9999-12-31T23:59:59.999999999-23:59"),
            Ok((253_402_387_139, 999_999_999))
        );
        assert_eq!(parts("0000-01-01T00:00:00+23:59"), Ok((-62_167_305_540, 0)));
    }

    #[test]
    fn a_leap_second_is_the_last_second_of_a_day() {
        let last = Ok((1_483_228_799, 0));
        assert_eq!(parts("2016-12-31T23:59:60Z"), last);
        assert_eq!(parts("2017-01-01T00:59:60+01:00"), last);
        assert_eq!(parts("2016-12-31T23:58:60Z"), Err(NotAnInstant));
        assert_eq!(parts("2016-12-31T23:59:61Z"), Err(NotAnInstant));
    }

    #[test]
    fn parts_give_the_instant_back() {
        for text in ["2026-01-02T03:04:05.678Z", "1901-02-03T04:05:06.789Z"] {
            let instant: Instant = text.parse().unwrap();
            let (seconds, nanoseconds) = instant.parts();
            assert_eq!(Instant::from_parts(seconds, nanoseconds), instant);
        }
    }

    #[test]
    fn what_rfc_3339_does_not_know_is_refused() {
        for text in [
            "",
            "Z",
            "2026-01-02",
            "2026-01-02T03:04:05",
            "2026-01-02T03:04Z",
            "2026-01-02T03:04:05.Z",
            "2026-01-02T03:04:05,5Z",
            "2026-01-02T03:04:05+02",
            "2026-01-02T03:04:05+0200",
            "2026-01-02T03:04:05+24:00",
            "2026-01-02T03:04:05+00:60",
            "2026-01-02T03:04:05+01:00[Europe/Berlin]",
            "2026-01-02T03:04:05 Z",
            " 2026-01-02T03:04:05Z",
            "20260102T030405Z",
            "+002026-01-02T03:04:05Z",
            "2026-1-2T03:04:05Z",
            "2026-00-02T03:04:05Z",
            "2026-02-29T03:04:05Z",
            "2026-01-02T24:00:00Z",
            "2026-01-02T03:60:05Z",
            "2026-01-02_03:04:05Z",
            "２026-01-02T03:04:05Z",
            "2026-01-02T03:04:05\u{2212}01:00",
            "now",
        ] {
            assert_eq!(parts(text), Err(NotAnInstant), "{text}");
        }
    }
}
