use tower_conditional::{
    Committed, MemoryStore, VersionConflict, VersionStore, WritePermit,
    store::conformance::{self, CompareAndSet, keys},
};

use crate::support::block_on;

struct Writes(MemoryStore);

impl CompareAndSet<Vec<u8>> for Writes {
    fn store(&self) -> impl VersionStore<Vec<u8>> {
        self.0.clone()
    }

    async fn write(&self, key: Vec<u8>, permit: WritePermit) -> Result<Committed, VersionConflict> {
        let (committed, ()) = self.0.compare_and_set(key, &permit, |_| ())?;
        Ok(committed)
    }

    async fn delete(&self, key: Vec<u8>, permit: WritePermit) -> Result<(), VersionConflict> {
        match self.0.remove(key, &permit, |_| ())? {
            Some(_) => Ok(()),
            None => Err(VersionConflict),
        }
    }
}

/// Deletions past the limit are forgotten, so that one more forgets all before it.
fn forget_deletions(store: MemoryStore) -> MemoryStore {
    let store = store.tombstone_limit(0);
    let any = WritePermit::UNCONDITIONAL;
    store.compare_and_set("one more", &any, |_| ()).unwrap();
    store.remove("one more", &any, |_| ()).unwrap();
    store
}

#[test]
fn the_memory_store_keeps_the_laws_of_compare_and_set() {
    let store = MemoryStore::new();
    let suite = conformance::compare_and_set(Writes(store.clone()), keys::bytes)
        .second_instance(Writes(store))
        .drop_tombstones(async |Writes(store)| Writes(forget_deletions(store)));
    block_on(suite.run()).assert();
}

#[test]
fn the_memory_store_keeps_every_law_of_guards() {
    let store = MemoryStore::new();
    let suite = conformance::guarded(store.clone(), keys::bytes)
        .second_instance(store)
        .drop_tombstones(async |store| forget_deletions(store))
        // Its versions end with the process, so those of the next one start above the clock.
        .reopen(async |_| MemoryStore::since_boot())
        .last_version(u64::MAX.into());
    block_on(suite.run()).assert();
}

#[test]
fn path_keys_are_told_apart_by_the_memory_store() {
    let suite = conformance::guarded(MemoryStore::new(), keys::path);
    block_on(suite.run()).assert();
}
