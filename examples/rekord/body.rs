//! Request bodies: read up to a limit, and parsed.

use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde_json::Value;

use crate::error::Error;
use crate::json::{self, JsonError};
use crate::problem::Problem;

/// 1 MiB.
pub(crate) const LIMIT: usize = 1 << 20;

/// The body as a JSON value: 413 past the limit, 400 where it is not JSON.
pub(crate) struct JsonBody(pub(crate) Value);

impl<S: Sync> FromRequest<S> for JsonBody {
    type Rejection = Response;

    async fn from_request(request: Request, _: &S) -> Result<Self, Response> {
        let bytes = read(request.into_body())
            .await
            .map_err(IntoResponse::into_response)?;
        json::parse(&bytes).map(Self).map_err(|error| match error {
            JsonError::Malformed(why) => bad_request(&why).into_response(),
            JsonError::Unusable(invalid) => Error::Invalid(invalid).into_response(),
        })
    }
}

async fn read(body: Body) -> Result<Bytes, Problem> {
    match Limited::new(body, LIMIT).collect().await {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(too_large()),
        Err(_) => Err(bad_request("the body ended too early")),
    }
}

pub(crate) fn too_large() -> Problem {
    Problem::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        "A request body may have 1 MiB at most.",
    )
}

fn bad_request(why: &str) -> Problem {
    Problem::new(
        StatusCode::BAD_REQUEST,
        format!("The request cannot be read: {why}."),
    )
}
