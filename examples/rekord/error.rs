//! What can go wrong in a handler, and what the client is told of it.

use std::error::Error as StdError;

use axum::http::StatusCode;
use axum::http::header::RETRY_AFTER;
use axum::response::{IntoResponse, Response};
use tower_conditional::VersionConflict;
use tower_conditional::integrity::InvalidContent;
use tower_conditional::merge::resolution::InvalidConfidence;

use crate::database::DatabaseError;
use crate::members::Invalid;
use crate::problem::Problem;

/// Why a handler did not do what it was asked for.
#[derive(Debug)]
pub(crate) enum Error {
    /// There is no such resource.
    NotFound,
    /// The write found another version than the one that it may replace.
    Conflict,
    /// An unconditional change lost the race for the resource every time.
    Contended,
    /// The content does not fit the resource.
    Invalid(Invalid),
    /// The write would make the record larger than a request may be.
    RecordTooLarge,
    /// The write would have more claims kept on the record than may be.
    ClaimsTooLarge,
    /// The database did not do what it was asked for.
    Database(DatabaseError),
    /// A document in the database could not be read or a new one not be written.
    Document(serde_json::Error),
    /// What the database holds has no hash.
    Content(InvalidContent),
    /// What the database holds is no confidence.
    Confidence(InvalidConfidence),
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        match self {
            Self::NotFound => not_found().into_response(),
            // The layer makes it 412, or 409 for a request without preconditions.
            Self::Conflict => VersionConflict.into_response(),
            Self::Contended => busy("the resource is being changed by others").into_response(),
            Self::Invalid(invalid) => {
                let detail = invalid.to_string();
                Problem::new(StatusCode::UNPROCESSABLE_ENTITY, detail)
                    .pointer(invalid.into_pointer())
                    .into_response()
            }
            Self::RecordTooLarge => too_large("The record would have more than 4 MiB."),
            Self::ClaimsTooLarge => {
                too_large("The claims that are kept on the record would have more than 4 MiB.")
            }
            Self::Database(error) => of_database(&error),
            Self::Document(error) => internal(&error),
            Self::Content(error) => internal(&error),
            Self::Confidence(error) => internal(&error),
        }
    }
}

pub(crate) fn not_found() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "There is no such resource.")
}

pub(crate) fn outcome_unknown() -> Problem {
    let detail = "The write may have taken effect or not: read the resource again.";
    Problem::new(StatusCode::INTERNAL_SERVER_ERROR, detail)
        .of_type("urn:rekord:outcome-unknown", "Outcome Unknown")
}

fn too_large(detail: &str) -> Response {
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, detail).into_response()
}

fn of_database(error: &DatabaseError) -> Response {
    let cause = error.source();
    match error {
        DatabaseError::Unavailable(_) => {
            tracing::warn!(cause, "{error}");
            busy("the database is busy or away").into_response()
        }
        DatabaseError::Failed(_) => internal(error),
        DatabaseError::OutcomeUnknown(_) => {
            tracing::error!(cause, "{error}");
            outcome_unknown().into_response()
        }
    }
}

fn busy(why: &str) -> Problem {
    let detail = format!("Nothing was executed: {why}. Try again later.");
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, detail).header(RETRY_AFTER, "1")
}

/// The log gets the cause; the client does not, since it names internals.
fn internal(error: &(dyn StdError + 'static)) -> Response {
    tracing::error!(error, "a request failed");
    Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "The server failed.").into_response()
}

impl From<VersionConflict> for Error {
    fn from(_: VersionConflict) -> Self {
        Self::Conflict
    }
}

impl From<Invalid> for Error {
    fn from(invalid: Invalid) -> Self {
        Self::Invalid(invalid)
    }
}

impl From<DatabaseError> for Error {
    fn from(error: DatabaseError) -> Self {
        Self::Database(error)
    }
}

impl From<serde_json::Error> for Error {
    fn from(error: serde_json::Error) -> Self {
        Self::Document(error)
    }
}

impl From<InvalidContent> for Error {
    fn from(error: InvalidContent) -> Self {
        Self::Content(error)
    }
}

impl From<InvalidConfidence> for Error {
    fn from(error: InvalidConfidence) -> Self {
        Self::Confidence(error)
    }
}
