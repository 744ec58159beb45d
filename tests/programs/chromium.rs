//! A browser: one driver process for each test, ended by its own id.

use std::path::PathBuf;
use std::process::Stdio;

use fantoccini::wd::WebDriverCompatibleCommand;
use fantoccini::{Client, ClientBuilder};
use http::Method;
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

pub(crate) struct Browser {
    pub(crate) driver: Client,
    // In this order: the profile goes when nobody writes to it any more.
    process: Child,
    _profile: TempDir,
}

impl Browser {
    pub(crate) async fn start() -> Self {
        let (process, port) = driver().await;
        let profile = tempfile::tempdir().expect("a temporary folder");
        let arguments = [
            "--headless=new",
            // Test machines and containers often run as root, where the sandbox cannot start.
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--no-proxy-server",
            // A host that is not this machine's own to the browser, so that it trusts it less.
            "--host-resolver-rules=MAP rekord.test 127.0.0.1",
            &format!("--user-data-dir={}", profile.path().display()),
        ];
        let options = json!({ "args": arguments });
        let capabilities = [("goog:chromeOptions".to_owned(), options)];
        let driver = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities.into_iter().collect())
            .connect(&format!("http://127.0.0.1:{port}"))
            .await;
        Self {
            driver: driver.expect("a session"),
            process,
            _profile: profile,
        }
    }

    /// The window's inner size, and the colours that the page is asked for.
    pub(crate) async fn emulate(&self, width: u32, height: u32, scheme: &str) {
        let size =
            json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
        let media = json!({"features": [{"name": "prefers-color-scheme", "value": scheme}]});
        for (name, parameters) in [
            ("Emulation.setDeviceMetricsOverride", size),
            ("Emulation.setEmulatedMedia", media),
        ] {
            let command = DevTools { name, parameters };
            let done = self.driver.issue_cmd(command).await;
            done.expect("the browser obeys");
        }
    }

    /// A picture of the window, kept as `NAME.png` in the folder `page` of the tests' output.
    pub(crate) async fn picture(&self, name: &str) -> PathBuf {
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("page");
        std::fs::create_dir_all(&folder).expect("a folder");
        let file = folder.join(format!("{name}.png"));
        let picture = self.driver.screenshot().await.expect("a picture");
        std::fs::write(&file, picture).expect("the folder is there");
        file
    }

    pub(crate) async fn stop(mut self) {
        self.driver.close().await.expect("the session ends");
        self.process.kill().await.expect("it ran until now");
    }
}

/// A running driver, and its port.
async fn driver() -> (Child, String) {
    for _ in 0..5 {
        let mut process = Command::new("chromedriver")
            .arg("--port=0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("chromedriver starts");
        let mut lines = BufReader::new(process.stdout.take().expect("stdout is piped")).lines();
        while let Some(line) = lines.next_line().await.expect("UTF-8") {
            if let Some((_, port)) = line.split_once("started successfully on port ") {
                let port = port.trim_end_matches('.').to_owned();
                // Whatever else it says must find a reader.
                tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
                return (process, port);
            }
        }
        // The port that it has chosen was not free in IPv4 too, so it has ended.
        process.wait().await.expect("it has ended");
    }
    panic!("chromedriver finds no port");
}

/// A command of the browser itself, which chromedriver hands on.
#[derive(Debug)]
struct DevTools {
    name: &'static str,
    parameters: Value,
}

impl WebDriverCompatibleCommand for DevTools {
    fn endpoint(
        &self,
        base_url: &url::Url,
        session_id: Option<&str>,
    ) -> Result<url::Url, url::ParseError> {
        let session = session_id.unwrap_or_default();
        base_url.join(&format!("session/{session}/goog/cdp/execute"))
    }

    fn method_and_body(&self, _: &url::Url) -> (Method, Option<String>) {
        let body = json!({"cmd": self.name, "params": self.parameters});
        (Method::POST, Some(body.to_string()))
    }
}
