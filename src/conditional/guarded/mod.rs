//! Check and write as one step, for handlers that know nothing of versions.

mod admission;
mod affects;
mod collect;
mod effect;
mod exchange;
mod future;
mod hold;
mod layer;
mod location;
mod policy;
mod probe;
mod request_body;
mod retry;
mod service;
mod settle;
mod spawn;
mod write;

pub use affects::Affects;
pub use future::GuardedFuture;
pub(super) use policy::GuardedPolicy;
pub use request_body::RequestBody;
#[cfg(feature = "tokio")]
pub use spawn::tokio_spawn;
pub use spawn::{SpawnedWrite, Task};
pub use write::GuardedWrite;
