//! How the server starts, and how it refuses to: one clear line on stderr, exit status 2, nothing created or altered.

use std::collections::BTreeMap;
use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::time::Duration;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _};

use crate::client::Call;
use crate::process::{Server, command, refusal};
use crate::resource::Kind;

/// Every file below `folder`, with its bytes; folders have none.
fn contents(folder: &Path) -> BTreeMap<String, Option<Vec<u8>>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path.display().to_string();
        if path.is_dir() {
            found.extend(contents(&path));
            found.insert(name, None);
        } else {
            found.insert(name, Some(fs::read(&path).expect("a file")));
        }
    }
    found
}

/// Starts the server in `folder` with `options` and expects it to refuse, for a reason that names one of `words`.
async fn refused(folder: &Path, options: &[&str], words: &[&str]) {
    let before = contents(folder);
    let output = refusal(&mut command(folder, options)).await;
    let error = String::from_utf8(output.stderr).expect("UTF-8");
    assert_eq!(output.status.code(), Some(2), "{options:?}: {error}");
    assert_eq!(error.lines().count(), 1, "{options:?}: {error}");
    let named = words.iter().any(|word| error.contains(word));
    assert!(named, "{options:?}: none of {words:?} is in {error}");
    assert!(!error.contains("panicked"), "{error}");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "", "{options:?}");
    assert_eq!(
        contents(folder),
        before,
        "{options:?} created or altered something"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_option_is_refused() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let folder = folder.path();
    refused(folder, &["--nonsense"], &["--nonsense"]).await;
    refused(folder, &["nonsense"], &["nonsense"]).await;
    refused(folder, &["--listen"], &["--listen"]).await;
    refused(folder, &["--database"], &["--database"]).await;
    refused(
        folder,
        &["--require-if-match=maybe"],
        &["--require-if-match", "maybe"],
    )
    .await;
    refused(
        folder,
        &["--listen", "127.0.0.1:0", "--listen", "127.0.0.1:0"],
        &["--listen"],
    )
    .await;
    for address in [
        "nonsense",
        "127.0.0.1",
        "127.0.0.1:99999",
        "127.0.0.1:x",
        "",
    ] {
        refused(folder, &["--listen", address], &["listen", "address"]).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_setting_in_the_environment_is_refused() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (name, value) in [
        ("REKORD_LISTEN", "nonsense"),
        ("REKORD_DATABASE", "gopher:rekord.db"),
        ("REKORD_API_TOKEN", "two words\n"),
    ] {
        let mut command = command(
            folder.path(),
            &["--listen=127.0.0.1:0"][usize::from(name == "REKORD_LISTEN")..],
        );
        let output = refusal(command.env(name, value)).await;
        let error = String::from_utf8(output.stderr).expect("UTF-8");
        assert_eq!(output.status.code(), Some(2), "{name}: {error}");
        assert_eq!(error.lines().count(), 1, "{name}: {error}");
        assert_eq!(contents(folder.path()).len(), 0, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_in_use_is_refused_before_a_database_is_made() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let taken = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = taken.local_addr().expect("an address").to_string();
    refused(folder.path(), &["--listen", &address], &[&address]).await;
    refused(
        folder.path(),
        &["--listen", &address, "--database", "sqlite:new.db"],
        &[&address],
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_cannot_be_is_refused() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let folder = folder.path();
    fs::create_dir(folder.join("a-folder")).expect("a folder");
    fs::write(
        folder.join("text"),
        "This is not a database.\n".repeat(1000),
    )
    .expect("a file");
    fs::write(folder.join("short"), "SQLite").expect("a file");
    fs::write(folder.join("torn"), b"SQLite format 3\0").expect("a file");
    let missing = format!("sqlite:{}", folder.join("missing/rekord.db").display());
    for (database, word) in [
        ("sqlite:text", "text"),
        ("sqlite:short", "short"),
        ("sqlite:torn", "torn"),
        ("sqlite:a-folder", "a-folder"),
        ("sqlite:missing/rekord.db", "missing"),
        (missing.as_str(), "missing"),
        ("sqlite:text/rekord.db", "text"),
        ("mysql://localhost/rekord", "mysql"),
        ("gopher:rekord.db", "gopher"),
        ("rekord.db", "URL"),
        ("", "URL"),
        // Nobody listens on the discard port.
        ("postgres://nobody@127.0.0.1:9/nothing", "Postgre"),
    ] {
        refused(
            folder,
            &["--listen", "127.0.0.1:0", "--database", database],
            &[word],
        )
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_applications_database_is_refused_and_left_as_it_is() {
    let schemas = [
        "CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT); INSERT INTO customers VALUES (1, 'Ada');",
        "CREATE TABLE models (id INTEGER PRIMARY KEY); CREATE TABLE rules (id INTEGER PRIMARY KEY);",
        "CREATE TABLE _sqlx_migrations (version BIGINT PRIMARY KEY, description TEXT NOT NULL, installed_on TIMESTAMP,
             success BOOLEAN NOT NULL, checksum BLOB NOT NULL, execution_time BIGINT NOT NULL);
         INSERT INTO _sqlx_migrations VALUES (1, 'customers', NULL, TRUE, x'00', 1);",
        "PRAGMA user_version = 1; CREATE TABLE resources (id TEXT PRIMARY KEY, version INTEGER);",
        "PRAGMA application_id = 252006674; CREATE TABLE event (id INTEGER PRIMARY KEY);",
        "PRAGMA journal_mode = WAL; CREATE TABLE customers (id INTEGER PRIMARY KEY);",
    ];
    for schema in schemas {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("foreign.db");
        let options = SqliteConnectOptions::new()
            .filename(&path)
            .create_if_missing(true);
        let mut connection = options.connect().await.expect("a new database");
        sqlx::raw_sql(AssertSqlSafe(schema))
            .execute(&mut connection)
            .await
            .expect("a schema");
        connection.close().await.expect("a clean end");

        let database = ["--listen", "127.0.0.1:0", "--database", "sqlite:foreign.db"];
        refused(folder.path(), &database, &["foreign.db"]).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_address_and_the_database_may_come_from_the_environment() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut command = command(folder.path(), &[]);
    command
        .env("REKORD_LISTEN", "127.0.0.1:0")
        .env("REKORD_DATABASE", "sqlite:named.db");
    let server = Server::spawn(&mut command).await;
    assert_ne!(server.address().port(), 0);
    server
        .client()
        .await
        .send(Call::get("/models"))
        .await
        .assert_status(200);
    assert!(folder.path().join("named.db").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_database_is_rekord_db_in_the_working_folder_by_default() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let server = Server::spawn(&mut command(folder.path(), &["--listen", "127.0.0.1:0"])).await;
    let mut client = server.client().await;
    let path = Kind::Model.at(&mut client, 2).await;
    assert!(folder.path().join("rekord.db").exists());
    server.kill().await;

    let server = Server::spawn(&mut command(folder.path(), &["--listen", "127.0.0.1:0"])).await;
    server
        .client()
        .await
        .send(Call::get(&path))
        .await
        .assert_status(200)
        .assert_etag(r#""2""#);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_token_of_its_own_the_server_warns_and_takes_the_demo_token() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut command = command(folder.path(), &["--listen", "127.0.0.1:0"]);
    let server = Server::spawn(command.env_remove("REKORD_API_TOKEN")).await;
    let mut client = server.client().await;
    let demo = Call::get("/models")
        .anonymous()
        .field("authorization", "Bearer rekord-demo");
    client.send(demo).await.assert_status(200);
    client.send(Call::get("/models")).await.assert_problem(401);
    tokio::time::sleep(Duration::from_millis(300)).await;
    let warning = server.stderr();
    assert!(
        warning
            .iter()
            .any(|line| line.contains("REKORD_API_TOKEN") && line.contains("warn")),
        "{warning:?}"
    );

    // With one, there is nothing to warn of, and the demo token is as wrong as any.
    let server = Server::start().await;
    let demo = Call::get("/models")
        .anonymous()
        .field("authorization", "Bearer rekord-demo");
    server.client().await.send(demo).await.assert_problem(401);
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(server.stderr(), Vec::<String>::new());
}

/// Guards: two processes that find a new file at once and both prepare it.
#[tokio::test(flavor = "multi_thread")]
async fn servers_that_start_at_once_on_a_new_database_all_come_up() {
    for _ in 0..5 {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let folder = folder.path();
        let servers = tokio::join!(
            Server::start_in(folder, &[]),
            Server::start_in(folder, &[]),
            Server::start_in(folder, &[]),
            Server::start_in(folder, &[]),
        );
        let mut client = servers.0.client().await;
        let path = Kind::Rule.at(&mut client, 2).await;
        for server in [&servers.1, &servers.2, &servers.3] {
            server
                .client()
                .await
                .send(Call::get(&path))
                .await
                .assert_status(200)
                .assert_etag(r#""2""#);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn help_is_no_mistake() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let output = refusal(&mut command(folder.path(), &["--help"])).await;
    assert!(output.status.success());
    let help = String::from_utf8(output.stdout).expect("UTF-8");
    for option in [
        "--listen",
        "--database",
        "--require-if-match",
        "REKORD_LISTEN",
        "REKORD_DATABASE",
        "REKORD_API_TOKEN",
    ] {
        assert!(help.contains(option), "{option} is not in {help}");
    }
    assert_eq!(contents(folder.path()).len(), 0);
}
