use std::{sync::Arc, time::Duration};

use super::retry::Principal;

/// What the builder sets for guarded writes alone.
#[derive(Clone)]
pub(in crate::conditional) struct GuardedPolicy {
    /// In bytes of content.
    pub(super) body_limit: usize,
    pub(super) streams_bodies: bool,
    pub(super) wait_limit: Duration,
    pub(super) hold_limit: Option<Duration>,
    pub(super) guards_posts: bool,
    pub(super) asks_service: bool,
    pub(super) principal: Option<Arc<Principal>>,
}

impl GuardedPolicy {
    pub(in crate::conditional) const fn new() -> Self {
        Self {
            body_limit: 2 << 20,
            streams_bodies: false,
            wait_limit: Duration::from_secs(10),
            hold_limit: None,
            guards_posts: false,
            asks_service: false,
            principal: None,
        }
    }
}
