//! [`Transaction`] as an extractor.

use axum::{
    extract::FromRequestParts,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header::RETRY_AFTER, request::Parts};

use super::{Join, SqliteStoreError, SqliteStoreErrorKind, Transaction};

impl<S: Sync> FromRequestParts<S> for Transaction {
    type Rejection = SqliteStoreError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, SqliteStoreError> {
        match parts.extensions.get::<Join>() {
            Some(join) => join.clone().transaction().await,
            None => Err(SqliteStoreErrorKind::NotLent.into()),
        }
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
