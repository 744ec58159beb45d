//! A real PostgreSQL server: made by `initdb` in a temporary folder, on a free port, `fsync` on, ended by its own
//! process id. Usable from any test target by `#[path]`.

use std::{
    fs,
    net::TcpListener,
    os::unix::fs::{MetadataExt as _, chown},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use sqlx::{
    AssertSqlSafe, Connection as _, PgConnection, PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use tempfile::TempDir;

/// Nothing here takes that long; a test that would hang fails instead.
const PATIENCE: Duration = Duration::from_mins(1);

/// The user whom the server runs as where the tests run as root, which it refuses: `nobody`.
const NOBODY: u32 = 65_534;

/// The folder of `initdb` and `postgres`, if they are installed: on the path, or where Debian puts them.
pub(crate) fn programs() -> Option<PathBuf> {
    let on_path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<_> = std::env::split_paths(&on_path).collect();
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten();
    let mut installed: Vec<_> = versions
        .flatten()
        .map(|version| version.path().join("bin"))
        .collect();
    installed.sort();
    folders.extend(installed.into_iter().rev());
    folders
        .into_iter()
        .find(|folder| folder.join("initdb").is_file() && folder.join("postgres").is_file())
}

pub(crate) struct Server {
    programs: PathBuf,
    folder: TempDir,
    port: u16,
    postmaster: Mutex<Option<Child>>,
    databases: AtomicU32,
}

impl Server {
    pub(crate) async fn start() -> Self {
        let programs = programs().expect("PostgreSQL is installed: apt-get install postgresql");
        let folder = TempDir::new().expect("a temporary folder");
        if is_root() {
            chown(folder.path(), Some(NOBODY), Some(NOBODY)).expect("root gives folders away");
        }
        let mut initdb = command(&programs, "initdb", folder.path());
        initdb
            .stderr(Stdio::piped())
            .args(["--auth=trust", "--username=postgres", "--no-sync"])
            .args(["--encoding=UTF8", "--locale=C", "--pgdata"])
            .arg(folder.path().join("data"));
        let output = initdb.output().expect("initdb can be started");
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "initdb failed: {complaint}");
        let mut server = Self {
            programs,
            folder,
            port: 0,
            postmaster: Mutex::new(None),
            databases: AtomicU32::new(0),
        };
        // A port that was free may be taken by the time that the server binds it.
        for _ in 0..5 {
            server.port = free_port();
            if server.run().await {
                return server;
            }
        }
        panic!("PostgreSQL does not start: {}", server.log());
    }

    /// The server's address, for a database that [`create_database`](Self::create_database) made, or `postgres`.
    pub(crate) fn url(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.port)
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// A new, empty database, and its name.
    pub(crate) async fn create_database(&self) -> String {
        let name = format!("test_{}", self.databases.fetch_add(1, Ordering::Relaxed));
        let mut connection = self.connect("postgres").await;
        sqlx::raw_sql(AssertSqlSafe(format!("CREATE DATABASE {name}")))
            .execute(&mut connection)
            .await
            .expect("a database can be created");
        name
    }

    /// A pool of at most so many connections, as an application has one.
    pub(crate) fn pool(&self, database: &str, connections: u32) -> PgPool {
        let options: PgConnectOptions = self.url(database).parse().expect("an address");
        PgPoolOptions::new()
            .max_connections(connections)
            .acquire_timeout(Duration::from_secs(20))
            .connect_lazy_with(options)
    }

    pub(crate) async fn connect(&self, database: &str) -> PgConnection {
        PgConnection::connect(&self.url(database))
            .await
            .expect("the server answers")
    }

    /// Ends one backend, as an administrator does. Returns once it is gone.
    pub(crate) async fn terminate_backend(&self, pid: i32) {
        let mut connection = self.connect("postgres").await;
        sqlx::query("SELECT pg_terminate_backend($1, 30000)")
            .bind(pid)
            .execute(&mut connection)
            .await
            .expect("a backend can be ended");
    }

    /// The postmaster and all of its children, ended at once with no chance to clean up.
    pub(crate) fn kill_9(&self) {
        let Some(mut postmaster) = self.take() else {
            return;
        };
        // Stopped first: a child that it made after they were listed would keep its memory in use,
        // and no server could be started there.
        let deadline = Instant::now() + PATIENCE;
        signal("-STOP", &[postmaster.id()]);
        while stat(postmaster.id()).is_some_and(|fields| !fields.starts_with('T')) {
            assert!(Instant::now() < deadline, "the postmaster does not stop");
            std::thread::sleep(Duration::from_millis(1));
        }
        let mut processes = vec![postmaster.id()];
        processes.extend(children_of(postmaster.id()));
        signal("-KILL", &processes);
        postmaster.wait().expect("the postmaster can be waited for");
        for process in processes {
            while is_running(process) {
                assert!(Instant::now() < deadline, "process {process} does not end");
                std::thread::sleep(Duration::from_millis(5));
            }
        }
    }

    /// Ends the server in order (all connections are closed by it) if it runs.
    pub(crate) fn stop(&self) {
        if let Some(mut postmaster) = self.take() {
            signal("-INT", &[postmaster.id()]);
            postmaster.wait().expect("the postmaster can be waited for");
        }
    }

    /// Starts the server again on the same data and port, after it was ended if it runs.
    pub(crate) async fn restart(&self) {
        self.stop();
        assert!(
            self.run().await,
            "PostgreSQL does not restart: {}",
            self.log()
        );
    }

    /// Starts the postmaster and waits until it answers; false if it ends instead.
    async fn run(&self) -> bool {
        let folder = self.folder.path();
        let log = fs::File::options()
            .create(true)
            .append(true)
            .open(folder.join("log"))
            .expect("a log file");
        let mut postmaster = command(&self.programs, "postgres", folder)
            .arg("-D")
            .arg(folder.join("data"))
            .args(["-p", &self.port.to_string(), "-h", "127.0.0.1", "-k"])
            .arg(folder)
            .args(["-c", "fsync=on", "-c", "synchronous_commit=on"])
            .args(["-c", "max_connections=200", "-c", "shared_buffers=32MB"])
            .stderr(log)
            .spawn()
            .expect("postgres can be started");
        let deadline = Instant::now() + PATIENCE;
        loop {
            if PgConnection::connect(&self.url("postgres")).await.is_ok() {
                break;
            }
            if let Ok(Some(_)) = postmaster.try_wait() {
                return false;
            }
            assert!(Instant::now() < deadline, "not ready: {}", self.log());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        *self
            .postmaster
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = Some(postmaster);
        true
    }

    fn take(&self) -> Option<Child> {
        self.postmaster
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
    }

    fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill_9();
    }
}

/// A program of PostgreSQL, which refuses to run as root.
fn command(programs: &Path, program: &str, folder: &Path) -> Command {
    let program = programs.join(program);
    let mut command = if is_root() {
        let mut command = Command::new("setpriv");
        command
            .args(["--reuid=65534", "--regid=65534", "--clear-groups", "--"])
            .arg(program);
        command
    } else {
        Command::new(program)
    };
    command
        .current_dir(folder)
        .env("LC_ALL", "C")
        .env_remove("PGDATA")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command
}

fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0)
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("there is a free port");
    listener.local_addr().expect("a bound address").port()
}

/// The fields of `/proc/<pid>/stat` behind the command's name: state, parent, …
fn stat(process: u32) -> Option<String> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    stat.rsplit_once(") ").map(|(_, fields)| fields.to_owned())
}

fn is_running(process: u32) -> bool {
    stat(process).is_some_and(|fields| !fields.starts_with(['Z', 'X']))
}

fn children_of(parent: u32) -> Vec<u32> {
    let processes = fs::read_dir("/proc").expect("Linux lists its processes");
    processes
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter(|&process| {
            stat(process)
                .is_some_and(|fields| fields.split(' ').nth(1) == Some(parent.to_string().as_str()))
        })
        .collect()
}

/// A process that has ended meanwhile is none to complain about.
fn signal(signal: &str, processes: &[u32]) {
    let _ = Command::new("kill")
        .arg(signal)
        .args(processes.iter().map(u32::to_string))
        .stderr(Stdio::null())
        .status();
}
