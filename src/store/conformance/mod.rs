//! A suite of laws that any store can be tested by: each promise of the [store module](super) is a
//! case with a name of its own.
//!
//! A store that guards writes is all that the suite needs; it drives it as
//! [`ConditionalLayer::guarded`](crate::ConditionalLayer) does. For versions that the application
//! keeps in its own rows, [`CompareAndSet`] stands for its handlers:
//!
//! ```
//! use tower_conditional::{store::conformance::{self, CompareAndSet, keys}, *};
//!
//! struct Models(MemoryStore); // A pool of connections, as a rule.
//!
//! impl CompareAndSet<String> for Models {
//!     fn store(&self) -> impl VersionStore<String> {
//!         self.0.clone()
//!     }
//!     async fn write(&self, id: String, permit: WritePermit) -> Result<Committed, VersionConflict> {
//!         Ok(self.0.compare_and_set(id, &permit, |_| ())?.0)
//!     }
//!     async fn delete(&self, id: String, permit: WritePermit) -> Result<(), VersionConflict> {
//!         self.0.remove(id, &permit, |_| ())?.map(drop).ok_or(VersionConflict)
//!     }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() {
//! // In a `#[tokio::test]`, or under any other runtime.
//! let models = Models(MemoryStore::new());
//! conformance::compare_and_set(models, keys::text).run().await.assert();
//! # }
//! ```
//!
//! With guards it is one line, and one more for each thing that the store can do besides:
//!
//! ```
//! # use tower_conditional::store::{GuardedStore, conformance::{self, keys}};
//! # async fn my_store_keeps_the_laws<S: GuardedStore<Vec<u8>>>(open: impl AsyncFn() -> S) {
//! conformance::guarded(open().await, keys::bytes)
//!     .second_instance(open().await)
//!     .reopen(async |store| { drop(store); open().await })
//!     .run().await
//!     .assert();
//! # }
//! ```
//!
//! [`assert`](Report::assert) fails with every law that was broken and what was seen; a test that
//! wants more looks at the [`Report`] itself.
//!
//! # The laws
//! [`Law`] has the sentence of each. Those of the first two rows are for all stores, the others for
//! stores with guards, unless they say otherwise.
//!
//! | about | laws |
//! |---|---|
//! | versions | [`NextVersion`], [`CreatedAgain`], [`Distinct`], [`OneWinner`], [`ChangedBase`], [`Refused`], [`ReadYourCommit`] |
//! | states and keys | [`LookUps`], [`NeverSeen`], [`DeletedIsMissing`], [`AdoptNeverSeen`], [`AdoptKnown`], [`StrangeKeys`], [`ManyKeys`] |
//! | guards | [`Exclusive`], [`Fair`], [`BoundedWaiters`], [`OtherKeys`], [`ReadersGoOn`] |
//! | how a guard ends | [`Release`], [`ReleaseNeverSeen`], [`DroppedUnarmed`], [`DroppedArmed`], [`LostVersion`], [`AdoptUnknown`]; by [`rolls_back`] [`RolledBack`] in place of what is lost |
//! | what a commit says | [`Affects`], [`OwnVersion`], [`MadeBy`] (where the store keeps fingerprints) |
//! | changes without a guard | [`Raise`], [`RaiseWhileHeld`] |
//! | a future that is dropped at each of its awaits | [`CancelledBegin`], [`CancelledArm`], [`CancelledCommit`], [`CancelledRelease`]; without guards [`CancelledWrite`] |
//! | the end, by [`last_version`] | [`EndOfCounter`] |
//! | another process, by [`second_instance`] | [`ReadElsewhere`], [`OneWinnerElsewhere`] (both for all stores), [`ExclusiveElsewhere`], [`OrphanedElsewhere`] |
//! | forgotten deletions, by [`drop_tombstones`] | [`DroppedTombstones`] (for all stores) |
//! | a restart, by [`reopen`] | [`Restart`] (for all stores), [`Orphaned`] |
//!
//! [`last_version`]: Suite::last_version
//! [`second_instance`]: Suite::second_instance
//! [`drop_tombstones`]: Suite::drop_tombstones
//! [`reopen`]: Suite::reopen
//! [`rolls_back`]: Suite::rolls_back
//! [`RolledBack`]: Law::RolledBack
//! [`NextVersion`]: Law::NextVersion
//! [`CreatedAgain`]: Law::CreatedAgain
//! [`Distinct`]: Law::Distinct
//! [`OneWinner`]: Law::OneWinner
//! [`ChangedBase`]: Law::ChangedBase
//! [`Refused`]: Law::Refused
//! [`ReadYourCommit`]: Law::ReadYourCommit
//! [`LookUps`]: Law::LookUps
//! [`NeverSeen`]: Law::NeverSeen
//! [`DeletedIsMissing`]: Law::DeletedIsMissing
//! [`AdoptNeverSeen`]: Law::AdoptNeverSeen
//! [`AdoptKnown`]: Law::AdoptKnown
//! [`StrangeKeys`]: Law::StrangeKeys
//! [`ManyKeys`]: Law::ManyKeys
//! [`Exclusive`]: Law::Exclusive
//! [`Fair`]: Law::Fair
//! [`BoundedWaiters`]: Law::BoundedWaiters
//! [`OtherKeys`]: Law::OtherKeys
//! [`ReadersGoOn`]: Law::ReadersGoOn
//! [`Release`]: Law::Release
//! [`ReleaseNeverSeen`]: Law::ReleaseNeverSeen
//! [`DroppedUnarmed`]: Law::DroppedUnarmed
//! [`DroppedArmed`]: Law::DroppedArmed
//! [`LostVersion`]: Law::LostVersion
//! [`AdoptUnknown`]: Law::AdoptUnknown
//! [`Affects`]: Law::Affects
//! [`OwnVersion`]: Law::OwnVersion
//! [`MadeBy`]: Law::MadeBy
//! [`Raise`]: Law::Raise
//! [`RaiseWhileHeld`]: Law::RaiseWhileHeld
//! [`CancelledBegin`]: Law::CancelledBegin
//! [`CancelledArm`]: Law::CancelledArm
//! [`CancelledCommit`]: Law::CancelledCommit
//! [`CancelledRelease`]: Law::CancelledRelease
//! [`CancelledWrite`]: Law::CancelledWrite
//! [`EndOfCounter`]: Law::EndOfCounter
//! [`ReadElsewhere`]: Law::ReadElsewhere
//! [`OneWinnerElsewhere`]: Law::OneWinnerElsewhere
//! [`ExclusiveElsewhere`]: Law::ExclusiveElsewhere
//! [`OrphanedElsewhere`]: Law::OrphanedElsewhere
//! [`DroppedTombstones`]: Law::DroppedTombstones
//! [`Restart`]: Law::Restart
//! [`Orphaned`]: Law::Orphaned
//!
//! # What it takes
//! One task: writers race by being polled in turn, in many orders, so a store has to let others in
//! at its awaits to be caught. What locks threads out needs a test with threads besides. No
//! runtime is needed but the one that the store's own futures need. Every wait is bounded
//! ([`time_limit`](Suite::time_limit)); a database is done in seconds to a minute, most of it for
//! [`many_keys`](Suite::many_keys). Keys are the suite's own, so the store may hold other data.

mod compare_and_set;
mod guarded;
mod instance;
pub mod keys;
mod law;
mod laws;
mod limits;
mod poll;
mod report;
mod run;
mod suite;
mod trial;

pub use compare_and_set::CompareAndSet;
pub use law::Law;
pub use report::{Outcome, Report};
pub use suite::{Suite, compare_and_set, guarded};
