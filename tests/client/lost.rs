//! Answers that are lost: applied, not applied and unknown are told apart by what is proven.

use tower_conditional::client::{UpdateError, UpdateErrorKind, Versioned};

use crate::script::{Count, Script, Step, count, documents, done, increment, status, tag};

/// All that leaves open what became of a write.
fn losses() -> [Step; 8] {
    let unknown = r#"{"type":"urn:tower-conditional:outcome-unknown","status":500}"#;
    [
        Step::Lost,
        status(500).holding(unknown),
        status(500),
        status(502),
        // A gateway that has lost its server. Varnish says when to come again, too.
        status(503),
        status(503)
            .with("retry-after", "0")
            .with("content-type", "text/html; charset=utf-8"),
        status(504),
        Step::Broken(500, Vec::new()),
    ]
}

type Outcome = Result<Versioned<Count>, UpdateError<Count>>;

async fn update(script: &Script) -> Outcome {
    let outcome = script.updater().update("/c", increment).await;
    assert!(script.is_over(), "{:?}", script.log());
    outcome
}

async fn update_with_keys(script: &Script) -> Outcome {
    let updater = script.updater().idempotency_keys();
    let outcome = updater.update("/c", increment).await;
    assert!(script.is_over(), "{:?}", script.log());
    outcome
}

#[tokio::test]
async fn a_write_that_was_not_applied_is_sent_again_as_it_was() {
    for loss in losses() {
        let script = Script::new([count("\"1\"", 5), loss, status(304), done("\"2\"")]);
        let saved = update(&script).await.expect("saved");
        assert_eq!((saved.value.n, tag(&saved).as_deref()), (6, Some("\"2\"")));
        assert_eq!(
            script.log(),
            [
                "GET /c",
                "PUT /c if-match: \"1\" {\"n\":6}",
                "GET /c if-none-match: \"1\" cache-control: no-cache",
                "PUT /c if-match: \"1\" {\"n\":6}",
            ]
        );
    }
}

#[tokio::test]
async fn a_resource_that_has_changed_since_proves_nothing() {
    for loss in losses() {
        // Not even where it holds what was to be written: two clients may write the same.
        let script = Script::new([count("\"1\"", 5), loss, count("\"2\"", 6)]);
        let error = update(&script).await.unwrap_err();
        assert_eq!(error.kind(), UpdateErrorKind::OutcomeUnknown);
        assert_eq!(documents(&error), [Some(5), Some(6), Some(6)]);
    }
}

#[tokio::test]
async fn a_refusal_of_the_second_copy_may_be_the_firsts_doing() {
    // The first copy was on the way when the resource was read, and came in after that. To apply
    // the edit once more would count twice.
    let script = Script::new([
        count("\"1\"", 5),
        Step::Lost,
        status(304),
        status(412),
        count("\"2\"", 6),
    ]);
    let error = update(&script).await.unwrap_err();
    assert_eq!(error.kind(), UpdateErrorKind::OutcomeUnknown);
    assert_eq!(documents(&error), [Some(5), Some(6), Some(6)]);
}

#[tokio::test]
async fn a_refusal_after_a_loss_is_unknown_even_if_reads_show_the_old_tag() {
    // Reads come from a copy that is behind, so the first copy may have been applied.
    for second in [count("\"2\"", 6), status(304)] {
        let keyed = Script::new([
            count("\"1\"", 5),
            Step::Lost,
            second,
            status(412),
            status(304),
        ]);
        let error = update_with_keys(&keyed).await.unwrap_err();
        assert_eq!(error.kind(), UpdateErrorKind::OutcomeUnknown);
        assert_eq!(documents(&error), [Some(5), Some(6), Some(5)]);
    }
}

#[tokio::test]
async fn a_conflict_after_a_loss_with_the_tag_unchanged_is_not_said_to_have_changed_nothing() {
    // As where the first copy is still being carried out: it was not applied by then, no more.
    let busy = status(409).with("retry-after", "3600");
    for conflict in [status(409), busy] {
        let script = Script::new([
            count("\"1\"", 5),
            status(504),
            status(304),
            conflict,
            status(304),
        ]);
        let error = update(&script).await.unwrap_err();
        assert_eq!(error.kind(), UpdateErrorKind::NotApplied);
        assert_eq!(error.status().map(|it| it.as_u16()), Some(409));
        assert_eq!(documents(&error), [Some(5), Some(6), Some(5)]);
    }
}

#[tokio::test]
async fn what_a_lost_creation_may_have_created_is_not_created_again_after_a_deletion() {
    // The first copy came in after the read, and another client deleted what it had created.
    let script = Script::new([Step::Lost, status(404), status(412), status(404)]);
    let outcome = script.updater().create("/c", Count { n: 1 }).await;
    let error = outcome.unwrap_err();
    assert_eq!(error.kind(), UpdateErrorKind::OutcomeUnknown);
    assert!(script.is_over());
}

#[tokio::test]
async fn a_redirection_to_an_answer_elsewhere_may_come_after_the_write() {
    for code in [302, 303] {
        let elsewhere = status(code).with("location", "/done");
        let script = Script::new([count("\"1\"", 5), elsewhere, count("\"2\"", 6)]);
        let error = update(&script).await.unwrap_err();
        assert_eq!(error.kind(), UpdateErrorKind::OutcomeUnknown);
        assert_eq!(error.status().map(|it| it.as_u16()), Some(code));
    }
}

#[tokio::test]
async fn a_deletion_with_a_status_for_each_part_is_done_if_nothing_is_left() {
    for (left, is_done) in [(status(404), true), (count("\"2\"", 5), false)] {
        let script = Script::new([status(207), left]);
        let held = Versioned::new(Count { n: 5 }, "\"1\"".parse().ok());
        let deleted = script.updater().delete("/c", held).await;
        let kind = deleted.map_err(|error| error.kind());
        let expected = if is_done {
            Ok(())
        } else {
            Err(UpdateErrorKind::OutcomeUnknown)
        };
        assert_eq!(kind, expected);
    }
}

#[tokio::test]
async fn a_gateway_that_asks_for_a_longer_wait_than_allowed_ends_it() {
    let gateway = status(503).with("retry-after", "3600");
    let script = Script::new([count("\"1\"", 5), gateway, status(304)]);
    let error = update(&script).await.unwrap_err();
    assert_eq!(error.kind(), UpdateErrorKind::NotApplied);
}

#[tokio::test]
async fn any_failure_after_a_loss_leaves_it_open() {
    for step in [status(401), status(400), status(404), Step::NotReady] {
        let script = Script::new([count("\"1\"", 5), Step::Lost, status(304), step]);
        let error = update(&script).await.unwrap_err();
        assert_eq!(error.kind(), UpdateErrorKind::OutcomeUnknown);
    }
}

#[tokio::test]
async fn a_resource_that_cannot_be_read_or_is_gone_or_untagged_proves_nothing() {
    let untagged = status(200).holding(r#"{"n":5}"#);
    for step in [status(404), status(401), untagged, count("W/\"1\"", 5)] {
        let script = Script::new([count("\"1\"", 5), Step::Lost, step]);
        let error = update(&script).await.unwrap_err();
        assert_eq!(error.kind(), UpdateErrorKind::OutcomeUnknown);
    }
}

#[tokio::test]
async fn a_line_that_stays_dead_is_tried_a_few_times() {
    let script = Script::new([count("\"1\"", 5)]).and_forever([Step::Lost]);
    let error = script.updater().update("/c", increment).await.unwrap_err();
    assert_eq!(error.kind(), UpdateErrorKind::OutcomeUnknown);
    // One read, one write, and four tries to read again.
    assert_eq!(script.log().len(), 6);
}

#[tokio::test]
async fn a_write_that_is_lost_each_time_was_not_applied_so_far() {
    let script = Script::new([count("\"1\"", 5)]).and_forever([Step::Lost, status(304)]);
    let error = script.updater().update("/c", increment).await.unwrap_err();
    assert_eq!(error.kind(), UpdateErrorKind::NotApplied);
    assert_eq!(documents(&error), [Some(5), Some(6), Some(5)]);
    let writes = script
        .log()
        .iter()
        .filter(|line| line.starts_with("PUT"))
        .count();
    assert_eq!(writes, 4);
}

#[tokio::test]
async fn what_was_only_accepted_is_unknown() {
    let script = Script::new([count("\"1\"", 5), status(202)]);
    let error = update(&script).await.unwrap_err();
    assert_eq!(error.kind(), UpdateErrorKind::OutcomeUnknown);
    assert_eq!(error.status().map(|it| it.as_u16()), Some(202));
}

#[tokio::test]
async fn under_its_key_an_applied_write_is_known_again() {
    for loss in losses() {
        let script = Script::new([count("\"1\"", 5), loss, count("\"2\"", 6), done("\"2\"")]);
        let saved = update_with_keys(&script).await.expect("it was applied");
        assert_eq!((saved.value.n, tag(&saved).as_deref()), (6, Some("\"2\"")));
        assert_eq!(script.log()[3], "PUT /c if-match: \"1\" {\"n\":6}");
        let key = |index: usize| script.fields(index)["idempotency-key"].clone();
        assert_eq!(key(1), key(3));
        assert_eq!(script.fields(0).get("idempotency-key"), None);
    }
}

#[tokio::test]
async fn a_server_that_does_not_know_the_key_proves_nothing() {
    let script = Script::new([
        count("\"1\"", 5),
        Step::Lost,
        count("\"2\"", 6),
        status(412),
        count("\"2\"", 6),
    ]);
    let error = update_with_keys(&script).await.unwrap_err();
    assert_eq!(error.kind(), UpdateErrorKind::OutcomeUnknown);
    assert_eq!(documents(&error), [Some(5), Some(6), Some(6)]);
}

#[tokio::test]
async fn a_first_copy_that_is_still_at_work_is_waited_for() {
    let at_work = status(409).with("retry-after", "0");
    let script = Script::new([
        count("\"1\"", 5),
        Step::Lost,
        status(304),
        at_work,
        count("\"2\"", 6),
        done("\"2\""),
    ]);
    let saved = update_with_keys(&script).await.expect("it was applied");
    assert_eq!(tag(&saved).as_deref(), Some("\"2\""));
}

#[tokio::test]
async fn another_write_has_another_key() {
    let script = Script::new([
        count("\"1\"", 5),
        status(412),
        count("\"2\"", 10),
        done("\"3\""),
    ]);
    update_with_keys(&script).await.expect("saved");
    let key = |index: usize| script.fields(index)["idempotency-key"].clone();
    assert_ne!(key(1), key(3));
}
