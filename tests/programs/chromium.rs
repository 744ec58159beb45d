//! A browser: one driver process for each test, ended by its own id.

use std::path::PathBuf;
use std::process::Stdio;

use tempfile::TempDir;
use thirtyfour::extensions::cdp::ChromeDevTools;
use thirtyfour::{ChromeCapabilities, ChromiumLikeCapabilities, WebDriver};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

pub(crate) struct Browser {
    pub(crate) driver: WebDriver,
    // In this order: the profile goes when nobody writes to it any more.
    process: Child,
    _profile: TempDir,
}

impl Browser {
    pub(crate) async fn start() -> Self {
        let mut process = Command::new("chromedriver")
            .arg("--port=0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("chromedriver starts");
        let mut lines = BufReader::new(process.stdout.take().expect("stdout is piped")).lines();
        let port = loop {
            let line = lines.next_line().await.expect("UTF-8");
            let line = line.expect("chromedriver tells its port");
            if let Some((_, port)) = line.split_once("started successfully on port ") {
                break port.trim_end_matches('.').to_owned();
            }
        };
        // Whatever else it says must find a reader.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });

        let profile = tempfile::tempdir().expect("a temporary folder");
        let mut capabilities = ChromeCapabilities::new();
        for argument in [
            "--headless=new",
            // Test machines and containers often run as root, where the sandbox cannot start.
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            &format!("--user-data-dir={}", profile.path().display()),
        ] {
            capabilities.add_arg(argument).expect("an argument");
        }
        let driver = WebDriver::new(format!("http://127.0.0.1:{port}"), capabilities);
        Self {
            driver: driver.await.expect("a session"),
            process,
            _profile: profile,
        }
    }

    /// The window's inner size, and the colours that the page is asked for.
    pub(crate) async fn emulate(&self, width: u32, height: u32, scheme: &str) {
        let tools = ChromeDevTools::new(self.driver.handle.clone());
        let size = serde_json::json!({
            "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false,
        });
        let media =
            serde_json::json!({"features": [{"name": "prefers-color-scheme", "value": scheme}]});
        for (command, parameters) in [
            ("Emulation.setDeviceMetricsOverride", size),
            ("Emulation.setEmulatedMedia", media),
        ] {
            let done = tools.execute_cdp_with_params(command, parameters).await;
            done.expect("the browser obeys");
        }
    }

    /// A picture of the window, kept as `NAME.png` in the folder `page` of the tests' output.
    pub(crate) async fn picture(&self, name: &str) -> PathBuf {
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("page");
        std::fs::create_dir_all(&folder).expect("a folder");
        let file = folder.join(format!("{name}.png"));
        self.driver.screenshot(&file).await.expect("a picture");
        file
    }

    pub(crate) async fn stop(mut self) {
        self.driver.quit().await.expect("the session ends");
        self.process.kill().await.expect("it ran until now");
    }
}
