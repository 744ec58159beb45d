//! Arrays that are merged by the key of their elements.

use serde_json::{Value, json};
use tower_conditional::merge::{ThreeWay, three_way::Conflicts};

use crate::values::places;

fn by_id() -> ThreeWay {
    ThreeWay::new().array_key("", "id").expect("a pointer")
}

/// Merges arrays of elements that are keys alone, which must work from either side.
fn merge_keys(base: &[&str], ours: &[&str], theirs: &[&str]) -> Result<Vec<String>, Conflicts> {
    let array = |keys: &[&str]| keys.iter().map(|key| json!({"id": key})).collect::<Value>();
    let merged = by_id().merge(&array(base), &array(ours), &array(theirs));
    let swapped = by_id().merge(&array(base), &array(theirs), &array(ours));
    assert_eq!(merged.is_ok(), swapped.is_ok());
    if merged.is_ok() {
        assert_eq!(merged, swapped, "the sides have changed places");
    }
    let elements = merged?;
    let elements = elements.as_array().expect("an array").iter();
    Ok(elements
        .map(|element| element["id"].as_str().expect("a key").to_owned())
        .collect())
}

#[test]
fn the_order_is_defined_whatever_both_sides_did() {
    for (base, ours, theirs, merged) in [
        // Added at the start, in the middle, at the end.
        ("a b", "x a b", "a b", "x a b"),
        ("a b", "x a b", "a y b", "x a y b"),
        ("a b", "a b x", "a y b", "a y b x"),
        // In the same place: together, and the smaller first key goes first.
        ("a", "a x z", "a y", "a x z y"),
        ("", "z x", "y", "y z x"),
        // Deleted.
        ("a b c", "a c", "b c", "c"),
        ("a b c", "a c", "a b x c", "a x c"),
        // One side moved, the other added or deleted.
        ("a b c", "c b a", "a b x c", "c b x a"),
        ("a b c", "c b a", "a c", "c a"),
        ("a b c", "b a c x", "a b c y", "b a c x y"),
        // Both moved alike, or added the same.
        ("a b c", "c a b", "c a b", "c a b"),
        ("a", "x a", "x a", "x a"),
        ("a b", "b x a", "a b x", "b x a"),
    ] {
        let [base, ours, theirs, merged] =
            [base, ours, theirs, merged].map(|it| it.split_whitespace().collect::<Vec<_>>());
        let found = merge_keys(&base, &ours, &theirs);
        assert_eq!(
            found,
            Ok(merged.iter().map(ToString::to_string).collect()),
            "{ours:?} {theirs:?}"
        );
    }
}

#[test]
fn two_ways_of_moving_are_one_conflict_of_the_array() {
    let found = merge_keys(&["a", "b", "c"], &["b", "a", "c"], &["a", "c", "b"]).unwrap_err();
    assert_eq!(places(&found), [""]);
    let found = merge_keys(&["a", "b"], &["x", "a", "b"], &["a", "x", "b"]).unwrap_err();
    assert_eq!(places(&found), [""]);
}

#[test]
fn elements_merge_by_member() {
    let merged = by_id().merge(
        &json!([{"id": 1, "x": 1, "y": 1}, {"id": 2, "x": 1}]),
        &json!([{"id": 2, "x": 1}, {"id": 1, "x": 2, "y": 1}]),
        &json!([{"id": 1.0, "x": 1, "y": 3}, {"id": 2, "x": 5}]),
    );
    assert_eq!(
        merged,
        Ok(json!([{"id": 2, "x": 5}, {"id": 1, "x": 2, "y": 3}]))
    );
}

#[test]
fn a_conflict_points_into_the_merged_array() {
    let found = by_id()
        .merge(
            &json!([{"id": "a", "x": 1}, {"id": "b", "x": 1}, {"id": "c", "x": 1}]),
            &json!([{"id": "b", "x": 2}, {"id": "c", "x": 1}]),
            &json!([{"id": "n"}, {"id": "a", "x": 9}, {"id": "b", "x": 3}]),
        )
        .unwrap_err();
    // We deleted `a`, which they changed; both changed `b`; they deleted `c`, as it was.
    assert_eq!(
        *found.merged(),
        json!([{"id": "n"}, {"id": "a", "x": 9}, {"id": "b", "x": 2}])
    );
    assert_eq!(places(&found), ["/1", "/2/x"]);
    assert_eq!(found.as_slice()[0].ours, None);
    assert_eq!(found.as_slice()[1].theirs, Some(json!(3)));
}

#[test]
fn an_element_that_both_added_in_two_ways_is_a_conflict() {
    let found = by_id()
        .merge(
            &json!([]),
            &json!([{"id": 7, "x": 1}]),
            &json!([{"id": 7, "x": 2}]),
        )
        .unwrap_err();
    assert_eq!(places(&found), ["/0"]);
    assert_eq!(found.as_slice()[0].base, None);
}

#[test]
fn an_array_with_an_element_that_has_no_key_of_its_own_is_whole() {
    let plain = json!([{"id": 1, "x": 1}, {"id": 2, "x": 1}]);
    let ours = json!([{"id": 1, "x": 2}, {"id": 2, "x": 1}]);
    for odd in [
        json!([{"id": 1, "x": 1}, {"id": 2, "x": 3}, {"id": 2}]),
        json!([{"id": 1, "x": 1}, {"id": 2, "x": 3}, {"id": 1.0}]),
        json!([{"id": 1, "x": 1}, {"x": 3}]),
        json!([{"id": 1, "x": 1}, {"id": null}]),
        json!([{"id": 1, "x": 1}, 2]),
    ] {
        let found = by_id().merge(&plain, &ours, &odd).unwrap_err();
        assert_eq!(places(&found), [""], "{odd}");
        assert_eq!(by_id().merge(&plain, &plain, &odd), Ok(odd.clone()));
        assert_eq!(by_id().merge(&odd, &ours, &odd), Ok(ours.clone()));
    }
}

#[test]
fn keys_of_different_types_are_different() {
    let merged = by_id().merge(
        &json!([]),
        &json!([{"id": "1", "x": 1}]),
        &json!([{"id": 1, "x": 2}]),
    );
    assert_eq!(merged, Ok(json!([{"id": 1, "x": 2}, {"id": "1", "x": 1}])));
}

#[test]
fn a_star_goes_through_members_and_elements() {
    let merge = ThreeWay::new()
        .array_key("/shelves", "name")
        .and_then(|it| it.array_key("/shelves/*/books", "isbn"))
        .and_then(|it| it.array_key("/~1odd~0/*", "k"))
        .expect("pointers");
    let document = |x, y, z| {
        json!({
            "shelves": [{"name": "a", "books": [{"isbn": 1, "x": x}, {"isbn": 2, "x": y}]}],
            "/odd~": {"any": [{"k": 1, "z": z}, {"k": 2, "z": y}]},
        })
    };
    assert_eq!(
        merge.merge(&document(1, 1, 1), &document(2, 1, 2), &document(1, 3, 1)),
        Ok(document(2, 3, 2))
    );
}

#[test]
fn of_two_keys_for_one_array_the_later_one_counts() {
    let merge = ThreeWay::new()
        .array_key("/a", "missing")
        .and_then(|it| it.array_key("/*", "id"))
        .expect("pointers");
    let document = |x, y| json!({"a": [{"id": 1, "x": x}, {"id": 2, "x": y}]});
    assert_eq!(
        merge.merge(&document(1, 1), &document(2, 1), &document(1, 2)),
        Ok(document(2, 2))
    );
}

#[test]
fn an_array_inside_an_array_that_is_whole_is_not_looked_into() {
    let merge = ThreeWay::new().array_key("/*/a", "id").expect("a pointer");
    let document = |x, y| json!([{"a": [{"id": 1, "x": x}, {"id": 2, "x": y}]}]);
    let found = merge
        .merge(&document(1, 1), &document(2, 1), &document(1, 2))
        .unwrap_err();
    assert_eq!(places(&found), [""]);
}
