use std::sync::Arc;

use crate::{error::BoxError, store::Busy};

use super::{
    PostgresError, PostgresErrorKind,
    connections::GuardConnection,
    guard::PostgresGuard,
    key::StoredKey,
    row::Entry,
    session::{Token, marker},
    store::Inner,
};

/// Waits for the key's turn in this process, then for a connection, then for other processes.
pub(super) async fn begin(store: Arc<Inner>, key: StoredKey) -> Result<PostgresGuard, BoxError> {
    let turn = store.turns.take(key.clone().into_bytes()).await?;
    let mut connection = store.connections.take().await?;
    let was_idle = connection.was_idle;
    let mut entered = enter(&store, &mut connection, &key).await;
    // The server may have ended a connection while it was idle, and then nothing has happened on
    // it: the way in can be tried again.
    if was_idle && matches!(&entered, Err(error) if error.kind() == PostgresErrorKind::Unavailable)
    {
        let slot = connection.close();
        slot.close_idle();
        connection = slot.open().await?;
        entered = enter(&store, &mut connection, &key).await;
    }
    match entered {
        Ok((token, entry)) => Ok(PostgresGuard::new(
            store, turn, key, token, &entry, connection,
        )),
        Err(error) if error.is_busy() => {
            // With a joined transaction the lock ends with that.
            if !store.is_joined_only || connection.session.roll_back().await.is_ok() {
                store.ledger().finish(connection, &key).await;
            }
            Err(Busy.into())
        }
        Err(error) => Err(error.into()),
    }
}

/// Takes the key's lock and looks what is there.
async fn enter(
    store: &Inner,
    connection: &mut GuardConnection,
    key: &StoredKey,
) -> Result<(Token, Entry), PostgresError> {
    let ledger = store.ledger();
    let token = connection.session.next_token();
    if store.is_joined_only {
        let session = &mut connection.session;
        let marker = marker(&token);
        let begin = session.begin_read_committed(&marker);
        store.limits.statement(begin).await?;
        let connection = &mut session.connection;
        ledger.lock_in_transaction(connection, key).await?;
    } else {
        ledger.lock(connection, key).await?;
    }
    let entry = ledger
        .inspect(&mut connection.session.connection, key)
        .await?;
    // Under the lock of the key no owner lives. Once this is written down, a read can adopt it.
    if !store.is_joined_only
        && let Some(lost) = &entry.intent
    {
        let connection = &mut connection.session.connection;
        ledger.end_lost(connection, key, lost).await?;
    }
    Ok((token, entry))
}
