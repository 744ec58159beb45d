//! Reading the members of a JSON object one by one, each fault named by its JSON Pointer.

use std::fmt;

use serde_json::{Map, Value};

/// What is wrong with which member.
#[derive(Debug, PartialEq)]
pub(crate) struct Invalid {
    /// RFC 6901; empty for the whole document.
    pointer: String,
    reason: String,
}

impl Invalid {
    /// A fault of the value that is being looked at.
    pub(crate) fn new(reason: impl Into<String>) -> Self {
        Self {
            pointer: String::new(),
            reason: reason.into(),
        }
    }

    /// The same fault seen from the object (or array) that holds the value as `member`.
    pub(crate) fn within(mut self, member: &str) -> Self {
        let member = member.replace('~', "~0").replace('/', "~1");
        self.pointer.insert_str(0, &format!("/{member}"));
        self
    }

    pub(crate) fn into_pointer(self) -> String {
        self.pointer
    }
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.pointer.as_str() {
            "" => write!(f, "The document {}.", self.reason),
            // The whole one stands in the member `pointer`.
            pointer if pointer.chars().nth(200).is_some() => {
                let start: String = pointer.chars().take(200).collect();
                write!(f, "{start}… {}.", self.reason)
            }
            pointer => write!(f, "{pointer} {}.", self.reason),
        }
    }
}

/// The members of an object that have not been read yet.
#[derive(Debug)]
pub(crate) struct Members(Map<String, Value>);

impl Members {
    pub(crate) fn of(value: Value) -> Result<Self, Invalid> {
        match value {
            Value::Object(members) => Ok(Self(members)),
            _ => Err(Invalid::new("must be an object")),
        }
    }

    pub(crate) fn required<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(Value) -> Result<T, Invalid>,
    ) -> Result<T, Invalid> {
        self.optional(name, read)?
            .ok_or_else(|| Invalid::new("is missing").within(name))
    }

    pub(crate) fn optional<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(Value) -> Result<T, Invalid>,
    ) -> Result<Option<T>, Invalid> {
        let read = |value| read(value).map_err(|invalid| invalid.within(name));
        self.0.remove(name).map(read).transpose()
    }

    /// Ends the reading: what is left over is no member of the resource.
    pub(crate) fn end(self) -> Result<(), Invalid> {
        match self.0.keys().next() {
            Some(name) => Err(Invalid::new("is not a member of this resource").within(name)),
            None => Ok(()),
        }
    }

    /// What is left, for an object whose member names are data.
    pub(crate) fn into_rest(self) -> Map<String, Value> {
        self.0
    }
}

pub(crate) fn string(value: Value) -> Result<String, Invalid> {
    match value {
        Value::String(text) => Ok(text),
        _ => Err(Invalid::new("must be a string")),
    }
}

pub(crate) fn boolean(value: Value) -> Result<bool, Invalid> {
    serde_json::from_value(value).map_err(|_| Invalid::new("must be true or false"))
}

/// A `name`: 1 to 200 Unicode characters.
pub(crate) fn name(value: Value) -> Result<String, Invalid> {
    let name = string(value)?;
    match name.chars().count() {
        1..=200 => Ok(name),
        _ => Err(Invalid::new("must have 1 to 200 characters")),
    }
}

/// One of a few words, each with what it stands for.
pub(crate) fn one_of<T: Copy>(words: &[(&str, T)], value: Value) -> Result<T, Invalid> {
    let text = string(value)?;
    let found = words.iter().find(|(word, _)| *word == text);
    found.map(|(_, meaning)| *meaning).ok_or_else(|| {
        let words: Vec<_> = words.iter().map(|(word, _)| *word).collect();
        Invalid::new(format!("must be one of {}", words.join(", ")))
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_fault_is_named_by_an_escaped_json_pointer() {
        let invalid = Invalid::new("is odd").within("a/b~c").within("fields");
        assert_eq!(invalid.to_string(), "/fields/a~1b~0c is odd.");
        assert_eq!(invalid.into_pointer(), "/fields/a~1b~0c");
    }

    #[test]
    fn a_name_is_counted_in_characters_not_in_bytes() {
        assert!(name(json!("ü".repeat(200))).is_ok());
        assert!(name(json!("ü".repeat(201))).is_err());
        assert!(name(json!("")).is_err());
    }
}
