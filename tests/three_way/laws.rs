//! The laws, over documents so small that edits meet often.

use std::collections::BTreeSet;

use proptest::{collection::vec, prelude::*, sample::subsequence};
use serde_json::{Map, Value, json};
use tower_conditional::merge::{
    ThreeWay,
    three_way::{Conflict, Conflicts},
};

/// Scalars, two spellings of one number among them.
fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(json!(null)),
        Just(json!(1)),
        Just(json!(1.0)),
        Just(json!(2)),
        Just(json!("1")),
    ]
}

/// Any document: objects over three names, arrays, and at `k` arrays whose elements have keys
/// more often than not.
fn document() -> impl Strategy<Value = Value> {
    scalar().prop_recursive(3, 24, 4, |inner| {
        let member = (
            prop_oneof![Just("a"), Just("b"), Just("c/~")],
            inner.clone(),
        );
        prop_oneof![
            3 => vec(member, 0..4).prop_map(object),
            1 => vec(inner.clone(), 0..3).prop_map(Value::Array),
            2 => keyed(inner).prop_map(|array| json!({"k": array})),
        ]
    })
}

fn object(members: Vec<(&str, Value)>) -> Value {
    let members = members
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value));
    Value::Object(members.collect())
}

fn keyed(inner: impl Strategy<Value = Value> + Clone) -> impl Strategy<Value = Value> {
    let keys = vec![json!("p"), json!("q"), json!("r"), json!(1), json!(10)];
    let distinct = subsequence(keys, 0..5).prop_shuffle();
    (distinct, vec(inner, 5), 0..10).prop_map(|(keys, values, odd)| {
        let element = |(key, value)| json!({"id": key, "v": value});
        let mut array: Vec<_> = keys.into_iter().zip(values).map(element).collect();
        if odd == 0 {
            array.push(json!({"v": 1}));
        }
        Value::Array(array)
    })
}

/// A document and two edits of it, each of which leaves parts as they were.
fn edits() -> impl Strategy<Value = [Value; 3]> {
    let edit = || vec(document(), 1..3);
    (document(), edit(), edit(), any::<[u64; 2]>()).prop_map(|(base, ours, theirs, seeds)| {
        let edit = |others: Vec<Value>, seed| {
            let mut dice = Dice(seed);
            others
                .into_iter()
                .fold(base.clone(), |base, other| mix(&base, &other, &mut dice))
        };
        let [ours, theirs] = [edit(ours, seeds[0]), edit(theirs, seeds[1])];
        [base, ours, theirs]
    })
}

struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> bool {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (self.0 >> 33).is_multiple_of(sides)
    }
}

/// `base` with a few of its places taken from `other`, moved, or gone.
fn mix(base: &Value, other: &Value, dice: &mut Dice) -> Value {
    match (base, other) {
        (Value::Object(base), Value::Object(other)) => {
            let mut mixed = Map::new();
            for (name, value) in base {
                if !dice.roll(6) {
                    let other = other.get(name).unwrap_or(value);
                    mixed.insert(name.clone(), mix(value, other, dice));
                }
            }
            for (name, value) in other {
                if !base.contains_key(name) && dice.roll(2) {
                    mixed.insert(name.clone(), value.clone());
                }
            }
            Value::Object(mixed)
        }
        (Value::Array(base), Value::Array(other)) => {
            let mut mixed: Vec<_> = base.iter().filter(|_| !dice.roll(6)).cloned().collect();
            for element in other {
                let known = mixed
                    .iter_mut()
                    .find(|it| it.get("id") == element.get("id"));
                match known {
                    Some(known) if dice.roll(2) => *known = mix(known, element, dice),
                    None if dice.roll(2) => mixed.insert(mixed.len() / 2, element.clone()),
                    _ => {}
                }
            }
            if mixed.len() > 1 && dice.roll(4) {
                mixed.rotate_left(1);
            }
            Value::Array(mixed)
        }
        _ if dice.roll(3) => other.clone(),
        _ => base.clone(),
    }
}

fn merge() -> ThreeWay {
    let keys = ["/k", "/*/k", "/*/*/k", "/k/*/v/k", "/*/k/*/v/k"];
    keys.into_iter().fold(ThreeWay::new(), |merge, path| {
        merge.array_key(path, "id").expect("a pointer")
    })
}

/// Numbers in one spelling, so that values can be compared by `==`.
fn plain(value: &Value) -> Value {
    match value {
        Value::Number(number) if number.as_f64() == Some(1.0) => json!(1),
        Value::Array(elements) => elements.iter().map(plain).collect(),
        Value::Object(members) => {
            let members = members
                .iter()
                .map(|(name, value)| (name.clone(), plain(value)));
            Value::Object(members.collect())
        }
        _ => value.clone(),
    }
}

/// A conflict's pointer and its three values.
type Place = (String, [Option<Value>; 3]);

fn plain_conflict(conflict: &Conflict) -> Place {
    let values = [&conflict.base, &conflict.ours, &conflict.theirs];
    let values = values.map(|value| value.as_ref().map(plain));
    (conflict.pointer.clone(), values)
}

fn plain_outcome(outcome: Result<Value, Conflicts>) -> Result<Value, Vec<Place>> {
    match outcome {
        Ok(merged) => Ok(plain(&merged)),
        Err(found) => Err(found.as_slice().iter().map(plain_conflict).collect()),
    }
}

/// Every place of a document that is reached through members alone, and what is there; objects
/// stand for themselves by being there.
fn places(value: &Value) -> BTreeSet<(String, String)> {
    let mut found = BTreeSet::new();
    let mut open = vec![(String::new(), value)];
    while let Some((pointer, value)) = open.pop() {
        match value {
            Value::Object(members) => {
                for (name, value) in members {
                    let token = name.replace('~', "~0").replace('/', "~1");
                    open.push((format!("{pointer}/{token}"), value));
                }
                found.insert((pointer, "an object".to_owned()));
            }
            _ => _ = found.insert((pointer, plain(value).to_string())),
        }
    }
    found
}

/// Whether one place is the other, or inside it.
fn meet(one: &str, other: &str) -> bool {
    let inside = |inner: &str, outer: &str| {
        inner
            .strip_prefix(outer)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    inside(one, other) || inside(other, one)
}

/// What `edit` put where `base` had something else or nothing, and what it removed.
fn changes(base: &Value, edit: &Value) -> [BTreeSet<(String, String)>; 2] {
    let (base, edit) = (places(base), places(edit));
    [&edit - &base, &base - &edit]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn nothing_changed_is_nothing_changed(document in document()) {
        prop_assert_eq!(merge().merge(&document, &document, &document), Ok(document));
    }

    #[test]
    fn who_did_nothing_agrees_with_the_other(documents in edits()) {
        let [base, edit, _] = documents;
        prop_assert_eq!(merge().merge(&base, &edit, &base), Ok(edit.clone()));
        let merged = merge().merge(&base, &base, &edit).map(|it| plain(&it));
        prop_assert_eq!(merged, Ok(plain(&edit)));
    }

    #[test]
    fn the_same_edit_twice_is_that_edit(documents in edits()) {
        let [base, edit, _] = documents;
        prop_assert_eq!(merge().merge(&base, &edit, &edit), Ok(edit));
    }

    #[test]
    fn sides_that_change_places_change_places_in_the_conflicts_and_nothing_else(
        documents in edits(),
    ) {
        let [base, ours, theirs] = documents;
        let one = plain_outcome(merge().merge(&base, &ours, &theirs));
        let other = plain_outcome(merge().merge(&base, &theirs, &ours)).map_err(|mut conflicts| {
            for (_, values) in &mut conflicts {
 values.swap(1, 2);
}
            conflicts
        });
        prop_assert_eq!(one, other);
    }

    #[test]
    fn an_edit_that_was_merged_already_changes_nothing_more(documents in edits()) {
        let [base, ours, theirs] = documents;
        if let Ok(merged) = merge().merge(&base, &ours, &theirs) {
            let plain_merge = |one, other| merge().merge(&base, one, other).map(|it| plain(&it));
            prop_assert_eq!(plain_merge(&merged, &theirs), Ok(plain(&merged)));
            prop_assert_eq!(plain_merge(&ours, &merged), Ok(plain(&merged)));
        }
    }

    /// By an independent look at the changes: places reached through members alone.
    #[test]
    fn every_change_that_is_in_no_conflict_is_in_the_merge(documents in edits()) {
        let documents = documents.map(|document| plain(&document));
        let [base, ours, theirs] = &documents;
        let (conflicts, merged) = match ThreeWay::new().merge(base, ours, theirs) {
            Ok(merged) => (Vec::new(), merged),
            Err(found) => found.into_parts(),
        };
        let found = places(&merged);
        for side in [ours, theirs] {
            let [put, removed] = changes(base, side);
            let free = |(pointer, _): &&(String, String)| {
                !conflicts.iter().any(|conflict| meet(&conflict.pointer, pointer))
            };
            for change in put.iter().filter(free) {
                prop_assert!(found.contains(change), "{:?} is not in {}", change, merged);
            }
            for change in removed.iter().filter(free) {
                prop_assert!(!found.contains(change), "{:?} is still in {}", change, merged);
            }
        }
        // And nothing else is: what neither side has is not there.
        let known = &places(ours) | &places(theirs);
        prop_assert!(found.is_subset(&known));
    }

    #[test]
    fn every_conflict_is_one_and_leads_to_its_place(documents in edits()) {
        let [base, ours, theirs] = documents;
        let Err(found) = merge().merge(&base, &ours, &theirs) else { return Ok(()) };
        prop_assert!(!found.as_slice().is_empty());
        for conflict in found.as_slice() {
            let (pointer, [base, ours, theirs]) = plain_conflict(conflict);
            prop_assert!(base != ours && base != theirs && ours != theirs, "{}", pointer);
            let there = found.merged().pointer(&pointer).map(plain);
            prop_assert_eq!(there, ours.or(theirs), "{}", pointer);
        }
        for pair in found.as_slice().windows(2) {
            prop_assert!(!meet(&pair[0].pointer, &pair[1].pointer));
        }
    }
}
