//! Real processes on one file: this test program runs itself again, with the file's path in an
//! environment variable, and kills what it has started.

use std::{
    collections::BTreeSet,
    env,
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, Stdio},
    time::Duration,
};

use sqlx::SqlitePool;
use tower_conditional::{
    Current,
    store::{Effect, sqlite::SqliteStore},
};

use crate::support::*;

const FILE: &str = "SQLITE_STORE_TEST_FILE";

/// The file, in a process that a test has started.
fn file() -> Option<PathBuf> {
    env::var_os(FILE).map(Into::into)
}

/// Another process that runs the same test. Killed when dropped.
struct Process {
    child: Child,
    output: BufReader<ChildStdout>,
}

impl Process {
    fn start(test: &str, file: &Path) -> Self {
        let mut child = Command::new(env::current_exe().unwrap())
            .args([&format!("processes::{test}"), "--exact", "--nocapture"])
            .env(FILE, file)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        Self { child, output }
    }

    /// The next line that the test has said; `None` at the end.
    fn hear(&mut self) -> Option<String> {
        let mut line = String::new();
        while self.output.read_line(&mut line).unwrap() > 0 {
            // A line that was cut by the end is none; others are the test harness's.
            if let Some(said) = line.strip_suffix('\n')
                && let Some((_, said)) = said.split_once("> ")
            {
                return Some(said.to_owned());
            }
            line.clear();
        }
        None
    }

    /// `kill -9`, and what it had said before.
    fn kill(mut self) -> Vec<String> {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        std::iter::from_fn(|| self.hear()).collect()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn say(what: impl std::fmt::Display) {
    let mut output = std::io::stdout().lock();
    writeln!(output, "> {what}").unwrap();
    output.flush().unwrap();
}

async fn open(file: &Path) -> (SqliteStore, SqlitePool) {
    let options = options(file.to_owned()).journal_mode(sqlx::sqlite::SqliteJournalMode::Wal);
    let pool = pool(options);
    let store = SqliteStore::new(pool.clone()).busy_timeout(Duration::from_mins(1));
    store.migrate().await.unwrap();
    (store, pool)
}

#[tokio::test]
async fn a_process_killed_when_armed_leaves_the_key_unknown_and_one_killed_before_does_not() {
    if let Some(file) = file() {
        let (store, _) = open(&file).await;
        let _guards = (begin(&store, "begun").await, armed(&store, "armed").await);
        say("ready");
        return std::future::pending().await;
    }
    let test = "a_process_killed_when_armed_leaves_the_key_unknown_and_one_killed_before_does_not";
    let database = Database::new();
    let (store, _) = open(&database.path()).await;
    write(&store, "begun").await;
    write(&store, "armed").await;
    let mut process = Process::start(test, &database.path());
    assert_eq!(process.hear().unwrap(), "ready");
    assert_eq!(version(current(&store, "begun").await), 1);
    assert_eq!(version_being_written(current(&store, "armed").await), 1);
    assert_eq!(process.kill(), Vec::<String>::new());
    assert_eq!(version(current(&store, "begun").await), 1);
    assert_eq!(write(&store, "begun").await, 2);
    assert_eq!(current(&store, "armed").await, Current::Unknown);
    assert_eq!(write(&store, "armed").await, 3);
}

/// What no store can know: whether a handler that was killed had joined.
#[tokio::test]
async fn a_process_killed_in_its_transaction_has_changed_nothing_and_issues_no_version_again() {
    if let Some(file) = file() {
        let (store, _) = open(&file).await;
        let guard = armed(&store, "a").await;
        let mut transaction = join(&guard).await.unwrap();
        sqlx::query("INSERT INTO log (version, process) VALUES (2, 'killed')")
            .execute(&mut *transaction)
            .await
            .unwrap();
        say("ready");
        return std::future::pending().await;
    }
    let test =
        "a_process_killed_in_its_transaction_has_changed_nothing_and_issues_no_version_again";
    let database = Database::new();
    let (store, pool) = open(&database.path()).await;
    create_log(&pool).await;
    write(&store, "a").await;
    let mut process = Process::start(test, &database.path());
    assert_eq!(process.hear().unwrap(), "ready");
    process.kill();
    assert_eq!(current(&store, "a").await, Current::Unknown);
    assert_eq!(write(&store, "a").await, 3);
    assert_eq!(log(&pool).await, Vec::<i64>::new());
}

async fn create_log(pool: &SqlitePool) {
    let table = "CREATE TABLE log (version INTEGER NOT NULL UNIQUE, process TEXT) STRICT";
    sqlx::query(table).execute(pool).await.unwrap();
}

async fn log(pool: &SqlitePool) -> Vec<i64> {
    let log = sqlx::query_scalar("SELECT version FROM log ORDER BY rowid");
    log.fetch_all(pool).await.unwrap()
}

/// A write in the guard's transaction, of the version that the guard makes.
async fn write_joined(store: &SqliteStore, process: &str) -> u64 {
    let guard = armed(store, "a").await;
    let mut transaction = join(&guard).await.unwrap();
    let version = transaction.next_version().get();
    sqlx::query("INSERT INTO log (version, process) VALUES (?1, ?2)")
        .bind(i64::try_from(version).unwrap())
        .bind(process)
        .execute(&mut *transaction)
        .await
        .unwrap();
    drop(transaction);
    assert_eq!(commit(guard, Effect::Written).await, version);
    version
}

#[tokio::test]
async fn no_write_of_killed_processes_is_lost_or_done_twice() {
    if let Some(file) = file() {
        let (store, _) = open(&file).await;
        loop {
            say(write_joined(&store, "child").await);
        }
    }
    let test = "no_write_of_killed_processes_is_lost_or_done_twice";
    let database = Database::new();
    let (store, pool) = open(&database.path()).await;
    create_log(&pool).await;
    let mut told = BTreeSet::new();
    for round in 0_u64..10 {
        let mut process = Process::start(test, &database.path());
        // Both write at once, and the other is killed somewhere in its next write.
        for _ in 0..3 {
            assert!(told.insert(process.hear().unwrap().parse::<i64>().unwrap()));
            let own = i64::try_from(write_joined(&store, "parent").await).unwrap();
            assert!(told.insert(own));
        }
        tokio::time::sleep(Duration::from_micros(round * 700)).await;
        for version in process.kill() {
            assert!(told.insert(version.parse().unwrap()));
        }
        let own = i64::try_from(write_joined(&store, "parent").await).unwrap();
        assert!(told.insert(own));
    }
    let log = log(&pool).await;
    assert!(log.is_sorted(), "committed in the order of versions");
    let log: BTreeSet<_> = log.into_iter().collect();
    assert!(log.is_superset(&told), "what was acknowledged is there");
    assert!(
        log.len() - told.len() <= 10,
        "and one more at most for each that was killed"
    );
}

/// A handler that reads, thinks and writes, in its own connection: it loses updates unless it has
/// the key to itself.
async fn increment(store: &SqliteStore, pool: &SqlitePool) -> u64 {
    let guard = armed(store, "counter").await;
    let value: i64 = sqlx::query_scalar("SELECT value FROM counter")
        .fetch_one(pool)
        .await
        .unwrap();
    tokio::task::yield_now().await;
    sqlx::query("UPDATE counter SET value = ?1")
        .bind(value + 1)
        .execute(pool)
        .await
        .unwrap();
    commit(guard, Effect::Written).await
}

#[tokio::test]
async fn of_two_processes_that_count_neither_loses_an_update() {
    const EACH: u64 = 40;
    if let Some(file) = file() {
        let (store, pool) = open(&file).await;
        for _ in 0..EACH {
            say(increment(&store, &pool).await);
        }
        return;
    }
    let test = "of_two_processes_that_count_neither_loses_an_update";
    let database = Database::new();
    let (store, pool) = open(&database.path()).await;
    sqlx::raw_sql("CREATE TABLE counter (value INTEGER); INSERT INTO counter VALUES (0)")
        .execute(&pool)
        .await
        .unwrap();
    let mut process = Process::start(test, &database.path());
    let mut versions = vec![process.hear().unwrap().parse::<u64>().unwrap()];
    for _ in 0..EACH {
        versions.push(increment(&store, &pool).await);
    }
    versions.extend(std::iter::from_fn(|| process.hear()).map(|said| said.parse::<u64>().unwrap()));
    assert!(process.child.wait().unwrap().success());
    versions.sort_unstable();
    assert_eq!(versions, (1..=2 * EACH).collect::<Vec<_>>());
    let value: i64 = sqlx::query_scalar("SELECT value FROM counter")
        .fetch_one(&pool)
        .await
        .unwrap();
    assert_eq!(value.unsigned_abs(), 2 * EACH);
}
