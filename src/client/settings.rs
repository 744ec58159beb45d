use http::HeaderMap;

use crate::merge::ThreeWay;

use super::pace::Pace;

/// What an [`Updater`](super::Updater) was told; all calls share it.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    pub(super) headers: HeaderMap,
    pub(super) pace: Pace,
    pub(super) content_limit: usize,
    pub(super) idempotency_keys: bool,
    pub(super) merge: ThreeWay,
}

impl Settings {
    pub(super) fn new() -> Self {
        Self {
            headers: HeaderMap::new(),
            pace: Pace::new(),
            content_limit: 8 << 20,
            idempotency_keys: false,
            merge: ThreeWay::new(),
        }
    }
}
