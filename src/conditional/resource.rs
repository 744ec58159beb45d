use std::fmt;

use http::Method;

use crate::{
    grpc,
    key::{Access, RequestHead, is_grpc},
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
    Unidentified,
}

impl<K> Resource<K> {
    pub(super) fn of(head: &RequestHead<'_>, access: Access<K>) -> Result<Self, NoResource> {
        let (is_write, key, method) = match access {
            Access::Read(key) => (false, key, head.method.clone()),
            Access::Write(key) => (true, key, head.method.clone()),
            Access::Delete(key) => (true, key, Method::DELETE),
            Access::Neither => return Err(NoResource::Neither),
            Access::Unidentified => return Err(NoResource::Unidentified),
        };
        let is_call = cfg!(feature = "grpc") && is_grpc(head);
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
