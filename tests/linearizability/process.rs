//! The server as a process, which can be killed and started again.

use std::net::SocketAddr;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, ChildStdin, Command};
use tokio::time::timeout;

/// Nothing here takes that long; a test that would hang fails instead.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

pub(crate) struct Process {
    child: Child,
    pub(crate) address: SocketAddr,
    /// The server ends when this is closed, even if nobody has the time to end it.
    _stdin: ChildStdin,
}

impl Process {
    /// This executable, as the server that `options` ask for.
    pub(crate) async fn start(options: &[String]) -> Self {
        let executable = std::env::current_exe().expect("a test knows its own executable");
        let mut child = Command::new(executable)
            .arg("serve")
            .args(options)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("the server can be started");
        let mut output = BufReader::new(child.stdout.take().expect("stdout is piped"));
        let mut line = String::new();
        timeout(PATIENCE, output.read_line(&mut line))
            .await
            .expect("the server starts in time")
            .expect("UTF-8");
        let address = line.trim_end().parse();
        let stdin = child.stdin.take().expect("stdin is piped");
        Self {
            child,
            address: address.unwrap_or_else(|_| panic!("no address: {line:?} of {options:?}")),
            _stdin: stdin,
        }
    }

    /// `kill -9`, and gone when this returns.
    pub(crate) async fn kill(mut self) {
        self.child.kill().await.expect("the server ran until now");
    }
}
