use std::mem;

use sqlx::{
    AssertSqlSafe, ConnectOptions as _, Connection as _, PgConnection, Row as _,
    postgres::PgConnectOptions,
};

use super::{PostgresError, limits::Limits};

/// A session of a guard's connection.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) connection: PgConnection,
    /// The number of an advisory lock that this session alone holds, as long as it lives: whoever
    /// finds it held knows that the owner of an intent lives.
    pub(super) owner: i64,
    /// The isolation level that the application's own transactions have.
    isolation: &'static str,
    guards: u64,
}

/// What a guard is known by: its session, and its number in it.
pub(super) type Token = [u8; 16];

/// The lock of the session that a token is of.
pub(super) fn owner(token: &Token) -> i64 {
    i64::from_be_bytes(*token.first_chunk().unwrap_or(&[0; 8]))
}

/// A token as a transaction's marker.
pub(super) fn marker(token: &Token) -> String {
    format!("{:032x}", u128::from_be_bytes(*token))
}

/// Settings that not every server has; where one is refused, the server does without.
const WISHES: [&str; 6] = [
    // A connection that waits for its next guard is no idle session to be ended.
    "SET idle_session_timeout = 0",
    // A backend whose client is gone ends while it waits for a lock or runs a statement.
    "SET client_connection_check_interval = '1s'",
    // A client whose host is gone holds its locks no longer than that.
    "SET tcp_keepalives_idle = 15",
    "SET tcp_keepalives_interval = 5",
    "SET tcp_keepalives_count = 3",
    "SET tcp_user_timeout = '30s'",
];

impl Session {
    pub(super) async fn open(
        options: &PgConnectOptions,
        limits: Limits,
    ) -> Result<Self, PostgresError> {
        let mut connection = options.connect().await?;
        // sqlx counts the transactions of a connection, and makes a savepoint of one within
        // another. This one stays open in its count alone: the guards send their own BEGIN,
        // COMMIT and ROLLBACK, and `begin` within a joined transaction makes a savepoint.
        mem::forget(connection.begin().await?);
        let settings = format!(
            "COMMIT; SET lock_timeout = {}; SET statement_timeout = {}",
            limits.lock.as_millis(),
            limits.statement.as_millis(),
        );
        sqlx::raw_sql(AssertSqlSafe(settings))
            .execute(&mut connection)
            .await?;
        for wish in WISHES {
            match sqlx::raw_sql(wish).execute(&mut connection).await {
                Ok(_) | Err(sqlx::Error::Database(_)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        let row = sqlx::query(
            "WITH s AS MATERIALIZED (SELECT ('x' || left(replace( \
             gen_random_uuid()::text, '-', ''), 16))::bit(64)::bigint AS owner) \
             SELECT owner, pg_try_advisory_lock(owner) AS is_own, \
             current_setting('default_transaction_isolation') AS isolation FROM s",
        )
        .fetch_one(&mut connection)
        .await?;
        if !row.try_get::<bool, _>("is_own")? {
            let chance = "another session has the number that was drawn";
            return Err(sqlx::Error::Protocol(chance.to_owned()).into());
        }
        let isolation = match row.try_get("isolation")? {
            "serializable" => "SERIALIZABLE",
            "repeatable read" => "REPEATABLE READ",
            _ => "READ COMMITTED",
        };
        sqlx::raw_sql("SET default_transaction_isolation = 'read committed'")
            .execute(&mut connection)
            .await?;
        Ok(Self {
            connection,
            owner: row.try_get("owner")?,
            isolation,
            guards: 0,
        })
    }

    /// A token for the next guard of this session.
    pub(super) fn next_token(&mut self) -> Token {
        self.guards += 1;
        let mut token = Token::default();
        token[..8].copy_from_slice(&self.owner.to_be_bytes());
        token[8..].copy_from_slice(&self.guards.to_be_bytes());
        token
    }

    /// Begins a transaction at the application's isolation level.
    pub(super) async fn begin(&mut self, marker: &str) -> Result<(), PostgresError> {
        self.begin_at(self.isolation, marker).await
    }

    /// Begins a transaction in which each statement sees what is committed by then.
    pub(super) async fn begin_read_committed(&mut self, marker: &str) -> Result<(), PostgresError> {
        self.begin_at("READ COMMITTED", marker).await
    }

    /// The marker is a setting that ends with the transaction. `set_config` would need a snapshot,
    /// after which a handler could not choose another isolation level.
    async fn begin_at(&mut self, isolation: &str, marker: &str) -> Result<(), PostgresError> {
        let begin = format!(
            "BEGIN ISOLATION LEVEL {isolation} READ WRITE; \
             SET LOCAL tower_conditional.guard = '{marker}'"
        );
        self.execute(begin).await
    }

    pub(super) async fn commit(&mut self) -> Result<(), PostgresError> {
        self.execute("COMMIT".to_owned()).await
    }

    pub(super) async fn roll_back(&mut self) -> Result<(), PostgresError> {
        self.execute("ROLLBACK".to_owned()).await
    }

    async fn execute(&mut self, text: String) -> Result<(), PostgresError> {
        sqlx::raw_sql(AssertSqlSafe(text))
            .execute(&mut self.connection)
            .await?;
        Ok(())
    }
}
