//! Ids in paths: read once, before anything else looks at the request.

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Request};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tower_conditional::{Access, RequestHead};
use uuid::Uuid;

use crate::error;

/// The id that the path names, put into the request by [`identify`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct ResourceId(pub(crate) Uuid);

/// Only the lower-case hyphenated form is an id: one resource has one name.
pub(crate) fn parse(text: &str) -> Option<Uuid> {
    let id = Uuid::try_parse(text).ok()?;
    (*id.hyphenated().encode_lower(&mut Uuid::encode_buffer()) == *text).then_some(id)
}

/// Answers 404 where the path's id is none, before any precondition is looked at.
pub(crate) async fn identify(
    path: Result<Path<String>, PathRejection>,
    mut request: Request,
    next: Next,
) -> Response {
    let Some(id) = path.ok().and_then(|Path(text)| parse(&text)) else {
        return error::not_found().into_response();
    };
    request.extensions_mut().insert(ResourceId(id));
    next.run(request).await
}

/// What the layer keys by: the id, however the path spelled it (`%2D` is a hyphen).
pub(crate) fn access(request: &RequestHead<'_>) -> Access<Uuid> {
    match request.extensions.get() {
        Some(ResourceId(id)) => Access::by_method(request.method, *id),
        None => Access::Neither,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_spelling_of_an_id_is_accepted() {
        let id = "0190a2b4-7c1e-7abc-8def-0123456789ab";
        assert_eq!(parse(id).map(|id| id.to_string()).as_deref(), Some(id));
        for other in [
            "0190A2B4-7C1E-7ABC-8DEF-0123456789AB",
            "0190a2b47c1e7abc8def0123456789ab",
            "{0190a2b4-7c1e-7abc-8def-0123456789ab}",
            "urn:uuid:0190a2b4-7c1e-7abc-8def-0123456789ab",
            "0190a2b4-7c1e-7abc-8def-0123456789ab ",
            "",
        ] {
            assert_eq!(parse(other), None, "{other}");
        }
    }
}
