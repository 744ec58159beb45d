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

#[cfg(test)]
mod tests {
    use super::Field;

    #[test]
    fn a_field_is_known_by_one_name() {
        let fields = [
            (Field::IfMatch, "If-Match"),
            (Field::IfNoneMatch, "If-None-Match"),
            (Field::IfModifiedSince, "If-Modified-Since"),
            (Field::IfUnmodifiedSince, "If-Unmodified-Since"),
        ];
        for (field, name) in fields {
            assert_eq!(field.as_str(), name);
            assert_eq!(field.to_string(), name);
            assert_eq!(field.name(), name);
        }
        assert_eq!(format!("{:>10}|", Field::IfMatch), "  If-Match|");
    }
}
