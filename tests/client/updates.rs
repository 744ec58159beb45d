//! Read, edit, write: the answers that make it go on.

use tower_conditional::client::{UpdateErrorKind, Versioned};

use crate::script::{Count, Script, Step, count, documents, done, increment, status, tag};

#[tokio::test]
async fn an_update_writes_under_the_tag_that_it_read() {
    let script = Script::new([count("\"1\"", 5), done("\"2\"")]);
    let saved = script
        .updater()
        .update("/c", increment)
        .await
        .expect("saved");
    assert_eq!((saved.value.n, tag(&saved).as_deref()), (6, Some("\"2\"")));
    assert_eq!(script.log(), ["GET /c", "PUT /c if-match: \"1\" {\"n\":6}"]);
    let fields = script.fields(1);
    assert_eq!(fields["content-type"], "application/json");
    assert_eq!(fields.get("idempotency-key"), None);
}

#[tokio::test]
async fn after_412_the_edit_is_applied_to_what_is_current_then() {
    for refusal in [412, 409] {
        let script = Script::new([
            count("\"1\"", 5),
            status(refusal),
            count("\"2\"", 10),
            status(refusal),
            count("\"3\"", 20),
            done("\"4\""),
        ]);
        let saved = script
            .updater()
            .update("/c", increment)
            .await
            .expect("saved");
        assert_eq!((saved.value.n, tag(&saved).as_deref()), (21, Some("\"4\"")));
        assert_eq!(
            script.log(),
            [
                "GET /c",
                "PUT /c if-match: \"1\" {\"n\":6}",
                "GET /c if-none-match: \"1\" cache-control: no-cache",
                "PUT /c if-match: \"2\" {\"n\":11}",
                "GET /c if-none-match: \"2\" cache-control: no-cache",
                "PUT /c if-match: \"3\" {\"n\":21}",
            ]
        );
    }
}

#[tokio::test]
async fn the_tag_of_a_412_is_not_taken_for_a_read() {
    // To send the tag of the refusal with the old content is how updates are lost.
    let script = Script::new([
        count("\"1\"", 5),
        status(412).with("etag", "\"2\""),
        count("\"2\"", 10),
        done("\"3\""),
    ]);
    let saved = script
        .updater()
        .update("/c", increment)
        .await
        .expect("saved");
    assert_eq!(saved.value.n, 11);
}

#[tokio::test]
async fn the_read_after_a_refusal_is_tried_again_where_it_fails() {
    let script = Script::new([
        count("\"1\"", 5),
        status(412),
        Step::Lost,
        status(502),
        count("\"2\"", 10),
        done("\"3\""),
    ]);
    let saved = script
        .updater()
        .tries(5)
        .update("/c", increment)
        .await
        .expect("saved");
    assert_eq!(saved.value.n, 11);
}

#[tokio::test]
async fn the_servers_own_content_is_the_value_if_it_says_so() {
    let answer = status(200).with("etag", "\"2\"").holding(r#"{"n":60}"#);
    let save = async |answer: Step| {
        let script = Script::new([count("\"1\"", 5), answer]);
        script
            .updater()
            .update("/c", increment)
            .await
            .expect("saved")
    };
    let saved = save(answer.clone().with("content-location", "/c")).await;
    assert_eq!((saved.value.n, tag(&saved).as_deref()), (60, Some("\"2\"")));
    // §9.3.4: without it the content is about the action, and the tag about what was sent.
    for answer in [answer.clone(), answer.with("content-location", "/other")] {
        let saved = save(answer).await;
        assert_eq!((saved.value.n, tag(&saved).as_deref()), (6, Some("\"2\"")));
    }
}

#[tokio::test]
async fn a_success_whose_content_cannot_be_read_is_one_without_a_tag() {
    let content = |text| {
        let answer = status(200)
            .with("etag", "\"2\"")
            .with("content-location", "/c");
        answer.holding(text)
    };
    let broken = Step::Broken(200, Vec::new())
        .with("etag", "\"2\"")
        .with("content-location", "/c");
    for answer in [broken, content("{"), content(r#"{"m":1}"#)] {
        let script = Script::new([count("\"1\"", 5), answer]);
        let saved = script
            .updater()
            .update("/c", increment)
            .await
            .expect("saved");
        assert_eq!((saved.value.n, tag(&saved)), (6, None));
    }
    let broken = Step::Broken(200, Vec::new()).with("etag", "\"2\"");
    let script = Script::new([count("\"1\"", 5), broken]);
    let saved = script
        .updater()
        .update("/c", increment)
        .await
        .expect("saved");
    assert_eq!((saved.value.n, tag(&saved).as_deref()), (6, Some("\"2\"")));
}

#[tokio::test]
async fn a_busy_server_gets_the_same_write_again() {
    let busy = |code| {
        status(code)
            .with("retry-after", "0")
            .with("content-type", "application/problem+json")
    };
    let script = Script::new([
        count("\"1\"", 5),
        busy(503),
        busy(429),
        busy(503),
        done("\"2\""),
    ]);
    let mut edits = 0;
    let update = script.updater().update("/c", move |it: &mut Count| {
        edits += 1;
        it.n += edits;
    });
    assert_eq!(update.await.expect("saved").value.n, 6);
    let log = script.log();
    assert_eq!(log[1..], vec!["PUT /c if-match: \"1\" {\"n\":6}"; 4]);
}

#[tokio::test]
async fn a_conflict_that_asks_for_time_gets_it() {
    let script = Script::new([
        count("\"1\"", 5),
        status(409).with("retry-after", "0"),
        status(304),
        done("\"2\""),
    ]);
    let saved = script
        .updater()
        .update("/c", increment)
        .await
        .expect("saved");
    assert_eq!(saved.value.n, 6);
    assert_eq!(script.log()[3], "PUT /c if-match: \"1\" {\"n\":6}");
}

#[tokio::test]
async fn an_edit_that_fails_writes_nothing() {
    let script = Script::new([count("\"1\"", 5)]);
    let update = script.updater().try_update("/c", |it: &mut Count| {
        it.n = 50;
        Err("no more than 49")
    });
    let error = update.await.unwrap_err();
    assert_eq!(error.kind(), UpdateErrorKind::Edit);
    assert_eq!(documents(&error), [Some(5), Some(50), None]);
    let source = std::error::Error::source(&error).expect("the closure's error");
    assert_eq!(source.to_string(), "no more than 49");
    assert_eq!(script.log(), ["GET /c"]);
}

#[tokio::test]
async fn what_is_saved_can_be_written_again_without_a_read() {
    let script = Script::new([count("\"1\"", 5), done("\"2\""), done("\"3\"")]);
    let updater = script.updater();
    let saved: Versioned<Count> = updater.update("/c", increment).await.expect("saved");
    let saved = updater
        .replace_with_merge("/c", saved, Count { n: 9 })
        .await;
    assert_eq!(tag(&saved.expect("saved")).as_deref(), Some("\"3\""));
    assert_eq!(script.log()[2], "PUT /c if-match: \"2\" {\"n\":9}");
}

#[tokio::test]
async fn futures_borrow_nothing_and_run_on_any_thread() {
    let script = Script::new([count("\"1\"", 5), done("\"2\"")]);
    let update = script.updater().update("/c", increment);
    let saved = tokio::spawn(update)
        .await
        .expect("no panic")
        .expect("saved");
    assert_eq!(saved.value.n, 6);
}
