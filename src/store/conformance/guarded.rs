//! Stores with guards, as instances.

use std::marker::PhantomData;

use crate::{
    current::Current,
    error::BoxError,
    precondition::WritePermit,
    store::{
        Change, CommitError, CommitErrorKind, Effect, Fingerprint, Guard, GuardedStore,
        VersionStore,
    },
    version::Version,
};

use super::{
    instance::{Adapt, Guards, Held, Instance, NoKey, Refusal},
    poll::Local,
};

pub(super) struct Guarded<K, F> {
    keys: F,
    key: PhantomData<fn() -> K>,
}

impl<K, F> Guarded<K, F> {
    pub(super) const fn new(keys: F) -> Self {
        let key = PhantomData;
        Self { keys, key }
    }
}

impl<K: 'static, S: GuardedStore<K>, F: Fn(&[u8]) -> Option<K>> Adapt<S> for Guarded<K, F> {
    fn adapt<'a>(&'a self, store: &'a S) -> Box<dyn Instance + 'a> {
        let keys = &self.keys;
        Box::new(Ledger { store, keys })
    }
}

struct Ledger<'a, S, F> {
    store: &'a S,
    keys: &'a F,
}

impl<S, F> Ledger<'_, S, F> {
    fn key<K>(&self, key: &[u8]) -> Result<K, NoKey>
    where
        F: Fn(&[u8]) -> Option<K>,
    {
        (self.keys)(key).ok_or_else(|| NoKey::new(key))
    }

    /// A guarded write, as the layer does it.
    async fn change<K>(
        &self,
        key: Result<K, NoKey>,
        permit: WritePermit,
        effect: Effect,
    ) -> Result<Version, Refusal>
    where
        S: GuardedStore<K>,
    {
        let guard = self.store.begin(key.map_err(failed)?);
        let guard = guard.await.map_err(failed)?;
        if permit.check(guard.current()).is_err() {
            guard.release().await.map_err(failed)?;
            return Err(Refusal::Refused);
        }
        let guard = guard.arm().await.map_err(failed)?;
        let committed = guard.commit(Change::new(effect)).await;
        committed.map_err(|error| match error.kind() {
            CommitErrorKind::RolledBack => Refusal::Refused,
            CommitErrorKind::Unknown => failed(error),
        })
    }
}

fn failed(error: impl Into<BoxError>) -> Refusal {
    Refusal::Failed(error.into())
}

impl<K: 'static, S: GuardedStore<K>, F: Fn(&[u8]) -> Option<K>> Instance for Ledger<'_, S, F> {
    fn has_key(&self, key: &[u8]) -> bool {
        (self.keys)(key).is_some()
    }

    fn current(&self, key: &[u8]) -> Local<'_, Result<Current, BoxError>> {
        look_up(self.key(key).map(|key| self.store.current(key)))
    }

    fn look_ups(&self, key: &[u8]) -> Local<'_, Result<Vec<(&'static str, Current)>, BoxError>> {
        let bytes = key.to_vec();
        Box::pin(async move { look_ups(self.store, || self.key(&bytes)).await })
    }

    fn adopt(&self, key: &[u8]) -> Option<Local<'_, Result<Current, BoxError>>> {
        match self.key(key) {
            Ok(key) => self.store.adopt(key).map(|look| look_up(Ok(look))),
            Err(error) => Some(look_up::<S::Current, S::Error>(Err(error))),
        }
    }

    fn write(&self, key: &[u8], permit: WritePermit) -> Local<'_, Result<Version, Refusal>> {
        Box::pin(self.change(self.key(key), permit, Effect::Written))
    }

    fn delete(
        &self,
        key: &[u8],
        permit: WritePermit,
    ) -> Local<'_, Result<Option<Version>, Refusal>> {
        let deletion = self.change(self.key(key), permit, Effect::Deleted);
        Box::pin(async move { deletion.await.map(Some) })
    }

    fn guards(&self) -> Option<&dyn Guards> {
        Some(self)
    }
}

pub(super) fn look_up<'a, L, E>(look: Result<L, NoKey>) -> Local<'a, Result<Current, BoxError>>
where
    L: Future<Output = Result<Current, E>> + 'a,
    E: Into<BoxError>,
{
    Box::pin(async move { look?.await.map_err(Into::into) })
}

pub(super) async fn look_ups<K, S: VersionStore<K>>(
    store: &S,
    key: impl Fn() -> Result<K, NoKey>,
) -> Result<Vec<(&'static str, Current)>, BoxError> {
    let current = store.current(key()?).await.map_err(Into::into)?;
    let latest = store.latest(key()?).await.map_err(Into::into)?;
    let mut told = vec![("current", current), ("latest", latest)];
    for (name, at_once) in [
        ("try_current", store.try_current(&key()?)),
        ("try_latest", store.try_latest(&key()?)),
    ] {
        if let Some(current) = at_once.transpose().map_err(Into::into)? {
            told.push((name, current));
        }
    }
    Ok(told)
}

impl<K: 'static, S: GuardedStore<K>, F: Fn(&[u8]) -> Option<K>> Guards for Ledger<'_, S, F> {
    fn begin(&self, key: &[u8]) -> Local<'_, Result<Box<dyn Held<'_> + '_>, BoxError>> {
        // Called here and not in the future: the place in the queue may be taken by the call.
        let begin = self.key(key).map(|key| self.store.begin(key));
        Box::pin(async move {
            let guard = begin?.await.map_err(Into::into)?;
            Ok(HeldGuard::boxed(guard, self.keys))
        })
    }

    fn raise(&self, key: &[u8], effect: Effect) -> Local<'_, Result<Current, BoxError>> {
        look_up(self.key(key).map(|key| self.store.raise(key, effect)))
    }
}

struct HeldGuard<'a, K, G, F> {
    guard: G,
    keys: &'a F,
    key: PhantomData<fn() -> K>,
}

impl<'a, K, G, F> HeldGuard<'a, K, G, F>
where
    K: 'static,
    G: Guard<K> + 'a,
    F: Fn(&[u8]) -> Option<K>,
{
    fn boxed(guard: G, keys: &'a F) -> Box<dyn Held<'a> + 'a> {
        let key = PhantomData;
        Box::new(Self { guard, keys, key })
    }
}

impl<'a, K, G, F> Held<'a> for HeldGuard<'a, K, G, F>
where
    K: 'static,
    G: Guard<K> + 'a,
    F: Fn(&[u8]) -> Option<K>,
{
    fn current(&self) -> Current {
        self.guard.current()
    }

    fn made_by(&self) -> Option<Fingerprint> {
        self.guard.made_by()
    }

    fn arm(self: Box<Self>) -> Local<'a, Result<Box<dyn Held<'a> + 'a>, BoxError>> {
        let (arm, keys) = (self.guard.arm(), self.keys);
        Box::pin(async move {
            let guard = arm.await.map_err(Into::into)?;
            Ok(Self::boxed(guard, keys))
        })
    }

    fn commit(self: Box<Self>, change: Change<Vec<u8>>) -> Local<'a, Result<Version, CommitError>> {
        let key = |(key, effect): (Vec<u8>, Effect)| Some(((self.keys)(&key)?, effect));
        let affects = change.affects.into_iter().filter_map(key).collect();
        Box::pin(self.guard.commit(Change {
            effect: change.effect,
            committed: change.committed,
            made_by: change.made_by,
            affects,
        }))
    }

    fn release(self: Box<Self>) -> Local<'a, Result<(), BoxError>> {
        let release = self.guard.release();
        Box::pin(async move { release.await.map_err(Into::into) })
    }
}
