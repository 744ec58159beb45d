//! Dates count by their second, as `Last-Modified` shows them.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::{HeaderMap, HeaderName, HeaderValue};

use super::fields;

/// Seconds since the epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Second(u64);

impl Second {
    /// The second that `time` falls into; `None` where an HTTP-date cannot say it, before 1970
    /// and after 9999.
    pub(super) fn of(time: SystemTime) -> Option<Self> {
        const YEAR_10000: u64 = 253_402_300_800;
        let second = time.duration_since(UNIX_EPOCH).ok()?.as_secs();
        (second < YEAR_10000).then_some(Self(second))
    }

    /// The HTTP-date in the field `name`. §13.1.3, §13.1.4: a date that does not parse is
    /// ignored, and so is one that comes twice.
    pub(super) fn in_field(headers: &HeaderMap, name: &HeaderName) -> Option<Self> {
        let value = fields::single(headers, name)?;
        let text = std::str::from_utf8(value).ok()?;
        Self::of(httpdate::parse_http_date(text).ok()?)
    }

    /// Whether the second is over at `now`. From then on the date stands for one version alone
    /// and is a strong validator (§8.8.2.2).
    pub(super) fn is_over(self, now: SystemTime) -> bool {
        Self::of(now).is_some_and(|now| self < now)
    }
}

/// The value of `Last-Modified` for a representation that was modified at `modified`; `None`
/// until that second is over, which also keeps it from being later than `Date` (§8.8.2.1).
pub(crate) fn last_modified(modified: SystemTime, now: SystemTime) -> Option<HeaderValue> {
    let second = Second::of(modified)?;
    if !second.is_over(now) {
        return None;
    }
    let date = httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(second.0));
    HeaderValue::try_from(date).ok()
}
