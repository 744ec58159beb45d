//! The content hash of `Serialize` values: `serde_json`'s document, with errors where that hides
//! something.
#![cfg(feature = "json")]

use std::{
    collections::{BTreeMap, HashMap},
    error::Error,
};

use serde::{Serialize, Serializer};
use serde_json::{Value, json};
use tower_conditional::{
    ContentHash,
    integrity::{InvalidContentKind, MAX_DEPTH, canonicalize_value},
};

#[derive(Serialize)]
struct Record {
    name: &'static str,
    amount: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
    kind: Kind,
    #[serde(flatten)]
    more: BTreeMap<&'static str, Value>,
}

#[derive(Serialize)]
enum Kind {
    Unit,
    Newtype(u8),
    Tuple(i8, char),
    Struct { id: u128, flag: bool },
}

#[derive(Serialize)]
struct Unit;

#[derive(Serialize)]
struct Pair(f32, ());

fn form<T: Serialize>(value: &T) -> String {
    String::from_utf8(canonicalize_value(value).unwrap()).unwrap()
}

fn refused<T: Serialize>(value: &T) -> InvalidContentKind {
    let error = canonicalize_value(value).unwrap_err();
    assert_eq!(error.offset(), None);
    assert_eq!(ContentHash::of(value).unwrap_err().kind(), error.kind());
    error.kind()
}

#[test]
fn every_shape_of_value_is_that_of_serde_json() {
    let record = |kind| Record {
        name: "b",
        amount: 1.0,
        note: None,
        kind,
        more: BTreeMap::from([("zero", json!(-0.0)), ("a", json!({"y": 1, "x": null}))]),
    };
    for (kind, printed) in [
        (Kind::Unit, r#""Unit""#),
        (Kind::Newtype(7), r#"{"Newtype":7}"#),
        (Kind::Tuple(-1, '€'), r#"{"Tuple":[-1,"€"]}"#),
        (
            Kind::Struct { id: 5, flag: true },
            r#"{"Struct":{"flag":true,"id":5}}"#,
        ),
    ] {
        let record = record(kind);
        let expected = format!(
            r#"{{"a":{{"x":null,"y":1}},"amount":1,"kind":{printed},"name":"b","zero":0}}"#
        );
        assert_eq!(form(&record), expected);
        let document = serde_json::to_vec(&record).unwrap();
        assert_eq!(
            ContentHash::of(&record).unwrap(),
            ContentHash::of_json(&document).unwrap()
        );
    }
    // A float is printed as serde_json prints it, by its own shortest digits.
    assert_eq!(
        form(&(Unit, Pair(0.1, ()), Some(b"ab"), [0_u8; 0])),
        "[null,[0.1,null],[97,98],[]]"
    );
}

#[test]
fn keys_of_maps_become_strings_as_serde_json_makes_them() {
    assert_eq!(
        form(&BTreeMap::from([(9, 'a'), (10, 'b')])),
        r#"{"10":"b","9":"a"}"#
    );
    assert_eq!(
        form(&HashMap::from([(true, 1), (false, 2)])),
        r#"{"false":2,"true":1}"#
    );
    assert_eq!(form(&BTreeMap::from([('x', 1)])), r#"{"x":1}"#);
    let error = canonicalize_value(&HashMap::from([([1, 2], 1)])).unwrap_err();
    assert_eq!(error.kind(), InvalidContentKind::NotSerializable);
    assert_eq!(error.source().unwrap().to_string(), "key must be a string");
}

#[test]
fn nan_and_infinity_are_refused_wherever_they_stand() {
    struct FloatKey(f64);

    impl Serialize for FloatKey {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.collect_map([(self.0, 1)])
        }
    }

    let nan = InvalidContentKind::NotFinite;
    assert_eq!(refused(&f64::NAN), nan);
    assert_eq!(refused(&f32::NEG_INFINITY), nan);
    assert_eq!(
        refused(&json!({}).as_object().map(|_| [Some(f64::INFINITY)])),
        nan
    );
    assert_eq!(refused(&BTreeMap::from([("a", (1, f64::NAN))])), nan);
    assert_eq!(refused(&Pair(f32::NAN, ())), nan);
    assert_eq!(refused(&FloatKey(f64::NAN)), nan);
    assert_eq!(form(&FloatKey(1.5)), r#"{"1.5":1}"#);
}

#[test]
fn integers_beyond_what_a_double_holds_exactly_are_refused() {
    let inexact = InvalidContentKind::InexactInteger;
    assert_eq!(refused(&9_007_199_254_740_993_u64), inexact);
    assert_eq!(refused(&u64::MAX), inexact);
    assert_eq!(refused(&i64::MAX), inexact);
    assert_eq!(refused(&[i128::MAX]), inexact);
    assert_eq!(refused(&u128::MAX), inexact);
    assert_eq!(form(&i64::MIN), "-9223372036854776000");
    assert_eq!(form(&(1_u64 << 60)), "1152921504606847000");
    assert_eq!(form(&(1_u128 << 100)), "1.2676506002282294e+30");
    assert_eq!(form(&(1_u64 << 53)), "9007199254740992");
}

#[test]
fn a_name_that_is_serialized_twice_is_refused() {
    let record = Record {
        name: "b",
        amount: 1.0,
        note: None,
        kind: Kind::Unit,
        more: BTreeMap::from([("name", json!("c"))]),
    };
    assert_eq!(refused(&record), InvalidContentKind::RepeatedName);
}

#[test]
fn a_deep_value_is_refused_before_the_stack_ends() {
    struct Deep(usize);

    impl Serialize for Deep {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.collect_seq((self.0 > 0).then(|| Self(self.0 - 1)))
        }
    }

    assert_eq!(form(&Deep(MAX_DEPTH - 1)).len(), 2 * MAX_DEPTH);
    assert_eq!(refused(&Deep(MAX_DEPTH)), InvalidContentKind::TooDeep);
    assert_eq!(refused(&Deep(usize::MAX)), InvalidContentKind::TooDeep);
}

#[test]
fn what_a_value_refuses_is_the_source_of_the_error() {
    struct Refuses;

    impl Serialize for Refuses {
        fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
            Err(serde::ser::Error::custom("not today"))
        }
    }

    let error = ContentHash::of(&[Refuses]).unwrap_err();
    assert_eq!(error.kind(), InvalidContentKind::NotSerializable);
    assert_eq!(error.to_string(), "the value cannot be serialized as JSON");
    assert_eq!(error.source().unwrap().to_string(), "not today");
}

#[test]
fn a_text_of_any_length_and_character_is_kept() {
    let text: String = ('\0'..='\u{ffff}').chain(['😀', '\u{10ffff}']).collect();
    let read: String = serde_json::from_str(&form(&text)).unwrap();
    assert!(read == text);
}
