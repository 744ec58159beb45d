//! The words between layer and handler as axum's extractors and response parts, and
//! [`Preconditions`] for handlers that need no layer. Feature `axum`.

use std::{convert::Infallible, time::SystemTime};

use axum::{
    body::Body,
    extract::FromRequestParts,
    response::{IntoResponse, IntoResponseParts, Response, ResponseParts},
};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header, request::Parts};

use crate::{
    body::ResponseBody,
    conditional::Affects,
    current::Current,
    entity_tag::EntityTag,
    include::ItemVersions,
    key::RequestHead,
    path_key::PathKey,
    precondition::{
        Committed, Observed, Rejection, RejectionKind, Target, VersionConflict, WritePermit,
        evaluate,
    },
};

/// The preconditions of a request, for handlers that have the row already and need no layer: one
/// query, after the handler's own authorisation.
///
/// ```
/// use axum::{Json, extract::Path, response::{IntoResponse, Response}};
/// use http::StatusCode;
/// use tower_conditional::{Preconditions, Version, VersionConflict, WritePermit};
///
/// # struct Row { version: Version }
/// # async fn select(_: u64) -> Option<Row> { None }
/// # async fn update_where_version(_: u64, _: Option<Version>) -> Option<Row> { None }
/// async fn read(conditions: Preconditions, Path(id): Path<u64>) -> Result<impl IntoResponse, Response> {
///     let row = select(id).await.ok_or(StatusCode::NOT_FOUND.into_response())?;
///     conditions.check(row.version).map_err(IntoResponse::into_response)?; // 304 or 412
///     Ok((row.version.etag(), Json("the model")))
/// }
///
/// async fn update(conditions: Preconditions, Path(id): Path<u64>) -> Result<impl IntoResponse, Response> {
///     let row = select(id).await.ok_or(StatusCode::NOT_FOUND.into_response())?;
///     let permit = conditions.check(row.version).map_err(IntoResponse::into_response)?;
///     let conflict = || permit.conflict().into_response();
///     // Between the look and the write another writer fits: the statement checks again.
///     let expected = permit.expected().map_err(|_| conflict())?;
///     let row = update_where_version(id, expected).await.ok_or_else(conflict)?;
///     Ok((row.version.etag(), Json("the model")))
/// }
/// # let _ = axum::Router::<()>::new().route("/models/{id}", axum::routing::get(read).put(update));
/// ```
///
/// An error type of the application that has `From<Rejection>` makes that `?` alone. The other
/// fields that a 304 shares with the 200, `Cache-Control` and `Vary`, are best set by a layer
/// around both.
#[derive(Clone, Debug)]
pub struct Preconditions {
    method: Method,
    fields: HeaderMap,
}

impl Preconditions {
    /// Judges the preconditions against what the handler has found current: a
    /// [`Version`](crate::Version), an `Option` of one, [`Validators`](crate::Validators), or a
    /// [`Current`].
    ///
    /// A write goes on under the permit. Range requests are judged by
    /// [`precondition::evaluate`](crate::precondition::evaluate), which says when Range must be
    /// ignored.
    ///
    /// # Errors
    /// The answer to give: 304, 400 or 412.
    pub fn check(&self, current: impl Into<Current>) -> Result<WritePermit, Rejection> {
        let current = current.into();
        let target = Target::new(current).at(SystemTime::now());
        let perform = evaluate(&self.method, &self.fields, &target).into_result(current)?;
        Ok(WritePermit::new(perform.expectation, perform.conditional))
    }
}

impl<S: Sync> FromRequestParts<S> for Preconditions {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let mut fields = HeaderMap::new();
        for name in [
            header::IF_MATCH,
            header::IF_NONE_MATCH,
            header::IF_MODIFIED_SINCE,
            header::IF_UNMODIFIED_SINCE,
        ] {
            for line in parts.headers.get_all(&name) {
                fields.append(&name, line.clone());
            }
        }
        let method = parts.method.clone();
        Ok(Self { method, fields })
    }
}

/// The request reached a handler that takes a [`WritePermit`] without passing a
/// [`ConditionalLayer`](crate::ConditionalLayer) as a write: a bug of the application. Answers
/// 500, and nothing was executed.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("no ConditionalLayer has judged this request as a write")]
pub struct MissingPermit;

impl<S: Sync> FromRequestParts<S> for WritePermit {
    type Rejection = MissingPermit;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, MissingPermit> {
        parts.extensions.get().copied().ok_or(MissingPermit)
    }
}

impl<S: Sync> FromRequestParts<S> for PathKey {
    type Rejection = Infallible;

    /// The key that [`PathKeys`](crate::PathKeys), the layer's default, gives this request. A
    /// handler behind a layer with another [`key`](crate::ConditionalLayer::key) makes it as that
    /// one does: two keys for one resource would be two versions.
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::new(RequestHead::of_parts(parts).path()))
    }
}

impl IntoResponse for MissingPermit {
    fn into_response(self) -> Response {
        (StatusCode::INTERNAL_SERVER_ERROR, self.to_string()).into_response()
    }
}

impl IntoResponse for VersionConflict {
    /// 409, marked: the layer makes it 412 for a conditional request.
    fn into_response(self) -> Response {
        WritePermit::UNCONDITIONAL.conflict().into_response()
    }
}

impl IntoResponse for Rejection {
    fn into_response(self) -> Response {
        let is_empty = self.kind() == RejectionKind::NotModified;
        self.to_response().map(|content| {
            if is_empty {
                Body::new(ResponseBody::<Body>::not_modified())
            } else {
                Body::from(content)
            }
        })
    }
}

impl IntoResponseParts for EntityTag {
    type Error = Infallible;

    /// Sets the `ETag` field.
    fn into_response_parts(self, mut parts: ResponseParts) -> Result<ResponseParts, Infallible> {
        parts
            .headers_mut()
            .insert(header::ETAG, HeaderValue::from(self));
        Ok(parts)
    }
}

impl IntoResponseParts for Committed {
    type Error = Infallible;

    fn into_response_parts(self, mut parts: ResponseParts) -> Result<ResponseParts, Infallible> {
        parts.extensions_mut().insert(self);
        Ok(parts)
    }
}

impl<K: Clone + Send + Sync + 'static> IntoResponseParts for Affects<K> {
    type Error = Infallible;

    fn into_response_parts(self, mut parts: ResponseParts) -> Result<ResponseParts, Infallible> {
        parts.extensions_mut().insert(self);
        Ok(parts)
    }
}

impl IntoResponseParts for ItemVersions {
    type Error = Infallible;

    fn into_response_parts(self, mut parts: ResponseParts) -> Result<ResponseParts, Infallible> {
        parts.extensions_mut().insert(self);
        Ok(parts)
    }
}

impl IntoResponseParts for Observed {
    type Error = Infallible;

    fn into_response_parts(self, mut parts: ResponseParts) -> Result<ResponseParts, Infallible> {
        parts.extensions_mut().insert(self);
        Ok(parts)
    }
}
