//! nginx as a process, on a free port, ended with its handle.

use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tokio::process::{Child, Command};

use crate::client::Client;

pub(crate) struct Nginx {
    pub(crate) address: SocketAddr,
    log: std::path::PathBuf,
    _process: Child,
}

impl Nginx {
    /// nginx with its files in `folder`, `http` in its outermost block and `location` for all paths.
    pub(crate) async fn start(folder: &Path, http: &str, location: &str) -> Self {
        // nginx takes no port 0; the port is free until somebody else takes it.
        let free = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = free.local_addr().expect("an address");
        drop(free);
        let log = folder.join("upstream.log");
        let home = folder.display();
        let configuration = format!(
            "daemon off; master_process off; pid {home}/nginx.pid; error_log {home}/error.log;
             events {{}}
             http {{
                 log_format upstream '$upstream_status';
                 access_log {home}/upstream.log upstream;
                 client_body_temp_path {home}/body;
                 proxy_temp_path {home}/proxy;
                 fastcgi_temp_path {home}/fastcgi;
                 uwsgi_temp_path {home}/uwsgi;
                 scgi_temp_path {home}/scgi;
                 {http}
                 server {{
                     listen {address};
                     location / {{ {location} }}
                 }}
             }}"
        );
        let file = folder.join("nginx.conf");
        std::fs::write(&file, configuration).expect("the configuration is written");
        let process = Command::new("nginx")
            .arg("-c")
            .arg(&file)
            .arg("-e")
            .arg(folder.join("error.log"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("nginx starts");
        let nginx = Self {
            address,
            log,
            _process: process,
        };
        for _ in 0..200 {
            if Client::http1(address).await.is_ok() {
                return nginx;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let errors = std::fs::read_to_string(folder.join("error.log"));
        panic!("nginx does not listen: {errors:?}");
    }

    pub(crate) async fn client(&self) -> Client {
        let client = Client::http1(self.address).await;
        client.expect("nginx accepts connections")
    }

    /// The statuses that the server gave to nginx; `-` where nginx did not ask.
    pub(crate) fn upstream_statuses(&self) -> Vec<String> {
        let log = std::fs::read_to_string(&self.log).expect("nginx writes its log");
        log.lines().map(str::to_owned).collect()
    }
}
