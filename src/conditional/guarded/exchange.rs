use std::{fmt, mem, sync::Arc, time::SystemTime};

use http::{HeaderMap, Request, Response, StatusCode};

use crate::{
    body::ResponseBody,
    conditional::{
        decide::{Plan, decide},
        event::EventKind,
        label::label_write,
        reject::reject,
        resource::Resource,
        service::Shared,
    },
    current::Current,
    error::BoxError,
    key::RequestHead,
    precondition::{
        Committed, Expectation, Field, Rejection, RejectionKind, VersionWanted, WritePermit,
    },
    store::{Busy, Fingerprint},
};

use super::{
    hold::Hold, location::Origin, policy::GuardedPolicy, request_body::RequestBody,
    retry::fingerprint,
};

/// What is known of a write from its request to its answer.
pub(super) struct Exchange<St, X, K> {
    pub(super) shared: Arc<Shared<St, X>>,
    pub(super) resource: Resource<K>,
    /// Of a write that was judged under a guard.
    pub(super) plan: Option<Plan>,
    /// Of a POST.
    pub(super) origin: Option<Box<Origin>>,
    pub(super) fingerprint: Option<Fingerprint>,
    pub(super) hold: Hold,
}

/// What a request comes to, by what is current under the guard.
pub(super) enum Judgement<ResBody> {
    Run,
    Refuse(Response<ResponseBody<ResBody>>),
    /// It depends on whether there is a representation, which the store does not know.
    Ask,
}

impl<St, X, K: fmt::Debug> Exchange<St, X, K> {
    pub(super) fn policy(&self) -> &GuardedPolicy {
        &self.shared.policy.guarded
    }

    pub(super) fn emit(&self, kind: EventKind<'_>) {
        self.resource.emit(&self.shared.policy, kind);
    }

    /// An answer in the service's stead; a 503 says when to come again.
    pub(super) fn refuse<B>(&self, kind: RejectionKind) -> Response<ResponseBody<B>> {
        self.reject(Rejection::new(kind), HeaderMap::new())
    }

    pub(super) fn reject<B>(
        &self,
        rejection: Rejection,
        headers: HeaderMap,
    ) -> Response<ResponseBody<B>> {
        let policy = &self.shared.policy;
        let rejection = match rejection.status() {
            StatusCode::SERVICE_UNAVAILABLE => rejection.with_retry_after(policy.retry_after),
            _ => rejection,
        };
        reject(policy, &self.resource, rejection, headers)
    }

    /// The answer where the guard was not granted; a store at fault is told.
    pub(super) fn not_granted<B>(&self, error: &BoxError) -> Response<ResponseBody<B>> {
        if error.is::<Busy>() {
            return self.refuse(RejectionKind::Busy);
        }
        self.emit(EventKind::StoreFailed(&**error));
        self.refuse(RejectionKind::StoreUnavailable)
    }

    /// Takes the fingerprint of a request whose content is in memory, if retries are recognized.
    pub(super) fn identify<B>(&mut self, request: &Request<RequestBody<B>>) {
        // The answer to a call has a message, which nobody has kept.
        if let Some(principal) = self.policy().principal.as_deref()
            && !self.resource.is_call()
        {
            let head = RequestHead::of(request);
            self.fingerprint = fingerprint(principal, &head, request.body().content());
        }
    }

    /// Judges the preconditions under a guard that says that this is `current`, and was made by
    /// the request with that fingerprint.
    pub(super) fn judge<B, ResBody>(
        &mut self,
        request: &mut Request<RequestBody<B>>,
        current: Current,
        is_unseen: bool,
        made_by: Option<Fingerprint>,
    ) -> Judgement<ResBody> {
        let policy = &self.shared.policy;
        let (is_stale, rejection) = match decide(
            policy,
            request,
            &self.resource,
            Some(current),
            SystemTime::now(),
        ) {
            Ok(plan) => {
                let depends =
                    !matches!(plan.expectation, Expectation::Any | Expectation::Exactly(_));
                if depends && current == Current::Unknown {
                    // A GET is no call.
                    if policy.guarded.asks_service && !self.resource.is_call() {
                        return Judgement::Ask;
                    }
                    // A lost outcome may have created it: fail closed.
                    if plan.expectation != Expectation::Absent || !is_unseen {
                        let failed = Rejection::new(RejectionKind::PreconditionFailed);
                        let failed = plan.field.map_or(failed, |it| failed.with_field(it));
                        let headers = mem::take(request.headers_mut());
                        return Judgement::Refuse(self.reject(failed, headers));
                    }
                    // The handler may know more than the ledger.
                    let permit = WritePermit::new(plan.expectation, plan.field);
                    request.extensions_mut().insert(permit);
                    self.plan = Some(plan);
                    return Judgement::Run;
                }
                let is_lost =
                    plan.expectation == Expectation::Never && plan.field == Some(Field::IfMatch);
                if !is_lost {
                    self.plan = Some(plan);
                    return Judgement::Run;
                }
                // §13.2.1: without the condition it would have been a 404. A handler that
                // creates what is missing must not run, since If-Match is false (§13.1.1),
                // and there is no permit that would tell it.
                let missing = Rejection::new(RejectionKind::TargetMissing);
                (true, missing.with_current(current))
            }
            Err((rejection, _)) => {
                let is_stale = rejection.kind() == RejectionKind::PreconditionFailed
                    && rejection.field() == Some(Field::IfMatch);
                (is_stale, rejection)
            }
        };
        // §13.1.1: "if the request is a state-changing operation that appears to have already
        // been applied to the selected representation, the origin server MAY respond to the
        // request with a 2xx (Successful) response". The fingerprint stands beside the version
        // that this very request has made, and goes with it.
        let is_done = is_stale
            && matches!(current, Current::Present(_) | Current::Missing)
            && self.fingerprint.is_some()
            && self.fingerprint == made_by;
        if is_done {
            return Judgement::Refuse(self.done_already(request, current));
        }
        let headers = mem::take(request.headers_mut());
        Judgement::Refuse(self.reject(rejection, headers))
    }

    /// The answer to a retry: a success without content, with the tag that it made.
    fn done_already<B, ResBody>(
        &self,
        request: &Request<RequestBody<B>>,
        current: Current,
    ) -> Response<ResponseBody<ResBody>> {
        let policy = &self.shared.policy;
        self.emit(EventKind::RetryRecognized(current.version()));
        let mut response = Response::new(ResponseBody::default());
        *response.status_mut() = StatusCode::NO_CONTENT;
        let selected = policy.selected(&RequestHead::of(request));
        let tagged = current.version().filter(|_| self.origin.is_none());
        let method = &self.resource.method;
        label_write(policy, selected, method, tagged, &mut response, &|kind| {
            self.emit(kind);
        });
        if let Some(version) = tagged
            && request.extensions().get::<VersionWanted>().is_some()
        {
            response.extensions_mut().insert(Committed(version));
        }
        response
    }
}
