//! `Preconditions`: the way without a layer, after the handler's own authorisation.

use std::time::{Duration, SystemTime};

use axum::{
    Router,
    response::{IntoResponse, Response},
    routing::get,
};
use http::{HeaderMap, StatusCode, header};
use tower_conditional::{
    ConditionalLayer, Current, PathKey, Preconditions, Rejection, Validators, Version,
    VersionConflict, store_fn,
};

use crate::support::{field, problem, send, tag};

fn authorised(headers: &HeaderMap) -> Result<(), StatusCode> {
    if headers.contains_key(header::AUTHORIZATION) {
        Ok(())
    } else {
        Err(StatusCode::UNAUTHORIZED)
    }
}

async fn read(headers: HeaderMap, conditions: Preconditions) -> Result<Response, Response> {
    authorised(&headers).map_err(IntoResponse::into_response)?;
    let version = Version::new(5);
    conditions
        .check(version)
        .map_err(IntoResponse::into_response)?;
    Ok((version.etag(), "the content").into_response())
}

/// Says what it was allowed to do.
async fn update(headers: HeaderMap, conditions: Preconditions) -> Result<String, Response> {
    authorised(&headers).map_err(IntoResponse::into_response)?;
    let current = if headers.contains_key("x-missing") {
        Current::Missing
    } else {
        Version::new(5).into()
    };
    let permit = conditions
        .check(current)
        .map_err(IntoResponse::into_response)?;
    if headers.contains_key("x-race") {
        return Err(permit.conflict().into_response());
    }
    Ok(format!(
        "{:?} {}",
        permit.expected(),
        permit.is_conditional()
    ))
}

fn app() -> Router {
    Router::new().route("/a", get(read).put(update).patch(update))
}

const AUTH: (&str, &str) = ("authorization", "Bearer x");

#[tokio::test]
async fn a_read_is_200_304_412_or_400() {
    for (fields, status, has_tag) in [
        (&[AUTH][..], 200, true),
        (&[AUTH, ("if-none-match", "\"4\"")], 200, true),
        (
            &[
                AUTH,
                ("if-none-match", "\"4\""),
                ("if-none-match", "W/\"5\""),
            ],
            304,
            true,
        ),
        (&[AUTH, ("if-none-match", "*")], 304, true),
        (&[AUTH, ("if-match", "\"4\"")], 412, true),
        (&[AUTH, ("if-match", "5")], 400, false),
    ] {
        for method in ["GET", "HEAD"] {
            let response = send(&app(), method, "/a", fields).await;
            assert_eq!(response.status().as_u16(), status, "{method} {fields:?}");
            assert_eq!(tag(&response), has_tag.then_some("\"5\""));
        }
    }
}

#[tokio::test]
async fn authorisation_comes_first() {
    for condition in [
        ("if-none-match", "*"),
        ("if-match", "\"4\""),
        ("if-match", "5"),
    ] {
        for method in ["GET", "PUT"] {
            let response = send(&app(), method, "/a", &[condition]).await;
            assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
            assert_eq!(tag(&response), None);
        }
    }
}

#[tokio::test]
async fn a_write_goes_on_under_a_permit() {
    for (fields, said) in [
        (&[AUTH][..], "Ok(None) false"),
        (&[AUTH, ("if-match", "*")], "Ok(None) true"),
        (&[AUTH, ("if-match", "\"5\"")], "Ok(Some(Version(5))) true"),
        (
            &[AUTH, ("if-none-match", "\"4\"")],
            "Ok(Some(Version(5))) true",
        ),
        (
            &[AUTH, ("x-missing", ""), ("if-none-match", "*")],
            "Err(VersionConflict) true",
        ),
    ] {
        let response = send(&app(), "PUT", "/a", fields).await;
        assert_eq!(response.body(), said, "{fields:?}");
    }
}

#[tokio::test]
async fn a_write_is_refused_with_a_problem() {
    for (fields, status, current) in [
        (&[AUTH, ("if-match", "\"4\"")][..], 412, Some("\"5\"")),
        (&[AUTH, ("if-none-match", "*")], 412, Some("\"5\"")),
        (&[AUTH, ("x-missing", ""), ("if-match", "\"5\"")], 412, None),
        (&[AUTH, ("if-none-match", "\"5")], 400, None),
    ] {
        let response = send(&app(), "PUT", "/a", fields).await;
        assert_eq!(response.status().as_u16(), status, "{fields:?}");
        assert_eq!(tag(&response), current);
        let document = problem(&response);
        assert!(document["header"].is_string());
        assert_eq!(document["currentETag"].as_str(), current);
    }
}

#[tokio::test]
async fn a_race_that_was_lost_is_412_or_409() {
    let race = ("x-race", "");
    let conditional = send(&app(), "PUT", "/a", &[AUTH, race, ("if-match", "\"5\"")]).await;
    assert_eq!(conditional.status(), StatusCode::PRECONDITION_FAILED);
    assert_eq!(problem(&conditional)["header"], "If-Match");
    let unconditional = send(&app(), "PUT", "/a", &[AUTH, race]).await;
    assert_eq!(unconditional.status(), StatusCode::CONFLICT);
}

/// The layer outside knows what is current by now and answers in its own words.
#[tokio::test]
async fn a_conflict_told_by_a_permit_gets_the_current_tag_from_a_layer_outside() {
    let layer = ConditionalLayer::new(store_fn(|_: PathKey| async { Version::new(5) }));
    let app = Router::new().route("/a", get(read).put(update).route_layer(layer));
    let fields = [AUTH, ("x-race", ""), ("if-match", "\"5\"")];
    let response = send(&app, "PUT", "/a", &fields).await;
    assert_eq!(response.status(), StatusCode::PRECONDITION_FAILED);
    assert_eq!(tag(&response), Some("\"5\""));
}

#[tokio::test]
async fn dates_are_judged_where_the_row_has_one() {
    async fn read(conditions: Preconditions) -> Result<&'static str, Problem> {
        let modified = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777);
        let row = Validators::new(Version::new(5)).modified_at(modified);
        conditions.check(row)?;
        Ok("the content")
    }
    /// An application's error: `From<Rejection>` makes `?` enough.
    struct Problem(Rejection);
    impl From<Rejection> for Problem {
        fn from(rejection: Rejection) -> Self {
            Self(rejection)
        }
    }
    impl IntoResponse for Problem {
        fn into_response(self) -> Response {
            self.0.into_response()
        }
    }
    let app = Router::new().route("/a", get(read));
    for (name, date, status) in [
        ("if-modified-since", "Sun, 06 Nov 1994 08:49:37 GMT", 304),
        ("if-modified-since", "Sun, 06 Nov 1994 08:49:36 GMT", 200),
        ("if-modified-since", "yesterday", 200),
        ("if-unmodified-since", "Sun, 06 Nov 1994 08:49:36 GMT", 412),
        ("if-unmodified-since", "Sun, 06 Nov 1994 08:49:37 GMT", 200),
    ] {
        let response = send(&app, "GET", "/a", &[(name, date)]).await;
        assert_eq!(response.status().as_u16(), status, "{name}: {date}");
    }
}

#[tokio::test]
async fn a_304_has_the_tag_and_no_representation_metadata() {
    let response = send(&app(), "GET", "/a", &[AUTH, ("if-none-match", "*")]).await;
    assert_eq!(response.status(), StatusCode::NOT_MODIFIED);
    for name in [
        header::CONTENT_TYPE,
        header::CONTENT_LENGTH,
        header::TRANSFER_ENCODING,
        header::LAST_MODIFIED,
    ] {
        assert_eq!(field(&response, name), None);
    }
    assert_eq!(tag(&response), Some("\"5\""));
}

#[test]
fn a_conflict_is_an_error_of_std() {
    let error: Box<dyn std::error::Error + Send + Sync> = Box::new(VersionConflict);
    assert!(error.to_string().contains("changed"));
}
