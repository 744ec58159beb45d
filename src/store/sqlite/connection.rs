//! One connection for writing, which commits nothing unless it is told to.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use sqlx::{
    ConnectOptions, Connection as _, SqlSafeStr, SqliteConnection, sqlite::SqliteConnectOptions,
};

/// What a commit waits for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Durability {
    /// The disk: what is committed survives a power cut. With a write-ahead log that takes
    /// `synchronous = FULL`.
    Disk,
    /// With a write-ahead log nothing. A power cut may undo it, together with every process that
    /// has seen it.
    Process,
}

pub(super) struct Connection {
    pub(super) sqlite: SqliteConnection,
    hooks: Arc<Hooks>,
    /// What it is set to, as far as is known.
    durability: Option<Durability>,
    /// Whether [`Durability::Process`] is more than a name.
    has_write_ahead_log: bool,
    file: Option<FileId>,
}

/// What the connection's hooks say and are told.
#[derive(Default)]
struct Hooks {
    may_commit: AtomicBool,
    was_rolled_back: AtomicBool,
}

impl Connection {
    /// Opens `path` as `options` say, and keeps `BEGIN`, `COMMIT` and `ROLLBACK` to itself.
    pub(super) async fn open(
        options: &SqliteConnectOptions,
        path: &Path,
    ) -> Result<Self, sqlx::Error> {
        let file = FileId::of(path);
        let mut sqlite = options.connect().await?;
        let hooks = Arc::new(Hooks::default());
        {
            let mut handle = sqlite.lock_handle().await?;
            let told = Arc::clone(&hooks);
            // A handler has this connection in its hands: its own COMMIT is turned into a
            // ROLLBACK, and so is whatever it does after that.
            handle.set_commit_hook(move || told.may_commit.load(Ordering::Acquire));
            let tells = Arc::clone(&hooks);
            handle.set_rollback_hook(move || tells.was_rolled_back.store(true, Ordering::Release));
        }
        // sqlx counts a transaction as open from here on, so that `begin` on the connection that a
        // handler borrows makes a savepoint. It is not: the statements below come as they are.
        std::mem::forget(sqlite.begin().await?);
        sqlx::raw_sql("ROLLBACK").execute(&mut sqlite).await?;
        let mode: String = sqlx::query_scalar("PRAGMA journal_mode")
            .fetch_one(&mut sqlite)
            .await?;
        Ok(Self {
            sqlite,
            hooks,
            durability: None,
            has_write_ahead_log: mode == "wal",
            file,
        })
    }

    /// Whether `path` is still the file that is open.
    pub(super) fn is_of(&self, path: &Path) -> bool {
        self.file == FileId::of(path)
    }

    /// Begins a transaction that holds the file's write lock.
    pub(super) async fn begin(&mut self, durability: Durability) -> Result<(), sqlx::Error> {
        self.hooks.may_commit.store(false, Ordering::Release);
        // IMMEDIATE: one that began as a reader could find, when it comes to write, that what it
        // has read is no longer current.
        let begin = match durability {
            _ if self.durability == Some(durability) => "BEGIN IMMEDIATE",
            Durability::Process if self.has_write_ahead_log => {
                "PRAGMA synchronous = NORMAL; BEGIN IMMEDIATE"
            }
            Durability::Process | Durability::Disk => "PRAGMA synchronous = FULL; BEGIN IMMEDIATE",
        };
        // If it fails, one half may be done.
        self.durability = None;
        self.run(begin).await?;
        self.durability = Some(durability);
        self.hooks.was_rolled_back.store(false, Ordering::Release);
        Ok(())
    }

    /// Whether the transaction is gone without our doing.
    pub(super) fn was_rolled_back(&self) -> bool {
        self.hooks.was_rolled_back.load(Ordering::Acquire)
    }

    pub(super) async fn commit(&mut self) -> Result<(), sqlx::Error> {
        self.hooks.may_commit.store(true, Ordering::Release);
        self.run("COMMIT").await
    }

    pub(super) async fn rollback(&mut self) -> Result<(), sqlx::Error> {
        self.run("ROLLBACK").await
    }

    /// Runs statements without parameters.
    pub(super) async fn run(&mut self, statements: impl SqlSafeStr) -> Result<(), sqlx::Error> {
        sqlx::raw_sql(statements).execute(&mut self.sqlite).await?;
        Ok(())
    }
}

/// Which file a path leads to.
#[derive(Clone, Copy, PartialEq, Eq)]
struct FileId {
    device: u64,
    number: u64,
}

impl FileId {
    #[cfg(unix)]
    fn of(path: &Path) -> Option<Self> {
        use std::os::unix::fs::MetadataExt;

        let metadata = path.metadata().ok()?;
        Some(Self {
            device: metadata.dev(),
            number: metadata.ino(),
        })
    }

    /// Where an open file cannot be replaced, there is nothing to tell apart.
    #[cfg(not(unix))]
    fn of(_: &Path) -> Option<Self> {
        None
    }
}
