//! What came back: one complete answer, over whichever protocol.

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use serde_json::Value;

#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) fields: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        let value = self.fields.get(name)?;
        Some(
            value
                .to_str()
                .expect("the server's field values are visible ASCII"),
        )
    }

    pub(crate) fn etag(&self) -> Option<&str> {
        self.field("etag")
    }

    /// The version that the answer's `ETag` names.
    pub(crate) fn version(&self) -> u64 {
        let tag = self.etag().unwrap_or_else(|| panic!("no ETag in {self:?}"));
        let digits = tag.strip_prefix('"').and_then(|tag| tag.strip_suffix('"'));
        let version = digits.and_then(|digits| digits.parse().ok());
        version.unwrap_or_else(|| panic!("{tag} is not a strong tag of a version"))
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error} in {self:?}"))
    }

    #[track_caller]
    pub(crate) fn assert_status(&self, status: u16) -> &Self {
        assert_eq!(self.status.as_u16(), status, "{self:?}");
        self
    }

    #[track_caller]
    pub(crate) fn assert_etag(&self, tag: &str) -> &Self {
        assert_eq!(self.etag(), Some(tag), "{self:?}");
        self
    }

    /// RFC 9457 as the contract has it: the media type, and the four members.
    #[track_caller]
    pub(crate) fn assert_problem(&self, status: u16) -> &Self {
        self.assert_status(status);
        assert_eq!(
            self.field("content-type"),
            Some("application/problem+json"),
            "{self:?}"
        );
        let problem = self.json();
        assert_eq!(problem["status"], status, "{self:?}");
        for member in ["type", "title", "detail"] {
            let text = problem[member].as_str();
            assert!(
                text.is_some_and(|text| !text.is_empty()),
                "{member} is missing in {self:?}"
            );
        }
        // Only a 2xx, a 304 and a 412 may label anything.
        if status != 412 {
            assert_eq!(self.etag(), None, "{self:?}");
        }
        self
    }

    /// A 412 that names the field that failed and the tag that would have matched.
    #[track_caller]
    pub(crate) fn assert_failed(&self, field: &str, current: Option<&str>) -> &Self {
        self.assert_problem(412);
        let problem = self.json();
        assert_eq!(problem["header"], field, "{self:?}");
        assert_eq!(problem["currentETag"], Value::from(current), "{self:?}");
        assert_eq!(self.etag(), current, "{self:?}");
        self
    }

    /// A 422 whose body names `pointer`, in whichever of its strings.
    #[track_caller]
    pub(crate) fn assert_names(&self, pointer: &str) -> &Self {
        self.assert_problem(422);
        assert!(
            names(&self.json(), pointer),
            "{pointer} is not named in {self:?}"
        );
        self
    }
}

fn names(value: &Value, pointer: &str) -> bool {
    match value {
        Value::String(text) => text
            .split([' ', ',', ';', ':', '`', '"', '\''])
            .any(|word| word == pointer || word.strip_prefix('#') == Some(pointer)),
        Value::Array(items) => items.iter().any(|item| names(item, pointer)),
        Value::Object(members) => members.values().any(|member| names(member, pointer)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}
