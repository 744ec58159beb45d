//! Laws of the canonical form, on random input, and agreement with another canonicaliser.
#![cfg(feature = "json")]

use std::fmt::Write;

use proptest::prelude::*;
use serde_json::{Map, Number, Value};
use tower_conditional::{
    ContentHash,
    integrity::{InvalidContentKind, canonicalize, canonicalize_value},
};

/// A double that a literal of each kind can stand for: whole ones up to 2^53 among them, and those
/// from there to 10^21 left out, whose canonical form is not always a literal of their value.
fn double() -> impl Strategy<Value = f64> {
    prop_oneof![
        (-1_000_000_i32..1_000_000).prop_map(f64::from),
        whole().prop_map(nearest),
        (-100_000_000_i32..100_000_000, 0..12)
            .prop_map(|(digits, places)| { f64::from(digits) / 10_f64.powi(places) }),
        any::<u64>().prop_map(f64::from_bits),
    ]
    .prop_filter("finite, and no literal that is refused", |double| {
        double.is_finite() && (double.abs() <= 9_007_199_254_740_992.0 || double.abs() >= 1e21)
    })
}

/// Integers that each have a double.
fn whole() -> impl Strategy<Value = i64> {
    -(1_i64 << 53)..=1 << 53
}

/// The double nearest to an integer.
fn nearest(integer: impl std::fmt::Display) -> f64 {
    integer.to_string().parse().unwrap()
}

/// Characters from each range that is escaped, encoded or sorted in its own way.
fn character() -> impl Strategy<Value = char> {
    prop_oneof![
        8 => proptest::char::range('a', 'f'),
        2 => proptest::char::range('\0', '\u{7f}'),
        2 => proptest::char::range('\u{80}', '\u{d7ff}'),
        1 => proptest::char::range('\u{e000}', '\u{ffff}'),
        1 => proptest::char::range('\u{10000}', '\u{10ffff}'),
        1 => Just('"'),
        1 => Just('\\'),
        1 => Just('/'),
    ]
}

fn text() -> impl Strategy<Value = String> {
    proptest::collection::vec(character(), 0..20).prop_map(String::from_iter)
}

fn value() -> impl Strategy<Value = Value> {
    let scalar = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        double().prop_map(|double| Number::from_f64(double).map_or(Value::Null, Value::Number)),
        whole().prop_map(Value::from),
        text().prop_map(Value::from),
    ];
    scalar.prop_recursive(5, 60, 8, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..8).prop_map(Value::from),
            proptest::collection::btree_map(text(), inner, 0..8)
                .prop_map(|members| Value::from(Map::from_iter(members))),
        ]
    })
}

/// A spelling of a value that `choices` picks: white space, order of members, escapes, digits.
struct Speller<'a> {
    choices: std::iter::Cycle<std::slice::Iter<'a, u8>>,
    text: String,
}

impl Speller<'_> {
    fn spell(value: &Value, choices: &[u8]) -> String {
        let mut speller = Speller {
            choices: choices.iter().cycle(),
            text: String::new(),
        };
        speller.value(value);
        speller.space();
        speller.text
    }

    fn choose(&mut self, count: usize) -> usize {
        usize::from(*self.choices.next().unwrap()) % count
    }

    fn space(&mut self) {
        let space = ["", "", "", " ", "\n\t ", "\r\n        "][self.choose(6)];
        self.text.push_str(space);
    }

    fn value(&mut self, value: &Value) {
        self.space();
        match value {
            Value::Null | Value::Bool(_) => self.text += &value.to_string(),
            Value::Number(number) => self.number(number.as_f64().unwrap()),
            Value::String(text) => self.string(text),
            Value::Array(elements) => {
                self.text.push('[');
                for (index, element) in elements.iter().enumerate() {
                    self.text += if index > 0 { "," } else { "" };
                    self.value(element);
                    self.space();
                }
                self.text.push(']');
            }
            Value::Object(members) => {
                let mut members: Vec<_> = members.iter().collect();
                for end in (1..members.len()).rev() {
                    let other = self.choose(end + 1);
                    members.swap(end, other);
                }
                self.text.push('{');
                for (index, (name, member)) in members.into_iter().enumerate() {
                    self.text += if index > 0 { "," } else { "" };
                    self.space();
                    self.string(name);
                    self.space();
                    self.text.push(':');
                    self.value(member);
                    self.space();
                }
                self.text.push('}');
            }
        }
        self.space();
    }

    fn number(&mut self, double: f64) {
        let choice = self.choose(6);
        let text = match choice {
            0 => format!("{double:e}"),
            1 => format!("{double:E}"),
            2 => format!("{double:.17e}"),
            3 => format!("{double:.800}"),
            4 if double.fract() == 0.0 => format!("{double:.0}"),
            _ => format!("{double:?}"),
        };
        self.text.push_str(&text);
    }

    fn string(&mut self, text: &str) {
        self.text.push('"');
        for character in text.chars() {
            let escaped = matches!(character, '"' | '\\' | '\0'..='\u{1f}');
            let choice = self.choose(8);
            if choice == 0 && "\"\\/".contains(character) {
                self.text.push('\\');
                self.text.push(character);
            } else if escaped || choice == 0 {
                for unit in character.encode_utf16(&mut [0; 2]) {
                    let _ = if choice.is_multiple_of(2) {
                        write!(self.text, "\\u{unit:04x}")
                    } else {
                        write!(self.text, "\\u{unit:04X}")
                    };
                }
            } else {
                self.text.push(character);
            }
        }
        self.text.push('"');
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn spelling_and_order_of_members_make_no_difference(
        value in value(),
        choices in proptest::collection::vec(any::<u8>(), 1..200),
    ) {
        let spelling = Speller::spell(&value, &choices);
        let expected = canonicalize_value(&value).unwrap();
        let canonical = canonicalize(spelling.as_bytes()).unwrap();
        prop_assert_eq!(String::from_utf8_lossy(&canonical), String::from_utf8_lossy(&expected));
        prop_assert_eq!(
            ContentHash::of_json(spelling.as_bytes()).unwrap(),
            ContentHash::of(&value).unwrap()
        );
    }

    #[test]
    fn another_canonicaliser_gives_the_same_bytes(
        value in value(),
        choices in proptest::collection::vec(any::<u8>(), 1..200),
    ) {
        let spelling = Speller::spell(&value, &choices);
        let theirs = serde_json_canonicalizer::to_string(&value).unwrap();
        let ours = canonicalize(spelling.as_bytes()).unwrap();
        prop_assert_eq!(String::from_utf8_lossy(&ours), theirs);
    }

    #[test]
    fn the_canonical_form_is_its_own_and_keeps_the_value(value in value()) {
        let canonical = canonicalize_value(&value).unwrap();
        prop_assert_eq!(&canonicalize(&canonical).unwrap(), &canonical);
        let read: Value = serde_json::from_slice(&canonical).unwrap();
        prop_assert!(same(&read, &value), "{} {}", read, value);
    }

    #[test]
    fn values_that_differ_have_forms_that_differ(one in value(), other in value()) {
        let forms = (canonicalize_value(&one).unwrap(), canonicalize_value(&other).unwrap());
        prop_assert_eq!(as_doubles(one) == as_doubles(other), forms.0 == forms.1);
    }

    #[test]
    fn every_double_is_printed_as_ecmascript_prints_it(bits: u64) {
        let double = f64::from_bits(bits);
        prop_assume!(double.is_finite());
        let expected = ryu_js::Buffer::new().format_finite(double).to_owned();
        let canonical = canonicalize(format!("{double:e}").as_bytes()).unwrap();
        prop_assert_eq!(String::from_utf8_lossy(&canonical), expected);
    }

    /// The short way for decimals of few digits, against the long way through the double.
    #[test]
    fn every_decimal_is_printed_as_ecmascript_prints_its_double(
        literal in "-?(0|[1-9][0-9]{0,15})\\.[0-9]{1,14}0{0,3}",
    ) {
        let expected = ryu_js::Buffer::new().format_finite(literal.parse::<f64>().unwrap()).to_owned();
        let canonical = canonicalize(literal.as_bytes()).unwrap();
        prop_assert_eq!(String::from_utf8_lossy(&canonical), expected);
    }

    #[test]
    fn an_integer_literal_is_taken_exactly_if_a_double_holds_it(integer: i128, shift in 0..127_u32) {
        let integer = integer >> shift;
        let double = nearest(integer);
        // All the digits of the double, which is an integer too.
        let exact = format!("{double:.0}") == integer.to_string();
        match canonicalize(integer.to_string().as_bytes()) {
            Ok(canonical) => {
                prop_assert!(exact, "{}", integer);
                let expected = ryu_js::Buffer::new().format_finite(double).to_owned();
                prop_assert_eq!(String::from_utf8_lossy(&canonical), expected);
            }
            Err(error) => {
                prop_assert!(!exact, "{}", integer);
                prop_assert_eq!(error.kind(), InvalidContentKind::InexactInteger);
            }
        }
    }

    #[test]
    fn any_bytes_get_an_answer_and_an_offset_inside_them(
        bytes in proptest::collection::vec(any::<u8>(), 0..200),
    ) {
        answers(&bytes)?;
    }

    /// Bytes that get further into the grammar: a spelling with a few bytes changed, cut or added.
    #[test]
    fn a_damaged_document_gets_an_answer_and_agrees_with_a_parser(
        value in value(),
        choices in proptest::collection::vec(any::<u8>(), 1..50),
        damages in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..4), 1..4),
    ) {
        let mut bytes = Speller::spell(&value, &choices).into_bytes();
        for (index, byte, damage) in damages {
            let at = index.index(bytes.len().max(1));
            match damage {
                0 => bytes.truncate(at),
                1 => bytes.insert(at, byte),
                2 => bytes.insert(at, b"{}[]\",:\\u0-.e"[usize::from(byte) % 13]),
                _ if at < bytes.len() => bytes[at] = byte,
                _ => {}
            }
        }
        answers(&bytes)?;
    }
}

/// No panic; what is taken is JSON to `serde_json` as well, and what is refused as no JSON isn't.
fn answers(bytes: &[u8]) -> Result<(), TestCaseError> {
    let parsed = serde_json::from_slice::<Value>(bytes);
    match canonicalize(bytes) {
        Ok(canonical) => {
            let read = serde_json::from_slice(&canonical);
            prop_assert!(same(&parsed.unwrap(), &read.unwrap()), "{:?}", bytes);
        }
        Err(error) => {
            prop_assert!(error.offset().unwrap() <= bytes.len());
            let refusal_of_ours = matches!(
                error.kind(),
                InvalidContentKind::RepeatedName | InvalidContentKind::InexactInteger
            );
            prop_assert!(refusal_of_ours || parsed.is_err(), "{:?}: {}", bytes, error);
        }
    }
    Ok(())
}

/// The value as JSON's numbers are to RFC 8785: doubles, of which zero has one sign.
fn as_doubles(value: Value) -> Value {
    match value {
        Value::Number(number) => Value::from(number.as_f64().unwrap() + 0.0),
        Value::Array(elements) => elements.into_iter().map(as_doubles).collect(),
        Value::Object(members) => members
            .into_iter()
            .map(|(name, member)| (name, as_doubles(member)))
            .collect(),
        other => other,
    }
}

/// Whether two values are one but for the last digit of a double, which `serde_json` may misread
/// without its feature `float_roundtrip`; the laws above compare doubles exactly.
fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => {
            let (one, other) = (one.as_f64().unwrap(), other.as_f64().unwrap());
            (one - other).abs() <= (one.abs() * 1e-15).max(1e-322)
        }
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len()
                && one
                    .iter()
                    .zip(other)
                    .all(|(one, other)| one.0 == other.0 && same(one.1, other.1))
        }
        (one, other) => one == other,
    }
}
