//! Reading, and taking a 304 as the value that is held.

use std::time::{Duration, Instant};

use http::{HeaderValue, header};
use tower_conditional::client::{UpdateErrorKind, Versioned};

use crate::script::{Count, Script, Step, count, status, tag};

fn held() -> Versioned<Count> {
    Versioned::new(Count { n: 1 }, "\"1\"".parse().ok())
}

#[tokio::test]
async fn a_read_gives_the_value_its_tag_and_its_fields() {
    let script = Script::new([count("\"7\"", 3).with("last-modified", "then")]);
    let read: Versioned<Count> = script.updater().read("/c").await.expect("a value");
    assert_eq!(read.value, Count { n: 3 });
    assert_eq!(tag(&read).as_deref(), Some("\"7\""));
    assert_eq!(read.headers[header::LAST_MODIFIED], "then");
    assert_eq!(script.log(), ["GET /c"]);
    let fields = script.fields(0);
    assert_eq!(fields[header::ACCEPT], "application/json");
    // The tag of what is not coded, whatever the client underneath could decode.
    assert_eq!(fields[header::ACCEPT_ENCODING], "identity");
    assert_eq!(fields.get(header::CONTENT_TYPE), None);
}

#[tokio::test]
async fn fields_of_the_users_own_go_with_each_request_and_preconditions_do_not() {
    let script = Script::new([count("\"1\"", 1), status(204)]);
    let value = HeaderValue::from_static;
    let updater = script
        .updater()
        .header(header::AUTHORIZATION, value("Bearer t"))
        .header(header::CONTENT_TYPE, value("application/vnd.count+json"))
        .header(header::IF_NONE_MATCH, value("*"))
        .header(header::IF_MATCH, value("*"))
        .header(header::IF_UNMODIFIED_SINCE, value("then"))
        .header(header::RANGE, value("bytes=0-1"));
    updater
        .update("/c", |_: &mut Count| ())
        .await
        .expect("it goes through");
    assert_eq!(script.log(), ["GET /c", "PUT /c if-match: \"1\" {\"n\":1}"]);
    for index in 0..2 {
        let fields = script.fields(index);
        assert_eq!(fields[header::AUTHORIZATION], "Bearer t");
        for name in [
            header::IF_NONE_MATCH,
            header::IF_UNMODIFIED_SINCE,
            header::RANGE,
        ] {
            assert_eq!(fields.get(name), None);
        }
    }
    assert_eq!(script.fields(0).get(header::CONTENT_TYPE), None);
    assert_eq!(
        script.fields(1)[header::CONTENT_TYPE],
        "application/vnd.count+json"
    );
}

#[tokio::test]
async fn a_304_is_the_value_that_is_held_with_fresh_fields() {
    let first = count("\"1\"", 1)
        .with("cache-control", "no-cache")
        .with("content-type", "application/json")
        .with("link", "<a>");
    let again = status(304)
        .with("etag", "\"1\"")
        .with("cache-control", "max-age=5")
        .with("cache-control", "private")
        .with("content-type", "text/plain");
    let script = Script::new([first, again]);
    let updater = script.updater();
    let read = updater.read::<Count, _>("/c").await.expect("a value");
    let read = updater.revalidate("/c", read).await.expect("a value");
    assert_eq!(read.value, Count { n: 1 });
    assert_eq!(tag(&read).as_deref(), Some("\"1\""));
    let lines: Vec<_> = read.headers.get_all("cache-control").iter().collect();
    assert_eq!(lines, ["max-age=5", "private"]);
    assert_eq!(read.headers["link"], "<a>");
    // RFC 9111 §3.2: what describes the stored content stays.
    assert_eq!(read.headers["content-type"], "application/json");
    assert_eq!(script.log(), ["GET /c", "GET /c if-none-match: \"1\""]);
}

#[tokio::test]
async fn a_304_without_a_tag_is_about_what_was_asked_for() {
    let script = Script::new([status(304)]);
    let read = script
        .updater()
        .revalidate("/c", held())
        .await
        .expect("a value");
    assert_eq!((read.value.n, tag(&read).as_deref()), (1, Some("\"1\"")));
}

#[tokio::test]
async fn a_304_of_another_version_is_not_taken() {
    let script = Script::new([status(304).with("etag", "\"2\""), count("\"2\"", 2)]);
    let read = script
        .updater()
        .revalidate("/c", held())
        .await
        .expect("a value");
    assert_eq!((read.value.n, tag(&read).as_deref()), (2, Some("\"2\"")));
    assert_eq!(script.log(), ["GET /c if-none-match: \"1\"", "GET /c"]);
}

#[tokio::test]
async fn a_304_of_a_coded_representation_of_the_same_version_is_taken() {
    let script = Script::new([status(304).with("etag", "\"1-gzip\"")]);
    let read = script
        .updater()
        .revalidate("/c", held())
        .await
        .expect("a value");
    assert_eq!(read.value.n, 1);
    assert!(script.is_over());
}

#[tokio::test]
async fn a_304_to_a_request_without_a_condition_is_an_error() {
    let script = Script::new([status(304)]);
    let error = script.updater().read::<Count, _>("/c").await.unwrap_err();
    assert_eq!(error.kind(), UpdateErrorKind::Status);
}

#[tokio::test]
async fn a_304_says_nothing_about_a_value_that_is_held_without_a_tag() {
    let script = Script::new([status(304)]);
    let held = Versioned::new(Count { n: 1 }, None);
    let error = script.updater().revalidate("/c", held).await.unwrap_err();
    assert_eq!(error.kind(), UpdateErrorKind::Status);
    assert_eq!(script.log(), ["GET /c"]);
}

#[tokio::test]
async fn a_200_replaces_what_is_held() {
    let script = Script::new([count("\"2\"", 2)]);
    let read = script
        .updater()
        .revalidate("/c", held())
        .await
        .expect("a value");
    assert_eq!((read.value.n, tag(&read).as_deref()), (2, Some("\"2\"")));
}

#[tokio::test]
async fn a_tag_that_is_none_is_no_tag() {
    let none = status(200).holding(r#"{"n":1}"#);
    for step in [
        none.clone(),
        none.clone().with("etag", "1"),
        none.clone().with("etag", "\"1\"").with("etag", "\"2\""),
    ] {
        let read: Versioned<Count> = Script::new([step])
            .updater()
            .read("/c")
            .await
            .expect("read");
        assert_eq!(tag(&read), None);
    }
}

#[tokio::test]
async fn what_cannot_be_read_says_why() {
    let json = |text| status(200).with("etag", "\"1\"").holding(text);
    let long = format!("{{\"n\":{}1}}", " ".repeat(100));
    for (step, kind) in [
        (status(404), UpdateErrorKind::Missing),
        (status(410), UpdateErrorKind::Missing),
        (status(401), UpdateErrorKind::Status),
        (status(301), UpdateErrorKind::Status),
        (status(206), UpdateErrorKind::Status),
        (status(203).holding(r#"{"n":1}"#), UpdateErrorKind::Status),
        (status(502), UpdateErrorKind::Status),
        (json("<html>"), UpdateErrorKind::Content),
        (json(r#"{"n":"one"}"#), UpdateErrorKind::Content),
        (json(&long), UpdateErrorKind::Content),
        (
            json(r#"{"n":1}"#).with("content-encoding", "gzip"),
            UpdateErrorKind::Content,
        ),
        (Step::Broken(200, Vec::new()), UpdateErrorKind::Service),
        (Step::Lost, UpdateErrorKind::Service),
        (Step::NotReady, UpdateErrorKind::Service),
    ] {
        let script = Script::new([step]);
        let updater = script.updater().content_limit(100);
        let error = updater.read::<Count, _>("/c").await.unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        assert!(script.is_over());
    }
}

#[tokio::test]
async fn an_error_holds_the_answer_and_shows_none_of_its_content() {
    let script = Script::new([status(403).with("x-why", "rights").holding("a secret")]);
    let error = script.updater().read::<Count, _>("/c").await.unwrap_err();
    let response = error.response().expect("the answer");
    assert_eq!(response.headers()["x-why"], "rights");
    assert_eq!(response.body(), "a secret");
    assert_eq!(
        error.to_string(),
        "the server answered neither with success nor to try again (the answer was 403)"
    );
    assert!(!format!("{error:?}").contains("secret"));
}

#[tokio::test]
async fn a_busy_server_is_asked_again_when_it_says() {
    for busy in [status(503), status(429)] {
        let script = Script::new([busy.with("retry-after", "1"), count("\"1\"", 1)]);
        let before = Instant::now();
        script
            .updater()
            .read::<Count, _>("/c")
            .await
            .expect("a value");
        assert!(before.elapsed() >= Duration::from_secs(1));
        assert_eq!(script.log().len(), 2);
    }
}

#[tokio::test]
async fn a_longer_wait_than_allowed_is_the_end() {
    let script = Script::new([status(503).with("retry-after", "6")]);
    let updater = script.updater().retry_after_limit(Duration::from_secs(5));
    let error = updater.read::<Count, _>("/c").await.unwrap_err();
    assert_eq!(error.kind(), UpdateErrorKind::Status);
    let response = error.response().expect("the answer");
    assert_eq!(response.headers()[header::RETRY_AFTER], "6");
}

#[tokio::test]
async fn a_server_that_is_always_busy_is_asked_a_few_times() {
    for busy in [status(503), status(429)] {
        let script = Script::new([]).and_forever([busy]);
        let error = script.updater().read::<Count, _>("/c").await.unwrap_err();
        assert_eq!(error.kind(), UpdateErrorKind::TriesUsedUp);
        assert_eq!(script.log().len(), 4);
    }
}

#[tokio::test]
async fn what_is_no_uri_is_not_sent() {
    let script = Script::new([]);
    let error = script
        .updater()
        .read::<Count, _>("http://[")
        .await
        .unwrap_err();
    assert_eq!(error.kind(), UpdateErrorKind::Request);
    assert!(script.log().is_empty());
}
