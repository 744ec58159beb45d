//! `kill -9` with writes in flight: what was acknowledged is there after a restart, and no version names two states.
//!
//! Guards: versions starting over; an acknowledgement that is sent before the commit is.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::answer::Answer;
use crate::client::{Call, Client};
use crate::database;
use crate::process::Server;
use crate::resource::Kind;

const KILLS: usize = 24;
const SHARED: usize = 4;
const WRITERS: usize = 8;
const OWNERS: usize = 2;

/// What is known of one resource from its answers alone.
#[derive(Debug, Default)]
struct History {
    /// The text under each version that any 2xx has named.
    texts: BTreeMap<u64, String>,
    /// The versions that a write was acknowledged with.
    acknowledged: BTreeSet<u64>,
    /// Texts that were sent and not answered.
    in_flight: BTreeSet<String>,
    /// The last acknowledged write was a DELETE.
    deleted: bool,
    /// A DELETE was sent and not answered.
    deleting: bool,
}

impl History {
    fn saw(&mut self, version: u64, text: &str) {
        let known = self.texts.entry(version).or_insert_with(|| text.to_owned());
        assert_eq!(known, text, "version {version} names two states");
    }

    fn acknowledge(&mut self, version: u64, text: &str) {
        self.saw(version, text);
        assert!(
            self.acknowledged.insert(version),
            "version {version} was given out twice"
        );
        self.in_flight.remove(text);
        self.deleted = false;
    }

    /// After a restart: `read` is the last acknowledged state, or one that a write in flight made. Then nothing is in
    /// flight any more, for whoever could have finished it is dead.
    fn check(&mut self, kind: Kind, path: &str, read: &Answer) {
        let last = self.acknowledged.last().copied().unwrap_or(0);
        if read.status == 404 {
            assert!(
                self.deleted || self.deleting || last == 0,
                "{path} is lost: {self:?}"
            );
            self.deleted = true;
        } else {
            let (version, text) = (read.assert_status(200).version(), kind.read(read));
            assert!(version >= last, "{path} fell back to {version}: {self:?}");
            if self.deleted || version > last {
                assert!(
                    self.in_flight.contains(&text),
                    "{path} has {text} from nowhere: {self:?}"
                );
                let unanswered = self.in_flight.len() + usize::from(self.deleted || self.deleting);
                assert!(
                    version - last <= unanswered as u64,
                    "{path} skipped to {version}: {self:?}"
                );
            }
            self.saw(version, &text);
            self.deleted = false;
        }
        self.in_flight.clear();
        self.deleting = false;
    }
}

type Journal = Arc<Mutex<BTreeMap<String, History>>>;

fn note<T>(journal: &Journal, path: &str, change: impl FnOnce(&mut History) -> T) -> T {
    let mut journal = journal.lock().expect("no panic while held");
    change(journal.entry(path.to_owned()).or_default())
}

/// One of several that write to the same resource, most of the time under the tag that was read. Ends with the server,
/// and says whether a write of its own was in flight then.
async fn write(
    address: SocketAddr,
    journal: Journal,
    kind: Kind,
    path: String,
    who: String,
) -> bool {
    let Ok(mut client) = Client::http1(address).await else {
        return false;
    };
    for count in 0.. {
        let Ok(read) = client.try_send(&Call::get(&path)).await else {
            return false;
        };
        if read.status == 200 {
            note(&journal, &path, |history| {
                history.saw(read.version(), &kind.read(&read));
            });
        }
        let text = format!("{who}.{count}");
        let mut call = match count % 3 {
            0 => Call::patch(&path, &json!({kind.text(): text})),
            _ => Call::put(&path, &kind.body(&text)),
        };
        if count % 4 != 0 {
            call = call.if_match(read.etag().expect("a tag"));
        }
        note(&journal, &path, |history| {
            history.in_flight.insert(text.clone())
        });
        let Ok(written) = client.try_send(&call).await else {
            return true;
        };
        if written.status == 412 {
            note(&journal, &path, |history| history.in_flight.remove(&text));
        } else {
            assert_eq!(kind.read(written.assert_status(200)), text);
            note(&journal, &path, |history| {
                history.acknowledge(written.version(), &text);
            });
        }
    }
    unreachable!("the server is killed before that")
}

/// The only writer of its resource, which it makes, changes, deletes and makes again.
async fn own(address: SocketAddr, journal: Journal, kind: Kind, path: String, who: String) -> bool {
    let Ok(mut client) = Client::http1(address).await else {
        return false;
    };
    for count in 0.. {
        if count % 4 == 3 {
            note(&journal, &path, |history| history.deleting = true);
            let Ok(gone) = client.try_send(&Call::delete(&path)).await else {
                return true;
            };
            gone.assert_status(204);
            note(&journal, &path, |history| {
                (history.deleting, history.deleted) = (false, true);
            });
        } else {
            let text = format!("{who}.{count}");
            note(&journal, &path, |history| {
                history.in_flight.insert(text.clone())
            });
            let Ok(written) = client.try_send(&Call::put(&path, &kind.body(&text))).await else {
                return true;
            };
            assert!(
                written.status == 200 || written.status == 201,
                "{written:?}"
            );
            note(&journal, &path, |history| {
                history.acknowledge(written.version(), &text);
            });
        }
    }
    unreachable!("the server is killed before that")
}

/// Makes new resources all the time.
async fn make(address: SocketAddr, journal: Journal, kind: Kind, who: String) -> bool {
    let Ok(mut client) = Client::http1(address).await else {
        return false;
    };
    for count in 0.. {
        let text = format!("{who}.{count}");
        let Ok(made) = client
            .try_send(&Call::post(kind.collection(), &kind.body(&text)))
            .await
        else {
            return true;
        };
        let path = made
            .assert_status(201)
            .field("location")
            .expect("a location");
        note(&journal, path, |history| {
            history.acknowledge(made.version(), &text);
        });
    }
    unreachable!("the server is killed before that")
}

fn acknowledged(journal: &Journal) -> usize {
    let journal = journal.lock().expect("no panic while held");
    journal
        .values()
        .map(|history| history.acknowledged.len())
        .sum()
}

fn kind_of(path: &str) -> Kind {
    if path.starts_with("/models/") {
        Kind::Model
    } else {
        Kind::Rule
    }
}

/// Reads every resource of the journal and holds it to what was acknowledged.
async fn check(server: &Server, journal: &Journal) {
    let mut client = server.client().await;
    let paths = journal
        .lock()
        .expect("no panic while held")
        .keys()
        .cloned()
        .collect::<Vec<_>>();
    for path in paths {
        let read = client.send(Call::get(&path)).await;
        note(journal, &path, |history| {
            history.check(kind_of(&path), &path, &read);
        });
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_acknowledged_write_outlives_kill_9_and_no_version_is_used_twice() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let journal = Journal::default();
    let mut server = Server::start_in(folder.path(), &[]).await;
    let mut client = server.client().await;
    let mut shared = Vec::new();
    for index in 0..SHARED {
        let kind = Kind::ALL[index % 2];
        let path = kind.fresh();
        let made = client.send(Call::put(&path, &kind.body("first"))).await;
        note(&journal, &path, |history| {
            history.acknowledge(made.version(), "first");
        });
        shared.push(path);
    }
    let owned = [Kind::Model.fresh(), Kind::Rule.fresh()];
    assert_eq!(owned.len(), OWNERS);

    let mut in_flight = 0;
    for kill in 0..KILLS {
        let before = acknowledged(&journal);
        let address = server.address();
        let mut writers = Vec::new();
        for index in 0..WRITERS {
            let path = shared[index % SHARED].clone();
            let who = format!("{kill}.writer {index}");
            writers.push(tokio::spawn(write(
                address,
                Arc::clone(&journal),
                kind_of(&path),
                path,
                who,
            )));
        }
        for (index, path) in owned.iter().enumerate() {
            let who = format!("{kill}.owner {index}");
            writers.push(tokio::spawn(own(
                address,
                Arc::clone(&journal),
                kind_of(path),
                path.clone(),
                who,
            )));
        }
        for (index, kind) in Kind::ALL.into_iter().enumerate() {
            let who = format!("{kill}.maker {index}");
            writers.push(tokio::spawn(make(address, Arc::clone(&journal), kind, who)));
        }

        // Kills fall on ever other moments: after few writes and after many.
        let enough = before + 10 + kill * 37 % 150;
        let start = Instant::now();
        while acknowledged(&journal) < enough {
            assert!(
                start.elapsed() < Duration::from_secs(30),
                "the writers come to nothing"
            );
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        server.kill().await;
        let mut cut = 0;
        for writer in writers {
            cut += usize::from(writer.await.expect("no writer was answered wrongly"));
        }
        assert!(cut > 0, "no write was in flight");
        in_flight += cut;

        database::settled(folder.path()).await;
        server = Server::start_in(folder.path(), &[]).await;
        check(&server, &journal).await;
    }

    let journal = journal.lock().expect("no panic while held");
    let acknowledged = journal
        .values()
        .map(|history| history.acknowledged.len())
        .sum::<usize>();
    let versions = journal
        .values()
        .map(|history| history.texts.len())
        .sum::<usize>();
    println!(
        "{KILLS} kills, {in_flight} writes in flight, {acknowledged} acknowledged on {} resources, lost = 0, \
         {versions} versions, each for one state",
        journal.len(),
    );
}

/// Guards: a lock that a dead process holds.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_killed_does_not_hold_up_its_neighbour() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let neighbour = Server::start_in(folder.path(), &[]).await;
    let mut client = neighbour.client().await;
    let kind = Kind::Rule;
    let path = kind.at(&mut client, 1).await;
    for _ in 0..8 {
        let journal = Journal::default();
        let server = Server::start_in(folder.path(), &[]).await;
        let mut writers = Vec::new();
        for who in 0..4 {
            let write = write(
                server.address(),
                Arc::clone(&journal),
                kind,
                path.clone(),
                who.to_string(),
            );
            writers.push(tokio::spawn(write));
        }
        while acknowledged(&journal) < 20 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        server.kill().await;
        let start = Instant::now();
        // A database server may still finish what the dead one has sent: one write of each writer at most.
        let mut tries = 0;
        let before = loop {
            let before = client.send(Call::get(&path)).await.version();
            let call = Call::put(&path, &kind.body("well")).if_match(format!("\"{before}\""));
            let written = client.send(call).await;
            if written.status != 412 {
                assert_eq!(written.assert_status(200).version(), before + 1);
                break before;
            }
            tries += 1;
            assert!(
                tries <= database::outlasting(4),
                "{before} is overtaken again"
            );
        };
        assert!(
            start.elapsed() < Duration::from_secs(3),
            "{:?}",
            start.elapsed()
        );
        for writer in writers {
            writer.await.expect("no writer was answered wrongly");
        }
        let last = journal.lock().expect("no panic while held")[&path]
            .acknowledged
            .last()
            .copied();
        assert!(
            last <= Some(before),
            "{last:?} was acknowledged and {before} is current"
        );
    }
}
