//! Where retrying is wrong, it stops.

use tower_conditional::client::{UpdateErrorKind, Versioned};

use crate::script::{Count, Script, Step, count, documents, done, increment, status};

async fn fails(script: &Script) -> tower_conditional::client::UpdateError<Count> {
    let outcome = script.updater().update("/c", increment).await;
    assert!(script.is_over(), "{:?}", script.log());
    outcome.expect_err("it cannot go through")
}

#[tokio::test]
async fn nothing_is_written_without_a_strong_tag() {
    let untagged = status(200).holding(r#"{"n":5}"#);
    for (steps, kind) in [
        (
            vec![untagged.clone(), untagged.clone()],
            UpdateErrorKind::NoTag,
        ),
        (
            vec![untagged.with("etag", "unquoted"); 2],
            UpdateErrorKind::NoTag,
        ),
        (vec![count("W/\"1\"", 5)], UpdateErrorKind::WeakTag),
    ] {
        let script = Script::new(steps);
        let error = fails(&script).await;
        assert_eq!(error.kind(), kind);
        assert_eq!(documents(&error), [Some(5), None, None]);
        assert!(script.log().iter().all(|line| line.starts_with("GET /c")));
    }
}

#[tokio::test]
async fn what_has_no_tag_yet_is_read_once_more() {
    // So it is with a ledger that sees a resource for the first time.
    let untagged = status(200).holding(r#"{"n":5}"#);
    let script = Script::new([
        untagged.clone(),
        count("\"1\"", 6),
        status(412),
        untagged,
        count("\"2\"", 7),
        done("\"3\""),
    ]);
    let saved = script
        .updater()
        .update("/c", increment)
        .await
        .expect("saved");
    assert_eq!(saved.value.n, 8);
    assert_eq!(script.log()[1], "GET /c cache-control: no-cache");
}

#[tokio::test]
async fn a_tag_that_goes_or_weakens_after_a_refusal_ends_it() {
    let untagged = status(200).holding(r#"{"n":7}"#);
    for (steps, kind) in [
        (vec![untagged.clone(), untagged], UpdateErrorKind::NoTag),
        (vec![count("W/\"2\"", 7)], UpdateErrorKind::WeakTag),
        (vec![count("W/\"1\"", 7)], UpdateErrorKind::WeakTag),
        (
            vec![status(304).with("etag", "W/\"1\"")],
            UpdateErrorKind::WeakTag,
        ),
    ] {
        let refused = [count("\"1\"", 5), status(412)];
        let script = Script::new(refused.into_iter().chain(steps));
        assert_eq!(fails(&script).await.kind(), kind);
    }
}

#[tokio::test]
async fn a_tag_unchanged_after_412_ends_it() {
    for step in [
        status(304),
        status(304).with("etag", "\"1\""),
        count("\"1\"", 5),
        // The same version in another coding: `"1-gzip"` would be refused as well.
        count("\"1-gzip\"", 5),
    ] {
        let script = Script::new([count("\"1\"", 5), status(412), step]);
        let error = fails(&script).await;
        assert_eq!(error.kind(), UpdateErrorKind::TagUnchanged);
        assert_eq!(error.status().map(|it| it.as_u16()), Some(412));
        assert_eq!(documents(&error), [Some(5), Some(6), Some(5)]);
    }
}

#[tokio::test]
async fn a_tag_with_a_suffix_is_not_sent_back_stripped() {
    let script = Script::new([count("\"1-gzip\"", 5), status(412), count("\"1\"", 5)]);
    assert_eq!(fails(&script).await.kind(), UpdateErrorKind::TagUnchanged);
    assert_eq!(script.log()[1], "PUT /c if-match: \"1-gzip\" {\"n\":6}");
}

#[tokio::test]
async fn a_409_that_is_not_about_the_version_is_an_answer() {
    let script = Script::new([count("\"1\"", 5), status(409), status(304)]);
    let error = fails(&script).await;
    assert_eq!(error.kind(), UpdateErrorKind::Status);
    assert_eq!(error.status().map(|it| it.as_u16()), Some(409));
}

#[tokio::test]
async fn a_server_that_always_refuses_is_asked_a_few_times() {
    // Each read finds something new, so there is hope each time.
    let rounds = (2..).map(|n| [status(412), count(&format!("\"{n}\""), n)]);
    let steps = [count("\"1\"", 1)]
        .into_iter()
        .chain(rounds.take(9).flatten());
    let script = Script::new(steps);
    let error = script.updater().update("/c", increment).await.unwrap_err();
    assert_eq!(error.kind(), UpdateErrorKind::TriesUsedUp);
    // The last edit, what it started from, and what was in its way.
    assert_eq!(documents(&error), [Some(4), Some(5), Some(5)]);
    let writes = script
        .log()
        .iter()
        .filter(|line| line.starts_with("PUT"))
        .count();
    assert_eq!((writes, script.log().len()), (4, 9));
}

#[tokio::test]
async fn a_server_that_always_answers_412_ends_it_at_once() {
    let script = Script::new([]).and_forever([count("\"1\"", 1), status(412)]);
    let error = script.updater().update("/c", increment).await.unwrap_err();
    assert_eq!(error.kind(), UpdateErrorKind::TagUnchanged);
    assert_eq!(script.log().len(), 3);
}

#[tokio::test]
async fn one_try_is_one_write() {
    let script = Script::new([count("\"1\"", 1), status(412), count("\"2\"", 2)]);
    let error = script
        .updater()
        .tries(1)
        .update("/c", increment)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), UpdateErrorKind::TriesUsedUp);
    assert_eq!(documents(&error), [Some(1), Some(2), Some(2)]);
}

#[tokio::test]
async fn other_answers_are_not_tried_again() {
    for code in [301, 307, 400, 401, 403, 405, 413, 415, 422, 428, 501, 507] {
        let script = Script::new([count("\"1\"", 5), status(code).holding("why")]);
        let error = fails(&script).await;
        assert_eq!(error.kind(), UpdateErrorKind::Status, "{code}");
        assert_eq!(error.status().map(|it| it.as_u16()), Some(code));
        assert_eq!(error.response().expect("the answer").body(), "why");
        assert_eq!(documents(&error), [Some(5), Some(6), None]);
    }
}

#[tokio::test]
async fn a_resource_that_is_gone_is_missing() {
    for steps in [
        vec![status(404)],
        vec![count("\"1\"", 5), status(404)],
        vec![count("\"1\"", 5), status(410)],
        vec![count("\"1\"", 5), status(412), status(404)],
    ] {
        assert_eq!(
            fails(&Script::new(steps)).await.kind(),
            UpdateErrorKind::Missing
        );
    }
}

#[tokio::test]
async fn a_service_that_is_not_ready_was_sent_nothing() {
    let script = Script::new([count("\"1\"", 5), Step::NotReady]);
    let error = fails(&script).await;
    assert_eq!(error.kind(), UpdateErrorKind::Service);
    assert_eq!(script.log(), ["GET /c"]);
}

#[tokio::test]
async fn a_write_that_is_put_off_too_long_ends_it() {
    let busy = status(503)
        .with("retry-after", "99")
        .with("content-type", "Application/Problem+JSON; charset=utf-8");
    let script = Script::new([count("\"1\"", 5), busy]);
    let error = fails(&script).await;
    assert_eq!(error.kind(), UpdateErrorKind::Status);
    assert_eq!(documents(&error), [Some(5), Some(6), None]);
}

#[tokio::test]
async fn no_write_is_ever_without_a_precondition() {
    // All scripts of three answers to one call, and what was sent.
    let answers = [
        count("\"1\"", 1),
        count("\"2\"", 2),
        count("W/\"3\"", 3),
        status(200).holding(r#"{"n":4}"#),
        status(204),
        status(304),
        status(404),
        status(409),
        status(412),
        status(500),
        status(503),
        Step::Broken(200, Vec::new()),
        Step::Lost,
    ];
    for first in &answers {
        for second in &answers {
            for third in &answers {
                let steps = [first, second, third].map(Clone::clone);
                let script = Script::new(steps).and_forever([status(400)]);
                let updater = script.updater().tries(3);
                _ = updater.update("/c", increment).await;
                _ = updater.create("/c", Count { n: 1 }).await;
                let log = script.log();
                for line in log.iter().filter(|line| line.starts_with("PUT")) {
                    assert!(line.contains("if-match: \"") || line.contains("if-none-match: *"));
                }
                assert!(log.len() <= 14, "{log:?}");
            }
        }
    }
}

#[tokio::test]
async fn an_edit_comes_back_where_the_second_look_for_a_tag_fails() {
    let untagged = status(200).holding(r#"{"n":7}"#);
    for (last, kind) in [
        (status(404), UpdateErrorKind::Missing),
        (status(401), UpdateErrorKind::Status),
    ] {
        let script = Script::new([status(412), untagged.clone(), last]);
        let base = Versioned::new(Count { n: 5 }, "\"1\"".parse().ok());
        let outcome = script
            .updater()
            .replace_with_merge("/c", base, Count { n: 6 });
        let error = outcome.await.unwrap_err();
        assert_eq!(error.kind(), kind);
        assert_eq!(documents(&error), [Some(5), Some(6), Some(7)]);
    }
}

#[tokio::test]
async fn what_is_gone_at_the_last_try_is_missing_and_not_for_want_of_tries() {
    let script = Script::new([count("\"1\"", 5), status(412), status(404)]);
    let outcome = script.updater().tries(1).update("/c", increment).await;
    assert_eq!(outcome.unwrap_err().kind(), UpdateErrorKind::Missing);
}

#[tokio::test]
async fn a_server_that_puts_it_off_each_time_is_not_blamed_on_others() {
    let busy = status(503)
        .with("retry-after", "0")
        .with("content-type", "application/problem+json");
    let reads = Script::new([]).and_forever([busy.clone()]);
    let writes = Script::new([count("\"1\"", 5)]).and_forever([busy]);
    let read = reads.updater().read::<Count, _>("/c").await.unwrap_err();
    let write = writes.updater().update("/c", increment).await;
    for error in [read, write.unwrap_err()] {
        assert_eq!(error.kind(), UpdateErrorKind::TriesUsedUp);
        let message = error.to_string();
        assert_eq!(message, "the tries are used up (the answer was 503)");
    }
}
