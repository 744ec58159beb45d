//! What an answer says of what its write has done.

use http::{Method, StatusCode};

use crate::store::Effect;

/// How a guarded write ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// The handler has done what it was asked for.
    Commit(Effect),
    /// It has changed nothing.
    Release,
    /// It may have changed anything.
    Failed,
}

impl Ending {
    pub(super) fn of(method: &Method, status: StatusCode) -> Self {
        let is_delete = *method == Method::DELETE;
        match status {
            // §15.4.5: no answer to a write. §15.4.8, §15.4.9: the client is to send the request
            // elsewhere.
            StatusCode::NOT_MODIFIED
            | StatusCode::TEMPORARY_REDIRECT
            | StatusCode::PERMANENT_REDIRECT => Self::Release,
            // §15.3.3: it may happen later, or never. RFC 4918 §11.1: of several, some may have
            // failed.
            StatusCode::ACCEPTED | StatusCode::MULTI_STATUS if is_delete => {
                Self::Commit(Effect::Unknown)
            }
            _ if status.is_success() && is_delete => Self::Commit(Effect::Deleted),
            // §15.4.4: the other resource says what has happened.
            _ if status.is_redirection() && is_delete => Self::Commit(Effect::Unknown),
            _ if status.is_success() || status.is_redirection() => Self::Commit(Effect::Written),
            _ if status.is_client_error() || status.is_informational() => Self::Release,
            _ => Self::Failed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_status_of_each_method_has_its_ending() {
        use Effect::{Deleted, Unknown, Written};
        use Ending::{Commit, Failed, Release};
        // Of a DELETE, and of every other write.
        let table = [
            (100, Release, Release),
            (101, Release, Release),
            (199, Release, Release),
            (200, Commit(Deleted), Commit(Written)),
            (201, Commit(Deleted), Commit(Written)),
            (202, Commit(Unknown), Commit(Written)),
            (203, Commit(Deleted), Commit(Written)),
            (204, Commit(Deleted), Commit(Written)),
            (205, Commit(Deleted), Commit(Written)),
            (206, Commit(Deleted), Commit(Written)),
            (207, Commit(Unknown), Commit(Written)),
            (299, Commit(Deleted), Commit(Written)),
            (300, Commit(Unknown), Commit(Written)),
            (301, Commit(Unknown), Commit(Written)),
            (302, Commit(Unknown), Commit(Written)),
            (303, Commit(Unknown), Commit(Written)),
            (304, Release, Release),
            (305, Commit(Unknown), Commit(Written)),
            (307, Release, Release),
            (308, Release, Release),
            (399, Commit(Unknown), Commit(Written)),
            (400, Release, Release),
            (404, Release, Release),
            (409, Release, Release),
            (499, Release, Release),
            (500, Failed, Failed),
            (503, Failed, Failed),
            (599, Failed, Failed),
            (600, Failed, Failed),
            (999, Failed, Failed),
        ];
        for (status, of_delete, of_others) in table {
            let status = StatusCode::from_u16(status).expect("a status");
            assert_eq!(Ending::of(&Method::DELETE, status), of_delete, "{status}");
            for method in [Method::PUT, Method::PATCH, Method::POST] {
                assert_eq!(Ending::of(&method, status), of_others, "{method} {status}");
            }
        }
    }
}
