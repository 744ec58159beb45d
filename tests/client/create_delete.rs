//! Creating what must not exist, and deleting what was read.

use tower_conditional::client::{UpdateErrorKind, Versioned};

use crate::script::{Count, Script, Step, count, documents, done, status, tag};

const NEW: Count = Count { n: 1 };

fn held() -> Versioned<Count> {
    Versioned::new(Count { n: 5 }, "\"1\"".parse().ok())
}

#[tokio::test]
async fn a_creation_asks_that_there_be_nothing() {
    let script = Script::new([status(201).with("etag", "\"1\"")]);
    let created = script.updater().create("/c", NEW).await.expect("created");
    assert_eq!(
        (created.value, tag(&created).as_deref()),
        (NEW, Some("\"1\""))
    );
    assert_eq!(script.log(), ["PUT /c if-none-match: * {\"n\":1}"]);
}

#[tokio::test]
async fn what_exists_is_not_created_and_is_shown() {
    for refusal in [412, 409] {
        let script = Script::new([status(refusal), count("\"4\"", 4)]);
        let error = script.updater().create("/c", NEW).await.unwrap_err();
        assert_eq!(error.kind(), UpdateErrorKind::AlreadyExists);
        assert_eq!(documents(&error), [None, Some(1), Some(4)]);
    }
}

#[tokio::test]
async fn what_went_in_between_is_created_after_all() {
    let script = Script::new([status(412), status(404), status(201)]);
    script.updater().create("/c", NEW).await.expect("created");
    assert_eq!(script.log().len(), 3);
}

#[tokio::test]
async fn a_server_that_always_refuses_to_create_is_asked_a_few_times() {
    let script = Script::new([]).and_forever([status(412), status(404)]);
    let error = script.updater().create("/c", NEW).await.unwrap_err();
    assert_eq!(error.kind(), UpdateErrorKind::TriesUsedUp);
    assert_eq!(script.log().len(), 8);
}

#[tokio::test]
async fn a_creation_whose_answer_is_lost_is_sent_again_only_if_there_is_nothing() {
    let script = Script::new([Step::Lost, status(404), status(201)]);
    script.updater().create("/c", NEW).await.expect("created");

    let script = Script::new([Step::Lost, count("\"1\"", 1)]);
    let error = script.updater().create("/c", NEW).await.unwrap_err();
    assert_eq!(error.kind(), UpdateErrorKind::OutcomeUnknown);
    assert_eq!(documents(&error), [None, Some(1), Some(1)]);

    let script = Script::new([Step::Lost, status(404), status(412), count("\"1\"", 1)]);
    let error = script.updater().create("/c", NEW).await.unwrap_err();
    assert_eq!(error.kind(), UpdateErrorKind::OutcomeUnknown);

    let script = Script::new([Step::Lost, count("\"1\"", 1), done("\"1\"")]);
    let updater = script.updater().idempotency_keys();
    updater.create("/c", NEW).await.expect("known by its key");
}

#[tokio::test]
async fn a_creation_with_no_place_for_it_is_missing() {
    let script = Script::new([status(404)]);
    let error = script.updater().create("/c", NEW).await.unwrap_err();
    assert_eq!(error.kind(), UpdateErrorKind::Missing);
}

#[tokio::test]
async fn a_deletion_is_of_what_was_read() {
    for code in [200, 204] {
        let script = Script::new([status(code)]);
        script
            .updater()
            .delete("/c", held())
            .await
            .expect("deleted");
        assert_eq!(script.log(), ["DELETE /c if-match: \"1\""]);
        assert_eq!(script.fields(0).get("content-type"), None);
    }
}

#[tokio::test]
async fn what_has_changed_is_not_deleted() {
    let script = Script::new([status(412), count("\"2\"", 6)]);
    let error = script.updater().delete("/c", held()).await.unwrap_err();
    assert_eq!(error.kind(), UpdateErrorKind::Changed);
    assert_eq!(documents(&error), [Some(5), None, Some(6)]);
}

#[tokio::test]
async fn what_another_has_deleted_is_missing() {
    for steps in [
        vec![status(404)],
        vec![status(410)],
        vec![status(412), status(404)],
    ] {
        let script = Script::new(steps);
        let error = script.updater().delete("/c", held()).await.unwrap_err();
        assert_eq!(error.kind(), UpdateErrorKind::Missing);
    }
}

#[tokio::test]
async fn after_a_lost_answer_what_is_gone_is_deleted() {
    for steps in [
        vec![Step::Lost, status(404)],
        vec![Step::Lost, status(304), status(404)],
        vec![Step::Lost, status(304), status(412), status(404)],
        vec![Step::Lost, status(304), status(204)],
    ] {
        let script = Script::new(steps);
        script
            .updater()
            .delete("/c", held())
            .await
            .expect("deleted");
        assert!(script.is_over());
    }
    let script = Script::new([Step::Lost, count("\"2\"", 6)]);
    let error = script.updater().delete("/c", held()).await.unwrap_err();
    assert_eq!(error.kind(), UpdateErrorKind::OutcomeUnknown);
}

#[tokio::test]
async fn nothing_is_deleted_without_a_strong_tag() {
    for (text, kind) in [
        (None, UpdateErrorKind::NoTag),
        (Some("W/\"1\""), UpdateErrorKind::WeakTag),
    ] {
        let script = Script::new([]);
        let held = Versioned::new(NEW, text.map(|tag| tag.parse().expect("a tag")));
        let error = script.updater().delete("/c", held).await.unwrap_err();
        assert_eq!(error.kind(), kind);
        assert!(script.log().is_empty());
    }
}

#[tokio::test]
async fn a_deletion_that_is_refused_for_its_own_tag_says_so() {
    let script = Script::new([status(412), status(304)]);
    let error = script.updater().delete("/c", held()).await.unwrap_err();
    assert_eq!(error.kind(), UpdateErrorKind::TagUnchanged);
}
