//! Deep documents.

use std::thread;

use serde_json::{Value, json};
use tower_conditional::merge::{three_way, three_way::MAX_DEPTH};

use crate::values::places;

/// Two members inside `depth` objects.
fn nested(depth: usize, x: u64, y: u64) -> Value {
    (0..depth).fold(json!({"x": x, "y": y}), |inner, _| json!({"a": inner}))
}

#[test]
fn all_that_serde_json_reads_is_merged_by_member_on_a_small_stack() {
    // serde_json stops at 128 levels, and the innermost object is one of them.
    let text = |x, y| {
        let inner = format!(r#"{{"x":{x},"y":{y}}}"#);
        format!("{}{inner}{}", r#"{"a":"#.repeat(126), "}".repeat(126))
    };
    let parse = |text: String| serde_json::from_str::<Value>(&text);
    assert!(parse(format!("{{\"a\":{}}}", text(1, 1))).is_err());
    let [base, ours, theirs] = [(1, 1), (2, 1), (1, 2)].map(|(x, y)| parse(text(x, y)).unwrap());
    let merged = thread::Builder::new()
        .stack_size(512 * 1024)
        .spawn(move || three_way(&base, &ours, &theirs))
        .expect("a thread")
        .join()
        .expect("no overflow");
    assert_eq!(merged, Ok(parse(text(2, 2)).unwrap()));
}

#[test]
fn what_is_deeper_is_whole() {
    let merge = |depth| {
        let [base, ours, theirs] = [(1, 1), (2, 1), (1, 2)].map(|(x, y)| nested(depth, x, y));
        three_way(&base, &ours, &theirs)
    };
    assert_eq!(merge(MAX_DEPTH - 1), Ok(nested(MAX_DEPTH - 1, 2, 2)));
    let found = merge(MAX_DEPTH).unwrap_err();
    assert_eq!(places(&found), ["/a".repeat(MAX_DEPTH)]);
    assert!(merge(MAX_DEPTH + 1).is_err());
}

#[test]
fn values_of_any_depth_are_compared_without_recursion() {
    // `Value`'s own drop recurses, and gets a large stack; the merge a small one.
    let merged = thread::Builder::new()
        .stack_size(256 * 1024 * 1024)
        .spawn(|| {
            let deep = || (0..100_000).fold(json!(1), |inner, _| Value::Array(vec![inner]));
            let (base, ours) = (deep(), deep());
            thread::scope(|scope| {
                thread::Builder::new()
                    .stack_size(128 * 1024)
                    .spawn_scoped(scope, || three_way(&base, &ours, &json!("replaced")))
                    .expect("a thread")
                    .join()
                    .expect("no overflow")
            })
        })
        .expect("a thread")
        .join()
        .expect("no overflow");
    assert_eq!(merged, Ok(json!("replaced")));
}
