//! The value that is to be written after a merge, and the value that a write has made.

use bytes::Bytes;
use http::{StatusCode, Uri};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::merge::{ThreeWay, three_way::Conflicts};

use super::{
    UpdateErrorKind, Versioned, content::parse, error::Fault, exchange::Answer,
    location::is_of_target, tags::tag_of,
};

/// Both edits in one value; `None` if theirs has ours in it.
pub(super) fn merged<T>(
    merge: &ThreeWay,
    base: &T,
    mine: &T,
    theirs: &T,
) -> Result<Option<T>, Fault>
where
    T: Serialize + DeserializeOwned,
{
    let to_value = |value: &T| -> Result<Value, Fault> {
        let value = serde_json::to_value(value);
        value.map_err(|error| Fault::caused(UpdateErrorKind::Request, error))
    };
    let [base, mine, theirs] = [to_value(base)?, to_value(mine)?, to_value(theirs)?];
    let merged = merge
        .merge(&base, &mine, &theirs)
        .map_err(|conflicts: Conflicts| Fault::caused(UpdateErrorKind::Conflict, conflicts))?;
    if merged == theirs {
        return Ok(None);
    }
    // A merge of three values of the type need not be one.
    let merged = serde_json::from_value(merged);
    merged.map_err(|error| Fault::caused(UpdateErrorKind::Content, error))
}

/// The value that a successful write has made.
pub(super) fn saved<T: DeserializeOwned>(uri: &Uri, answer: Answer, mine: T) -> Versioned<T> {
    let Answer { head, content } = answer;
    let tag = tag_of(&head.headers);
    let has_content =
        head.status != StatusCode::NO_CONTENT && !content.as_ref().is_ok_and(Bytes::is_empty);
    let (value, tag) = if has_content && is_of_target(&head.headers, uri) {
        match parse(&head.headers, content) {
            Ok(theirs) => (theirs, tag),
            // The tag is of what could not be read.
            Err(_) => (mine, None),
        }
    } else {
        // RFC 9110 §9.3.4: a tag on the answer to a PUT says that the content was stored as it
        // was sent.
        (mine, tag)
    };
    Versioned {
        value,
        tag,
        headers: head.headers,
    }
}
