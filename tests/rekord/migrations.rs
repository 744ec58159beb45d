//! SQLite files that earlier versions of the server have made.

use std::path::Path;

use serde_json::json;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _};

use crate::client::Call;
use crate::earlier::{RULES, check_rules};
use crate::process::{Server, command};
use crate::record::{contribute, contribution, record};

/// As the first version of the server left it, with a model at version 3.
const FIRST: &str = concat!(
    "PRAGMA application_id = 1380272964; PRAGMA user_version = 1;",
    include_str!("../../examples/rekord/migrations/sqlite/0001_resources.sql"),
    r#"INSERT INTO resources (collection, id, version, created_version, modified, document) VALUES
        ('models', '0190a2b4-7c1e-7abc-8def-0123456789ab', 3, 1, 1767323045000,
        '{"modelId":"0190a2b4-7c1e-7abc-8def-0123456789ab","name":"m","status":"active","fields":{}}');"#,
);

/// As the second version left it.
const SECOND: [&str; 3] = [
    FIRST,
    "PRAGMA user_version = 2;",
    include_str!("../../examples/rekord/migrations/sqlite/0002_claims.sql"),
];

async fn make(folder: &Path, statements: &[&'static str]) {
    let options = SqliteConnectOptions::new()
        .filename(folder.join("rekord.db"))
        .create_if_missing(true);
    let mut connection = options.connect().await.expect("a new database");
    for statements in statements {
        let ran = sqlx::raw_sql(*statements).execute(&mut connection);
        ran.await.expect("an earlier schema");
    }
    connection.close().await.expect("a clean end");
}

async fn start(folder: &Path) -> Server {
    Server::spawn(&mut command(folder, &["--listen", "127.0.0.1:0"])).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_from_before_there_were_records_gets_them() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    make(folder.path(), &[FIRST]).await;

    for restarts in 1..=2_u64 {
        let server = start(folder.path()).await;
        let mut client = server.client().await;
        let model = "0190a2b4-7c1e-7abc-8def-0123456789ab";
        let read = client.send(Call::get(format!("/models/{model}"))).await;
        read.assert_status(200).assert_etag(r#""3""#);
        let path = record(&mut client, model, &json!({})).await;
        let claim = contribution("s", "2090-01-01T00:00:00Z", &[("a", json!(restarts), 1.0)]);
        let answer = client.send(contribute(&path, &claim)).await;
        assert_eq!(
            answer.assert_status(200).json()["data"],
            json!({"a": restarts})
        );
        server.kill().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rules_go_on_counting_when_the_ledger_takes_over() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    make(folder.path(), &SECOND).await;
    make(folder.path(), &[RULES]).await;
    for restarts in 0..2 {
        let server = start(folder.path()).await;
        check_rules(&server, restarts).await;
        server.kill().await;
    }
}
