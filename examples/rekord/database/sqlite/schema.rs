//! Whose file is it, and is its schema up to date?

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::Path;
use std::time::{Duration, Instant};

use sqlx::{Connection, SqliteConnection};

use super::OpenError;
use crate::database::error::is_unavailable;

/// "REKD": marks a SQLite file as a Rekord database (`PRAGMA application_id`).
const APPLICATION_ID: i32 = 0x5245_4B44;

/// Applied in order; `PRAGMA user_version` counts how many have been. Append, never edit.
const MIGRATIONS: &[&str] = &[
    include_str!("../../migrations/sqlite/0001_resources.sql"),
    include_str!("../../migrations/sqlite/0002_claims.sql"),
    include_str!("../../migrations/sqlite/0003_ledger.sql"),
    include_str!("../../migrations/sqlite/0004_rules.sql"),
];

const TABLES: &str = "SELECT count(*) FROM sqlite_schema";
const OWN_TABLES: &str = "SELECT count(*) FROM sqlite_schema WHERE name = 'resources'";

/// How long a start waits for another process that prepares the same file.
const PATIENCE: Duration = Duration::from_secs(10);

/// Refuses what is not ours by the first bytes of the file, before SQLite has opened it: SQLite
/// itself may roll back a journal or leave a `-wal` file beside a database that it merely reads.
pub(super) fn check_header(path: &Path) -> Result<(), OpenError> {
    let mut header = [0_u8; 100];
    match std::fs::metadata(path) {
        Ok(found) if !found.is_file() => return Err("it is not a regular file".into()),
        // An empty file is what SQLite itself takes for a new database.
        Ok(found) if found.len() == 0 => return Ok(()),
        Ok(_) => {}
        Err(error) if error.kind() == ErrorKind::NotFound => return check_folder(path),
        Err(error) => return Err(error.into()),
    }
    match File::open(path)?.read_exact(&mut header) {
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => {
            return Err("it is not a SQLite database".into());
        }
        read => read?,
    }
    // https://www.sqlite.org/fileformat.html: the magic string, then the application id at 68.
    if !header.starts_with(b"SQLite format 3\0") {
        return Err("it is not a SQLite database".into());
    }
    // The id stands in the main file from the first commit on, since that commit comes before the
    // switch to WAL: a file of ours cannot hide it in its log.
    if header[68..72] != APPLICATION_ID.to_be_bytes() {
        return Err("it is another application's SQLite database".into());
    }
    Ok(())
}

fn check_folder(path: &Path) -> Result<(), OpenError> {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() && !folder.is_dir() => {
            Err(format!("there is no folder {}", folder.display()).into())
        }
        _ => Ok(()),
    }
}

/// Brings the schema up to date in one transaction that starts by taking the write lock: of two
/// processes that start on a new file one migrates, and the other finds the work done.
pub(super) async fn migrate(connection: &mut SqliteConnection) -> Result<(), OpenError> {
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;

    let application = number(&mut transaction, "PRAGMA application_id").await?;
    let done = number(&mut transaction, "PRAGMA user_version").await?;
    let tables = number(&mut transaction, TABLES).await?;
    let own_tables = number(&mut transaction, OWN_TABLES).await?;
    let done = usize::try_from(done).map_err(|_| "its schema version is negative")?;

    let is_new = application == 0 && done == 0 && tables == 0;
    let is_ours = application == APPLICATION_ID && done > 0 && own_tables > 0;
    if !is_new && !is_ours {
        return Err("it is another application's SQLite database".into());
    }
    if done > MIGRATIONS.len() {
        return Err("a newer version of rekord wrote it".into());
    }
    if is_new {
        let mark = format!("PRAGMA application_id = {APPLICATION_ID}");
        sqlx::raw_sql(sqlx::AssertSqlSafe(mark))
            .execute(&mut *transaction)
            .await?;
    }
    for migration in &MIGRATIONS[done..] {
        sqlx::raw_sql(*migration).execute(&mut *transaction).await?;
    }
    if done < MIGRATIONS.len() {
        let count = format!("PRAGMA user_version = {}", MIGRATIONS.len());
        sqlx::raw_sql(sqlx::AssertSqlSafe(count))
            .execute(&mut *transaction)
            .await?;
    }
    transaction.commit().await?;
    Ok(())
}

/// Switches the file to a write-ahead log: readers then never wait for a writer, nor it for them.
pub(super) async fn use_wal(connection: &mut SqliteConnection) -> Result<(), OpenError> {
    let started = Instant::now();
    loop {
        let switched = sqlx::query_scalar("PRAGMA journal_mode = WAL").fetch_one(&mut *connection);
        match switched.await {
            Ok(mode) => {
                let mode: String = mode;
                return match mode.as_str() {
                    "wal" => Ok(()),
                    _ => Err("its file system does not support a write-ahead log".into()),
                };
            }
            // The switch needs the file for itself, and the busy timeout does not cover it.
            Err(error) if is_unavailable(&error) && started.elapsed() < PATIENCE => {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            Err(error) => return Err(error.into()),
        }
    }
}

async fn number(connection: &mut SqliteConnection, sql: &'static str) -> Result<i32, sqlx::Error> {
    sqlx::query_scalar(sql).fetch_one(connection).await
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Where this fails the library has another ledger: append what turns one into the other.
    #[test]
    fn the_ledger_is_the_one_that_the_library_prints() {
        let printed = tower_conditional::store::sqlite::schema("ledger").unwrap();
        assert_eq!(MIGRATIONS[2], printed);
    }
}
