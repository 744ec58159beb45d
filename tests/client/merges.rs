//! `replace_with_merge`: another client's edit and one's own in one document.

use serde_json::{Value, json};
use tower_conditional::{
    client::{UpdateErrorKind, Versioned},
    merge::ThreeWay,
};

use crate::script::{Script, Step, done, status, tag};

fn document(tag: &str, value: &Value) -> Step {
    status(200).with("etag", tag).holding(&value.to_string())
}

fn base() -> Versioned<Value> {
    let value = json!({"name": "a", "status": "draft", "lines": [{"sku": 1, "n": 1}]});
    Versioned::new(value, "\"1\"".parse().ok())
}

fn edited(path: &str, to: Value) -> Value {
    let mut value = base().value;
    *value.pointer_mut(path).expect("a member") = to;
    value
}

#[tokio::test]
async fn without_another_client_mine_is_written_as_it_is() {
    let script = Script::new([done("\"2\"")]);
    let mine = edited("/name", json!("b"));
    let saved = script
        .updater()
        .replace_with_merge("/d", base(), mine.clone())
        .await;
    assert_eq!(saved.expect("saved").value, mine);
    assert_eq!(script.log(), [format!("PUT /d if-match: \"1\" {mine}")]);
}

#[tokio::test]
async fn edits_of_different_members_are_both_written() {
    let theirs = edited("/status", json!("active"));
    let script = Script::new([
        status(412),
        document("\"2\"", &theirs),
        status(412),
        document("\"3\"", &json!({"name": "a", "status": "active"})),
        done("\"4\""),
    ]);
    let mine = edited("/name", json!("b"));
    let saved = script
        .updater()
        .replace_with_merge("/d", base(), mine)
        .await
        .expect("saved");
    assert_eq!(saved.value, json!({"name": "b", "status": "active"}));
    assert_eq!(tag(&saved).as_deref(), Some("\"4\""));
    let both = json!({"name": "b", "status": "active", "lines": [{"sku": 1, "n": 1}]});
    assert_eq!(script.log()[2], format!("PUT /d if-match: \"2\" {both}"));
}

#[tokio::test]
async fn a_conflict_ends_it_with_all_three_documents() {
    let theirs = edited("/name", json!("c"));
    let script = Script::new([status(412), document("\"2\"", &theirs)]);
    let mine = edited("/name", json!("b"));
    let error = script
        .updater()
        .replace_with_merge("/d", base(), mine.clone())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), UpdateErrorKind::Conflict);
    let conflicts = error.conflicts().expect("conflicts").as_slice();
    assert_eq!(conflicts[0].pointer, "/name");
    assert_eq!(conflicts[0].theirs, Some(json!("c")));
    let (was, written, found) = error.into_documents();
    assert_eq!(was.map(|it| it.value), Some(base().value));
    assert_eq!(written, Some(mine));
    // With this tag, and a value that a person has merged, it can go on.
    assert_eq!(found.as_ref().and_then(tag).as_deref(), Some("\"2\""));
    assert_eq!(found.map(|it| it.value), Some(theirs));
    assert!(script.is_over());
}

#[tokio::test]
async fn what_both_have_done_is_not_written_twice() {
    let same = edited("/name", json!("b"));
    let script = Script::new([status(412), document("\"2\"", &same)]);
    let saved = script
        .updater()
        .replace_with_merge("/d", base(), same.clone())
        .await;
    let saved = saved.expect("nothing is left to do");
    assert_eq!(
        (saved.value.clone(), tag(&saved).as_deref()),
        (same, Some("\"2\""))
    );
    assert!(script.is_over());
}

#[tokio::test]
async fn arrays_merge_by_the_key_that_was_named() {
    let theirs = edited("/lines", json!([{"sku": 1, "n": 1}, {"sku": 2, "n": 1}]));
    let script = Script::new([status(412), document("\"2\"", &theirs), done("\"3\"")]);
    let by_sku = ThreeWay::new()
        .array_key("/lines", "sku")
        .expect("a pointer");
    let mine = edited("/lines/0/n", json!(7));
    let saved = script
        .updater()
        .merge(by_sku)
        .replace_with_merge("/d", base(), mine)
        .await
        .expect("saved");
    assert_eq!(
        saved.value["lines"],
        json!([{"sku": 1, "n": 7}, {"sku": 2, "n": 1}])
    );
}

#[tokio::test]
async fn nothing_is_written_under_a_base_without_a_strong_tag() {
    for (weak, kind) in [
        (None, UpdateErrorKind::NoTag),
        (Some("W/\"1\""), UpdateErrorKind::WeakTag),
    ] {
        let script = Script::new([]);
        let base = Versioned::new(json!(1), weak.map(|tag| tag.parse().expect("a tag")));
        let error = script
            .updater()
            .replace_with_merge("/d", base, json!(2))
            .await
            .unwrap_err();
        assert_eq!(error.kind(), kind);
        assert_eq!(error.mine(), Some(&json!(2)));
        assert!(script.log().is_empty());
    }
}

#[tokio::test]
async fn a_tag_unchanged_after_412_ends_a_merge_too() {
    let script = Script::new([status(412), status(304)]);
    let mine = edited("/name", json!("b"));
    let error = script
        .updater()
        .replace_with_merge("/d", base(), mine)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), UpdateErrorKind::TagUnchanged);
}
