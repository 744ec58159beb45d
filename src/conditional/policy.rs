use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, header};

use crate::{key::RequestHead, precondition::Rejection};

use super::{
    event::{Event, EventKind},
    guarded::GuardedPolicy,
};

type Declare = dyn Fn(&RequestHead<'_>, &mut HeaderMap) + Send + Sync;
type Select = dyn Fn(&RequestHead<'_>) -> Option<&'static str> + Send + Sync;
type OnEvent = dyn Fn(&Event<'_>) + Send + Sync;
type RejectionBody = dyn Fn(&Rejection) -> Option<(HeaderValue, Bytes)> + Send + Sync;
type Predicate = dyn Fn(&RequestHead<'_>) -> bool + Send + Sync;

/// What the builder of the layer sets, apart from the store and the key.
#[derive(Clone)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch of the builder, independent of the others"
)]
pub(super) struct Policy {
    pub(super) cache_control: Option<HeaderValue>,
    pub(super) vary: Option<HeaderValue>,
    pub(super) declare: Option<Arc<Declare>>,
    pub(super) variants: Option<Variants>,
    pub(super) required: Required,
    pub(super) rejection_body: Option<Arc<RejectionBody>>,
    pub(super) on_event: Option<Arc<OnEvent>>,
    pub(super) missing_commits: Arc<AtomicU64>,
    pub(super) retry_after: Duration,
    pub(super) strict_commits: bool,
    pub(super) put_creates: bool,
    pub(super) accept_weakened: bool,
    pub(super) tag_put_answers: bool,
    pub(super) guarded: GuardedPolicy,
}

/// The variants of a resource, and which of them a request selects.
#[derive(Clone)]
pub(super) struct Variants {
    pub(super) declared: Arc<[&'static str]>,
    pub(super) select: Arc<Select>,
}

/// The representation that a request selects, as far as its tag goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Selected {
    /// The only one, or the one without a name.
    Plain,
    Variant(&'static str),
    /// One that was not declared: it has no tag, since no later request would know it again.
    Undeclared,
}

/// Which writes of an existing resource need a precondition.
#[derive(Clone)]
pub(super) enum Required {
    None,
    Methods(Arc<[Method]>),
    If(Arc<Predicate>),
}

impl Selected {
    pub(super) fn variant(self) -> Option<&'static str> {
        match self {
            Self::Variant(name) => Some(name),
            Self::Plain | Self::Undeclared => None,
        }
    }
}

impl Policy {
    pub(super) fn new() -> Self {
        Self {
            cache_control: None,
            vary: None,
            declare: None,
            variants: None,
            required: Required::None,
            rejection_body: None,
            on_event: None,
            missing_commits: Arc::default(),
            retry_after: Duration::from_secs(1),
            strict_commits: false,
            put_creates: true,
            accept_weakened: false,
            tag_put_answers: true,
            guarded: GuardedPolicy::new(),
        }
    }

    /// Whether a write that is judged by this method needs a precondition.
    pub(super) fn requires_precondition(&self, method: &Method, request: &RequestHead<'_>) -> bool {
        match &self.required {
            Required::None => false,
            Required::Methods(methods) => methods.contains(method),
            Required::If(predicate) => predicate(request),
        }
    }

    #[inline]
    pub(super) fn selected(&self, request: &RequestHead<'_>) -> Selected {
        let Some(variants) = &self.variants else {
            return Selected::Plain;
        };
        match (variants.select)(request) {
            None => Selected::Plain,
            Some(name) if variants.declared.contains(&name) => Selected::Variant(name),
            Some(_) => Selected::Undeclared,
        }
    }

    /// The fields that the 200 and the 304 of this request have in common.
    #[inline]
    pub(super) fn declared(&self, request: &RequestHead<'_>) -> Option<Box<HeaderMap>> {
        let declare = self.declare.as_deref()?;
        let mut fields = Box::default();
        declare(request, &mut fields);
        Some(fields)
    }

    /// Puts the declared fields beside what the answer has: the 200 and the 304 of a request
    /// get the same ones by the same rule. What was declared for the request goes before what
    /// was declared for all, and `Vary` is the sum of both.
    #[inline]
    pub(super) fn put_declared(&self, declared: Option<&HeaderMap>, headers: &mut HeaderMap) {
        if declared.is_some() || self.cache_control.is_some() || self.vary.is_some() {
            self.put_some_declared(declared, headers);
        }
    }

    fn put_some_declared(&self, declared: Option<&HeaderMap>, headers: &mut HeaderMap) {
        if let Some(fields) = declared {
            for name in fields.keys() {
                if !headers.contains_key(name) {
                    for value in fields.get_all(name) {
                        headers.append(name, value.clone());
                    }
                }
            }
        }
        if let Some(value) = &self.cache_control
            && !headers.contains_key(header::CACHE_CONTROL)
        {
            headers.insert(header::CACHE_CONTROL, value.clone());
        }
        if let Some(vary) = &self.vary
            && !headers.get_all(header::VARY).iter().any(|own| own == vary)
        {
            headers.append(header::VARY, vary.clone());
        }
    }

    /// Whether a 304 to the request has this line as well.
    pub(super) fn is_declared(
        &self,
        declared: Option<&HeaderMap>,
        name: &HeaderName,
        line: &HeaderValue,
    ) -> bool {
        let of_request = declared.filter(|fields| fields.contains_key(name));
        let of_all = match *name {
            header::VARY => self.vary.as_ref(),
            header::CACHE_CONTROL if of_request.is_none() => self.cache_control.as_ref(),
            _ => None,
        };
        let of_request = of_request
            .into_iter()
            .flat_map(|fields| fields.get_all(name));
        of_request.chain(of_all).any(|it| it == line)
    }

    /// Whether anybody listens: events that take work are made for listeners alone.
    #[inline]
    pub(super) fn has_listener(&self) -> bool {
        #[cfg(feature = "tracing")]
        if tracing::enabled!(target: super::event::TARGET, tracing::Level::WARN) {
            return true;
        }
        self.on_event.is_some()
    }

    #[inline]
    pub(super) fn emit(&self, kind: EventKind<'_>, method: &Method, key: &dyn fmt::Debug) {
        if matches!(kind, EventKind::CommitMissing) {
            self.missing_commits.fetch_add(1, Ordering::Relaxed);
        }
        let event = Event { kind, method, key };
        #[cfg(feature = "tracing")]
        event.trace();
        if let Some(listener) = &self.on_event {
            listener(&event);
        }
    }
}
