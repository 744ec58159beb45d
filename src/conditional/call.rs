//! The answers of handlers that compare and set to gRPC calls.

use std::fmt;

use http::{HeaderValue, Response, StatusCode, header};

use crate::{
    body::ResponseBody,
    grpc::{self, Code},
    precondition::{Observed, Rejection, RejectionKind, VersionConflict},
    store::VersionStore,
};

use super::{
    decide::Plan,
    event::EventKind,
    exchange::{Exchange, Finish, Then},
    label::{self, tag},
};

impl<St, X, K> Exchange<St, X, K>
where
    K: Clone + fmt::Debug,
    St: VersionStore<K>,
{
    /// Labels the answer to a call, or finds that it takes another look at the store.
    pub(super) fn finish_call<B>(
        &self,
        plan: &Plan,
        response: &mut Response<B>,
    ) -> Finish<St::Current, B> {
        let code = code_of_head(response);
        // A head that says nothing is followed by a message, as a rule.
        let is_done = matches!(code, None | Some(Code::Ok));
        let status = match response.status() {
            StatusCode::OK => code.map_or(StatusCode::OK, Code::as_http),
            // No gRPC, and no status of its own.
            status => status,
        };
        let latest = || self.shared.store.latest(self.resource.key.clone());
        if self.resource.is_write {
            if response.extensions().get::<VersionConflict>().is_some() {
                return Finish::LookAgain(latest(), |_| Then::Conflict);
            }
            if code == Some(Code::Aborted) {
                self.emit(EventKind::Written(status, None));
                return Finish::LookAgain(latest(), Then::Aborted);
            }
            let committed = label::committed(response).filter(|_| is_done);
            if is_done && plan.field.is_some() && committed.is_none() {
                self.emit(EventKind::CommitMissing);
                if self.shared.policy.strict_commits {
                    return Finish::Reject(Rejection::new(RejectionKind::CommitMissing));
                }
            }
            self.emit(EventKind::Written(status, committed));
            if !is_done {
                return Finish::Done;
            }
            let tag = committed.and_then(|version| tag(plan.selected, version));
            let tag = tag.filter(|_| self.resource.method != http::Method::DELETE);
            return self.label_write(tag, response);
        }
        let version = label::version_read(plan, response).filter(|_| is_done);
        if let Some(version) = version {
            self.label_read(tag(plan.selected, version), response);
            if plan.is_wanted {
                response.extensions_mut().insert(Observed(version));
            }
        }
        self.emit(EventKind::Read(status, version));
        match code {
            None if plan.adopt => Finish::Begin,
            Some(Code::Ok) if plan.adopt => self.adopt(),
            _ => Finish::Done,
        }
    }

    /// The tag stands where it is still true: behind the message, beside the status.
    fn label_write<B>(
        &self,
        tag: Option<HeaderValue>,
        response: &mut Response<B>,
    ) -> Finish<St::Current, B> {
        let is_whole = Code::of(response.headers()).is_some();
        let headers = response.headers_mut();
        let own = headers.remove(header::ETAG);
        if own.is_some() && own != tag {
            self.emit(EventKind::Undeclared(&header::ETAG));
        }
        if !is_whole {
            return Finish::Tag(tag);
        }
        if let Some(tag) = tag {
            headers.insert(header::ETAG, tag);
        }
        Finish::Done
    }

    fn label_read<B>(&self, tag: Option<HeaderValue>, response: &mut Response<B>) {
        let is_observed = label::observed(response).is_some();
        let headers = response.headers_mut();
        let Some(tag) = tag else { return };
        match headers.get(header::ETAG) {
            Some(own) if *own == tag => {}
            // The handler knows its representation best, unless it told the version itself.
            Some(_) if !is_observed => self.emit(EventKind::Undeclared(&header::ETAG)),
            _ => {
                headers.insert(header::ETAG, tag);
            }
        }
    }
}

/// What a head says of the outcome; `None` if that comes in the trailers.
fn code_of_head<B>(response: &Response<B>) -> Option<Code> {
    match Code::of(response.headers()) {
        // No gRPC: whatever has answered, it was not the method.
        _ if response.status() != StatusCode::OK => Some(Code::Unknown),
        code => code,
    }
}

/// A handler's own ABORTED, with what is current.
pub(super) fn aborted<B>(
    rejection: Rejection,
    mut response: Response<B>,
) -> Response<ResponseBody<B>> {
    grpc::tell(&rejection, response.headers_mut());
    response.map(ResponseBody::service)
}
