//! Laws, on texts and frames that nobody thought of.

use std::fmt::Write as _;

use bytes::Bytes;
use proptest::{collection::vec, prelude::*, sample::select};
use serde_json::Value;
use tower_conditional::{Version, include_version};

use crate::frames::{Frames, json, read};

/// The body, cut at these places, with the member in it.
fn included(body: &[u8], cuts: &[prop::sample::Index], is_frank: bool) -> Vec<u8> {
    read(include_version(json(framed(body, cuts).frank(is_frank)), Version::new(5)).into_body())
        .bytes()
}

pub(crate) fn framed(body: &[u8], cuts: &[prop::sample::Index]) -> Frames {
    let mut places: Vec<_> = cuts.iter().map(|cut| cut.index(body.len() + 1)).collect();
    places.sort_unstable();
    let mut frames = Vec::new();
    let mut from = 0;
    for to in places.into_iter().chain([body.len()]) {
        frames.push(Bytes::copy_from_slice(&body[from..to]));
        from = to;
    }
    Frames::of(frames)
}

pub(crate) fn cuts() -> impl Strategy<Value = Vec<prop::sample::Index>> {
    vec(any::<prop::sample::Index>(), 0..24)
}

/// The outer structure as the module's docs define it, one byte after the other: where the
/// closing brace is and whether the object is empty, of an object that lacks the member.
fn place(text: &[u8]) -> Option<(usize, bool)> {
    let is_space = |byte: &u8| b" \t\r\n".contains(byte);
    let mut at = if text.starts_with(b"\xEF\xBB\xBF") {
        3
    } else {
        0
    };
    at += text[at..].iter().position(|byte| !is_space(byte))?;
    if text[at] != b'{' {
        return None;
    }
    let open = at;
    let mut depth = 0;
    let mut string = None;
    while at < text.len() {
        match (text[at], string) {
            (b'\\', _) => at += 1,
            (b'"', None) => string = Some(at + 1),
            (b'"', Some(start)) => {
                string = None;
                let next = text[at + 1..].iter().find(|byte| !is_space(byte));
                if depth == 1 && next == Some(&b':') && spells_version(&text[start..at]) {
                    return None;
                }
            }
            (b'{' | b'[', None) => depth += 1,
            (b'}' | b']', None) => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            let is_object = text[at] == b'}' && text[at + 1..].iter().all(is_space);
            let is_empty = text[open + 1..at].iter().all(is_space);
            return is_object.then_some((at, is_empty));
        }
        at += 1;
    }
    None
}

fn spells_version(content: &[u8]) -> bool {
    let string = [b"\"", content, b"\""].concat();
    content == b"version"
        || serde_json::from_slice(&string).is_ok_and(|text: String| text == "version")
}

fn expected(text: &[u8]) -> Vec<u8> {
    let Some((at, is_empty)) = place(text) else {
        return text.to_vec();
    };
    let member = if is_empty {
        "\"version\":5"
    } else {
        ",\"version\":5"
    };
    [&text[..at], member.as_bytes(), &text[at..]].concat()
}

/// What JSON is made of, and what makes it go wrong, in no order.
fn scraps() -> impl Strategy<Value = Vec<u8>> {
    let scraps = [
        "{",
        "}",
        "[",
        "]",
        "\"",
        "\\",
        ":",
        ",",
        " ",
        "\n",
        "\"version\"",
        "version",
        "\"version\":1",
        "\\u0076ersion",
        "\"versio\\u006e\" :",
        "\"a\":",
        "\"\\\\\"",
        "\"\\\"\"",
        "{}",
        "[]",
        "\u{FEFF}",
        "a",
        "é",
        "\0",
        "1",
        "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"",
        "\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\",
    ];
    vec(select(scraps.to_vec()), 0..60).prop_map(|scraps| scraps.concat().into_bytes())
}

/// A JSON value, written with white space and escapes where they may stand.
pub(crate) fn value() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        select(vec![
            "null", "true", "-1.5e9", "0", "\"\"", "\"}\"", "\"\\\"\"", "\"\\\\\""
        ])
        .prop_map(str::to_owned),
        string(),
    ];
    leaf.prop_recursive(5, 60, 6, |inner| {
        prop_oneof![
            (vec(inner.clone(), 0..6), space()).prop_map(|(items, space)| {
                format!("[{space}{}{space}]", items.join(&format!("{space},")))
            }),
            object(inner),
        ]
    })
}

pub(crate) fn object(value: impl Strategy<Value = String>) -> impl Strategy<Value = String> {
    (vec((name(), value), 0..6), space()).prop_map(|(members, space)| {
        let mut seen = std::collections::HashSet::new();
        let members: Vec<_> = members
            .into_iter()
            .filter(|(name, _)| {
                seen.insert(serde_json::from_str::<String>(name).expect("a string"))
            })
            .map(|(name, value)| format!("{name}{space}:{value}"))
            .collect();
        format!(
            "{{{space}{}{space}}}",
            members.join(&format!("{space},{space}"))
        )
    })
}

fn name() -> impl Strategy<Value = String> {
    let names = [
        "\"version\"",
        "\"\\u0076ersion\"",
        "\"versio\\u006E\"",
        "\"versions\"",
        "\"a\"",
        "\"\"",
    ];
    prop_oneof![1 => select(names.to_vec()).prop_map(str::to_owned), 2 => string()]
}

/// A string literal: any characters, some escaped that need not be.
fn string() -> impl Strategy<Value = String> {
    vec((any::<char>(), any::<bool>()), 0..90).prop_map(|characters| {
        let mut literal = String::from("\"");
        for (character, is_escaped) in characters {
            if is_escaped {
                for unit in character.encode_utf16(&mut [0; 2]) {
                    write!(literal, "\\u{unit:04X}").expect("a string takes it");
                }
            } else {
                let quoted = serde_json::to_string(&character).expect("a character");
                literal += &quoted[1..quoted.len() - 1];
            }
        }
        literal + "\""
    })
}

fn space() -> impl Strategy<Value = String> {
    prop_oneof![2 => Just(String::new()), 1 => "[ \\n\\r\\t]{0,70}"]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn any_json_text_in_any_frames_comes_out_as_parsing_inserting_and_printing_would(
        (before, text, after) in (space(), value(), space()),
        cuts in cuts(),
        is_frank: bool,
    ) {
        let text = format!("{before}{text}{after}");
        let mut value: Value = serde_json::from_str(&text).expect("JSON");
        if let Some(object) = value.as_object_mut() {
            object.entry("version").or_insert(5.into());
        }
        let bytes = included(text.as_bytes(), &cuts, is_frank);
        prop_assert_eq!(serde_json::from_slice::<Value>(&bytes).expect("JSON"), value);
        prop_assert_eq!(bytes, expected(text.as_bytes()));
    }

    #[test]
    fn an_object_comes_out_as_parsing_inserting_and_printing_would(
        text in object(value()),
        cuts in cuts(),
    ) {
        let mut value: Value = serde_json::from_str(&text).expect("JSON");
        value.as_object_mut().expect("an object").entry("version").or_insert(5.into());
        let bytes = included(text.as_bytes(), &cuts, true);
        prop_assert_eq!(serde_json::from_slice::<Value>(&bytes).expect("JSON"), value);
    }

    #[test]
    fn scraps_of_json_come_out_as_the_outer_structure_says(
        text in scraps(),
        cuts in cuts(),
        is_frank: bool,
    ) {
        prop_assert_eq!(included(&text, &cuts, is_frank), expected(&text));
        let object = [b"{", &text[..], b"}"].concat();
        prop_assert_eq!(included(&object, &cuts, is_frank), expected(&object));
    }

    #[test]
    fn random_bytes_come_out_as_the_outer_structure_says(
        text in vec(any::<u8>(), 0..300),
        cuts in cuts(),
    ) {
        prop_assert_eq!(included(&text, &cuts, true), expected(&text));
        let object = [b"{", &text[..], b"}"].concat();
        prop_assert_eq!(included(&object, &cuts, false), expected(&object));
    }
}
