//! Whose database it is: an empty one becomes Rekord's, and any other is refused and left as it is.

use std::path::Path;

use sqlx::{AssertSqlSafe, PgConnection};

use crate::client::Call;
use crate::process::{Server, command, refusal};
use crate::resource::Kind;
use crate::{Shared, postgres, server};

fn options(url: &str) -> [&str; 4] {
    ["--listen", "127.0.0.1:0", "--database", url]
}

pub(crate) async fn start(folder: &Path, url: &str) -> Server {
    Server::spawn(&mut command(folder, &options(url))).await
}

/// Starts a server that has to refuse, and gives the one line in which it says why.
async fn refused(url: &str) -> String {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let output = refusal(&mut command(folder.path(), &options(url))).await;
    let error = String::from_utf8(output.stderr).expect("UTF-8");
    assert_eq!(output.status.code(), Some(2), "{error}");
    assert_eq!(error.lines().count(), 1, "{error}");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "");
    let made = std::fs::read_dir(folder.path()).expect("a folder").count();
    assert_eq!(made, 0, "the folder is no longer empty");
    error
}

/// All relations, functions and columns of a database, and how many rows each of its tables has ever had written.
async fn contents(connection: &mut PgConnection) -> Vec<String> {
    let contents = "\
        SELECT format('%s %s %s %s', relname, relkind, attname, atttypid::regtype) FROM pg_class
        JOIN pg_attribute ON attrelid = pg_class.oid
        WHERE relnamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace, 'pg_toast'::regnamespace)
        UNION ALL SELECT format('schema %s', nspname) FROM pg_namespace
        UNION ALL SELECT format('function %s', proname) FROM pg_proc WHERE pronamespace = 'public'::regnamespace
        ORDER BY 1";
    let contents = sqlx::query_scalar(contents).fetch_all(connection).await;
    contents.expect("the catalogue can be read")
}

pub(crate) async fn what_is_not_rekords_is_refused_and_left_as_it_is(shared: Shared) {
    let postgres = server(&shared).await;
    for schema in [
        "CREATE TABLE customers (id BIGINT PRIMARY KEY, name TEXT); INSERT INTO customers VALUES (1, 'Ada');",
        "CREATE TABLE models (id BIGINT PRIMARY KEY); CREATE TABLE rules (id BIGINT PRIMARY KEY);",
        "CREATE TABLE resources (id TEXT PRIMARY KEY, version BIGINT);",
        "CREATE TABLE rekord_schema (migrations TEXT);",
        "CREATE TABLE rekord_schema (migrations TEXT); CREATE TABLE resources (id TEXT);",
        "CREATE VIEW resources AS SELECT 1 AS version;",
        "CREATE TABLE _sqlx_migrations (version BIGINT PRIMARY KEY, description TEXT NOT NULL,
             installed_on TIMESTAMPTZ NOT NULL DEFAULT now(), success BOOLEAN NOT NULL,
             checksum BYTEA NOT NULL, execution_time BIGINT NOT NULL);",
        "CREATE SEQUENCE numbers;",
    ] {
        let name = postgres.create_database().await;
        let mut connection = postgres.connect(&name).await;
        let made = sqlx::raw_sql(AssertSqlSafe(schema)).execute(&mut connection);
        made.await.expect("a schema");
        let before = contents(&mut connection).await;

        let error = refused(&postgres.url(&name)).await;
        assert!(error.contains(&name), "{error}");
        assert_eq!(contents(&mut connection).await, before, "{schema}");
    }

    // One that a later version has written.
    let folder = tempfile::tempdir().expect("a temporary folder");
    let name = postgres.create_database().await;
    let url = postgres.url(&name);
    start(folder.path(), &url).await.kill().await;
    let mut connection = postgres.connect(&name).await;
    let raised = sqlx::raw_sql("UPDATE rekord_schema SET migrations = migrations + 1")
        .execute(&mut connection)
        .await;
    assert_eq!(raised.expect("one row").rows_affected(), 1);
    let before = contents(&mut connection).await;
    let error = refused(&url).await;
    assert!(error.contains("newer version"), "{error}");
    assert_eq!(contents(&mut connection).await, before);

    // What holds no Unicode.
    let mut connection = postgres.connect("postgres").await;
    let latin = "CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0";
    let made = sqlx::raw_sql(latin).execute(&mut connection).await;
    made.expect("a database");
    let error = refused(&postgres.url("latin")).await;
    assert!(error.contains("LATIN1"), "{error}");
}

pub(crate) async fn a_server_that_cannot_be_used_is_refused_and_no_password_is_told(
    shared: Shared,
) {
    const PASSWORD: &str = "s3cret-of-the-tests";

    let postgres = server(&shared).await;
    let url = |database: &str| {
        let url = postgres.url(database);
        url.replace("postgres@", &format!("postgres:{PASSWORD}@"))
    };
    let of_nobody = url("postgres").replace("//postgres:", "//nobody:");
    for (url, word) in [
        (url("no_such_database"), "no_such_database"),
        (of_nobody, "nobody"),
        // Nobody listens on the discard port.
        (
            format!("postgres://me:{PASSWORD}@127.0.0.1:9/nothing"),
            "127.0.0.1:9",
        ),
        (
            format!("postgres://me:{PASSWORD}@127.0.0.1:port/nothing"),
            "URL",
        ),
        (
            format!("postgres://me:{PASSWORD}@%zz/nothing?sslmode=perhaps"),
            "URL",
        ),
        (
            format!("postgres://me:{PASSWORD}@127.0.0.1/nothing?sslmode={PASSWORD}"),
            "URL",
        ),
        (format!("mysql://me:{PASSWORD}@127.0.0.1/nothing"), "mysql"),
    ] {
        let error = refused(&url).await;
        assert!(error.contains(word), "{word} is not in {error}");
        assert!(!error.contains(PASSWORD), "{error}");
    }

    // Nor by one that starts.
    let folder = tempfile::tempdir().expect("a temporary folder");
    let name = postgres.create_database().await;
    let url = url(&name);
    let mut command = command(folder.path(), &options(&url));
    let server = Server::spawn(command.env("RUST_LOG", "trace")).await;
    let mut client = server.client().await;
    Kind::Model.at(&mut client, 2).await;
    let said = [server.printed().await, server.stderr()]
        .concat()
        .join("\n");
    assert!(said.contains("sqlx"), "nothing was logged: {said}");
    assert!(!said.contains(PASSWORD), "the password is in the log");
}

/// Guards: servers that find an empty database at once and all create its tables.
pub(crate) async fn three_servers_that_start_at_once_on_an_empty_database_all_come_up(
    shared: Shared,
) {
    let postgres = server(&shared).await;
    let folder = tempfile::tempdir().expect("a temporary folder");
    for _ in 0..5 {
        let name = postgres.create_database().await;
        let url = postgres.url(&name);
        let servers = tokio::join!(
            start(folder.path(), &url),
            start(folder.path(), &url),
            start(folder.path(), &url),
        );
        let mut client = servers.0.client().await;
        for kind in Kind::ALL {
            let path = kind.at(&mut client, 2).await;
            for server in [&servers.1, &servers.2] {
                let read = server.client().await.send(Call::get(&path)).await;
                read.assert_status(200).assert_etag(r#""2""#);
            }
        }
    }
}

/// Beside other applications' tables, in a schema that the search path names.
pub(crate) async fn a_schema_of_its_own_will_do(shared: Shared) {
    let postgres = server(&shared).await;
    let name = postgres.create_database().await;
    let mut connection = postgres.connect(&name).await;
    let made = sqlx::raw_sql(
        "CREATE TABLE public.resources (id BIGINT); CREATE TABLE public.rules (id BIGINT); \
         CREATE SCHEMA \"Of its own\";",
    );
    made.execute(&mut connection).await.expect("a schema");
    let shared_with = |schema: &str| {
        let schema = schema.replace(' ', "%5C%20");
        format!(
            "{}?options=-c%20search_path%3D{schema}",
            postgres.url(&name)
        )
    };
    let error = refused(&shared_with("nowhere")).await;
    assert!(error.contains("search path"), "{error}");

    let folder = tempfile::tempdir().expect("a temporary folder");
    let url = shared_with("\"Of its own\"").replace('"', "%22");
    let server = start(folder.path(), &url).await;
    let mut client = server.client().await;
    for kind in Kind::ALL {
        let path = kind.at(&mut client, 2).await;
        let read = client.send(Call::get(&path)).await;
        read.assert_status(200).assert_etag(r#""2""#);
    }
    let strangers: i64 = sqlx::query_scalar("SELECT count(*) FROM public.resources")
        .fetch_one(&mut connection)
        .await
        .expect("a count");
    assert_eq!(strangers, 0);
}

/// A server on a new database of `postgres`, and the database's name.
pub(crate) async fn on_a_new_database(postgres: &postgres::Server) -> (Server, String) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let name = postgres.create_database().await;
    let server = start(folder.path(), &postgres.url(&name)).await;
    (server, name)
}
