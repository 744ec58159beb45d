//! Answers in the service's stead.

use std::fmt;

use http::{HeaderMap, Request, Response};

#[cfg(feature = "grpc")]
use crate::grpc;
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
    answer(policy, resource.is_call(), rejection, headers)
}

/// The answer to a request that does not name its resource, which events know as `()`.
pub(super) fn reject_unidentified<ReqBody, B>(
    policy: &Policy,
    is_call: bool,
    request: Request<ReqBody>,
) -> Response<ResponseBody<B>> {
    let rejection = Rejection::new(RejectionKind::ResourceUnnamed);
    policy.emit(EventKind::Rejected(&rejection), request.method(), &());
    answer(policy, is_call, rejection, request.into_parts().0.headers)
}

fn answer<B>(
    policy: &Policy,
    is_call: bool,
    rejection: Rejection,
    headers: HeaderMap,
) -> Response<ResponseBody<B>> {
    #[cfg(feature = "grpc")]
    if is_call {
        return grpc::answer(&rejection, headers).map(|()| ResponseBody::default());
    }
    #[cfg(not(feature = "grpc"))]
    let _ = is_call;
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
