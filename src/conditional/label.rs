//! What a service's answer is labelled with.

use std::time::SystemTime;

use http::{HeaderMap, HeaderValue, Method, Response, StatusCode, header};

use crate::{
    current::Validators,
    entity_tag::EntityTag,
    precondition::{Committed, Observed, last_modified},
    version::Version,
};

use super::{
    decide::Plan,
    event::EventKind,
    policy::{Policy, Selected},
};

/// Only a 2xx speaks of a representation, and a 202 of none that is there yet.
#[inline]
pub(super) fn is_labelled(status: StatusCode) -> bool {
    status.is_success() && status != StatusCode::ACCEPTED
}

/// Whether a write that was answered so has committed something.
pub(super) fn is_commit(status: StatusCode) -> bool {
    // §15.4: 304 answers no write; 307 and 308 ask for the request to be sent elsewhere.
    is_labelled(status)
        || (status.is_redirection()
            && status != StatusCode::NOT_MODIFIED
            && status != StatusCode::TEMPORARY_REDIRECT
            && status != StatusCode::PERMANENT_REDIRECT)
}

/// The version that the content of a call's answer has, or an older one; never a newer.
#[cfg(feature = "grpc")]
pub(super) fn version_read<B>(plan: &Plan, response: &Response<B>) -> Option<Version> {
    if !is_labelled(response.status()) {
        return None;
    }
    observed(response).or(plan.label.map(|label| label.version))
}

/// The version that the handler says it has read.
pub(super) fn observed<B>(response: &Response<B>) -> Option<Version> {
    response
        .extensions()
        .get()
        .map(|Observed(version)| *version)
}

/// The version that the handler says it has committed.
pub(super) fn committed<B>(response: &Response<B>) -> Option<Version> {
    response
        .extensions()
        .get()
        .map(|Committed(version)| *version)
}

/// Labels the answer to a read, and tells of the fields that a 304 could not have had. The version
/// that it has read.
#[inline]
pub(super) fn label_read<B>(
    policy: &Policy,
    plan: &Plan,
    response: &mut Response<B>,
    asked: SystemTime,
    emit: impl Fn(EventKind<'_>),
) -> Option<Version> {
    if !is_labelled(response.status()) {
        return None;
    }
    if policy.has_listener() {
        tell_undeclared(policy, plan, response.headers(), &emit);
    }
    let observed = observed(response);
    let version = observed.or(plan.label.map(|label| label.version));
    if plan.is_wanted
        && let Some(version) = version
    {
        response.extensions_mut().insert(Observed(version));
    }
    let headers = response.headers_mut();

    if let Some(tag) = version.and_then(|version| tag(plan.selected, version)) {
        // Answers have few fields: to pass over their names is quicker than to look one up in vain.
        let has_own = headers.keys().any(|name| name == header::ETAG);
        match has_own.then(|| headers.get(header::ETAG)).flatten() {
            Some(own) if own == tag => {}
            // The handler knows its representation best, unless it told the version itself.
            Some(_) if observed.is_none() => emit(EventKind::Undeclared(&header::ETAG)),
            _ => {
                headers.insert(header::ETAG, tag);
            }
        }
    }
    // The date belongs to the version that was looked up.
    if let Some(Validators {
        version: looked_up,
        modified: Some(modified),
        ..
    }) = plan.label
        && version == Some(looked_up)
        && !headers.contains_key(header::LAST_MODIFIED)
        && let Some(date) = last_modified(modified, asked)
    {
        headers.insert(header::LAST_MODIFIED, date);
    }

    policy.put_declared(plan.declared.as_deref(), headers);
    version
}

/// Labels the answer to a write with what it has committed.
pub(super) fn label_write<B>(
    policy: &Policy,
    selected: Selected,
    method: &Method,
    committed: Option<Version>,
    response: &mut Response<B>,
    emit: &dyn Fn(EventKind<'_>),
) {
    if !response.status().is_success() {
        return;
    }
    // §9.3.5, §15.3.5: the resource that a DELETE was about has no representation any more.
    let has_tag = is_labelled(response.status())
        && *method != Method::DELETE
        && (*method != Method::PUT || policy.tag_put_answers);
    let tag = match committed {
        Some(version) if has_tag => tag(selected, version),
        _ => None,
    };
    // A tag that is not the commit's own may be another writer's.
    let replaced = match &tag {
        Some(tag) => response.headers_mut().insert(header::ETAG, tag.clone()),
        None => response.headers_mut().remove(header::ETAG),
    };
    if replaced.is_some() && replaced != tag {
        emit(EventKind::Undeclared(&header::ETAG));
    }
}

#[inline]
pub(super) fn tag(selected: Selected, version: Version) -> Option<HeaderValue> {
    match selected {
        Selected::Undeclared => None,
        selected => Some(EntityTag::of_variant(version, selected.variant()).into()),
    }
}

/// §15.4.5: these fields of a 200 must stand on the 304 too, where only declared ones can.
fn tell_undeclared(
    policy: &Policy,
    plan: &Plan,
    headers: &HeaderMap,
    emit: &dyn Fn(EventKind<'_>),
) {
    for name in [
        header::CACHE_CONTROL,
        header::CONTENT_LOCATION,
        header::EXPIRES,
        header::VARY,
    ] {
        let declared = plan.declared.as_deref();
        let mut lines = headers.get_all(&name).iter();
        if lines.any(|line| !policy.is_declared(declared, &name, line)) {
            emit(EventKind::Undeclared(&name));
        }
    }
}
