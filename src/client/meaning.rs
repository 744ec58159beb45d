//! What the status of an answer says about the write that was asked for.

use http::StatusCode;

/// What became of a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// It was applied.
    Done,
    /// 412, or 409: something else is current. It was not applied.
    Refused,
    /// There is nothing to write to. It was not applied.
    Gone,
    /// It was not applied, and can be sent again later.
    Later,
    /// It was taken, and will be carried out at some time, or not.
    Taken,
    /// It may have been applied, or may be yet.
    Open,
    /// It was not applied, and will not be.
    Never,
}

/// Which of them a status means; `puts_off` is whether the application itself asks to come again.
pub(super) const fn of(status: StatusCode, puts_off: bool) -> Meaning {
    match status.as_u16() {
        // §15.3.3: "might or might not eventually be acted upon".
        202 => Meaning::Taken,
        // RFC 4918 §9.6.1: something may have failed. §15.4.4: an indirect response to the request,
        // which may have been carried out; many applications say 302 for it.
        207 | 302 | 303 => Meaning::Open,
        200..=299 => Meaning::Done,
        409 | 412 => Meaning::Refused,
        404 | 410 => Meaning::Gone,
        429 => Meaning::Later,
        // The server that is asked speaks of itself. Otherwise it may be a gateway that has lost
        // its server while that was at work.
        503 if puts_off => Meaning::Later,
        // Said before anything is carried out.
        501 | 505..=508 | 510 | 511 => Meaning::Never,
        500..=599 => Meaning::Open,
        _ => Meaning::Never,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_status_says_what_it_proves() {
        for (statuses, puts_off, meaning) in [
            (&[200, 201, 204, 226][..], false, Meaning::Done),
            (
                &[207, 302, 303, 500, 502, 503, 504, 520, 522, 524, 599],
                false,
                Meaning::Open,
            ),
            (&[202], false, Meaning::Taken),
            (&[409, 412], false, Meaning::Refused),
            (&[404, 410], true, Meaning::Gone),
            (&[429], false, Meaning::Later),
            (&[429, 503], true, Meaning::Later),
            (&[500, 502, 504], true, Meaning::Open),
            (
                &[
                    301, 304, 307, 308, 400, 401, 403, 405, 413, 422, 428, 501, 507,
                ],
                true,
                Meaning::Never,
            ),
        ] {
            for &status in statuses {
                let code = StatusCode::from_u16(status).expect("a status");
                assert_eq!(of(code, puts_off), meaning, "{status}");
            }
        }
    }
}
