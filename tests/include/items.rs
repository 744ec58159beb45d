//! Lists whose items get their versions.

use bytes::Bytes;
use http::HeaderValue;
use proptest::{collection::vec, option, prelude::*, sample::select};
use serde_json::Value;
use tower_conditional::{ItemVersions, Version, include_item_versions};

use crate::{
    frames::{Broken, Frames, cut, json, read},
    laws::{cuts, framed, object, value},
};

fn versions() -> ItemVersions {
    let versions = [
        ("a", 4),
        ("b\"é", 9),
        ("17", 3),
        ("twice", 1),
        ("twice", 2),
        ("same", 6),
        ("same", 6),
    ];
    ItemVersions::new(
        "id",
        versions.map(|(id, version)| (id, Version::new(version))),
    )
}

fn included(body: &str) -> String {
    let through = |frames: Frames| {
        let bytes = read(include_item_versions(json(frames), versions()).into_body()).bytes();
        String::from_utf8(bytes).expect("text")
    };
    let whole = through(Frames::of([Bytes::copy_from_slice(body.as_bytes())]).frank(true));
    for width in [1, 2, 3, 7, 64, 65] {
        assert_eq!(
            through(Frames::of(cut(body.as_bytes(), width))),
            whole,
            "frames of {width}"
        );
    }
    whole
}

#[test]
fn each_item_gets_the_version_that_stands_for_its_id() {
    let items = [
        // An item, and what it becomes.
        (r#"{"id":"a"}"#, r#"{"id":"a","version":4}"#),
        (
            r#"{"x":[{"id":"b"}],"id" : "a","y":{}}"#,
            r#"{"x":[{"id":"b"}],"id" : "a","y":{},"version":4}"#,
        ),
        (
            r#"{"id":"b\u0022\u00e9"}"#,
            r#"{"id":"b\u0022\u00e9","version":9}"#,
        ),
        (
            r#"{"\u0069d":"\u0061" }"#,
            r#"{"\u0069d":"\u0061" ,"version":4}"#,
        ),
        (r#"{"id":17}"#, r#"{"id":17,"version":3}"#),
        (r#"{"id": 17 ,"x":1}"#, r#"{"id": 17 ,"x":1,"version":3}"#),
        (r#"{"id":"17"}"#, r#"{"id":"17","version":3}"#),
        (r#"{"id":"same"}"#, r#"{"id":"same","version":6}"#),
        // No version that is surely the item's own.
        (r#"{"id":"c"}"#, r#"{"id":"c"}"#),
        (r#"{"id":"twice"}"#, r#"{"id":"twice"}"#),
        (r#"{"id":"a","id":"a"}"#, r#"{"id":"a","id":"a"}"#),
        (r#"{"id":"a","id":null}"#, r#"{"id":"a","id":null}"#),
        (r#"{"id":["a"]}"#, r#"{"id":["a"]}"#),
        (r#"{"id":170}"#, r#"{"id":170}"#),
        (r#"{"id":"\ud800"}"#, r#"{"id":"\ud800"}"#),
        (r#"{"x":"id","y":"a"}"#, r#"{"x":"id","y":"a"}"#),
        (r#"{"x":{"id":"a"}}"#, r#"{"x":{"id":"a"}}"#),
        (r#"{"id":"a","version":1}"#, r#"{"id":"a","version":1}"#),
        (
            r#"{"versio\u006e" : 1,"id":"a"}"#,
            r#"{"versio\u006e" : 1,"id":"a"}"#,
        ),
        (
            r#"{"id":"a","x":{"version":1}}"#,
            r#"{"id":"a","x":{"version":1},"version":4}"#,
        ),
        ("{}", "{}"),
        (r#"["id","a"]"#, r#"["id","a"]"#),
        (r#"[{"id":"a"}]"#, r#"[{"id":"a"}]"#),
        ("1", "1"),
    ];
    for (item, expected) in items {
        for (before, behind) in [
            (r#"{"items":["#, r#"],"next":null}"#),
            (
                "\u{FEFF} {\"x\":{\"items\":[{\"id\":\"a\"}]},\"items\" : [ {\"id\":\"z\"}, ",
                "]}",
            ),
        ] {
            let list = included(&format!("{before}{item}{behind}"));
            assert_eq!(list, format!("{before}{expected}{behind}"));
        }
    }
    let (all, expected): (Vec<_>, Vec<_>) = items.into_iter().unzip();
    let list = |items: &[&str]| format!(r#"{{"items":[{}]}}"#, items.join(" , "));
    assert_eq!(included(&list(&all)), list(&expected));
}

#[test]
fn what_is_no_list_stays_as_it_is() {
    for body in [
        r#"[{"id":"a"}]"#,
        r#"{"items":{"id":"a"}}"#,
        r#"{"items":{"x":[{"id":"a"}]}}"#,
        r#"{"items":"x","y":[{"id":"a"}]}"#,
        r#"{"x":[{"id":"a"}],"y":"items"}"#,
        r#"{"x":{"items":[{"id":"a"}]}}"#,
        r#"{"items":[],"x":[{"id":"a"}]}"#,
        r#"{}{"items":[{"id":"a"}]}"#,
    ] {
        assert_eq!(included(body), body);
    }
}

#[test]
fn the_list_may_have_another_name() {
    let items = ItemVersions::new("n", [(String::from("1"), Version::new(7))]).list("rows");
    let body = Frames::of([Bytes::from(r#"{"items":[{"n":1}],"rows":[{"n":1}]}"#)]);
    let bytes = read(include_item_versions(json(body), items).into_body()).bytes();
    assert_eq!(
        bytes,
        br#"{"items":[{"n":1}],"rows":[{"n":1,"version":7}]}"#
    );
}

#[test]
fn a_list_without_content_or_of_another_type_is_left_alone() {
    let mut response = json(Frames::of([Bytes::from(r#"{"items":[{"id":"a"}]}"#)]));
    let text = HeaderValue::from_static("text/plain");
    response.headers_mut().insert("content-type", text);
    let bytes = read(include_item_versions(response, versions()).into_body()).bytes();
    assert_eq!(bytes, br#"{"items":[{"id":"a"}]}"#);
}

#[test]
fn what_passes_between_the_members_is_uncopied_and_a_failure_passes() {
    let frame = Bytes::from(r#"{"items":[{"id":"a"},{"id":"a"}]}"#);
    let range = frame.as_ptr_range();
    let body = Frames::of([frame.clone()]).broken();
    let seen = read(include_item_versions(json(body), versions()).into_body());
    assert_eq!(seen.error, Some(Broken));
    let passed: Vec<_> = seen
        .frames
        .iter()
        .filter(|piece| range.contains(&piece.as_ptr()))
        .collect();
    assert_eq!(passed, [r#"{"items":[{"id":"a""#, r#",{"id":"a""#, "]}"]);
}

/// Where a frame ended decided whether the number was an id: found by the law of any frames.
#[test]
fn a_number_that_runs_into_a_string_is_no_id_in_any_frames() {
    let body = r#"{"items":[{"id":17"id":"a"},{"id":17x},{"id":17\"}]}"#;
    assert_eq!(included(body), body);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn any_list_in_any_frames_comes_out_as_parsing_inserting_and_printing_would(
        items in vec((option::of(select(vec!["\"a\"", "17", "\"b\\\"\u{e9}\"", "\"c\"", "{}"])), object(value())), 0..8),
        before in object(value()),
        cuts in cuts(),
        is_frank: bool,
    ) {
        let items: Vec<_> = items.iter().map(|(id, members)| match id {
            // The id at the end, or at the start.
            Some(id) if members.len() % 2 == 0 => {
                let comma = if serde_json::from_str::<Value>(members).unwrap() == serde_json::json!({}) { "" } else { "," };
                format!("{}{comma}\"id\":{id}}}", &members[..members.len() - 1])
            }
            Some(id) => {
                let comma = if serde_json::from_str::<Value>(members).unwrap() == serde_json::json!({}) { "" } else { "," };
                format!("{{\"id\":{id}{comma}{}", &members[1..])
            }
            None => members.clone(),
        }).collect();
        let text = format!("{{\"x\":{before},\"items\":[{}],\"next\":null}}", items.join(",\n"));
        let mut expected: Value = serde_json::from_str(&text).unwrap();
        for item in expected["items"].as_array_mut().unwrap() {
            let version = match &item["id"] {
                Value::String(id) if id == "a" => Some(4),
                Value::String(id) if id == "b\"\u{e9}" => Some(9),
                Value::Number(id) if id.as_u64() == Some(17) => Some(3),
                _ => None,
            };
            if let Some(version) = version {
                item.as_object_mut().unwrap().entry("version").or_insert(version.into());
            }
        }
        let body = include_item_versions(json(framed(text.as_bytes(), &cuts).frank(is_frank)), versions()).into_body();
        let bytes = read(body).bytes();
        prop_assert_eq!(serde_json::from_slice::<Value>(&bytes).expect("JSON"), expected);
        // Without the members it is what went in.
        let text_of = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("text");
        prop_assert!(bytes.len() >= text.len());
        if bytes.len() == text.len() {
            prop_assert_eq!(text_of(&bytes), text);
        }
    }

    #[test]
    fn random_bytes_never_panic_and_come_out_alike_in_any_frames(
        scraps in vec(select(vec!["{", "}", "[", "]", "\"", "\\", ":", ",", " ", "\"items\":[", "\"id\":\"a\"", "{\"id\":17}", "\"id\":", "17", "\"version\":", "\"a\""]), 0..60),
        cuts in cuts(),
    ) {
        let text = format!("{{\"items\":[{}", scraps.concat());
        let through = |body| read(include_item_versions(json(body), versions()).into_body()).bytes();
        let whole = through(Frames::of([Bytes::copy_from_slice(text.as_bytes())]));
        prop_assert_eq!(through(framed(text.as_bytes(), &cuts)), whole);
    }
}
