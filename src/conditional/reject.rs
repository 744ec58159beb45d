//! Answers in the service's stead.

use std::fmt;

use http::{HeaderMap, Response};

use crate::{
    body::ResponseBody,
    current::Current,
    precondition::{Expectation, PROBLEM_JSON, Rejection, RejectionKind},
};

use super::{decide::Plan, event::EventKind, policy::Policy, resource::Resource};

/// The whole answer, in a header map that is used again, and told.
pub(super) fn reject<K: fmt::Debug, B>(
    policy: &Policy,
    resource: &Resource<K>,
    rejection: Rejection,
    headers: HeaderMap,
) -> Response<ResponseBody<B>> {
    resource.emit(policy, EventKind::Rejected(&rejection));
    let own_body = policy.rejection_body.as_deref();
    let response = rejection.to_response_with(headers, |rejection| {
        own_body
            .and_then(|body| body(rejection))
            .unwrap_or_else(|| (PROBLEM_JSON, rejection.problem()))
    });
    match rejection.kind() {
        RejectionKind::NotModified => response.map(|_| ResponseBody::not_modified()),
        _ => response.map(ResponseBody::problem),
    }
}

/// What a [`VersionConflict`](crate::VersionConflict) comes to where this is `known` by now.
pub(super) fn conflict(plan: &Plan, known: Current) -> Rejection {
    let counted_on_it = !matches!(plan.expectation, Expectation::Any | Expectation::Never);
    match known {
        Current::Missing if !counted_on_it => Rejection::new(RejectionKind::TargetMissing),
        _ => Rejection::conflict(plan.field)
            .with_current(known)
            .with_variant(plan.selected.variant()),
    }
}
