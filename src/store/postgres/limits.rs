use std::time::Duration;

use super::{PostgresError, PostgresErrorKind};

/// How long things may take.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// Waiting for a lock that another process holds, or for a connection.
    pub(super) lock: Duration,
    /// One statement.
    pub(super) statement: Duration,
}

/// The server keeps the limits; that much later it is taken for gone.
const GRACE: Duration = Duration::from_secs(2);

impl Limits {
    /// A server's timeouts are from 1 to `i32::MAX` milliseconds; 0 would be none.
    pub(super) fn of(limit: Duration) -> Duration {
        limit.clamp(
            Duration::from_millis(1),
            Duration::from_millis(i32::MAX.unsigned_abs().into()),
        )
    }

    /// Waits for a statement that waits for a lock.
    pub(super) async fn lock<T>(
        self,
        statement: impl Future<Output = Result<T, sqlx::Error>>,
    ) -> Result<T, PostgresError> {
        let limit = self.lock.min(self.statement) + GRACE;
        within(limit, async { Ok(statement.await?) }).await
    }

    /// Waits for a statement.
    pub(super) async fn statement<T, E: Into<PostgresError>>(
        self,
        statement: impl Future<Output = Result<T, E>>,
    ) -> Result<T, PostgresError> {
        within(self.statement + GRACE, async {
            statement.await.map_err(Into::into)
        })
        .await
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            lock: Duration::from_secs(10),
            statement: Duration::from_secs(30),
        }
    }
}

pub(super) async fn within<T>(
    limit: Duration,
    answer: impl Future<Output = Result<T, PostgresError>>,
) -> Result<T, PostgresError> {
    tokio::time::timeout(limit, answer)
        .await
        .unwrap_or_else(|_| Err(PostgresErrorKind::TimedOut.into()))
}
