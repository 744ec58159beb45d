//! PostgreSQL goes away and comes back; the servers stay.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::client::{Call, Client};
use crate::foreign::on_a_new_database;
use crate::postgres;
use crate::process::{Server, command};
use crate::resource::Kind;

pub(crate) async fn a_restart_of_postgresql_is_survived() {
    let postgres = postgres::Server::start().await;
    let (server, _) = on_a_new_database(&postgres).await;
    let mut client = server.client().await;
    let mut paths = Vec::new();
    for kind in Kind::ALL {
        paths.push((kind, kind.at(&mut client, 1).await));
    }
    for round in 1..=2_u64 {
        // Many connections, which are all dead after the restart.
        let mut readers = Vec::new();
        for index in 0..64 {
            let (mut client, path) = (server.client().await, paths[index % 2].1.clone());
            let call = if index % 3 == 0 {
                let kind = paths[index % 2].0;
                Call::put(kind.fresh(), &kind.body("new"))
            } else {
                Call::get(path)
            };
            readers.push(tokio::spawn(async move { client.send(call).await.status }));
        }
        for reader in readers {
            assert!(reader.await.expect("an answer").is_success());
        }

        if round % 2 == 0 {
            postgres.kill_9();
        } else {
            postgres.stop();
        }
        let mut refused = Vec::new();
        for (kind, path) in &paths {
            for call in [Call::get(path), Call::put(path, &kind.body("lost"))] {
                let mut client = server.client().await;
                refused.push(tokio::spawn(async move { client.send(call).await }));
            }
        }
        client.send(Call::get("/healthz")).await.assert_status(200);
        for answer in refused {
            let answer = answer.await.expect("an answer");
            answer.assert_problem(503);
            assert!(answer.field("retry-after").is_some(), "{answer:?}");
        }

        postgres.restart().await;
        for (kind, path) in &paths {
            let read = client.send(Call::get(path)).await;
            read.assert_status(200).assert_etag(&format!("\"{round}\""));
            let call = Call::put(path, &kind.body("again"));
            let tag = read.etag().expect("a tag");
            let written = client.send(call.if_match(tag)).await;
            assert_eq!(written.assert_status(200).version(), round + 1);
        }
    }
}

const KILLS: usize = 6;
const WRITERS: usize = 12;

/// What is known of one resource from its answers alone.
#[derive(Debug, Default)]
struct History {
    /// The text under each version that any 2xx has named.
    texts: BTreeMap<u64, String>,
    /// The versions that a write was acknowledged with.
    acknowledged: BTreeSet<u64>,
    refused: usize,
    unknown: u64,
}

type Histories = Arc<Mutex<BTreeMap<String, History>>>;

fn note<T>(histories: &Histories, path: &str, change: impl FnOnce(&mut History) -> T) -> T {
    let mut histories = histories.lock().expect("no panic while held");
    change(histories.entry(path.to_owned()).or_default())
}

impl History {
    fn saw(&mut self, version: u64, text: &str) {
        let known = self.texts.entry(version).or_insert_with(|| text.to_owned());
        assert_eq!(known, text, "version {version} names two states");
    }
}

/// Writes under the tag that was read, until told to stop, whatever becomes of the database.
async fn write(
    address: SocketAddr,
    kind: Kind,
    path: String,
    who: usize,
    histories: Histories,
    stop: Arc<Mutex<bool>>,
) {
    let mut client = Client::http1(address).await.expect("the server runs");
    for count in 0.. {
        if *stop.lock().expect("no panic while held") {
            return;
        }
        let read = client.send(Call::get(&path)).await;
        if read.status == 503 {
            continue;
        }
        note(&histories, &path, |history| {
            history.saw(read.assert_status(200).version(), &kind.read(&read));
        });
        let text = format!("{who}.{count}");
        let tag = read.etag().expect("a tag");
        let call = Call::put(&path, &kind.body(&text)).if_match(tag);
        let written = client.send(call).await;
        note(&histories, &path, |history| match written.status.as_u16() {
            200 => {
                let version = written.version();
                history.saw(version, &text);
                let is_new = history.acknowledged.insert(version);
                assert!(is_new, "version {version} was given out twice");
            }
            412 | 503 => {
                written.assert_problem(written.status.as_u16());
                history.refused += 1;
            }
            _ => {
                written.assert_problem(500);
                let kind = written.json()["type"].clone();
                assert!(
                    kind.as_str()
                        .is_some_and(|kind| kind.ends_with("outcome-unknown")),
                    "{written:?}"
                );
                history.unknown += 1;
            }
        });
    }
}

pub(crate) async fn every_acknowledged_write_outlives_kill_9_of_postgresql() {
    let postgres = postgres::Server::start().await;
    let name = postgres.create_database().await;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut servers = Vec::new();
    for _ in 0..3 {
        let url = postgres.url(&name);
        let mut command = command(folder.path(), &["--listen=127.0.0.1:0", "--database", &url]);
        servers.push(Server::spawn(&mut command).await);
    }
    let histories = Histories::default();
    let stop = Arc::new(Mutex::new(false));
    let mut client = servers[0].client().await;
    let mut writers = Vec::new();
    for kind in Kind::ALL {
        let path = kind.at(&mut client, 1).await;
        for who in 0..WRITERS / 2 {
            let address = servers[who % servers.len()].address();
            let (histories, stop) = (Arc::clone(&histories), Arc::clone(&stop));
            writers.push(tokio::spawn(write(
                address,
                kind,
                path.clone(),
                who,
                histories,
                stop,
            )));
        }
    }
    for _ in 0..KILLS {
        let before = acknowledged(&histories);
        let start = Instant::now();
        while acknowledged(&histories) < before + 60 {
            assert!(
                start.elapsed() < Duration::from_secs(40),
                "nothing is written"
            );
            tokio::time::sleep(Duration::from_millis(3)).await;
        }
        postgres.kill_9();
        postgres.restart().await;
    }
    *stop.lock().expect("no panic while held") = true;
    for writer in writers {
        writer.await.expect("no writer was answered wrongly");
    }

    let (mut unknown, mut refused) = (0, 0);
    let written = acknowledged(&histories);
    let histories = std::mem::take(&mut *histories.lock().expect("no panic while held"));
    for (path, history) in &histories {
        let kind = *Kind::ALL
            .iter()
            .find(|kind| path.starts_with(kind.collection()))
            .expect("one of the two");
        for server in &servers {
            let read = server.client().await.send(Call::get(path)).await;
            let version = read.assert_status(200).version();
            let last = history.acknowledged.last().copied().unwrap_or(1);
            assert!(version >= last, "{path} fell back to {version} from {last}");
            if let Some(text) = history.texts.get(&version) {
                assert_eq!(&kind.read(&read), text, "{path}");
            }
            let written = history.acknowledged.len() as u64;
            assert!(version > written, "an acknowledged write of {path} is lost");
            let most = 1 + written + history.unknown;
            assert!(version <= most, "{path} skipped to {version} from {most}");
        }
        unknown += history.unknown;
        refused += history.refused;
    }
    println!(
        "{KILLS} kills of PostgreSQL under three servers: {written} acknowledged, lost = 0, \
         {unknown} unknown, {refused} refused"
    );
}

fn acknowledged(histories: &Histories) -> usize {
    let histories = histories.lock().expect("no panic while held");
    histories
        .values()
        .map(|history| history.acknowledged.len())
        .sum()
}
