//! The version put into an answer.

use http::{HeaderMap, HeaderValue, Response, header};
use http_body::{Body, SizeHint};

use crate::{
    entity_tag::EntityTag,
    precondition::{Committed, Observed},
    version::Version,
};

use super::{
    body::ResponseBody,
    content::{drop_stale, has_length, is_eligible},
    edit::Edit,
    item_versions::ItemVersions,
    member::Member,
};

/// Puts `version` into the JSON object that `response` answers with, as its member `version`.
///
/// The same as [`IncludeVersionLayer`](super::IncludeVersionLayer) does, for handlers that know
/// the version and stand behind no layer; whether it is [asked for](super::asks_for_version) is
/// theirs to see, and so is not to answer such a request with a part (Range). What is no JSON
/// object is left alone, see the [module docs](super).
///
/// ```
/// use bytes::Bytes;
/// use http::{Response, header};
/// use http_body_util::{BodyExt, Full};
/// use tower_conditional::{Version, include_version};
///
/// # tokio_test::block_on(async {
/// let response = Response::builder()
///     .header(header::CONTENT_TYPE, "application/json")
///     .body(Full::<Bytes>::from(r#"{"name":"a"}"#))?;
/// let response = include_version(response, Version::new(5));
/// assert_eq!(response.into_body().collect().await?.to_bytes(), r#"{"name":"a","version":5}"#);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
pub fn include_version<B: Body>(
    response: Response<B>,
    version: Version,
) -> Response<ResponseBody<B>> {
    let member = Member::default();
    if is_eligible(response.status(), response.headers()) {
        put(response, Edit::object(&member, version), false)
    } else {
        response.map(ResponseBody::pass)
    }
}

/// Puts the versions of `items` into the list that `response` answers with, each as the member
/// `version` of its item: [`include_version`] for lists.
pub fn include_item_versions<B: Body>(
    response: Response<B>,
    items: ItemVersions,
) -> Response<ResponseBody<B>> {
    let member = Member::default();
    if is_eligible(response.status(), response.headers()) {
        put(response, Edit::items(&member, items), false)
    } else {
        response.map(ResponseBody::pass)
    }
}

/// The answer to a request that asks for the version; it tells itself which that is.
pub(super) fn include_told<B: Body>(
    mut response: Response<B>,
    member: &Member,
    is_head: bool,
) -> Response<ResponseBody<B>> {
    if !is_eligible(response.status(), response.headers()) {
        return response.map(ResponseBody::pass);
    }
    let edit = if let Some(items) = response.extensions_mut().remove::<ItemVersions>() {
        Edit::items(member, items)
    } else if let Some(version) = label(&response) {
        Edit::object(member, version)
    } else {
        return response.map(ResponseBody::pass);
    };
    locate(response.headers_mut());
    put(response, edit, is_head)
}

/// §8.7: content under a `Content-Location` is the representation of that URI, byte for byte
/// where the tag is strong. With the member in it, it is that of the URI that asks for it.
fn locate(fields: &mut HeaderMap) {
    if let Some(location) = fields.get(header::CONTENT_LOCATION)
        && !location.as_bytes().iter().any(|byte| b"?#".contains(byte))
        && let Ok(asking) =
            HeaderValue::try_from([location.as_bytes(), b"?include=version"].concat())
    {
        fields.insert(header::CONTENT_LOCATION, asking);
    }
}

/// What the hint of the edited content would be. Never exact: servers write a `Content-Length`
/// from an exact hint, and nobody knows it.
fn unsent_hint<B: Body>(response: &Response<B>, edit: &Edit) -> SizeHint {
    let length = response
        .headers()
        .get(header::CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok()?.parse().ok())
        .or_else(|| response.body().size_hint().exact());
    let mut hint = SizeHint::new();
    if let (Some(length), Some(added)) = (length, edit.most_added())
        && added > 0
    {
        hint.set_lower(length);
        hint.set_upper(u64::saturating_add(length, added));
    }
    hint
}

/// The version that an answer is labelled with. An extension speaks of versions alone; a tag
/// might be another's digits, so it comes last.
fn label<B>(response: &Response<B>) -> Option<Version> {
    let extensions = response.extensions();
    let committed = extensions.get().map(|Committed(version)| *version);
    let observed = extensions.get().map(|Observed(version)| *version);
    committed.or(observed).or_else(|| {
        let tag = response.headers().get(header::ETAG)?;
        EntityTag::try_from(tag).ok()?.version()
    })
}

fn put<B: Body>(mut response: Response<B>, edit: Edit, is_head: bool) -> Response<ResponseBody<B>> {
    let is_empty = response.body().is_end_stream();
    // A length without content: an answer to HEAD, whoever knows of it.
    if is_head || (is_empty && has_length(response.headers())) {
        let hint = unsent_hint(&response, &edit);
        drop_stale(response.headers_mut());
        return response.map(|_| ResponseBody::unsent(hint));
    }
    if is_empty {
        return response.map(ResponseBody::pass);
    }
    drop_stale(response.headers_mut());
    response.map(|body| ResponseBody::edit(body, edit))
}
