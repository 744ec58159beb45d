//! The servers: how each is started, and what it is asked for.

use std::{
    fs,
    net::TcpListener,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{Failure, http::Request};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Hyper,
    HyperLayer,
    Axum,
    AxumRouteLayer,
    AxumRouterLayer,
    Nginx,
    /// A model: its version is a column, and a write a compare-and-set.
    Rekord,
    /// A rule: its version is in the ledger, and a write guarded.
    RekordRule,
}

/// What all of these answer with: about what one resource of an API takes.
pub(crate) const CONTENT: &str = include_str!("content.json");

pub(crate) const PATH: &str = "/models/0198c0de-0000-7000-8000-000000000001";
const RULE: &str = "/rules/0198c0de-0000-7000-8000-000000000002";
const TOKEN: &str = "end-to-end";

/// The reference server is an example of the library, which Cargo does not build for a bench.
pub(crate) fn build_rekord() -> Result<(), Failure> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let built = Command::new(cargo)
        .args(["build", "--quiet", "--release", "--features", "full"])
        .args(["--package", "tower-conditional", "--example", "rekord"])
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
        .status()?;
    if built.success() {
        Ok(())
    } else {
        Err("the example rekord does not build".into())
    }
}

impl Kind {
    /// The name by which this executable serves it.
    pub(crate) const SERVED: [(&'static str, Self); 5] = [
        ("hyper", Self::Hyper),
        ("hyper_layer", Self::HyperLayer),
        ("axum", Self::Axum),
        ("axum_route_layer", Self::AxumRouteLayer),
        ("axum_router_layer", Self::AxumRouterLayer),
    ];

    /// The program that serves it, with all that it needs in `folder`; and the address, of a program
    /// that does not print it.
    pub(crate) fn command(self, folder: &Path) -> Result<(Vec<String>, Option<String>), Failure> {
        let program = |path: PathBuf| path.to_string_lossy().into_owned();
        match self {
            Self::Nginx => {
                let address = free_address()?;
                let file = nginx(folder, &address)?;
                let errors = program(folder.join("error.log"));
                let command = ["nginx", "-c", &file, "-e", &errors];
                Ok((command.map(str::to_owned).to_vec(), Some(address)))
            }
            Self::Rekord | Self::RekordRule => {
                let executable = std::env::current_exe()?;
                let release = executable.parent().and_then(Path::parent);
                let rekord = release.ok_or("no target folder")?.join("examples/rekord");
                let database = format!("sqlite:{}", folder.join("rekord.db").display());
                let command = [
                    program(rekord),
                    "--listen".to_owned(),
                    "127.0.0.1:0".to_owned(),
                    "--database".to_owned(),
                    database,
                ];
                Ok((command.to_vec(), None))
            }
            _ => {
                let name = Self::SERVED.iter().find(|(_, kind)| *kind == self);
                let (name, _) = name.ok_or("nobody serves this")?;
                let this = program(std::env::current_exe()?);
                Ok((vec![this, "serve".to_owned(), (*name).to_owned()], None))
            }
        }
    }

    pub(crate) fn environment(self) -> &'static [(&'static str, &'static str)] {
        match self {
            // As many threads as the other servers have.
            Self::Rekord | Self::RekordRule => {
                &[("REKORD_API_TOKEN", TOKEN), ("TOKIO_WORKER_THREADS", "1")]
            }
            _ => &[],
        }
    }

    /// What has to be written before it can be read.
    pub(crate) fn preparation(self) -> Option<Request> {
        let content = self.content();
        (!content.is_empty()).then(|| {
            let mut request = self.request();
            request.method = "PUT";
            request
                .fields
                .push(("Content-Type", "application/json".into()));
            Request { content, ..request }
        })
    }

    /// A read.
    pub(crate) fn request(self) -> Request {
        let (path, fields) = match self {
            Self::Rekord => (PATH, vec![("Authorization", format!("Bearer {TOKEN}"))]),
            Self::RekordRule => (RULE, vec![("Authorization", format!("Bearer {TOKEN}"))]),
            _ => (PATH, Vec::new()),
        };
        Request {
            method: "GET",
            path: path.to_owned(),
            fields,
            content: String::new(),
        }
    }

    /// What a write sends.
    pub(crate) fn content(self) -> String {
        let content = match self {
            Self::Rekord => r#"{"name":"Customer","fields":{"email":{"policy":"most_recent"}}}"#,
            Self::RekordRule => r#"{"name":"Adults","expression":"age >= 18","enabled":true}"#,
            _ => "",
        };
        content.to_owned()
    }
}

/// The port is free until somebody else takes it.
fn free_address() -> Result<String, Failure> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    Ok(listener.local_addr()?.to_string())
}

/// One process that serves files, and its configuration.
fn nginx(folder: &Path, address: &str) -> Result<String, Failure> {
    let file = folder.join("www").join(&PATH[1..]);
    fs::create_dir_all(file.parent().ok_or("a path with a folder")?)?;
    fs::write(file, CONTENT)?;
    let home = folder.display();
    let configuration = format!(
        "daemon off; master_process off; pid {home}/nginx.pid; error_log {home}/error.log;
         events {{}}
         http {{
             access_log off;
             sendfile on;
             tcp_nopush on;
             open_file_cache max=16;
             keepalive_requests 1000000000;
             default_type application/json;
             client_body_temp_path {home}/body;
             proxy_temp_path {home}/proxy;
             fastcgi_temp_path {home}/fastcgi;
             uwsgi_temp_path {home}/uwsgi;
             scgi_temp_path {home}/scgi;
             server {{ listen {address}; root {home}/www; }}
         }}"
    );
    let file = folder.join("nginx.conf");
    fs::write(&file, configuration)?;
    Ok(file.to_string_lossy().into_owned())
}
