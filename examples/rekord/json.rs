//! JSON from outside: the difference between what is malformed and what merely cannot be used.
//!
//! `serde_json` reports both alike, and takes the last of two members with one name. Here a member
//! name given twice, a number past a double's range, an integer that no double holds exactly, and
//! an escape that is no character are well formed by RFC 8259's grammar, and are refused with the
//! JSON Pointer of the place. So each value that gets through has one meaning, and one hash.

use std::fmt;

use serde::de::{
    DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor,
};
use serde_json::{Map, Value};
use tower_conditional::integrity::canonicalize;

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
        Ok(value) => match inexact(text) {
            Some(invalid) => Err(JsonError::Unusable(invalid)),
            None => Ok(value),
        },
        // Skipping a value checks the grammar alone.
        Err(_) if serde_json::from_str::<IgnoredAny>(text).is_ok() => {
            let reason = "has a member twice, or a value that is too large or too deep";
            Err(JsonError::Unusable(fault(reason, &path)))
        }
        Err(error) => Err(JsonError::Malformed(format!(
            "the body is not JSON: {error}"
        ))),
    }
}

/// What stands for another value than was written: `serde_json` keeps integers up to 2^64 and
/// rounds those past it, where RFC 8785 has doubles alone.
fn inexact(text: &str) -> Option<Invalid> {
    let error = canonicalize(text.as_bytes()).err()?;
    // Cut off before the value at fault, the text leads to its place and ends there.
    let before = text.get(..error.offset()?).unwrap_or_default();
    let mut path = Vec::new();
    let mut reader = serde_json::Deserializer::from_str(before);
    let _ = At(&mut path).deserialize(&mut reader);
    Some(fault("has no exact value as a double", &path))
}

fn fault(reason: &str, path: &[String]) -> Invalid {
    path.iter()
        .rev()
        .fold(Invalid::new(reason), |at, member| at.within(member))
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
    fn an_integer_that_no_double_holds_exactly_is_named_by_its_place() {
        for integer in [
            "9007199254740993",
            "-9007199254740993",
            "18446744073709551615",
            "18446744073709551617",
            "100000000000000000000000000000000000000000000001",
        ] {
            for (text, expected) in [
                (
                    format!(r#"{{"a/ü": [0, {{"b": [[{integer}]]}}]}}"#),
                    "/a~1ü/1/b/0/0",
                ),
                (
                    format!(r#"{{"b": 1, "a": {integer}, "c": 9007199254740993}}"#),
                    "/a",
                ),
                (format!("[[], 1,{integer}]"), "/2"),
                (integer.to_owned(), ""),
            ] {
                assert_eq!(
                    pointer(text.as_bytes()).as_deref(),
                    Some(expected),
                    "{text}"
                );
            }
        }
        for number in [
            "9007199254740992",
            "9007199254740994",
            "9007199254740993.0",
            "9007199254740993e0",
            "1152921504606846976",
            "18446744073709551616",
            "1e308",
            "0.1000000000000000055",
            "1e-400",
            "-0",
        ] {
            assert!(parse(number.as_bytes()).is_ok(), "{number}");
        }
    }

    #[test]
    fn a_number_is_the_nearest_double_and_stays_it_when_it_is_written_and_read_again() {
        // Where a quick conversion is one off in the last place.
        for (text, bits) in [
            ("51.24817837550540", 51.248_178_375_505_4_f64.to_bits()),
            ("-93.3113703768803", (-93.311_370_376_880_3_f64).to_bits()),
            ("122.416294033786585", 122.416_294_033_786_58_f64.to_bits()),
            (
                "18446744073709551616",
                18_446_744_073_709_551_616_f64.to_bits(),
            ),
        ] {
            let value = parse(text.as_bytes()).unwrap();
            assert_eq!(value.as_f64().map(f64::to_bits), Some(bits), "{text}");
            let again = parse(value.to_string().as_bytes()).unwrap();
            assert_eq!(again, value, "{text}");
        }
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
        let text = r#"{"a": [null, true, -1, 9007199254740992, 0.5, "\u0000\ud83d\ude00"]}"#;
        assert_eq!(parse(text.as_bytes()).ok(), serde_json::from_str(text).ok());
    }
}
