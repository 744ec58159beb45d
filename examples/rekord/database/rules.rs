//! Rules, whose versions are in the ledger beside them.

use uuid::Uuid;

use super::connection::{Connection, Statement, run, within};
use super::resources::Row;
use super::{Database, DatabaseError, Joined};

// The ledger knows a rule by its path, as bytes. A rule and its version are committed together,
// so each rule has one, and one statement reads both as they were at one time.

const READ: Statement = Statement {
    sqlite: "\
        SELECT id, version, document FROM rules
        JOIN ledger ON key = CAST('/rules/' || id AS BLOB)
        WHERE id = $1",
    postgres: "\
        SELECT id, version, document FROM rules
        JOIN ledger ON key = convert_to('/rules/' || id, 'UTF8')
        WHERE id = $1",
};

const PAGE: Statement = Statement {
    sqlite: "\
        SELECT id, version, document FROM rules
        JOIN ledger ON key = CAST('/rules/' || id AS BLOB)
        WHERE id > $1 ORDER BY id LIMIT $2",
    postgres: "\
        SELECT id, version, document FROM rules
        JOIN ledger ON key = convert_to('/rules/' || id, 'UTF8')
        WHERE id > $1 ORDER BY id LIMIT $2",
};

const DOCUMENT: &str = "SELECT document FROM rules WHERE id = $1";
const REPLACE: &str = "UPDATE rules SET document = $2 WHERE id = $1";
const CREATE: &str = "INSERT INTO rules (id, document) VALUES ($1, $2)";
const DELETE: &str = "DELETE FROM rules WHERE id = $1";

impl Database {
    pub(crate) async fn rule(&self, id: Uuid) -> Result<Option<Row>, DatabaseError> {
        let mut reader = self.reader().await?;
        let connection = reader.connection();
        let statement = READ.on(&connection);
        let row = run!(connection => {
            let query = sqlx::query_as(statement).bind(id.to_string());
            query.fetch_optional(connection).await
        });
        Ok(row?)
    }

    pub(crate) async fn rule_exists(&self, id: Uuid) -> Result<bool, DatabaseError> {
        let mut reader = self.reader().await?;
        let connection = reader.connection();
        let rule: Option<String> = run!(connection => {
            let query = sqlx::query_scalar(DOCUMENT).bind(id.to_string());
            query.fetch_optional(connection).await
        })?;
        Ok(rule.is_some())
    }

    /// Up to `limit` rules in the order of their ids, starting behind `after`.
    pub(crate) async fn rules(
        &self,
        after: Option<Uuid>,
        limit: u32,
    ) -> Result<Vec<Row>, DatabaseError> {
        let mut reader = self.reader().await?;
        let connection = reader.connection();
        let statement = PAGE.on(&connection);
        let after = after.map(|id| id.to_string()).unwrap_or_default();
        let rows = run!(connection => {
            let query = sqlx::query_as(statement).bind(after).bind(i64::from(limit));
            query.fetch_all(connection).await
        });
        Ok(rows?)
    }
}

impl Joined {
    /// The document of a rule.
    pub(crate) async fn rule(&mut self, id: Uuid) -> Result<Option<String>, DatabaseError> {
        let connection = self.connection();
        let document = run!(connection => {
            let query = sqlx::query_scalar(DOCUMENT).bind(id.to_string());
            query.fetch_optional(connection).await
        });
        Ok(document?)
    }

    /// Replaces a rule or creates it, and says whether it has created it.
    pub(crate) async fn put_rule(
        &mut self,
        id: Uuid,
        document: &str,
    ) -> Result<bool, DatabaseError> {
        let replaced = self.execute(REPLACE, id, Some(document)).await?;
        if replaced == 0 {
            self.execute(CREATE, id, Some(document)).await?;
        }
        Ok(replaced == 0)
    }

    /// Deletes a rule; false where there was none.
    pub(crate) async fn delete_rule(&mut self, id: Uuid) -> Result<bool, DatabaseError> {
        Ok(self.execute(DELETE, id, None).await? > 0)
    }

    /// Runs a statement, and says how many rows it has changed.
    async fn execute(
        &mut self,
        statement: &'static str,
        id: Uuid,
        document: Option<&str>,
    ) -> Result<u64, DatabaseError> {
        let connection = self.connection();
        let id = id.to_string();
        let changed = run!(connection => {
            let query = sqlx::query(statement).bind(id);
            let query = match document {
                Some(document) => query.bind(document),
                None => query,
            };
            query.execute(connection).await.map(|done| done.rows_affected())
        });
        Ok(changed?)
    }
}
