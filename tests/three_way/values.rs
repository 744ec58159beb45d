//! Values and objects: which changes meet, and which are in conflict.

use serde_json::{Value, json};
use tower_conditional::merge::{
    ThreeWay, three_way,
    three_way::{Conflicts, InvalidPathKind},
};

/// The pointers of the conflicts.
pub(crate) fn places(conflicts: &Conflicts) -> Vec<&str> {
    let pointers = conflicts.as_slice().iter().map(|it| it.pointer.as_str());
    pointers.collect()
}

fn conflicts(base: &Value, ours: &Value, theirs: &Value) -> Conflicts {
    three_way(base, ours, theirs).expect_err("a conflict")
}

#[test]
fn changes_of_different_members_meet_at_any_depth() {
    let merged = three_way(
        &json!({"a": {"b": {"x": 1, "y": 1}}, "gone": [1], "kept": null}),
        &json!({"a": {"b": {"x": 2, "y": 1}}, "gone": [1], "kept": null, "mine": {}}),
        &json!({"a": {"b": {"x": 1, "y": 3}}, "kept": null, "theirs": []}),
    );
    assert_eq!(
        merged,
        Ok(json!({"a": {"b": {"x": 2, "y": 3}}, "kept": null, "mine": {}, "theirs": []}))
    );
}

#[test]
fn the_same_change_on_both_sides_is_no_conflict() {
    for (base, edit) in [
        (json!({"a": 1, "b": 1}), json!({"a": 2})),
        (json!({}), json!({"a": {"b": [1]}})),
        (json!([1]), json!([2])),
        (json!({"a": 1}), json!("a text")),
    ] {
        assert_eq!(three_way(&base, &edit, &edit), Ok(edit.clone()));
    }
}

#[test]
fn two_new_values_are_a_conflict_that_holds_all_three() {
    let found = conflicts(
        &json!({"a": {"b": 1}, "c": 1}),
        &json!({"a": {"b": 2}, "c": 1}),
        &json!({"a": {"b": 3}, "c": 4}),
    );
    let [conflict] = found.as_slice() else {
        panic!("{found}")
    };
    assert_eq!(conflict.pointer, "/a/b");
    assert_eq!(conflict.base, Some(json!(1)));
    assert_eq!(conflict.ours, Some(json!(2)));
    assert_eq!(conflict.theirs, Some(json!(3)));
    assert_eq!(*found.merged(), json!({"a": {"b": 2}, "c": 4}));
}

#[test]
fn a_deletion_against_an_edit_is_a_conflict_from_either_side() {
    let base = json!({"a": {"x": 1}, "b": 1});
    let deleted = json!({"b": 1});
    let edited = json!({"a": {"x": 2}, "b": 1});

    let found = conflicts(&base, &deleted, &edited);
    assert_eq!(places(&found), ["/a"]);
    assert_eq!(found.as_slice()[0].ours, None);
    assert_eq!(found.as_slice()[0].theirs, Some(json!({"x": 2})));
    // What the deletion would have thrown away stays, so that every pointer leads somewhere.
    assert_eq!(*found.merged(), edited);

    let found = conflicts(&base, &edited, &deleted);
    assert_eq!(found.as_slice()[0].theirs, None);
    assert_eq!(*found.merged(), edited);
}

#[test]
fn absent_is_not_null() {
    let found = conflicts(&json!({"a": 1}), &json!({}), &json!({"a": null}));
    assert_eq!(found.as_slice()[0].ours, None);
    assert_eq!(found.as_slice()[0].theirs, Some(Value::Null));
    assert_eq!(
        three_way(
            &json!({"a": null}),
            &json!({}),
            &json!({"a": null, "b": null})
        ),
        Ok(json!({"b": null}))
    );
}

#[test]
fn objects_that_both_added_are_not_mixed() {
    let found = conflicts(
        &json!({}),
        &json!({"address": {"city": "Bonn"}}),
        &json!({"address": {"street": "Main Street"}}),
    );
    assert_eq!(places(&found), ["/address"]);
    assert_eq!(found.as_slice()[0].base, None);
}

#[test]
fn an_object_that_one_side_replaced_is_whole() {
    let base = json!({"a": {"x": 1}});
    let found = conflicts(&base, &json!({"a": {"x": 2}}), &json!({"a": [1]}));
    assert_eq!(places(&found), ["/a"]);
    assert_eq!(
        three_way(&base, &json!({"a": 5}), &base),
        Ok(json!({"a": 5}))
    );
}

#[test]
fn a_document_that_is_no_object_is_whole() {
    let found = conflicts(&json!(1), &json!(2), &json!({"a": 1}));
    assert_eq!(places(&found), [""]);
    assert_eq!(
        three_way(&json!("a"), &json!("a"), &json!(null)),
        Ok(json!(null))
    );
}

#[test]
fn arrays_are_whole_where_no_key_is_named() {
    let found = conflicts(
        &json!({"a": [{"id": 1, "x": 1}, {"id": 2, "x": 1}]}),
        &json!({"a": [{"id": 1, "x": 2}, {"id": 2, "x": 1}]}),
        &json!({"a": [{"id": 1, "x": 1}, {"id": 2, "x": 2}]}),
    );
    assert_eq!(places(&found), ["/a"]);
}

#[test]
fn numbers_are_equal_by_their_decimal_value() {
    let parse = |text: &str| serde_json::from_str::<Value>(text).expect("JSON");
    for (one, other) in [
        ("1", "1.0"),
        ("0", "-0.0"),
        ("100", "1e2"),
        ("[1]", "[1.0]"),
    ] {
        let merged = three_way(&parse(one), &parse(other), &json!("changed"));
        assert_eq!(
            merged,
            Ok(json!("changed")),
            "{one} and {other} are one value"
        );
    }
    for (one, other) in [
        ("9007199254740993", "9007199254740992.0"),
        ("18446744073709551615", "18446744073709551614"),
        ("1", "1.0000000000000002"),
        ("1", "\"1\""),
        ("0", "false"),
    ] {
        let found = conflicts(&parse(one), &parse(other), &json!("changed"));
        assert_eq!(places(&found), [""], "{one} and {other} are two");
    }
}

#[test]
fn pointers_are_escaped_and_lead_to_the_place() {
    let base = json!({"a/b": {"~": 1, "": 1, "ü": 1}});
    let found = conflicts(
        &base,
        &json!({"a/b": {"~": 2, "": 2, "ü": 2}}),
        &json!({"a/b": {"~": 3, "": 3, "ü": 3}}),
    );
    assert_eq!(places(&found), ["/a~1b/", "/a~1b/~0", "/a~1b/ü"]);
    for pointer in places(&found) {
        assert_eq!(found.merged().pointer(pointer), Some(&json!(2)));
    }
}

#[test]
fn a_message_names_places_and_shows_no_values() {
    let of = |value: &str| json!({"a": value, "b": value, "c": value, "d": value});
    let found = conflicts(&of("secret"), &of("hidden"), &of("private"));
    assert_eq!(
        found.to_string(),
        r#"both sides changed "/a", "/b", "/c" and 1 more"#
    );
}

#[test]
fn a_path_that_is_no_pointer_is_refused() {
    for (path, kind) in [
        ("items", InvalidPathKind::NoSlash),
        ("*", InvalidPathKind::NoSlash),
        ("/a~2", InvalidPathKind::Escape),
        ("/a~", InvalidPathKind::Escape),
        ("/~~01", InvalidPathKind::Escape),
    ] {
        let refused = ThreeWay::new().array_key(path, "id").unwrap_err();
        assert_eq!(refused.kind(), kind, "{path}");
    }
}
