//! Clients in Python with an HTTP cache, which revalidate what they hold.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use serde_json::json;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

use crate::client::Call;
use crate::process::{Server, TOKEN};

const PATH: &str = "/models/0190a2b4-7c1e-7abc-8def-0123456789ab";

pub(crate) async fn hishel_revalidates_what_it_holds() {
    revalidates("hishel_client.py").await;
}

pub(crate) async fn cachecontrol_revalidates_what_it_holds() {
    revalidates("cachecontrol_client.py").await;
}

/// The first read comes from the server, the second from the cache, after a 304; and after a write
/// by somebody else the new version comes from the server.
async fn revalidates(script: &str) {
    let server = Server::start().await;
    let mut direct = server.client().await;
    let write = |name: &str| Call::put(PATH, &json!({ "name": name }));
    direct.send(write("first")).await.assert_status(201);

    let url = format!("http://{}{PATH}", server.address());
    let mut reader = Script::start(script, &[&url, TOKEN]);
    for (said, written) in [
        ("server 200 \"1\" first", None),
        ("cache 200 \"1\" first", None),
        ("cache 200 \"1\" first", Some("second")),
        ("server 200 \"2\" second", None),
        ("cache 200 \"2\" second", None),
    ] {
        assert_eq!(reader.ask().await, said);
        if let Some(name) = written {
            // A cache that holds both answers goes by the later `Date`, which counts seconds.
            tokio::time::sleep(Duration::from_millis(1100)).await;
            direct.send(write(name)).await.assert_status(200);
        }
    }
}

/// A script of `tests/programs/python`, spoken to line by line, ended with its handle.
pub(crate) struct Script {
    input: ChildStdin,
    lines: Lines<BufReader<ChildStdout>>,
    _process: Child,
}

impl Script {
    pub(crate) fn start(name: &str, arguments: &[&str]) -> Self {
        let file: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests/programs/python")
            .join(name);
        let mut process = Command::new("python3")
            .arg(file)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("python3 starts");
        Self {
            input: process.stdin.take().expect("stdin is piped"),
            lines: BufReader::new(process.stdout.take().expect("stdout is piped")).lines(),
            _process: process,
        }
    }

    /// The next line that it prints.
    pub(crate) async fn line(&mut self) -> String {
        let line = self.lines.next_line().await.expect("UTF-8");
        line.expect("the script goes on")
    }

    async fn ask(&mut self) -> String {
        self.input.write_all(b"\n").await.expect("it listens");
        self.line().await
    }
}
