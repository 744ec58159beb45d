use std::marker::PhantomData;

use crate::{
    current::Current,
    error::BoxError,
    precondition::{Committed, VersionConflict, WritePermit},
    store::VersionStore,
    version::Version,
};

use super::{
    guarded::{look_up, look_ups},
    instance::{Adapt, Guards, Instance, NoKey, Refusal},
    poll::Local,
};

/// A store whose versions the application raises by compare-and-set, and the application's
/// writes.
///
/// Both methods write as a handler does: under the permit, by one statement or in one
/// transaction. A resource that is not there yet is created by [`write`](Self::write) if the
/// permit allows it. An error of the database may panic: the test fails either way.
pub trait CompareAndSet<K> {
    /// The store that the layer is given.
    fn store(&self) -> impl VersionStore<K>;

    /// Creates or changes the resource.
    ///
    /// # Errors
    /// [`VersionConflict`] if the permit does not hold: nothing has changed.
    fn write(
        &self,
        key: K,
        permit: WritePermit,
    ) -> impl Future<Output = Result<Committed, VersionConflict>>;

    /// Deletes the resource.
    ///
    /// # Errors
    /// [`VersionConflict`] if the permit does not hold, or there is nothing to delete.
    fn delete(
        &self,
        key: K,
        permit: WritePermit,
    ) -> impl Future<Output = Result<(), VersionConflict>>;
}

pub(super) struct Application<K, F> {
    keys: F,
    key: PhantomData<fn() -> K>,
}

impl<K, F> Application<K, F> {
    pub(super) const fn new(keys: F) -> Self {
        let key = PhantomData;
        Self { keys, key }
    }
}

impl<K, S, F> Adapt<S> for Application<K, F>
where
    K: 'static,
    S: CompareAndSet<K>,
    F: Fn(&[u8]) -> Option<K>,
{
    fn adapt<'a>(&'a self, application: &'a S) -> Box<dyn Instance + 'a> {
        let keys = &self.keys;
        Box::new(Rows { application, keys })
    }
}

struct Rows<'a, S, F> {
    application: &'a S,
    keys: &'a F,
}

impl<S, F> Rows<'_, S, F> {
    fn key<K>(&self, key: &[u8]) -> Result<K, NoKey>
    where
        F: Fn(&[u8]) -> Option<K>,
    {
        (self.keys)(key).ok_or_else(|| NoKey::new(key))
    }
}

impl<K, S, F> Instance for Rows<'_, S, F>
where
    K: 'static,
    S: CompareAndSet<K>,
    F: Fn(&[u8]) -> Option<K>,
{
    fn has_key(&self, key: &[u8]) -> bool {
        (self.keys)(key).is_some()
    }

    fn current(&self, key: &[u8]) -> Local<'_, Result<Current, BoxError>> {
        look_up(
            self.key(key)
                .map(|key| self.application.store().current(key)),
        )
    }

    fn look_ups(&self, key: &[u8]) -> Local<'_, Result<Vec<(&'static str, Current)>, BoxError>> {
        let bytes = key.to_vec();
        Box::pin(async move { look_ups(&self.application.store(), || self.key(&bytes)).await })
    }

    fn adopt(&self, key: &[u8]) -> Option<Local<'_, Result<Current, BoxError>>> {
        let key = self.key(key).ok()?;
        let adoption = self.application.store().adopt(key)?;
        Some(look_up(Ok(adoption)))
    }

    fn write(&self, key: &[u8], permit: WritePermit) -> Local<'_, Result<Version, Refusal>> {
        let key = self.key(key);
        Box::pin(async move {
            let key = key.map_err(|error| Refusal::Failed(error.into()))?;
            match self.application.write(key, permit).await {
                Ok(Committed(version)) => Ok(version),
                Err(VersionConflict) => Err(Refusal::Refused),
            }
        })
    }

    fn delete(
        &self,
        key: &[u8],
        permit: WritePermit,
    ) -> Local<'_, Result<Option<Version>, Refusal>> {
        let key = self.key(key);
        Box::pin(async move {
            let key = key.map_err(|error| Refusal::Failed(error.into()))?;
            match self.application.delete(key, permit).await {
                Ok(()) => Ok(None),
                Err(VersionConflict) => Err(Refusal::Refused),
            }
        })
    }

    fn guards(&self) -> Option<&dyn Guards> {
        None
    }
}
