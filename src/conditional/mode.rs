//! The two protocols, as the last type parameter of a layer.

use std::{fmt, sync::Arc};

/// Compare-and-set by the handler: what [`ConditionalLayer::new`](super::ConditionalLayer::new)
/// makes.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct CompareAndSet;

/// Check and write under the store's guard: what
/// [`ConditionalLayer::guarded`](super::ConditionalLayer::guarded) makes. `Sp` is the spawn
/// function, or [`InPlace`].
pub struct Guarded<Sp> {
    pub(super) spawn: Arc<Sp>,
}

/// In the place of a spawn function: writes are polled where the request is, and end with it.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct InPlace;

impl<Sp> Guarded<Sp> {
    pub(super) fn new(spawn: Sp) -> Self {
        Self {
            spawn: Arc::new(spawn),
        }
    }
}

impl<Sp> Clone for Guarded<Sp> {
    fn clone(&self) -> Self {
        Self {
            spawn: Arc::clone(&self.spawn),
        }
    }
}

impl<Sp> fmt::Debug for Guarded<Sp> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guarded").finish_non_exhaustive()
    }
}
