use sqlx::{PgConnection, Row as _, postgres::PgRow};

use crate::{current::Current, store::Effect};

use super::{
    PostgresError, PostgresErrorKind,
    connections::GuardConnection,
    key::StoredKey,
    limits::Limits,
    row::{self, Entry, State},
    session::Token,
    sql::Sql,
    store::payload,
};

/// The ledger's statements, as a guard of `key` uses them.
#[derive(Clone, Copy)]
pub(super) struct Ledger<'a> {
    pub(super) sql: &'a Sql,
    pub(super) limits: Limits,
    pub(super) notifies: bool,
}

/// A change of the guard's own key, as it is written.
pub(super) struct Commit<'a> {
    pub(super) token: &'a Token,
    pub(super) effect: Effect,
    pub(super) committed: Option<i64>,
    pub(super) made_by: Option<&'a [u8]>,
    /// The transaction that must still be the guard's own, if the handler has joined.
    pub(super) marker: Option<&'a str>,
}

/// What became of a guard's commit within its transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Written {
    Version(i64),
    /// There is no next version: the key is unknown from now on.
    AtTheEnd,
    /// The intent is not this guard's any more, or the transaction is not.
    Fenced,
}

impl Ledger<'_> {
    /// Takes the lock of the key until [`finish`](Self::finish) or the end of the session.
    pub(super) async fn lock(
        self,
        connection: &mut GuardConnection,
        key: &StoredKey,
    ) -> Result<(), PostgresError> {
        let lock = self.sql.lock.query().bind(key.lock());
        let lock = lock.execute(&mut connection.session.connection);
        self.limits.lock(lock).await?;
        connection.has_lock = true;
        Ok(())
    }

    /// Ends the session that has this lock of its own, where its client has given it up: its
    /// backend may not know that for long.
    pub(super) async fn end_session(
        self,
        connection: &mut PgConnection,
        owner: i64,
    ) -> Result<(), PostgresError> {
        let end = self.sql.end_session.query().bind(owner);
        self.limits.statement(end.execute(connection)).await?;
        Ok(())
    }

    /// Takes the lock of the key until the end of the transaction.
    pub(super) async fn lock_in_transaction(
        self,
        connection: &mut PgConnection,
        key: &StoredKey,
    ) -> Result<(), PostgresError> {
        let lock = self.sql.lock_in_transaction.query().bind(key.lock());
        self.limits.lock(lock.execute(connection)).await?;
        Ok(())
    }

    /// Reads the key under its lock. In a statement of its own: the one that waited for the lock
    /// sees what was there before it waited.
    pub(super) async fn inspect(
        self,
        connection: &mut PgConnection,
        key: &StoredKey,
    ) -> Result<Entry, PostgresError> {
        let row = self.sql.inspect.query().bind(key.as_bytes());
        let row = self.limits.statement(row.fetch_one(connection)).await?;
        Ok(Entry::from_row(&row)?)
    }

    /// Writes the intent, and gives the version that the commit will make.
    pub(super) async fn arm(
        self,
        connection: &mut GuardConnection,
        key: &StoredKey,
        token: &Token,
    ) -> Result<i64, PostgresError> {
        let session = &mut connection.session;
        if self.notifies {
            self.limits.statement(session.begin("")).await?;
        }
        let arm = self.sql.arm.query().bind(key.as_bytes());
        let arm = arm.bind(token.as_slice()).bind(session.owner);
        let row = arm.fetch_one(&mut session.connection);
        let pending = self.limits.statement(row).await?.try_get("pending")?;
        if self.notifies {
            self.notify(&mut session.connection, key).await?;
            self.limits.statement(session.commit()).await?;
        }
        Ok(pending)
    }

    /// Takes the intent of a lost guard away: the key is unknown, above all that were issued.
    pub(super) async fn end_lost(
        self,
        connection: &mut PgConnection,
        key: &StoredKey,
        lost: &[u8],
    ) -> Result<(), PostgresError> {
        let query = self.sql.end_lost.query().bind(key.as_bytes()).bind(lost);
        self.limits.statement(query.execute(connection)).await?;
        Ok(())
    }

    /// Takes the intent back, where nothing was changed.
    ///
    /// # Errors
    /// [`PostgresErrorKind::Lost`] if it was another's by then.
    pub(super) async fn disarm(
        self,
        connection: &mut PgConnection,
        key: &StoredKey,
        token: &Token,
    ) -> Result<(), PostgresError> {
        let release = self.sql.release.query().bind(key.as_bytes());
        let release = release.bind(token.as_slice()).fetch_one(connection);
        let count: i64 = self.limits.statement(release).await?.try_get(0)?;
        if count == 0 {
            return Err(PostgresErrorKind::Lost.into());
        }
        Ok(())
    }

    /// Writes what the guard has changed: its own key and the others, in the order of the keys, so
    /// that two guards that change the same keys wait for each other and nothing worse.
    pub(super) async fn write(
        self,
        connection: &mut PgConnection,
        key: &StoredKey,
        commit: &Commit<'_>,
        others: &[(StoredKey, Effect)],
        is_joined_only: bool,
    ) -> Result<Written, PostgresError> {
        let before = others.partition_point(|(other, _)| other < key);
        let (before, after) = others.split_at(before);
        for (other, effect) in before {
            self.raise(connection, other, *effect).await?;
        }
        let written = self.commit(connection, key, commit, is_joined_only).await?;
        if written == Written::Fenced {
            return Ok(written);
        }
        for (other, effect) in after {
            self.raise(connection, other, *effect).await?;
        }
        Ok(written)
    }

    async fn commit(
        self,
        connection: &mut PgConnection,
        key: &StoredKey,
        commit: &Commit<'_>,
        is_joined_only: bool,
    ) -> Result<Written, PostgresError> {
        let statement = if is_joined_only {
            &self.sql.commit_joined_only
        } else {
            &self.sql.commit
        };
        let state = State::after(commit.effect);
        let made_by = commit.made_by.filter(|_| commit.effect != Effect::Unknown);
        let query = statement
            .query()
            .bind(key.as_bytes())
            .bind(commit.token.as_slice())
            .bind(state)
            .bind(commit.committed)
            .bind(made_by)
            .bind(commit.marker);
        let row = query.fetch_optional(&mut *connection);
        let Some(row) = self.limits.statement(row).await? else {
            return Ok(Written::Fenced);
        };
        if self.notifies {
            self.notify(connection, key).await?;
        }
        Ok(if row.try_get::<&str, _>("state")? == state {
            Written::Version(row.try_get("version")?)
        } else {
            Written::AtTheEnd
        })
    }

    /// Raises a key without its lock.
    pub(super) async fn raise(
        self,
        connection: &mut PgConnection,
        key: &StoredKey,
        effect: Effect,
    ) -> Result<Current, PostgresError> {
        // A key that has a row needs no lock on the floor.
        let row = match self
            .raise_by(&self.sql.raise, connection, key, effect)
            .await?
        {
            Some(row) => row,
            None => self
                .raise_by(&self.sql.raise_unseen, connection, key, effect)
                .await?
                .ok_or(PostgresErrorKind::NotMigrated)?,
        };
        if self.notifies {
            self.notify(connection, key).await?;
        }
        Ok(row::returned(&row)?)
    }

    async fn raise_by(
        self,
        statement: &super::sql::Statement,
        connection: &mut PgConnection,
        key: &StoredKey,
        effect: Effect,
    ) -> Result<Option<PgRow>, PostgresError> {
        let query = statement.query().bind(key.as_bytes());
        let row = query.bind(State::after(effect)).fetch_optional(connection);
        self.limits.statement(row).await
    }

    /// Tells the listeners, when the transaction commits.
    pub(super) async fn notify(
        self,
        connection: &mut PgConnection,
        key: &StoredKey,
    ) -> Result<(), PostgresError> {
        let notify = self.sql.notify.query().bind(payload(key));
        self.limits.statement(notify.execute(connection)).await?;
        Ok(())
    }

    /// Whether the transaction is still the one with this marker.
    pub(super) async fn is_joined(
        self,
        connection: &mut PgConnection,
        marker: &str,
    ) -> Result<bool, PostgresError> {
        let is_joined = self.sql.is_joined.query().bind(marker);
        let row = self
            .limits
            .statement(is_joined.fetch_one(connection))
            .await?;
        Ok(row.try_get::<Option<bool>, _>(0)? == Some(true))
    }

    /// Gives the connection back, its guard having ended. It is closed if that does not go as it
    /// should; nothing depends on it.
    pub(super) async fn finish(self, mut connection: GuardConnection, key: &StoredKey) {
        if connection.has_lock {
            let unlock = self.sql.unlock.query().bind(key.lock());
            let row = unlock.fetch_one(&mut connection.session.connection);
            let row = self.limits.statement(row).await;
            let was_locked = row.and_then(|row| Ok(row.try_get::<bool, _>(0)?));
            if !was_locked.unwrap_or(false) {
                return;
            }
            connection.has_lock = false;
        }
        connection.put_back();
    }
}
