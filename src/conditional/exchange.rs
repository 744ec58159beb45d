//! A request about a resource, from the look-up to the answer.

use std::{fmt, mem, sync::Arc, time::SystemTime};

#[cfg(feature = "grpc")]
use http::HeaderValue;
use http::{HeaderMap, Request, Response, StatusCode};

use crate::{
    body::ResponseBody,
    current::Current,
    precondition::{Field, Rejection, RejectionKind, VersionConflict, WritePermit},
    store::VersionStore,
};

#[cfg(feature = "grpc")]
use super::call;
use super::{
    decide::{Plan, Refused, decide},
    event::EventKind,
    label::{self, label_read, label_write},
    reject::{conflict, reject},
    resource::Resource,
    service::Shared,
};

/// A request about a resource, and what its answer depends on.
pub(super) struct Exchange<St, X, K> {
    pub(super) shared: Arc<Shared<St, X>>,
    pub(super) resource: Resource<K>,
    /// Before the look-up: what is made later is not what the look-up has found.
    asked: SystemTime,
}

/// What becomes of the service's answer.
pub(super) enum Finish<C, B> {
    Done,
    /// Its trailers are to have this tag, or none.
    #[cfg(feature = "grpc")]
    Tag(Option<HeaderValue>),
    /// If what stands behind its head says that it succeeds, the key is known.
    #[cfg(feature = "grpc")]
    Begin,
    Reject(Rejection),
    LookAgain(C, fn(Response<B>) -> Then<B>),
}

/// What a second look-up is for.
pub(super) enum Then<B> {
    /// The handler lost a race, or found nothing: the answer says what is current now.
    Conflict,
    /// A part was read: it may go out if nothing has changed meanwhile.
    LetOut(Response<B>),
    /// The look-up has made an unknown key known; the answer stays as it is.
    Adopted(Response<ResponseBody<B>>),
    /// The handler of a call lost a race, and says so in its own words.
    #[cfg(feature = "grpc")]
    Aborted(Response<B>),
}

impl<St, X, K> Exchange<St, X, K>
where
    K: Clone + fmt::Debug,
    St: VersionStore<K>,
{
    #[inline]
    pub(super) fn new(shared: Arc<Shared<St, X>>, resource: Resource<K>) -> Self {
        Self {
            shared,
            resource,
            asked: SystemTime::now(),
        }
    }

    /// What is current, if the store can tell without waiting.
    #[inline]
    pub(super) fn try_look_up(&self) -> Option<Result<Current, St::Error>> {
        let (store, key) = (&self.shared.store, &self.resource.key);
        if self.resource.is_write {
            store.try_latest(key)
        } else {
            store.try_current(key)
        }
    }

    pub(super) fn look_up(&self) -> St::Current {
        let key = self.resource.key.clone();
        if self.resource.is_write {
            self.shared.store.latest(key)
        } else {
            self.shared.store.current(key)
        }
    }

    /// What the store said; `None` if it failed, which is told.
    #[inline]
    pub(super) fn known(&self, looked_up: Result<Current, St::Error>) -> Option<Current> {
        looked_up
            .map_err(|error| self.emit(EventKind::StoreFailed(&*error.into())))
            .ok()
    }

    /// Readies the request for the service, or refuses it.
    #[expect(clippy::inline_always, reason = "the plan moves once less")]
    #[inline(always)]
    pub(super) fn decide<B>(
        &self,
        request: &mut Request<B>,
        current: Option<Current>,
    ) -> Result<Plan, Refused> {
        let policy = &self.shared.policy;
        let plan = decide(policy, request, &self.resource, current, self.asked)?;
        if self.resource.is_write {
            let permit = WritePermit::new(plan.expectation, plan.field);
            request.extensions_mut().insert(permit);
        }
        Ok(plan)
    }

    /// Answers a request that was refused; its header map is used again.
    pub(super) fn refuse<B>(
        &self,
        (rejection, declared): Refused,
        headers: &mut HeaderMap,
    ) -> Response<ResponseBody<B>> {
        let mut response = self.reject(rejection, mem::take(headers));
        if rejection.kind() == RejectionKind::NotModified {
            let policy = &self.shared.policy;
            policy.put_declared(declared.as_deref(), response.headers_mut());
        }
        response
    }

    /// Labels the service's answer, or finds that it takes another look at the store.
    #[inline]
    pub(super) fn finish<B>(
        &self,
        plan: &Plan,
        response: &mut Response<B>,
    ) -> Finish<St::Current, B> {
        #[cfg(feature = "grpc")]
        if self.resource.is_call() {
            return self.finish_call(plan, response);
        }
        if self.resource.is_write {
            return self.finish_write(plan, response);
        }
        let status = response.status();
        if status == StatusCode::PARTIAL_CONTENT && plan.label.is_some() {
            let current = self.shared.store.latest(self.resource.key.clone());
            return Finish::LookAgain(current, Then::LetOut);
        }
        let policy = &self.shared.policy;
        let version = label_read(policy, plan, response, self.asked, |kind| self.emit(kind));
        self.emit(EventKind::Read(status, version));
        if plan.adopt && label::is_labelled(status) {
            return self.adopt();
        }
        Finish::Done
    }

    fn finish_write<B>(&self, plan: &Plan, response: &mut Response<B>) -> Finish<St::Current, B> {
        if response.extensions().get::<VersionConflict>().is_some() {
            let current = self.shared.store.latest(self.resource.key.clone());
            return Finish::LookAgain(current, |_| Then::Conflict);
        }
        let (policy, status) = (&self.shared.policy, response.status());
        let committed = label::committed(response);
        if plan.field.is_some() && committed.is_none() && label::is_commit(status) {
            self.emit(EventKind::CommitMissing);
            if policy.strict_commits {
                return Finish::Reject(Rejection::new(RejectionKind::CommitMissing));
            }
        }
        let method = &self.resource.method;
        label_write(
            policy,
            plan.selected,
            method,
            committed,
            response,
            &|kind| {
                self.emit(kind);
            },
        );
        self.emit(EventKind::Written(status, committed));
        Finish::Done
    }

    /// Makes an unknown key known, if the store does that.
    pub(super) fn adopt<B>(&self) -> Finish<St::Current, B> {
        match self.shared.store.adopt(self.resource.key.clone()) {
            Some(current) => Finish::LookAgain(current, |response| {
                Then::Adopted(response.map(ResponseBody::service))
            }),
            None => Finish::Done,
        }
    }

    /// Answers by what the second look-up has found.
    pub(super) fn conclude<B>(
        &self,
        plan: &Plan,
        then: Then<B>,
        current: Option<Current>,
    ) -> Response<ResponseBody<B>> {
        let policy = &self.shared.policy;
        let known = current.unwrap_or(Current::Unknown);
        match then {
            Then::Adopted(response) => response,
            #[cfg(feature = "grpc")]
            Then::Aborted(response) => call::aborted(conflict(plan, known), response),
            Then::Conflict => self.reject(conflict(plan, known), HeaderMap::new()),
            Then::LetOut(mut response) => {
                let before = plan.label.map(|label| label.version);
                let is_being_written =
                    matches!(known, Current::Present(now) if now.is_being_written);
                let is_same = before == known.version()
                    && !is_being_written
                    && label::observed(&response).is_none_or(|it| Some(it) == before);
                if !is_same {
                    let rejection = match plan.field {
                        // 412 says that a condition is false, which nobody knows.
                        _ if current.is_none() => Rejection::new(RejectionKind::StoreUnavailable)
                            .with_retry_after(policy.retry_after),
                        // §13.1.1, §13.1.4: these two have become false. A false If-None-Match
                        // would be a 304 (§13.1.2), for which the answer comes too late.
                        Some(field @ (Field::IfMatch | Field::IfUnmodifiedSince))
                            if before != known.version() =>
                        {
                            Rejection::conflict(Some(field))
                                .with_current(known)
                                .with_variant(plan.selected.variant())
                        }
                        _ => Rejection::new(RejectionKind::ChangedWhileRead)
                            .with_retry_after(policy.retry_after),
                    };
                    return self.reject(rejection, HeaderMap::new());
                }
                label_read(policy, plan, &mut response, self.asked, |kind| {
                    self.emit(kind);
                });
                self.emit(EventKind::Read(response.status(), before));
                response.map(ResponseBody::service)
            }
        }
    }

    pub(super) fn reject<B>(
        &self,
        rejection: Rejection,
        headers: HeaderMap,
    ) -> Response<ResponseBody<B>> {
        reject(&self.shared.policy, &self.resource, rejection, headers)
    }

    pub(super) fn emit(&self, kind: EventKind<'_>) {
        self.resource.emit(&self.shared.policy, kind);
    }
}
