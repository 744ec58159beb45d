//! What the answers about one resource have in common, whatever its kind.

use axum::http::StatusCode;
use axum::http::header::{CONTENT_LOCATION, CONTENT_TYPE, LOCATION};
use axum::response::{IntoResponse, Response};
use tower_conditional::precondition::Expectation;
use tower_conditional::{Committed, WritePermit};
use uuid::Uuid;

use crate::database::Written;
use crate::error::Error;
use crate::resource::Kind;

/// The answer to a write: the resource as this write has left it, under the version it made.
pub(crate) fn written<K: Kind>(id: Uuid, made: &Written, document: String) -> Response {
    let answer = stored::<K>(id, made.created, document);
    (Committed(made.version), answer).into_response()
}

/// The same where somebody else knows the version.
pub(crate) fn stored<K: Kind>(id: Uuid, created: bool, document: String) -> Response {
    let path = format!("/{}/{id}", K::COLLECTION);
    let answer = ([(CONTENT_LOCATION, path.clone())], json(document));
    if created {
        (StatusCode::CREATED, [(LOCATION, path)], answer).into_response()
    } else {
        answer.into_response()
    }
}

/// An answer whose content is JSON text already.
pub(crate) fn json(document: String) -> impl IntoResponse {
    ([(CONTENT_TYPE, "application/json")], document)
}

/// Why there was nothing to change: a permit that counts on a current version has lost a race,
/// and any other has met what its method answers to a resource that does not exist.
pub(crate) fn missing(permit: WritePermit) -> Error {
    match permit.expectation() {
        Expectation::Exactly(_) | Expectation::Exists => Error::Conflict,
        Expectation::Any | Expectation::Absent | Expectation::Never => Error::NotFound,
    }
}
