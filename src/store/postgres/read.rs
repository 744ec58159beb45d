use std::{pin::Pin, sync::Arc};

use crate::{
    current::Current,
    error::BoxError,
    store::{Effect, GuardedStore, VersionStore},
};

use super::{
    PostgresError, PostgresErrorKind, PostgresGuard, PostgresStore,
    begin::begin,
    key::StoredKey,
    row::{Seen, returned},
    store::Inner,
};

type BoxFuture<T, E> = Pin<Box<dyn Future<Output = Result<T, E>> + Send>>;

/// How often a statement is sent again that had no effect.
const ATTEMPTS: usize = 3;

impl<K: AsRef<[u8]>> VersionStore<K> for PostgresStore {
    type Error = PostgresError;
    type Current = BoxFuture<Current, PostgresError>;

    fn current(&self, key: K) -> Self::Current {
        let store = Arc::clone(&self.inner);
        let key = StoredKey::new(key.as_ref());
        Box::pin(async move { store.current(&key).await })
    }

    fn adopt(&self, key: K) -> Option<Self::Current> {
        let store = Arc::clone(&self.inner);
        let key = StoredKey::new(key.as_ref());
        Some(Box::pin(async move {
            match store.adopt(&key).await? {
                Some(adopted) => Ok(adopted),
                None => store.current(&key).await,
            }
        }))
    }
}

impl<K: AsRef<[u8]>> GuardedStore<K> for PostgresStore {
    type Guard = PostgresGuard;
    /// [`Busy`](crate::store::Busy) or a [`PostgresError`].
    type BeginError = BoxError;
    type Begin = BoxFuture<PostgresGuard, BoxError>;
    type Raise = BoxFuture<Current, PostgresError>;

    fn begin(&self, key: K) -> Self::Begin {
        let key = StoredKey::new(key.as_ref());
        Box::pin(begin(Arc::clone(&self.inner), key))
    }

    fn raise(&self, key: K, effect: Effect) -> Self::Raise {
        let store = Arc::clone(&self.inner);
        let key = StoredKey::new(key.as_ref());
        Box::pin(async move { store.raise(&key, effect).await })
    }
}

impl Inner {
    async fn current(&self, key: &StoredKey) -> Result<Current, PostgresError> {
        let mut dead = None;
        for _ in 0..ATTEMPTS {
            let Some(Seen { current, intent }) = self.look(key).await? else {
                return Ok(Current::Unknown);
            };
            match intent {
                None | Some((_, true)) => return Ok(current),
                // The owner was gone when that was asked, so what it has committed is there by
                // now: if its intent still is, nothing follows.
                Some((token, false)) if dead.as_ref() == Some(&token) => break,
                Some((token, false)) => dead = Some(token),
            }
        }
        Ok(Current::Unknown)
    }

    async fn look(&self, key: &StoredKey) -> Result<Option<Seen>, PostgresError> {
        let mut attempts = 1..ATTEMPTS;
        loop {
            let query = self.sql.current.query().bind(key.as_bytes());
            let row = query.fetch_optional(&self.pool);
            match self.limits.statement(row).await {
                Ok(Some(row)) => return Ok(Some(Seen::from_row(&row)?)),
                Ok(None) => return Ok(None),
                // The pool may have given a connection that the server has closed.
                Err(error)
                    if error.kind() == PostgresErrorKind::Unavailable
                        && attempts.next().is_some() => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// `None` if the key is no unknown one, or is being written.
    async fn adopt(&self, key: &StoredKey) -> Result<Option<Current>, PostgresError> {
        let mut attempts = 1..ATTEMPTS;
        loop {
            match self.try_adopt(key).await {
                Err(error) if error.is_to_be_sent_again() && attempts.next().is_some() => {}
                result => return result,
            }
        }
    }

    async fn try_adopt(&self, key: &StoredKey) -> Result<Option<Current>, PostgresError> {
        let mut transaction = self.limits.statement(self.pool.begin()).await?;
        let query = self.sql.adopt.query().bind(key.as_bytes());
        let row = query.fetch_optional(&mut *transaction);
        let Some(row) = self.limits.statement(row).await? else {
            return Ok(None);
        };
        if self.notifies {
            self.ledger().notify(&mut transaction, key).await?;
        }
        self.limits.statement(transaction.commit()).await?;
        Ok(Some(returned(&row)?))
    }

    async fn raise(&self, key: &StoredKey, effect: Effect) -> Result<Current, PostgresError> {
        let mut attempts = 1..ATTEMPTS;
        loop {
            match self.try_raise(key, effect).await {
                Err(error) if error.is_to_be_sent_again() && attempts.next().is_some() => {}
                result => return result,
            }
        }
    }

    async fn try_raise(&self, key: &StoredKey, effect: Effect) -> Result<Current, PostgresError> {
        let mut transaction = self.limits.statement(self.pool.begin()).await?;
        let current = self.ledger().raise(&mut transaction, key, effect).await?;
        self.limits.statement(transaction.commit()).await?;
        Ok(current)
    }
}
