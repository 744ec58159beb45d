//! The database of a folder: a SQLite file in it or, where [`SERVER`] is set, a database of its own on that server. So
//! every test here is one of either engine.

use std::fmt::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use sqlx::error::DatabaseError;
use sqlx::postgres::PgConnectOptions;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _};

/// The environment variable that names a PostgreSQL server, as a URL that ends in a slash.
pub(crate) const SERVER: &str = "REKORD_TEST_POSTGRES";

/// How many servers are to share a database: in SQLite their writers take turns by chance, and a third one may have to
/// wait for long on a busy machine.
pub(crate) fn servers() -> usize {
    if std::env::var_os(SERVER).is_some() {
        3
    } else {
        2
    }
}

/// How often the clients of a race add one: on PostgreSQL, where a write takes several round trips
/// and waits for the disk, `tests/linearizability` asks far more.
pub(crate) fn increments() -> usize {
    if std::env::var_os(SERVER).is_some() {
        2_000
    } else {
        10_000
    }
}

/// What `--database` is told about the database that goes with `folder`.
pub(crate) async fn url(folder: &Path) -> String {
    match std::env::var(SERVER) {
        Ok(server) => {
            let name = name(folder);
            create(&server, &name).await;
            format!("{server}{name}")
        }
        Err(_) => format!("sqlite:{}", file(folder).display()),
    }
}

/// How many claims the database that goes with `folder` holds.
pub(crate) async fn claims(folder: &Path) -> i64 {
    const COUNT: &str = "SELECT count(*) FROM claims";
    let count = if let Ok(server) = std::env::var(SERVER) {
        let mut connection = connect(&server, &name(folder)).await;
        sqlx::query_scalar(COUNT).fetch_one(&mut connection).await
    } else {
        let options = SqliteConnectOptions::new()
            .filename(file(folder))
            .read_only(true);
        let mut connection = options.connect().await.expect("the server's database");
        sqlx::query_scalar(COUNT).fetch_one(&mut connection).await
    };
    count.expect("a count")
}

/// How many of the writes that a killed server had under way may still come to an end.
pub(crate) fn outlasting(writes: usize) -> usize {
    if std::env::var_os(SERVER).is_some() {
        writes
    } else {
        0
    }
}

/// Waits until nothing is under way in the database that goes with `folder`, whose servers are dead: SQLite dies with
/// its process, and PostgreSQL finishes what it was sent, a commit for one.
pub(crate) async fn settled(folder: &Path) {
    const SESSIONS: &str = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() \
                            AND backend_type = 'client backend' AND pid <> pg_backend_pid()";
    let Ok(server) = std::env::var(SERVER) else {
        return;
    };
    let mut connection = connect(&server, &name(folder)).await;
    let start = Instant::now();
    loop {
        let sessions = sqlx::query_scalar(SESSIONS).fetch_one(&mut connection);
        let sessions: i64 = sessions.await.expect("a count");
        if sessions == 0 {
            break;
        }
        assert!(
            start.elapsed() < Duration::from_secs(30),
            "{sessions} sessions of dead servers are left"
        );
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    connection.close().await.expect("a clean end");
}

fn file(folder: &Path) -> std::path::PathBuf {
    folder.join("rekord.db")
}

/// Temporary folders have names that no other has.
fn name(folder: &Path) -> String {
    let folder = folder.file_name().expect("a name").as_encoded_bytes();
    let mut name = "rekord_".to_owned();
    for byte in folder {
        write!(name, "{byte:02x}").expect("a string takes all");
    }
    name
}

async fn create(server: &str, name: &str) {
    let mut connection = connect(server, "postgres").await;
    let statement = format!("CREATE DATABASE {name} TEMPLATE template0");
    let created = sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut connection);
    if let Err(error) = created.await {
        // Of servers that start at once in one folder each asks for the database.
        let code = error.as_database_error().and_then(DatabaseError::code);
        let code = code.unwrap_or_else(|| panic!("{error}"));
        assert!(["42P04", "23505"].contains(&&*code), "{error}");
    }
    connection.close().await.expect("a clean end");
}

async fn connect(server: &str, name: &str) -> sqlx::PgConnection {
    let options: PgConnectOptions = format!("{server}{name}").parse().expect("a URL");
    options
        .connect()
        .await
        .expect("PostgreSQL takes connections")
}
