use serde_json::{Value, json};

use super::*;
use crate::{
    current::Validators,
    precondition::{Outcome, Perform},
};

const FIVE: Current = Current::Present(Validators::new(Version::new(5)));

fn refused(outcome: Outcome, current: Current) -> Rejection {
    outcome.into_result(current).expect_err("refused")
}

/// Status, then what the document has besides its type and status.
fn answer(rejection: Rejection) -> (u16, Value) {
    let response = rejection.to_response();
    let status = response.status().as_u16();
    let mut document: Value = serde_json::from_slice(response.body()).expect("JSON");
    let members = document.as_object_mut().expect("an object");
    assert_eq!(members.remove("status"), Some(json!(status)));
    let kind = members.remove("type").expect("a problem has a type");
    assert!(kind.as_str().is_some_and(|it| it.contains(':')), "{kind}");
    assert_eq!(
        response.headers().get(header::CONTENT_TYPE),
        Some(&HeaderValue::from_static("application/problem+json"))
    );
    (status, document)
}

#[test]
fn a_refused_precondition_is_named() {
    let table = [
        (
            refused(Outcome::Malformed(Field::IfMatch), FIVE),
            400,
            json!({
                "title": "Bad Request",
                "detail": "If-Match is neither * nor a list of entity-tags; nothing was executed.",
                "header": "If-Match",
            }),
        ),
        (
            refused(Outcome::Failed(Field::IfMatch), FIVE),
            412,
            json!({
                "title": "Precondition Failed",
                "detail": "If-Match does not match the current representation; nothing was executed.",
                "header": "If-Match",
                "currentETag": "\"5\"",
            }),
        ),
        (
            refused(Outcome::Failed(Field::IfMatch), Current::Missing),
            412,
            json!({
                "title": "Precondition Failed",
                "detail": "If-Match does not match the current representation; nothing was executed.",
                "header": "If-Match",
                "currentETag": null,
            }),
        ),
        (
            refused(Outcome::Failed(Field::IfUnmodifiedSince), Current::Unknown),
            412,
            json!({
                "title": "Precondition Failed",
                "detail": "If-Unmodified-Since is not met: the resource may have been modified since; nothing was executed.",
                "header": "If-Unmodified-Since",
            }),
        ),
        (
            refused(
                Outcome::Failed(Field::IfNoneMatch),
                Current::from(Version::new(300)),
            ),
            412,
            json!({
                "title": "Precondition Failed",
                "detail": "If-None-Match matches the current representation; nothing was executed.",
                "header": "If-None-Match",
                "currentETag": "\"300\"",
            }),
        ),
    ];
    for (rejection, status, document) in table {
        assert_eq!(answer(rejection), (status, document), "{rejection:?}");
    }
}

#[test]
fn each_other_problem_says_what_was_done() {
    let table = [
        (
            Rejection::conflict(Some(Field::IfMatch)).with_current(FIVE),
            412,
            json!({
                "title": "Precondition Failed",
                "detail": "If-Match held, but another request changed the resource first; this one changed nothing.",
                "header": "If-Match",
                "currentETag": "\"5\"",
            }),
        ),
        (
            Rejection::conflict(None).with_current(FIVE),
            409,
            json!({
                "title": "Conflict",
                "detail": "Another request changed the resource at the same time; this one changed nothing.",
            }),
        ),
        (
            Rejection::conflict(None).with_current(Current::Missing),
            409,
            json!({
                "title": "Conflict",
                "detail": "Another request changed the resource at the same time; this one changed nothing.",
            }),
        ),
        (
            Rejection::new(RejectionKind::TargetMissing).with_current(Current::Missing),
            404,
            json!({
                "title": "Not Found",
                "detail": "There is no such resource; nothing was changed.",
            }),
        ),
        (
            Rejection::new(RejectionKind::PreconditionRequired).with_current(FIVE),
            428,
            json!({
                "title": "Precondition Required",
                "detail": "A write of an existing resource needs a precondition: send the ETag that was read in If-Match, or If-None-Match: * to create.",
            }),
        ),
        (
            Rejection::new(RejectionKind::StoreUnavailable),
            503,
            json!({
                "title": "Service Unavailable",
                "detail": "The current version cannot be told right now; nothing was executed.",
            }),
        ),
        (
            Rejection::new(RejectionKind::ChangedWhileRead),
            503,
            json!({
                "title": "Service Unavailable",
                "detail": "The representation changed while a part of it was read.",
            }),
        ),
        (
            Rejection::new(RejectionKind::CommitMissing),
            500,
            json!({
                "title": "Commit Missing",
                "detail": "The request had a precondition, and the handler did not say which version it committed.",
            }),
        ),
    ];
    for (rejection, status, document) in table {
        assert_eq!(answer(rejection), (status, document), "{rejection:?}");
    }
}

#[test]
fn each_problem_of_a_guarded_write_says_what_was_done() {
    let table = [
        (
            Rejection::new(RejectionKind::ContentTooLarge),
            413,
            json!({
                "title": "Content Too Large",
                "detail": "The content is longer than this resource takes; nothing was executed.",
            }),
        ),
        (
            Rejection::new(RejectionKind::ContentIncomplete),
            400,
            json!({
                "title": "Bad Request",
                "detail": "The content could not be read to its end; nothing was executed.",
            }),
        ),
        (
            Rejection::new(RejectionKind::ResourceUnnamed),
            400,
            json!({
                "title": "Bad Request",
                "detail": "The request does not name its resource; nothing was executed.",
            }),
        ),
        (
            Rejection::new(RejectionKind::NotUnary),
            501,
            json!({
                "title": "Not Implemented",
                "detail": "A guarded call has exactly one message; nothing was executed.",
            }),
        ),
        (
            Rejection::new(RejectionKind::Busy),
            503,
            json!({
                "title": "Service Unavailable",
                "detail": "Too many requests are waiting to write this resource; nothing was executed.",
            }),
        ),
        (
            Rejection::new(RejectionKind::NotBegun),
            503,
            json!({
                "title": "Service Unavailable",
                "detail": "The request cannot be carried out right now; nothing was executed.",
            }),
        ),
        (
            Rejection::new(RejectionKind::RolledBack),
            503,
            json!({
                "title": "Service Unavailable",
                "detail": "The change could not be committed and was rolled back; nothing was changed.",
            }),
        ),
        (
            Rejection::new(RejectionKind::OutcomeUnknown),
            500,
            json!({
                "title": "Outcome Unknown",
                "detail": "The request may have been executed, wholly or in part, or not at all; read the resource before sending it again.",
            }),
        ),
    ];
    for (rejection, status, document) in table {
        assert_eq!(answer(rejection), (status, document), "{rejection:?}");
    }
}

#[test]
fn the_type_of_a_problem_is_where_its_status_is_defined() {
    let table = [
        (
            RejectionKind::MalformedPrecondition,
            "rfc9110#section-15.5.1",
        ),
        (RejectionKind::PreconditionFailed, "rfc9110#section-15.5.13"),
        (RejectionKind::Conflict, "rfc9110#section-15.5.10"),
        (RejectionKind::TargetMissing, "rfc9110#section-15.5.5"),
        (RejectionKind::PreconditionRequired, "rfc6585#section-3"),
        (RejectionKind::StoreUnavailable, "rfc9110#section-15.6.4"),
        (RejectionKind::ContentTooLarge, "rfc9110#section-15.5.14"),
        (RejectionKind::ContentIncomplete, "rfc9110#section-15.5.1"),
        (RejectionKind::Busy, "rfc9110#section-15.6.4"),
    ];
    for (kind, section) in table {
        let document: Value = serde_json::from_slice(&Rejection::new(kind).problem()).unwrap();
        assert_eq!(
            document["type"],
            format!("https://www.rfc-editor.org/rfc/{section}")
        );
    }
}

#[test]
fn a_tag_is_that_of_the_variant() {
    let rejection = refused(Outcome::Failed(Field::IfMatch), FIVE).with_variant(Some("de"));
    assert_eq!(fields(&rejection.to_response()), [("etag", "\"5-de\"")]);
    let (_, document) = answer(rejection);
    assert_eq!(document["currentETag"], "\"5-de\"");
}

#[test]
fn what_is_performed_is_not_refused() {
    let perform = Perform::UNCONDITIONAL;
    assert_eq!(Outcome::Perform(perform).into_result(FIVE), Ok(perform));
}

#[test]
fn a_304_has_the_tag_and_no_content() {
    let outcome = Outcome::NotModified(Field::IfModifiedSince);
    let rejection = refused(outcome, FIVE);
    assert_eq!(rejection.kind(), RejectionKind::NotModified);
    assert_eq!(rejection.field(), Some(Field::IfModifiedSince));
    assert_eq!(rejection.current(), Some(Version::new(5)));
    assert!(rejection.problem().is_empty());
    let response = rejection.to_response();
    assert_eq!(response.status(), StatusCode::NOT_MODIFIED);
    assert!(response.body().is_empty());
    assert_eq!(fields(&response), [("etag", "\"5\"")]);
}

/// The fields of an answer but for its content type.
fn fields(response: &Response<Bytes>) -> Vec<(&str, &str)> {
    response
        .headers()
        .iter()
        .filter(|(name, _)| *name != header::CONTENT_TYPE)
        .map(|(name, value)| (name.as_str(), value.to_str().expect("ASCII")))
        .collect()
}

#[test]
fn each_answer_has_the_fields_of_its_status_and_no_other() {
    let of = |kind| Rejection::new(kind).with_current(FIVE);
    let failed = Outcome::Failed(Field::IfMatch);
    let table = [
        (refused(failed, FIVE), vec![("etag", "\"5\"")]),
        (refused(failed, Current::Missing), vec![]),
        (refused(failed, Current::Unknown), vec![]),
        (of(RejectionKind::MalformedPrecondition), vec![]),
        (Rejection::conflict(None).with_current(FIVE), vec![]),
        (
            of(RejectionKind::PreconditionRequired),
            vec![("cache-control", "no-store")],
        ),
        (of(RejectionKind::CommitMissing), vec![]),
        (
            of(RejectionKind::StoreUnavailable).with_retry_after(Duration::from_secs(7)),
            vec![("retry-after", "7")],
        ),
        (
            of(RejectionKind::StoreUnavailable).with_retry_after(Duration::from_millis(200)),
            vec![("retry-after", "1")],
        ),
    ];
    for (rejection, expected) in table {
        assert_eq!(fields(&rejection.to_response()), expected, "{rejection:?}");
    }
}

#[test]
fn a_layer_outside_is_told_of_a_conflict_and_of_nothing_else() {
    let told = |rejection: Rejection| {
        rejection
            .to_response()
            .extensions()
            .get::<VersionConflict>()
            .is_some()
    };
    assert!(told(Rejection::conflict(None)));
    assert!(told(Rejection::conflict(Some(Field::IfMatch))));
    assert!(!told(Rejection::new(RejectionKind::PreconditionFailed)));
    assert!(!told(Rejection::new(RejectionKind::StoreUnavailable)));
}

#[test]
fn the_fields_of_the_request_do_not_come_back() {
    let mut request = HeaderMap::new();
    request.insert(
        header::AUTHORIZATION,
        HeaderValue::from_static("Bearer secret"),
    );
    let own = (
        HeaderValue::from_static("text/plain"),
        Bytes::from_static(b"no"),
    );
    let rejection = refused(Outcome::Failed(Field::IfMatch), FIVE);
    let response = rejection.to_response_with(request, |_| own);
    assert_eq!(fields(&response), [("etag", "\"5\"")]);
    assert_eq!(response.headers()[header::CONTENT_TYPE], "text/plain");
    assert_eq!(response.body(), "no");
}
