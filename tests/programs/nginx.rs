//! nginx as a cache in front of the server, which revalidates what it holds.

use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use serde_json::json;
use tokio::process::{Child, Command};

use crate::answer::Answer;
use crate::client::{Call, Client};
use crate::process::Server;

/// How long the cache takes an answer for fresh.
const FRESH: Duration = Duration::from_secs(1);

/// RFC 9111 §4.3: a stale answer is revalidated by its entity-tag, a 304 makes it fresh again, and
/// after a write the cache gets and serves the new version.
pub(crate) async fn a_cache_revalidates_by_entity_tag_and_serves_the_new_version_after_a_write() {
    let server = Server::start().await;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let nginx = Nginx::start(folder.path(), server.address()).await;
    let mut cached = nginx.client().await;
    let mut direct = server.client().await;

    let path = "/models/0190a2b4-7c1e-7abc-8def-0123456789ab";
    for (encoding, first, second) in [
        ("identity", "\"1\"", "\"2\""),
        ("gzip", "\"3-gzip\"", "\"4-gzip\""),
    ] {
        let read = || Call::get(path).field("accept-encoding", encoding);
        let write = |text: &str| Call::put(path, &json!({ "name": text.repeat(199) }));

        let made = direct.send(write("a")).await;
        assert!(
            [200, 201].contains(&made.status.as_u16()),
            "{}",
            made.status
        );
        // What nginx holds of the round before, or nothing: asked for in any case.
        tokio::time::sleep(2 * FRESH).await;
        let missed = cached.send(read()).await;
        assert!(
            ["MISS", "EXPIRED"].contains(&cache(&missed)),
            "{}",
            cache(&missed)
        );
        missed.assert_status(200).assert_etag(first);

        let hit = cached.send(read()).await;
        assert_eq!(cache(&hit), "HIT", "{encoding}");
        hit.assert_etag(first);

        // Stale, unchanged: nginx asks with If-None-Match, gets a 304, and answers with what it has.
        tokio::time::sleep(2 * FRESH).await;
        let revalidated = cached.send(read()).await;
        assert_eq!(cache(&revalidated), "REVALIDATED", "{encoding}");
        revalidated.assert_status(200).assert_etag(first);
        assert_eq!(revalidated.body, missed.body);

        // Stale, changed: the new version comes.
        direct.send(write("b")).await.assert_status(200);
        tokio::time::sleep(2 * FRESH).await;
        let expired = cached.send(read()).await;
        assert_eq!(cache(&expired), "EXPIRED", "{encoding}");
        expired.assert_status(200).assert_etag(second);
        assert_ne!(expired.body, missed.body);
    }
    let asked = nginx.upstream_statuses();
    let not_modified = asked.iter().filter(|status| *status == "304").count();
    assert_eq!(not_modified, 2, "{asked:?}");
}

/// What nginx says it did.
fn cache(answer: &Answer) -> &str {
    answer.field("x-cache").expect("nginx says what it did")
}

struct Nginx {
    address: SocketAddr,
    log: std::path::PathBuf,
    _process: Child,
}

impl Nginx {
    async fn start(folder: &Path, upstream: SocketAddr) -> Self {
        // nginx takes no port 0; the port is free until somebody else takes it.
        let free = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = free.local_addr().expect("an address");
        drop(free);
        let log = folder.join("upstream.log");
        let home = folder.display();
        let fresh = FRESH.as_secs();
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
                 proxy_cache_path {home}/cache keys_zone=rekord:1m;
                 server {{
                     listen {address};
                     location / {{
                         proxy_pass http://{upstream};
                         proxy_http_version 1.1;
                         proxy_set_header Accept-Encoding $http_accept_encoding;
                         proxy_cache rekord;
                         proxy_cache_revalidate on;
                         proxy_cache_valid 200 {fresh}s;
                         # The server asks for every answer to be revalidated by the client alone;
                         # this cache is one client's own, and fresh for a second.
                         proxy_ignore_headers Cache-Control;
                         add_header X-Cache $upstream_cache_status;
                     }}
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

    async fn client(&self) -> Client {
        let client = Client::http1(self.address).await;
        client.expect("nginx accepts connections")
    }

    /// The statuses that the server gave to nginx; `-` where nginx did not ask.
    fn upstream_statuses(&self) -> Vec<String> {
        let log = std::fs::read_to_string(&self.log).expect("nginx writes its log");
        log.lines().map(str::to_owned).collect()
    }
}
