//! The server as a process: built once for this test binary, started on a free port, ended by its own id.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Output, Stdio};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, AsyncRead, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

use crate::client::Client;
use crate::database;
use crate::wire::Wire;

pub(crate) const TOKEN: &str = "a-token-of-the-tests";

/// Nothing here takes that long; a test that would hang fails instead.
const PATIENCE: Duration = Duration::from_mins(1);

/// Names the server's executable where it has been built for this very run.
pub(crate) const EXECUTABLE_VARIABLE: &str = "REKORD_TEST_EXECUTABLE";

/// The example's executable, as cargo itself names it: `cargo test` builds examples, but not under every selection of
/// targets, and never with features that the test run doesn't have.
pub(crate) fn executable() -> &'static Path {
    static EXECUTABLE: OnceLock<PathBuf> = OnceLock::new();
    EXECUTABLE.get_or_init(|| {
        if let Some(built) = std::env::var_os(EXECUTABLE_VARIABLE) {
            return built.into();
        }
        let messages = cargo(&["build", "--example", "rekord"]);
        let artifact = messages
            .lines()
            .filter_map(|line| serde_json::from_str::<Value>(line).ok())
            .find(|message| {
                message["target"]["name"] == "rekord" && message["executable"].is_string()
            })
            .expect("cargo names the executable");
        PathBuf::from(artifact["executable"].as_str().expect("a path"))
    })
}

/// What cargo says about what it has built, as JSON, one message a line.
pub(crate) fn cargo(arguments: &[&str]) -> String {
    let mut cargo = std::process::Command::new(env!("CARGO"));
    cargo
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(arguments)
        .args(["--features", "full"])
        .arg("--message-format=json-render-diagnostics");
    if !cfg!(debug_assertions) {
        cargo.arg("--release");
    }
    let test = std::env::current_exe().expect("a test knows its own executable");
    if let Some(target) = test
        .ancestors()
        .find(|folder| folder.join("CACHEDIR.TAG").exists())
    {
        cargo.arg("--target-dir").arg(target);
    }
    let output = cargo.stderr(Stdio::inherit()).output().expect("cargo runs");
    assert!(output.status.success(), "cargo {arguments:?} fails");
    String::from_utf8(output.stdout).expect("cargo's messages are UTF-8")
}

/// The server's command with none of the caller's settings in its environment, in `folder`.
pub(crate) fn command(folder: &Path, options: &[&str]) -> Command {
    let mut command = Command::new(executable());
    command
        .args(options)
        .current_dir(folder)
        .env_remove("REKORD_LISTEN")
        .env_remove("REKORD_DATABASE")
        .env_remove("RUST_LOG")
        .env("REKORD_API_TOKEN", TOKEN)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    command
}

/// Runs the server where it is expected to refuse to start.
pub(crate) async fn refusal(command: &mut Command) -> Output {
    timeout(PATIENCE, command.output())
        .await
        .expect("a refusal is prompt")
        .expect("the server can be started")
}

type Lines = Arc<Mutex<Vec<String>>>;

pub(crate) struct Server {
    child: Child,
    address: SocketAddr,
    stdout: Lines,
    stderr: Lines,
    /// The folder that goes with the server, where it is not shared with another.
    _folder: Option<TempDir>,
}

impl Server {
    /// A server on a database of its own.
    pub(crate) async fn start() -> Self {
        Self::start_with(&[]).await
    }

    pub(crate) async fn start_with(options: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let server = Self::start_in(folder.path(), options).await;
        Self {
            _folder: Some(folder),
            ..server
        }
    }

    /// A server on the database in `folder`, which outlives it and may have other servers.
    pub(crate) async fn start_in(folder: &Path, options: &[&str]) -> Self {
        let database = database::url(folder).await;
        let mut command = command(
            folder,
            &["--listen", "127.0.0.1:0", "--database", &database],
        );
        Self::spawn(command.args(options)).await
    }

    /// Starts `command` and waits for the first line of its output.
    pub(crate) async fn spawn(command: &mut Command) -> Self {
        let mut child = command.spawn().expect("the server can be started");
        let mut output = BufReader::new(child.stdout.take().expect("stdout is piped"));
        let errors = BufReader::new(child.stderr.take().expect("stderr is piped"));
        let stderr = keep(errors);

        let mut first = String::new();
        timeout(PATIENCE, output.read_line(&mut first))
            .await
            .expect("the first line is prompt")
            .expect("UTF-8");
        let address = first
            .strip_prefix("rekord listening on http://")
            .map(|address| address.trim_end().parse());
        let Some(Ok(address)) = address else {
            // The reason stands on stderr, and comes from another task.
            tokio::time::sleep(Duration::from_millis(200)).await;
            panic!(
                "the first line is {first:?}, stderr {:?}",
                stderr.lock().expect("no panic while held")
            );
        };
        let stdout = keep(output);
        Self {
            child,
            address,
            stdout,
            stderr,
            _folder: None,
        }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) async fn client(&self) -> Client {
        Client::http1(self.address)
            .await
            .expect("the server accepts connections")
    }

    pub(crate) async fn wire(&self) -> Wire {
        Wire::connect(self.address).await
    }

    /// What came on stdout after the first line, so far.
    pub(crate) fn stdout(&self) -> Vec<String> {
        self.stdout.lock().expect("no panic while held").clone()
    }

    /// All that the server prints after its first line when it starts.
    pub(crate) async fn printed(&self) -> Vec<String> {
        // It comes in one piece with the first line, or shortly after it.
        tokio::time::sleep(Duration::from_millis(500)).await;
        let lines = self.stdout();
        assert!(lines.iter().any(|line| line.contains("curl ")), "{lines:?}");
        lines
    }

    pub(crate) fn stderr(&self) -> Vec<String> {
        self.stderr.lock().expect("no panic while held").clone()
    }

    /// `kill -SIGNAL`, by the shell's own `kill`, which every POSIX system has.
    pub(crate) async fn signal(&self, signal: &str) {
        let id = self.child.id().expect("the server runs");
        let status = Command::new("sh")
            .arg("-c")
            .arg(format!("kill -{signal} {id}"))
            .status()
            .await;
        assert!(
            status.expect("a shell").success(),
            "the signal is delivered"
        );
    }

    /// Waits for the end that a signal has brought about.
    pub(crate) async fn ended(&mut self) -> ExitStatus {
        timeout(PATIENCE, self.child.wait())
            .await
            .expect("the server ends")
            .expect("an exit status")
    }

    /// `kill -9`, and gone when this returns.
    pub(crate) async fn kill(mut self) {
        self.child.kill().await.expect("the server ran until now");
    }
}

/// Goes on reading, so that the server never blocks on a full pipe.
fn keep(mut reader: BufReader<impl AsyncRead + Unpin + Send + 'static>) -> Lines {
    let lines = Lines::default();
    let kept = Arc::clone(&lines);
    tokio::spawn(async move {
        let mut line = String::new();
        while reader.read_line(&mut line).await.is_ok_and(|read| read > 0) {
            kept.lock()
                .expect("no panic while held")
                .push(line.trim_end().to_owned());
            line.clear();
        }
    });
    lines
}
