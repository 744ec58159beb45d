//! Databases that earlier versions of the server have made.

use sqlx::AssertSqlSafe;

use crate::earlier::{RULES, check_rules};
use crate::foreign::start;
use crate::{Shared, server};

pub(crate) async fn rules_go_on_counting_when_the_ledger_takes_over(shared: Shared) {
    let postgres = server(&shared).await;
    let name = postgres.create_database().await;
    let mut connection = postgres.connect(&name).await;
    for statements in [
        include_str!("../../examples/rekord/migrations/postgres/0001_resources.sql"),
        include_str!("../../examples/rekord/migrations/postgres/0002_claims.sql"),
        "CREATE TABLE rekord_schema (
             migrations INTEGER NOT NULL,
             is_only_row BOOLEAN PRIMARY KEY DEFAULT TRUE CHECK (is_only_row)
         );
         INSERT INTO rekord_schema (migrations) VALUES (2);",
        RULES,
    ] {
        let ran = sqlx::raw_sql(AssertSqlSafe(statements)).execute(&mut connection);
        ran.await.expect("the schema of the second version");
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    for restarts in 0..2 {
        let server = start(folder.path(), &postgres.url(&name)).await;
        check_rules(&server, restarts).await;
        server.kill().await;
    }
}
