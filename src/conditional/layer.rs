use std::{
    fmt,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method};
use tower_layer::Layer;

use crate::{
    entity_tag::is_variant_name,
    key::{PathKeys, RequestHead},
    precondition::Rejection,
};

use super::{
    event::Event,
    mode::CompareAndSet,
    policy::{Policy, Required, Variants},
    service::{Conditional, Shared},
};

/// Conditional requests for a service, by the versions of a
/// [`VersionStore`](crate::VersionStore); see the [module docs](super).
///
/// `St` is the store, `X` the [`KeyExtractor`](crate::KeyExtractor), and `M` the protocol:
/// [`CompareAndSet`] or [`Guarded`](super::Guarded).
#[must_use]
pub struct ConditionalLayer<St, X = PathKeys, M = CompareAndSet> {
    store: Arc<St>,
    key: Arc<X>,
    pub(super) policy: Policy,
    mode: M,
}

impl<St> ConditionalLayer<St> {
    /// The compare-and-set protocol: handlers write under a
    /// [`WritePermit`](crate::WritePermit) and answer [`Committed`](crate::Committed).
    pub fn new(store: St) -> Self {
        Self::in_mode(store, CompareAndSet)
    }
}

impl<St, M> ConditionalLayer<St, PathKeys, M> {
    pub(super) fn in_mode(store: St, mode: M) -> Self {
        Self {
            store: Arc::new(store),
            key: Arc::new(PathKeys),
            policy: Policy::new(),
            mode,
        }
    }
}

impl<St, X> ConditionalLayer<St, X> {
    /// Makes a conditional write that succeeds without [`Committed`](crate::Committed) a 500.
    /// For tests: the write has happened by then.
    pub fn strict_commits(mut self) -> Self {
        self.policy.strict_commits = true;
        self
    }

    /// How many conditional writes have succeeded without [`Committed`](crate::Committed), in
    /// all services that this layer and its clones have made. Anything but zero is a bug of the
    /// application.
    #[must_use]
    pub fn missing_commits(&self) -> u64 {
        self.policy.missing_commits.load(Ordering::Relaxed)
    }
}

impl<St, X, M> ConditionalLayer<St, X, M> {
    /// Which resource a request is about, and what it does to it. Default: [`PathKeys`], the
    /// path and what the method means.
    pub fn key<Y>(self, extractor: Y) -> ConditionalLayer<St, Y, M> {
        ConditionalLayer {
            store: self.store,
            key: Arc::new(extractor),
            policy: self.policy,
            mode: self.mode,
        }
    }

    /// `Cache-Control` for reads, the same on 200 and 304. A handler's own one stands, on the
    /// 200 alone.
    ///
    /// # Panics
    /// If `value` is no field value: it is a literal of the program.
    pub fn cache_control(mut self, value: &'static str) -> Self {
        self.policy.cache_control = Some(HeaderValue::from_static(value));
        self
    }

    /// `Vary` for reads, the same on 200 and 304; added to a handler's own one.
    ///
    /// # Panics
    /// If `value` is no field value: it is a literal of the program.
    pub fn vary(mut self, value: &'static str) -> Self {
        self.policy.vary = Some(HeaderValue::from_static(value));
        self
    }

    /// Other fields that the 200 and the 304 of a read must have in common, by the request:
    /// `Content-Location`, `Expires` (RFC 9110 §15.4.5).
    ///
    /// ```
    /// use http::{HeaderValue, header};
    /// use tower_conditional::{ConditionalLayer, MemoryStore};
    ///
    /// let layer = ConditionalLayer::new(MemoryStore::new()).declare(|request, fields| {
    ///     if let Ok(path) = HeaderValue::from_str(request.path()) {
    ///         fields.insert(header::CONTENT_LOCATION, path);
    ///     }
    /// });
    /// # let _ = layer;
    /// ```
    pub fn declare<F>(mut self, fields: F) -> Self
    where
        F: Fn(&RequestHead<'_>, &mut HeaderMap) + Send + Sync + 'static,
    {
        self.policy.declare = Some(Arc::new(fields));
        self
    }

    /// The application's own variants of a representation (a language, a format), and which one
    /// a request selects: `"5-de"` is the tag of version 5 in `de`. The handler selects by the
    /// same rule, and [`vary`](Self::vary) names the field that it goes by. `None` is the
    /// variant without a name, with the plain tag.
    ///
    /// If-Match of an unsafe method takes the tag of any declared variant; all else compares
    /// the whole tag of the selected one. A variant that was not declared is answered without a
    /// tag.
    ///
    /// ```
    /// use http::header::ACCEPT_LANGUAGE;
    /// use tower_conditional::{ConditionalLayer, MemoryStore, RequestHead};
    ///
    /// let layer = ConditionalLayer::new(MemoryStore::new())
    ///     .vary("accept-language")
    ///     .variants(["de", "en"], |request: &RequestHead<'_>| {
    ///         let languages = request.headers.get(ACCEPT_LANGUAGE)?.to_str().ok()?;
    ///         Some(if languages.starts_with("de") { "de" } else { "en" })
    ///     });
    /// # let _ = layer;
    /// ```
    ///
    /// # Panics
    /// If a name is empty, has other characters than ASCII letters, digits and `-._~`, or is or
    /// ends like a content coding (`x-br`; Breton is `br-FR` here): they are literals of the
    /// program.
    pub fn variants<F>(
        mut self,
        declared: impl IntoIterator<Item = &'static str>,
        select: F,
    ) -> Self
    where
        F: Fn(&RequestHead<'_>) -> Option<&'static str> + Send + Sync + 'static,
    {
        let declared: Arc<[_]> = declared.into_iter().collect();
        let odd = declared.iter().find(|name| !is_variant_name(name));
        assert_eq!(odd, None, "not the name of a variant");
        let select = Arc::new(select);
        self.policy.variants = Some(Variants { declared, select });
        self
    }

    /// Whether a PUT, PATCH or DELETE of an existing resource, or of one that the store does not
    /// know, needs a precondition: without one it is answered 428 (RFC 6585). Default: no. Of
    /// this and the two that follow, the last one counts.
    pub fn require_precondition(self, require: bool) -> Self {
        let methods = [Method::PUT, Method::PATCH, Method::DELETE];
        self.require_precondition_for(methods.into_iter().filter(|_| require))
    }

    /// Writes of an existing resource with one of these methods need a precondition.
    pub fn require_precondition_for(mut self, methods: impl IntoIterator<Item = Method>) -> Self {
        self.policy.required = Required::Methods(methods.into_iter().collect());
        self
    }

    /// Writes of an existing resource for which `predicate` is true need a precondition.
    pub fn require_precondition_if<F>(mut self, predicate: F) -> Self
    where
        F: Fn(&RequestHead<'_>) -> bool + Send + Sync + 'static,
    {
        self.policy.required = Required::If(Arc::new(predicate));
        self
    }

    /// Whether a PUT to a missing resource creates it. Default: yes, and a PUT under If-Match to
    /// a missing resource is 412. If not, it goes to the service, for its own 404.
    pub fn put_creates(mut self, creates: bool) -> Self {
        self.policy.put_creates = creates;
        self
    }

    /// Takes `W/"5"` in If-Match for the tag `"5"` that the layer has given out, for clients
    /// behind intermediaries that weaken strong tags. Default: RFC 9110 §13.1.1, a weak tag
    /// never matches.
    pub fn accept_weakened(mut self) -> Self {
        self.policy.accept_weakened = true;
        self
    }

    /// Whether successful answers to PUT carry the `ETag`. Default: yes. It fits handlers that
    /// answer with the resource as it now is; RFC 9110 §9.3.4 reserves it for those that stored
    /// the content unchanged.
    pub fn tag_put_answers(mut self, tag: bool) -> Self {
        self.policy.tag_put_answers = tag;
        self
    }

    /// The `Retry-After` of a 503, rounded up to whole seconds. Default: one second.
    pub fn retry_after(mut self, wait: Duration) -> Self {
        self.policy.retry_after = wait;
        self
    }

    /// Replaces the content of 400, 404, 409, 412, 413, 428, 500 and 503: a media type and the
    /// bytes, or `None` for the problem document. Answers to gRPC calls have no content.
    pub fn rejection_body<F>(mut self, body: F) -> Self
    where
        F: Fn(&Rejection) -> Option<(HeaderValue, Bytes)> + Send + Sync + 'static,
    {
        self.policy.rejection_body = Some(Arc::new(body));
        self
    }

    /// Hears of every [`Event`], on the task of the request, or of a guarded write: it should not
    /// block.
    ///
    /// With feature `tracing` events are `tracing` events as well, under the target
    /// `tower_conditional`.
    pub fn on_event<F>(mut self, listener: F) -> Self
    where
        F: Fn(&Event<'_>) + Send + Sync + 'static,
    {
        self.policy.on_event = Some(Arc::new(listener));
        self
    }
}

impl<Svc, St, X, M: Clone> Layer<Svc> for ConditionalLayer<St, X, M> {
    type Service = Conditional<Svc, St, X, M>;

    fn layer(&self, inner: Svc) -> Self::Service {
        Conditional::new(
            inner,
            Shared {
                store: Arc::clone(&self.store),
                key: Arc::clone(&self.key),
                policy: self.policy.clone(),
            },
            self.mode.clone(),
        )
    }
}

impl<St, X, M: Clone> Clone for ConditionalLayer<St, X, M> {
    fn clone(&self) -> Self {
        Self {
            store: Arc::clone(&self.store),
            key: Arc::clone(&self.key),
            policy: self.policy.clone(),
            mode: self.mode.clone(),
        }
    }
}

impl<St, X, M> fmt::Debug for ConditionalLayer<St, X, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConditionalLayer").finish_non_exhaustive()
    }
}
