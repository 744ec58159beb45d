//! The other end of `notify`: a cache that hears of each change.

use std::time::Duration;

use sqlx::postgres::{PgListener, PgPoolOptions};

use crate::store::cached::Invalidator;

use super::{PostgresError, PostgresStore, key::StoredKey};

/// Between attempts to listen while the database is away.
const PAUSE: Duration = Duration::from_millis(500);

impl PostgresStore {
    /// Empties a cache by the notifications of all processes, until the pool that this store was
    /// made of is closed. While there is no connection to listen on, the cache is suspended: every
    /// look-up then goes to the database. It takes one connection of its own.
    ///
    /// Every store that writes to the ledger must [`notify`](Self::notify). What a notification
    /// has not told yet, for the moment that it is under way or because the network swallows it
    /// without a word, is bounded by the cache's own `max_age`.
    ///
    /// ```no_run
    /// use std::time::Duration;
    /// use tower_conditional::{
    ///     ConditionalLayer, tokio_spawn,
    ///     store::{CachedStore, PostgresStore},
    /// };
    ///
    /// # async fn open() -> Result<(), Box<dyn std::error::Error>> {
    /// let pool = sqlx::PgPool::connect("postgres://localhost/models").await?;
    /// let store = PostgresStore::new(pool).notify();
    /// let cached = CachedStore::new(store.clone(), Duration::from_secs(5), 100_000);
    /// tokio::spawn(store.listen(cached.invalidator()));
    /// let layer = ConditionalLayer::guarded(cached, tokio_spawn);
    /// # Ok(())
    /// # }
    /// ```
    pub fn listen(&self, mut cache: Invalidator) -> impl Future<Output = ()> + Send + use<> {
        let store = self.clone();
        // From now on, and not from when somebody polls this.
        cache.suspend();
        async move {
            let pool = &store.inner.pool;
            while !pool.is_closed() {
                // Whatever ended it, what was missed meanwhile is not known.
                let _ = store.listen_once(&mut cache).await;
                cache.suspend();
                tokio::time::sleep(PAUSE).await;
            }
        }
    }

    /// Listens as long as the connection stands.
    async fn listen_once(&self, cache: &mut Invalidator) -> Result<(), PostgresError> {
        let application = &self.inner.pool;
        let own = PgPoolOptions::new()
            .max_connections(1)
            .connect_with((*application.connect_options()).clone())
            .await?;
        let mut listener = PgListener::connect_with(&own).await?;
        listener.eager_reconnect(false);
        listener.listen(&self.channel().await?).await?;
        cache.resume();
        loop {
            let mut closed = application.close_event();
            match closed.do_until(listener.try_recv()).await?? {
                Some(notification) => match key(notification.payload()) {
                    Some(key) => cache.invalidate(key),
                    None => cache.invalidate_all(),
                },
                None => return Ok(()),
            }
        }
    }
}

/// The key that a payload names, if it names it in full.
fn key(payload: &str) -> Option<Vec<u8>> {
    let (pairs, rest) = payload.as_bytes().as_chunks();
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let bytes = pairs
        .iter()
        .map(|[high, low]| u8::try_from(digit(*high)? << 4 | digit(*low)?).ok());
    let bytes: Vec<u8> = bytes.collect::<Option<_>>()?;
    let is_whole = rest.is_empty() && StoredKey::is_whole(&bytes);
    is_whole.then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payload_names_its_key_or_any() {
        for short in [&b""[..], b"/models/1", &[0, 255, 10], &[7; 1024]] {
            assert_eq!(key(&PostgresStore::payload(short)), Some(short.to_vec()));
        }
        assert_eq!(key(&PostgresStore::payload(&[7; 1025])), None);
        for odd in ["0", "0g", "000", "é", "+1"] {
            assert_eq!(key(odd), None, "{odd}");
        }
    }
}
