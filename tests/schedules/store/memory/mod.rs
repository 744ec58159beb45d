#[path = "../../../../src/store/memory/armed.rs"]
mod armed;
#[path = "../../../../src/store/memory/begin.rs"]
mod begin;
#[path = "../../../../src/store/memory/entry.rs"]
mod entry;
#[path = "../../../../src/store/memory/guard.rs"]
mod guard;
#[path = "../../../../src/store/memory/ledger.rs"]
mod ledger;
mod map;
#[path = "../../../../src/store/memory/row.rs"]
mod row;
#[path = "../../../../src/store/memory/store.rs"]
mod store;
#[path = "../../../../src/store/memory/tombstones.rs"]
mod tombstones;

pub(crate) use guard::MemoryGuard;
pub(crate) use store::MemoryStore;
