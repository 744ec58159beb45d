//! [`Transaction`] as an extractor, and errors as responses.

use axum::{
    extract::FromRequestParts,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header::RETRY_AFTER, request::Parts};

use super::{SqliteStoreError, SqliteStoreErrorKind, Transaction};

impl<S: Sync> FromRequestParts<S> for Transaction {
    type Rejection = SqliteStoreError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, SqliteStoreError> {
        let lent = parts.extensions.get::<Self>().cloned();
        lent.ok_or_else(|| SqliteStoreErrorKind::NotLent.into())
    }
}

impl IntoResponse for SqliteStoreError {
    /// 503 where others were writing for too long, and 500 otherwise. The text says nothing of
    /// what was wrong.
    fn into_response(self) -> Response {
        if self.kind() == SqliteStoreErrorKind::Busy {
            let retry_after = [(RETRY_AFTER, HeaderValue::from_static("1"))];
            (StatusCode::SERVICE_UNAVAILABLE, retry_after, "busy").into_response()
        } else {
            (StatusCode::INTERNAL_SERVER_ERROR, "the store failed").into_response()
        }
    }
}
