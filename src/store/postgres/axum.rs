//! [`Transaction`] as an extractor, and errors as responses.

use axum::{
    extract::FromRequestParts,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header::RETRY_AFTER, request::Parts};

use super::{PostgresError, PostgresErrorKind, Transaction};

impl<S: Sync> FromRequestParts<S> for Transaction {
    type Rejection = PostgresError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, PostgresError> {
        let lent = parts.extensions.get::<Self>().cloned();
        lent.ok_or_else(|| PostgresErrorKind::NotLent.into())
    }
}

impl IntoResponse for PostgresError {
    /// 503 where the database does not answer, and 500 otherwise. The text says nothing of what
    /// was wrong.
    fn into_response(self) -> Response {
        if self.is_lost_connection() {
            let retry_after = [(RETRY_AFTER, HeaderValue::from_static("1"))];
            (StatusCode::SERVICE_UNAVAILABLE, retry_after, "unavailable").into_response()
        } else {
            (StatusCode::INTERNAL_SERVER_ERROR, "the store failed").into_response()
        }
    }
}
