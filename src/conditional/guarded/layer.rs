use std::{sync::Arc, time::Duration};

use crate::{
    conditional::{
        layer::ConditionalLayer,
        mode::{Guarded, InPlace},
    },
    key::{PathKeys, RequestHead},
};

use super::{
    retry::{Principal, push},
    spawn::Task,
};

impl<St, Sp> ConditionalLayer<St, PathKeys, Guarded<Sp>>
where
    Sp: Fn(Task),
{
    /// The guarded protocol: any handler, and no lost update. See [`guarded`](super).
    ///
    /// Writes run to their end on tasks that `spawn` starts, whatever the client does:
    /// `tokio_spawn` (feature `tokio`), or any function that polls what it is given, such as one
    /// that counts them for a graceful shutdown.
    pub fn guarded(store: St, spawn: Sp) -> Self {
        Self::in_mode(store, Guarded::new(spawn))
    }
}

impl<St> ConditionalLayer<St, PathKeys, Guarded<InPlace>> {
    /// The guarded protocol without tasks: a write ends when its client goes away, wherever its
    /// handler is. No version is lost or given twice by that, but what the handler had done by
    /// then stays as it is, and its outcome is unknown. See [`guarded`](super).
    pub fn guarded_cancellable(store: St) -> Self {
        Self::in_mode(store, Guarded::new(InPlace))
    }
}

impl<St, X, Sp> ConditionalLayer<St, X, Guarded<Sp>> {
    /// How many bytes of content a guarded write may have, since they are in memory before it
    /// begins: what is longer is 413. Default: 2 MiB. A limit of the application's extractors
    /// (axum's is 2 MiB as well) stays in force. The answer to a gRPC call is bounded by it too.
    pub fn body_limit(mut self, bytes: usize) -> Self {
        self.policy.guarded.body_limit = bytes;
        self
    }

    /// Leaves the content of guarded writes to their handlers, as the client sends it: a slow
    /// client holds up all other writers of its resource, for `hold_limit` at most. What has not
    /// ended by then is as in [`hold_limit`](Self::hold_limit). The limit of a body's length is
    /// judged by `Content-Length` alone, and retries are not recognized.
    pub fn stream_bodies(mut self, hold_limit: Duration) -> Self {
        self.policy.guarded.streams_bodies = true;
        self.hold_limit(hold_limit)
    }

    /// How long a write waits for others of the same resource: 503 after that, nothing executed.
    /// Default: ten seconds.
    pub fn wait_limit(mut self, limit: Duration) -> Self {
        self.policy.guarded.wait_limit = limit;
        self
    }

    /// How long a handler may take, from when it first waits for something: after that it is
    /// dropped where it is, and the answer is 500, outcome unknown. Default: no limit, so that a
    /// handler which never ends holds its resource for ever.
    pub fn hold_limit(mut self, limit: Duration) -> Self {
        self.policy.guarded.hold_limit = Some(limit);
        self
    }

    /// Guards every POST. Default: those with preconditions alone, so that what creates items of
    /// a list need not wait for each other.
    pub fn guard_posts(mut self) -> Self {
        self.policy.guarded.guards_posts = true;
        self
    }

    /// Asks the service inside, by a GET, whether a resource exists that the store does not know,
    /// where `*` in a precondition depends on it. Default: no; see the [rules](super).
    ///
    /// A service that [requires preconditions](Self::require_precondition) should have it: a
    /// deletion whose outcome was lost otherwise leaves a resource that no condition lets anybody
    /// create again, until the store's
    /// [`raise`](crate::store::GuardedStore::raise) is told that it is gone.
    ///
    /// For a layer around a service that answers GET for all its resources without any effect,
    /// such as a whole router, or all methods of a path (`axum::routing::on_service` around
    /// `layer.layer(methods)`). **Not** for `MethodRouter::route_layer`: there what is inside the
    /// layer of a PUT route is the PUT handler, which would take the GET for its own.
    pub fn ask_service(mut self) -> Self {
        self.policy.guarded.asks_service = true;
        self
    }

    /// Recognizes a write that was sent again because its answer was lost. Default: no.
    ///
    /// A client that sends `Idempotency-Key` and `If-Match`, and sends the same request again
    /// (by the same principal, with the same method, URI, preconditions, key, type and content),
    /// gets 204 with the tag that it made, instead of 412 on its own write; so long as that
    /// version is current. Two requests of the same content under different keys are two writes.
    ///
    /// `principal` says who has sent a request, by anything that tells one from another; `None`
    /// for nobody, whose requests are not recognized.
    ///
    /// ```
    /// use tower_conditional::{ConditionalLayer, MemoryStore, RequestHead};
    ///
    /// #[derive(Clone)]
    /// struct User(String); // as the authentication outside has left it
    ///
    /// let layer = ConditionalLayer::guarded_cancellable(MemoryStore::new())
    ///     .recognize_retries(|request: &RequestHead<'_>| {
    ///         let User(name) = request.extensions.get()?;
    ///         Some(name.clone())
    ///     });
    /// # let _ = layer;
    /// ```
    pub fn recognize_retries<F, P>(mut self, principal: F) -> Self
    where
        F: Fn(&RequestHead<'_>) -> Option<P> + Send + Sync + 'static,
        P: AsRef<[u8]>,
    {
        let principal: Arc<Principal> = Arc::new(move |head, digest| match principal(head) {
            Some(name) => {
                push(digest, name.as_ref());
                true
            }
            None => false,
        });
        self.policy.guarded.principal = Some(principal);
        self
    }
}
