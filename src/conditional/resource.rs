use std::fmt;

use http::Method;

use crate::{
    grpc,
    key::{Access, KeyExtractor, RequestHead, is_grpc},
    precondition::{Fields, Outcome, Target, evaluate_fields},
};

use super::{event::EventKind, policy::Policy};

/// What a request is about.
#[derive(Clone)]
pub(super) struct Resource<K> {
    /// By which the request is judged: its own method, or of a request that says otherwise what
    /// it does the method that would say the same.
    pub(super) method: Method,
    pub(super) key: K,
    pub(super) is_write: bool,
    is_call: bool,
}

/// Why a request has no resource.
pub(super) enum NoResource {
    Neither,
    Unidentified { is_call: bool },
}

impl<K> Resource<K> {
    #[inline]
    pub(super) fn of<X>(head: &RequestHead<'_>, keys: &X) -> Result<Self, NoResource>
    where
        X: KeyExtractor<Key = K>,
    {
        let is_call = || cfg!(feature = "grpc") && is_grpc(head) && keys.is_call(head);
        let (is_write, key, method) = match keys.access(head) {
            Access::Read(key) => (false, key, head.method.clone()),
            Access::Write(key) => (true, key, head.method.clone()),
            Access::Delete(key) => (true, key, Method::DELETE),
            Access::Neither => return Err(NoResource::Neither),
            Access::Unidentified => {
                let is_call = is_call();
                return Err(NoResource::Unidentified { is_call });
            }
        };
        let is_call = is_call();
        let method = match method {
            // Every call is a POST: what it means is another method.
            Method::POST if is_call && is_write => Method::PUT,
            Method::POST if is_call => Method::GET,
            method => method,
        };
        Ok(Self {
            method,
            key,
            is_write,
            is_call,
        })
    }

    /// Whether the request is a gRPC call, and answered as one; never without feature `grpc`.
    pub(super) const fn is_call(&self) -> bool {
        cfg!(feature = "grpc") && self.is_call
    }

    pub(super) fn judge(&self, fields: Fields<'_>, target: &Target<'_>) -> Outcome {
        if self.is_call() {
            return grpc::judge(&self.method, fields, target);
        }
        evaluate_fields(&self.method, fields, target, true)
    }
}

impl<K: fmt::Debug> Resource<K> {
    pub(super) fn emit(&self, policy: &Policy, kind: EventKind<'_>) {
        policy.emit(kind, &self.method, &self.key);
    }
}
