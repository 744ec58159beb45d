//! HTTP-date (RFC 9110 §5.6.7), read in its three forms and in its whole range.
//!
//! A date that is not read is ignored (§13.1.4), and a write under If-Unmodified-Since then has
//! no guard. So all that the grammar allows is read here, years before 1970 and leap seconds
//! included, which `httpdate` refuses. Of the day-name only the spelling counts: it says nothing
//! that the date does not, and a wrong one is no reason to drop the guard.

const DAY: i64 = 86_400;

const DAY_NAMES: [&[u8]; 7] = [
    b"Monday",
    b"Tuesday",
    b"Wednesday",
    b"Thursday",
    b"Friday",
    b"Saturday",
    b"Sunday",
];

const MONTHS: [&[u8; 3]; 12] = [
    b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec",
];

/// The seconds from the epoch to an HTTP-date, negative before it; `None` if `value` is none.
///
/// `now` is in the same seconds. A two-digit year is taken to be the latest that does not lie
/// more than fifty years after it.
pub(super) fn parse(value: &[u8], now: i64) -> Option<i64> {
    if let Some(rest) = value.strip_suffix(b" GMT") {
        let comma = rest.iter().position(|byte| *byte == b',')?;
        let (day_name, rest) = rest.split_at(comma);
        return match rest.strip_prefix(b", ")? {
            // IMF-fixdate: `Sun, 06 Nov 1994 08:49:37 GMT`
            [
                d1,
                d2,
                b' ',
                m1,
                m2,
                m3,
                b' ',
                y1,
                y2,
                y3,
                y4,
                b' ',
                time @ ..,
            ] => {
                is_day_name(day_name, 3).then_some(())?;
                let days = days(
                    digits(&[*y1, *y2, *y3, *y4])?,
                    month(*m1, *m2, *m3)?,
                    digits(&[*d1, *d2])?,
                )?;
                Some(days * DAY + time_of_day(time)?)
            }
            // rfc850-date: `Sunday, 06-Nov-94 08:49:37 GMT`
            [d1, d2, b'-', m1, m2, m3, b'-', y1, y2, b' ', time @ ..] => {
                is_day_name(day_name, usize::MAX).then_some(())?;
                let (month, day) = (month(*m1, *m2, *m3)?, digits(&[*d1, *d2])?);
                let (year, time) = (digits(&[*y1, *y2])?, time_of_day(time)?);
                let year = (0..=99)
                    .rev()
                    .map(|century| century * 100 + year)
                    .find(|year| {
                        let fifty_years_before = day_number(year - 50, month, day) * DAY + time;
                        is_day(*year, month, day) && fifty_years_before <= now
                    })?;
                Some(day_number(year, month, day) * DAY + time)
            }
            _ => None,
        };
    }
    // asctime-date: `Sun Nov  6 08:49:37 1994`
    let [d, a, y, b' ', m1, m2, m3, b' ', d1, d2, b' ', rest @ ..] = value else {
        return None;
    };
    let [time @ .., b' ', y1, y2, y3, y4] = rest else {
        return None;
    };
    is_day_name(&[*d, *a, *y], 3).then_some(())?;
    let day = match *d1 {
        b' ' => digits(&[*d2])?,
        tens => digits(&[tens, *d2])?,
    };
    let days = days(digits(&[*y1, *y2, *y3, *y4])?, month(*m1, *m2, *m3)?, day)?;
    Some(days * DAY + time_of_day(time)?)
}

/// Whether `name` is that of a day, in its first `length` letters.
fn is_day_name(name: &[u8], length: usize) -> bool {
    DAY_NAMES
        .iter()
        .any(|day| &day[..length.min(day.len())] == name)
}

/// 1 to 12.
fn month(m1: u8, m2: u8, m3: u8) -> Option<i64> {
    (1..)
        .zip(MONTHS)
        .find(|(_, name)| **name == [m1, m2, m3])
        .map(|(number, _)| number)
}

/// `08:49:37`, in seconds; a leap second counts as the second that follows it.
fn time_of_day(time: &[u8]) -> Option<i64> {
    let [h1, h2, b':', m1, m2, b':', s1, s2] = time else {
        return None;
    };
    match (
        digits(&[*h1, *h2])?,
        digits(&[*m1, *m2])?,
        digits(&[*s1, *s2])?,
    ) {
        (hour @ 0..=23, minute @ 0..=59, second @ 0..=59) => {
            Some((hour * 60 + minute) * 60 + second)
        }
        (23, 59, 60) => Some(DAY),
        _ => None,
    }
}

fn digits(text: &[u8]) -> Option<i64> {
    text.iter().try_fold(0, |number, byte| {
        byte.is_ascii_digit()
            .then(|| number * 10 + i64::from(byte - b'0'))
    })
}

/// The days from the epoch to a day of the Gregorian calendar.
fn days(year: i64, month: i64, day: i64) -> Option<i64> {
    is_day(year, month, day).then(|| day_number(year, month, day))
}

/// Whether the month has this day.
fn is_day(year: i64, month: i64, day: i64) -> bool {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    (1..=length).contains(&day)
}

/// The same without asking whether there is such a day: 29 February may stand for 1 March.
fn day_number(year: i64, month: i64, day: i64) -> i64 {
    // A year that begins in March has its leap day at the end, and months of 31, 30, 31, 30 and
    // 31 days before it, twice and in part: 153 days in five.
    let (year, month) = if month > 2 {
        (year, month - 3)
    } else {
        (year - 1, month + 9)
    };
    let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    let from_march_of_year_0 = 365 * year + leap_days + (153 * month + 2) / 5 + day - 1;
    from_march_of_year_0 - 719_468 // 1 January 1970
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use proptest::prelude::*;

    use super::parse;

    /// Mon, 23 Nov 2026 02:06:55 GMT.
    const NOW: i64 = 1_795_399_615;

    /// What dates say that `httpdate` does not know, by GNU `date`.
    #[test]
    fn each_form_is_read_in_its_whole_range() {
        let table = [
            ("Sun, 06 Nov 1994 08:49:37 GMT", Some(784_111_777)),
            ("Sunday, 06-Nov-94 08:49:37 GMT", Some(784_111_777)),
            ("Sun Nov  6 08:49:37 1994", Some(784_111_777)),
            ("Wed Nov 16 08:49:37 1994", Some(784_975_777)),
            ("Thu, 01 Jan 1970 00:00:00 GMT", Some(0)),
            ("Wed, 31 Dec 1969 23:59:59 GMT", Some(-1)),
            ("Wed Dec 31 23:59:59 1969", Some(-1)),
            ("Mon, 01 Jan 1900 00:00:00 GMT", Some(-2_208_988_800)),
            ("Tue, 29 Feb 2000 12:00:00 GMT", Some(951_825_600)),
            ("Wed, 01 Mar 2000 00:00:00 GMT", Some(951_868_800)),
            ("Sat, 01 Jan 0000 00:00:00 GMT", Some(-62_167_219_200)),
            ("Fri, 31 Dec 9999 23:59:59 GMT", Some(253_402_300_799)),
            ("Sat, 31 Dec 2016 23:59:60 GMT", Some(1_483_228_800)),
            ("Fri, 06 Nov 1994 08:49:37 GMT", Some(784_111_777)),
            // Fifty years from now, and a second more.
            ("Monday, 23-Nov-76 02:06:55 GMT", Some(3_373_322_815)),
            ("Tuesday, 23-Nov-76 02:06:56 GMT", Some(217_562_816)),
            // The leap day of 2096 is too far off, that of 2076 is not; 1900 had none.
            ("Wednesday, 29-Feb-96 00:00:00 GMT", Some(825_552_000)),
            ("Saturday, 29-Feb-76 00:00:00 GMT", Some(3_350_160_000)),
            ("Tuesday, 29-Feb-00 00:00:00 GMT", Some(951_782_400)),
            ("Tuesday, 29-Feb-01 00:00:00 GMT", None),
            ("", None),
            (" GMT", None),
            ("Sun, 06 Nov 1994 08:49:37", None),
            ("Sun, 06 Nov 1994 08:49:37 UTC", None),
            ("Sun, 06 Nov 1994 08:49:37 gmt", None),
            ("sun, 06 Nov 1994 08:49:37 GMT", None),
            ("Sun, 06 nov 1994 08:49:37 GMT", None),
            ("Son, 06 Nov 1994 08:49:37 GMT", None),
            ("Sunday, 06 Nov 1994 08:49:37 GMT", None),
            ("Sun, 06-Nov-94 08:49:37 GMT", None),
            ("Sund, 06-Nov-94 08:49:37 GMT", None),
            ("Sunday Nov  6 08:49:37 1994", None),
            ("Son Nov  6 08:49:37 1994", None),
            ("Sun,06 Nov 1994 08:49:37 GMT", None),
            ("Sun, 6 Nov 1994 08:49:37 GMT", None),
            ("Sun,  6 Nov 1994 08:49:37 GMT", None),
            ("Sun, 06 Nov 94 08:49:37 GMT", None),
            ("Sun, 06 Nov 1994  8:49:37 GMT", None),
            ("Sun, 06 Nov 1994 08:49 GMT", None),
            ("Sun, 06 Nov 1994 08:49:37.0 GMT", None),
            ("Sun, 06 Nov 1994 08-49-37 GMT", None),
            ("Sun, +6 Nov 1994 08:49:37 GMT", None),
            ("Sun, 06 Nov 1994 24:00:00 GMT", None),
            ("Sun, 06 Nov 1994 08:60:00 GMT", None),
            ("Sun, 06 Nov 1994 08:49:60 GMT", None),
            ("Sun, 06 Nov 1994 08:59:60 GMT", None),
            ("Sun, 06 Nov 1994 23:49:60 GMT", None),
            ("Sun, 06 Nov 1994 23:59:61 GMT", None),
            ("Sun, 00 Nov 1994 08:49:37 GMT", None),
            ("Thu, 31 Nov 1994 08:49:37 GMT", None),
            ("Tue, 29 Feb 1994 08:49:37 GMT", None),
            ("Thu, 29 Feb 1900 08:49:37 GMT", None),
            ("Wed, 30 Feb 2000 08:49:37 GMT", None),
        ];
        for (text, expected) in table {
            assert_eq!(parse(text.as_bytes(), NOW), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_httpdate_prints_is_read(seconds in 0..253_402_300_800_u64) {
            let text = httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(seconds));
            prop_assert_eq!(parse(text.as_bytes(), NOW), i64::try_from(seconds).ok());
        }

        #[test]
        fn what_httpdate_reads_is_read_alike(text in date_like()) {
            // Of two-digit years it takes 70 to 99 to be past, whatever the time.
            let two_digits = text.contains('-');
            if let Ok(time) = httpdate::parse_http_date(&text) && !two_digits {
                let seconds = time.duration_since(UNIX_EPOCH).unwrap().as_secs();
                prop_assert_eq!(parse(text.as_bytes(), NOW), i64::try_from(seconds).ok(), "{}", text);
            }
        }

        #[test]
        fn no_bytes_are_too_much(bytes: Vec<u8>, now: i32) {
            let _ = parse(&bytes, now.into());
        }
    }

    /// Texts of the shape of a date, most of them none.
    fn date_like() -> impl Strategy<Value = String> {
        prop_oneof![
            "(Mon|Tue|Sun), [0-3][0-9] (Jan|Feb|Nov) [12][09][0-9]{2} [0-2][0-9]:[0-6][0-9]:[0-6][0-9] GMT",
            "(Mon|Tue|Sun) (Jan|Feb|Nov) [ 0-3][0-9] [0-2][0-9]:[0-6][0-9]:[0-6][0-9] [12][09][0-9]{2}",
        ]
    }
}
