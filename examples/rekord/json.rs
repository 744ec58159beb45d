//! JSON from outside: the difference between what is malformed and what merely cannot be used.
//!
//! `serde_json` reports both alike, and takes the last of two members with one name. Here a member
//! name given twice, a number that no double can hold, and an escape that is no character are well
//! formed by RFC 8259's grammar, and are refused with the JSON Pointer of the place.

use std::fmt;

use serde::de::{
    DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor,
};
use serde_json::{Map, Value};

use crate::members::Invalid;

/// Why a text is no usable JSON document.
#[derive(Debug)]
pub(crate) enum JsonError {
    /// Not JSON.
    Malformed(String),
    /// JSON, but not to be used here.
    Unusable(Invalid),
}

pub(crate) fn parse(text: &[u8]) -> Result<Value, JsonError> {
    let text = str::from_utf8(text)
        .map_err(|error| JsonError::Malformed(format!("the body is not UTF-8: {error}")))?;
    let mut path = Vec::new();
    let mut reader = serde_json::Deserializer::from_str(text);
    let parsed = At(&mut path).deserialize(&mut reader);
    match parsed.and_then(|value| reader.end().map(|()| value)) {
        Ok(value) => Ok(value),
        // Skipping a value checks the grammar alone.
        Err(_) if serde_json::from_str::<IgnoredAny>(text).is_ok() => {
            let reason = "has a member twice, or a value that is too large or too deep";
            let invalid = Invalid::new(reason);
            Err(JsonError::Unusable(
                path.iter()
                    .rev()
                    .fold(invalid, |at, member| at.within(member)),
            ))
        }
        Err(error) => Err(JsonError::Malformed(format!(
            "the body is not JSON: {error}"
        ))),
    }
}

/// Reads the value at a path; where that fails, the path stays at the place that was reached.
struct At<'a>(&'a mut Vec<String>);

impl<'de> DeserializeSeed<'de> for At<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for At<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut array = Vec::new();
        loop {
            self.0.push(array.len().to_string());
            let item = items.next_element_seed(At(&mut *self.0))?;
            self.0.pop();
            match item {
                Some(item) => array.push(item),
                None => return Ok(Value::Array(array)),
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            self.0.push(name.clone());
            if object.contains_key(&name) {
                return Err(A::Error::custom("a member name is given twice"));
            }
            let value = members.next_value_seed(At(&mut *self.0))?;
            self.0.pop();
            object.insert(name, value);
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pointer(text: &[u8]) -> Option<String> {
        match parse(text) {
            Err(JsonError::Unusable(invalid)) => Some(invalid.into_pointer()),
            _ => None,
        }
    }

    #[test]
    fn what_is_well_formed_but_not_usable_is_named_by_its_place() {
        assert_eq!(pointer(br#"{"a": 1, "a": 2}"#).as_deref(), Some("/a"));
        assert_eq!(pointer(br#"{"a": [0, 1e999]}"#).as_deref(), Some("/a/1"));
        assert_eq!(
            pointer(br#"{"a": {"b": "\ud800"}}"#).as_deref(),
            Some("/a/b")
        );
        assert!(pointer("[".repeat(9999).as_bytes()).is_none());
        let deep = format!("{}{}", "[".repeat(9999), "]".repeat(9999));
        assert!(pointer(deep.as_bytes()).is_some_and(|pointer| pointer.starts_with("/0/0")));
    }

    #[test]
    fn what_is_not_json_is_malformed() {
        for text in [
            "",
            "{",
            "{\"a\": 1} 2",
            "{'a': 1}",
            "[1,]",
            "01",
            "\"\t\"",
            "nul",
        ] {
            assert!(
                matches!(parse(text.as_bytes()), Err(JsonError::Malformed(_))),
                "{text}"
            );
        }
        assert!(matches!(parse(b"\"\xFF\""), Err(JsonError::Malformed(_))));
    }

    #[test]
    fn other_documents_are_read_as_serde_json_reads_them() {
        let text = r#"{"a": [null, true, -1, 18446744073709551615, 0.5, "\u0000\ud83d\ude00"]}"#;
        assert_eq!(parse(text.as_bytes()).ok(), serde_json::from_str(text).ok());
    }
}
