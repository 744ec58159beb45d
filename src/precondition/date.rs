//! Dates count by their second, as `Last-Modified` shows them.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::{HeaderName, HeaderValue};

use super::{
    fields::{self, Fields},
    http_date,
};

/// Seconds since the epoch, negative before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Second(i64);

impl Second {
    /// The second that `time` falls into; `None` where `Last-Modified` does not say it, before
    /// 1970 and after 9999.
    pub(super) fn of(time: SystemTime) -> Option<Self> {
        const YEAR_10000: i64 = 253_402_300_800;
        let second = time.duration_since(UNIX_EPOCH).ok()?.as_secs();
        let second = i64::try_from(second).ok()?;
        (second < YEAR_10000).then_some(Self(second))
    }

    /// The HTTP-date in the field `name`. §13.1.3, §13.1.4: a date that does not parse is
    /// ignored, and so is one that comes twice.
    ///
    /// The time tells the century of a two-digit year (§5.6.7); without it, 70 to 99 are past.
    pub(super) fn in_field(
        fields: Fields<'_>,
        name: &HeaderName,
        now: Option<SystemTime>,
    ) -> Option<Self> {
        const YEAR_2020: Second = Second(1_577_836_800);
        let value = fields::single(fields, name)?;
        let Self(now) = now.and_then(Self::of).unwrap_or(YEAR_2020);
        http_date::parse(value, now).map(Self)
    }

    /// Whether the second is over at `now`. From then on the date stands for one version alone
    /// and is a strong validator (§8.8.2.2).
    pub(super) fn is_over(self, now: SystemTime) -> bool {
        Self::of(now).is_some_and(|now| self < now)
    }
}

/// The value of `Last-Modified` for a representation that was modified at `modified`; `None`
/// until that second is over, which also keeps it from being later than `Date` (§8.8.2.1).
#[must_use]
pub fn last_modified(modified: SystemTime, now: SystemTime) -> Option<HeaderValue> {
    let second = Second::of(modified)?;
    if !second.is_over(now) {
        return None;
    }
    let second = Duration::from_secs(u64::try_from(second.0).ok()?);
    let date = httpdate::fmt_http_date(UNIX_EPOCH + second);
    HeaderValue::try_from(date).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(milliseconds: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_millis(milliseconds)
    }

    #[test]
    fn last_modified_is_left_out_until_its_second_is_over() {
        let modified = at(784_111_777_250);
        for now in [
            784_111_776_000,
            784_111_777_000,
            784_111_777_250,
            784_111_777_999,
        ] {
            assert_eq!(last_modified(modified, at(now)), None, "{now}");
        }
        for now in [784_111_778_000, 784_111_778_001, 900_000_000_000] {
            let date = last_modified(modified, at(now)).expect("the second is over");
            assert_eq!(date, "Sun, 06 Nov 1994 08:49:37 GMT", "{now}");
        }
    }

    #[test]
    fn a_time_that_no_date_says_has_no_second() {
        const LAST: u64 = 253_402_300_799_999;
        assert_eq!(Second::of(UNIX_EPOCH - Duration::from_millis(1)), None);
        assert_eq!(Second::of(UNIX_EPOCH), Some(Second(0)));
        assert_eq!(Second::of(at(999)), Some(Second(0)));
        assert_eq!(Second::of(at(LAST)), Some(Second(253_402_300_799)));
        assert_eq!(Second::of(at(LAST + 1)), None);
        assert_eq!(
            last_modified(UNIX_EPOCH - Duration::from_secs(1), at(LAST)),
            None
        );
        assert_eq!(last_modified(at(LAST + 1), at(LAST + 5000)), None);
    }
}
