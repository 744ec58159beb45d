//! The servers of a run, on one database, and what happens to them.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use clap::ValueEnum;
use http::{HeaderMap, Method};
use tempfile::TempDir;

use crate::client::Client;
use crate::postgres;
use crate::process::Process;
use crate::server::{GUARDS, Handlers, Store};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// `kill -9` of one server process, and its restart.
    Server(usize),
    /// `kill -9` of all of PostgreSQL, and its restart.
    Postgres,
    /// `pg_terminate_backend` of the guards that are in a transaction.
    Guards,
}

pub(crate) struct Cluster {
    options: Vec<String>,
    handlers: Handlers,
    servers: Vec<Server>,
    postgres: Option<postgres::Server>,
    database: String,
    _folder: TempDir,
}

struct Server {
    process: tokio::sync::Mutex<Option<Process>>,
    address: Mutex<Option<SocketAddr>>,
    /// Writes that were sent and have no answer yet.
    in_flight: AtomicUsize,
}

impl Cluster {
    /// So many servers of one kind, with further `options`, on a database of their own.
    pub(crate) async fn start(
        store: Store,
        handlers: Handlers,
        servers: usize,
        options: &[&str],
    ) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let (mut postgres, mut database) = (None, String::new());
        match store {
            Store::Sqlite => database = folder.path().join("contents.db").display().to_string(),
            Store::Postgres => {
                let server = postgres::Server::start().await;
                database = server.url(&server.create_database().await);
                postgres = Some(server);
            }
            _ => {}
        }
        let mut cluster = Self {
            options: [&name(&store), &name(&handlers), &database]
                .into_iter()
                .map(String::as_str)
                .chain(options.iter().copied())
                .map(str::to_owned)
                .collect(),
            handlers,
            servers: Vec::new(),
            postgres,
            database,
            _folder: folder,
        };
        for _ in 0..servers {
            let process = Process::start(&cluster.options).await;
            cluster.servers.push(Server {
                address: Mutex::new(Some(process.address)),
                process: tokio::sync::Mutex::new(Some(process)),
                in_flight: AtomicUsize::new(0),
            });
        }
        cluster
    }

    pub(crate) fn len(&self) -> usize {
        self.servers.len()
    }

    pub(crate) fn address(&self, server: usize) -> Option<SocketAddr> {
        let address = &self.servers[server].address;
        *address.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a write as in flight at a server until it is dropped.
    pub(crate) fn in_flight(&self, server: usize) -> impl Drop + '_ {
        struct InFlight<'a>(&'a AtomicUsize);
        impl Drop for InFlight<'_> {
            fn drop(&mut self) {
                self.0.fetch_sub(1, Ordering::SeqCst);
            }
        }
        let in_flight = &self.servers[server].in_flight;
        in_flight.fetch_add(1, Ordering::SeqCst);
        InFlight(in_flight)
    }

    /// Waits until at least one write is in flight, and lets it happen then. Returns how many
    /// there were.
    pub(crate) async fn suffer(&self, fault: Fault) -> usize {
        match fault {
            Fault::Server(server) => self.kill(server).await,
            Fault::Postgres => {
                let all: Vec<_> = (0..self.len()).collect();
                let postgres = self.postgres.as_ref().expect("a run on PostgreSQL");
                let writes = self.writes(&all).await;
                postgres.kill_9();
                postgres.restart().await;
                writes
            }
            Fault::Guards => self.terminate_guards().await,
        }
    }

    /// How many writes are in flight at these servers, as soon as there are any.
    async fn writes(&self, servers: &[usize]) -> usize {
        loop {
            let counts = servers
                .iter()
                .map(|server| &self.servers[*server].in_flight);
            let writes = counts.map(|count| count.load(Ordering::SeqCst)).sum();
            if writes > 0 {
                return writes;
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    /// Kills a server as soon as at least one write is in flight there, and starts another in its
    /// place. Returns how many there were.
    pub(crate) async fn kill(&self, server: usize) -> usize {
        let mut process = self.servers[server].process.lock().await;
        if self.postgres.is_some() && self.handlers == Handlers::Apart {
            // A statement that the database has got already would go on without its process, and
            // could outlast the guard: past what is promised to handlers that don't join.
            let address = self.address(server).expect("the server runs");
            let mut client = Client::connect(address).await.expect("the server runs");
            let frozen = client.exchange(Method::POST, "/freeze", HeaderMap::new(), String::new());
            frozen.await.expect("the server answers");
        }
        // Those that were there may have been answered while the server was asked to freeze.
        let writes = self.writes(&[server]).await;
        self.set_address(server, None);
        if let Some(process) = process.take() {
            process.kill().await;
        }
        let started = Process::start(&self.options).await;
        self.set_address(server, Some(started.address));
        *process = Some(started);
        writes
    }

    fn set_address(&self, server: usize, address: Option<SocketAddr>) {
        let slot = &self.servers[server].address;
        *slot.lock().unwrap_or_else(PoisonError::into_inner) = address;
    }

    async fn terminate_guards(&self) -> usize {
        use sqlx::Connection as _;
        let mut connection = sqlx::PgConnection::connect(&self.database)
            .await
            .expect("PostgreSQL runs");
        loop {
            let ended: i64 = sqlx::query_scalar(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity \
                 WHERE application_name = $1 AND xact_start IS NOT NULL",
            )
            .bind(GUARDS)
            .fetch_one(&mut connection)
            .await
            .expect("PostgreSQL runs");
            if ended > 0 {
                return usize::try_from(ended).expect("a count");
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
}

fn name(value: &impl ValueEnum) -> String {
    let value = value.to_possible_value().expect("no value is skipped");
    value.get_name().to_owned()
}
