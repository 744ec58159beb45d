use std::fmt;

use http::Method;

use super::{event::EventKind, policy::Policy};

/// What a request is about.
#[derive(Clone)]
pub(super) struct Resource<K> {
    pub(super) method: Method,
    pub(super) key: K,
    pub(super) is_write: bool,
}

impl<K: fmt::Debug> Resource<K> {
    pub(super) fn emit(&self, policy: &Policy, kind: EventKind<'_>) {
        policy.emit(kind, &self.method, &self.key);
    }
}
