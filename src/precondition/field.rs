use std::fmt;

use http::{HeaderName, header};

/// The precondition field that decided an outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Field {
    /// `If-Match`, §13.1.1.
    IfMatch,
    /// `If-None-Match`, §13.1.2.
    IfNoneMatch,
    /// `If-Modified-Since`, §13.1.3.
    IfModifiedSince,
    /// `If-Unmodified-Since`, §13.1.4.
    IfUnmodifiedSince,
}

impl Field {
    /// The field's name as the RFC spells it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::IfMatch => "If-Match",
            Self::IfNoneMatch => "If-None-Match",
            Self::IfModifiedSince => "If-Modified-Since",
            Self::IfUnmodifiedSince => "If-Unmodified-Since",
        }
    }

    /// The field's name as `http` keys it.
    #[must_use]
    pub const fn name(self) -> HeaderName {
        match self {
            Self::IfMatch => header::IF_MATCH,
            Self::IfNoneMatch => header::IF_NONE_MATCH,
            Self::IfModifiedSince => header::IF_MODIFIED_SINCE,
            Self::IfUnmodifiedSince => header::IF_UNMODIFIED_SINCE,
        }
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
