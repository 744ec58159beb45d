//! Many clients at once: each reads, adds one, writes under the tag that it read, and tries again on 412. No update is
//! lost exactly when in the end the number is the count of the writes that were acknowledged.
//!
//! Guards: the write executed and then 412; lost race answered 500 or, to a conditional request, 409; a label newer
//! than what it labels.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use serde_json::json;

use crate::client::{Call, Client};
use crate::database;
use crate::process::Server;
use crate::resource::Kind;

const CLIENTS: usize = 32;
/// Every group of clients has one resource to fight over.
const RESOURCES: usize = 8;
const UNCONDITIONAL: usize = 3;

/// What one client, or all clients of one resource, have been told.
#[derive(Debug, Default)]
struct Tally {
    /// The version of every 2xx to a write.
    versions: Vec<u64>,
    refused: usize,
}

impl Tally {
    fn add(&mut self, other: Self) {
        self.versions.extend(other.versions);
        self.refused += other.refused;
    }

    fn distinct(&self) -> usize {
        self.versions.iter().collect::<BTreeSet<_>>().len()
    }
}

/// Adds one to the number in the resource's text, `times` times.
async fn increment(mut client: Client, kind: Kind, path: String, times: usize) -> Tally {
    let mut tally = Tally::default();
    while tally.versions.len() < times {
        let read = client.send(Call::get(&path)).await;
        let number = kind
            .read(read.assert_status(200))
            .parse::<u64>()
            .expect("a number");
        assert!(
            number + 1 >= read.version(),
            "the label is newer than what it labels: {read:?}"
        );

        let call = Call::put(&path, &kind.body(&(number + 1).to_string()));
        let written = client
            .send(call.if_match(read.etag().expect("a tag")))
            .await;
        if written.status == 412 {
            written.assert_problem(412);
            assert_eq!(written.json()["header"], "If-Match");
            tally.refused += 1;
            continue;
        }
        written.assert_status(200);
        // The answer is about this very write, not about whichever came after it.
        assert_eq!(kind.read(&written), (number + 1).to_string());
        assert_eq!(written.version(), read.version() + 1);
        tally.versions.push(written.version());
    }
    tally
}

/// Writes without a precondition until `done`; none may be refused for another's sake.
async fn overwrite(
    mut client: Client,
    kind: Kind,
    path: String,
    who: usize,
    done: Arc<AtomicBool>,
) -> Tally {
    let mut tally = Tally::default();
    while !done.load(Ordering::Relaxed) {
        let text = format!("{who}: {}", tally.versions.len());
        let written = client.send(Call::put(&path, &kind.body(&text))).await;
        written.assert_status(200);
        assert_eq!(kind.read(&written), text);
        tally.versions.push(written.version());
        // They are here to be in the way, not to take all of the machine.
        tokio::time::sleep(std::time::Duration::from_millis(2)).await;
    }
    tally
}

/// A client of the `index`th kind: servers in turn, and now and then one over HTTP/2.
async fn connect(addresses: &[SocketAddr], index: usize) -> Client {
    let address = addresses[index % addresses.len()];
    let client = if index % 8 < 2 {
        Client::http2(address).await
    } else {
        Client::http1(address).await
    };
    client.expect("the server accepts connections")
}

async fn no_update_is_lost(addresses: &[SocketAddr]) {
    let increments = database::increments();
    let start = Instant::now();
    let mut first = connect(addresses, 0).await;
    let mut paths = Vec::new();
    for index in 0..RESOURCES {
        let kind = Kind::ALL[index % 2];
        let path = kind.fresh();
        first
            .send(Call::put(&path, &kind.body("0")))
            .await
            .assert_status(201)
            .assert_etag(r#""1""#);
        paths.push((kind, path));
    }
    let trampled = Kind::Model.at(&mut first, 1).await;

    let done = Arc::new(AtomicBool::new(false));
    let mut tramplers = Vec::new();
    for who in 0..UNCONDITIONAL {
        let client = connect(addresses, who).await;
        tramplers.push(tokio::spawn(overwrite(
            client,
            Kind::Model,
            trampled.clone(),
            who,
            Arc::clone(&done),
        )));
    }
    let mut racers = Vec::new();
    for index in 0..CLIENTS {
        // Clients of one resource are spread over the servers, so that each is fought over from all.
        let resource = index / addresses.len() % RESOURCES;
        let (kind, path) = paths[resource].clone();
        let times = increments / CLIENTS + usize::from(index < increments % CLIENTS);
        let client = connect(addresses, index).await;
        racers.push((resource, tokio::spawn(increment(client, kind, path, times))));
    }

    let mut tallies = (0..RESOURCES).map(|_| Tally::default()).collect::<Vec<_>>();
    for (resource, racer) in racers {
        tallies[resource].add(racer.await.expect("no racer was answered wrongly"));
    }
    done.store(true, Ordering::Relaxed);
    let mut unconditional = Tally::default();
    for trampler in tramplers {
        unconditional.add(
            trampler
                .await
                .expect("no write without a precondition was refused"),
        );
    }
    let elapsed = start.elapsed();

    let (mut successes, mut refused, mut lost) = (0, 0, 0);
    for ((kind, path), tally) in paths.iter().zip(&tallies) {
        let counted = u64::try_from(tally.versions.len()).expect("a small number");
        for index in 0..addresses.len() {
            let read = connect(addresses, index).await.send(Call::get(path)).await;
            let number = kind.read(&read).parse::<u64>().expect("a number");
            lost += counted.abs_diff(number);
            assert_eq!(number, counted, "updates of {path} were lost");
            assert_eq!(read.version(), 1 + counted, "{path}");
        }
        assert_eq!(
            tally.distinct(),
            tally.versions.len(),
            "a version of {path} was given out twice"
        );
        successes += tally.versions.len();
        refused += tally.refused;
    }
    let overwritten = unconditional.versions.len();
    assert_eq!(
        unconditional.distinct(),
        overwritten,
        "a version of {trampled} was given out twice"
    );
    let version = first.send(Call::get(&trampled)).await.version();
    assert_eq!(
        version,
        1 + u64::try_from(overwritten).expect("a small number")
    );

    println!(
        "{} server(s), {CLIENTS} clients, {RESOURCES} resources: {successes} increments, {refused} times 412, \
         lost = {lost}, {overwritten} unconditional writes beside them, {elapsed:.1?}",
        addresses.len(),
    );
    assert_eq!(successes, increments);
    assert!(refused > 0, "nobody raced with anybody");
    assert!(overwritten > 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_update_is_lost_between_many_clients_of_one_server() {
    let server = Server::start().await;
    no_update_is_lost(&[server.address()]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_update_is_lost_between_many_clients_of_several_servers_on_one_database() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut servers = Vec::new();
    for _ in 0..database::servers() {
        servers.push(Server::start_in(folder.path(), &[]).await);
    }
    let addresses: Vec<_> = servers.iter().map(Server::address).collect();
    no_update_is_lost(&addresses).await;
}

/// A PATCH without a precondition names one member; what others do to the rest of the resource meanwhile has to stay,
/// although the server itself reads, merges and writes.
#[tokio::test(flavor = "multi_thread")]
async fn patches_of_different_members_keep_each_others_changes() {
    const TIMES: usize = 100;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let servers = [
        Server::start_in(folder.path(), &[]).await,
        Server::start_in(folder.path(), &[]).await,
    ];
    let addresses = servers.each_ref().map(Server::address);
    let mut first = connect(&addresses, 0).await;
    let path = Kind::Model.at(&mut first, 1).await;

    let mut writers = Vec::new();
    for who in 0..8 {
        let mut client = connect(&addresses, who).await;
        let path = path.clone();
        writers.push(tokio::spawn(async move {
            let mut versions = Vec::new();
            let mine = format!("field {who}");
            for count in 0..TIMES {
                let policy = if count % 2 == 0 {
                    "most_recent"
                } else {
                    "first_seen"
                };
                let patch = json!({"fields": {mine.as_str(): {"policy": policy}}});
                let written = client.send(Call::patch(&path, &patch)).await;
                written.assert_status(200);
                versions.push(written.version());
                // Nobody else touches this member.
                assert_eq!(written.json()["fields"][&mine]["policy"], policy);
                let read = client.send(Call::get(&path)).await;
                assert_eq!(
                    read.json()["fields"][&mine]["policy"],
                    policy,
                    "a PATCH took back another one"
                );
            }
            versions
        }));
    }
    let mut versions = BTreeSet::new();
    for writer in writers {
        versions.extend(writer.await.expect("no PATCH was refused or lost"));
    }
    assert_eq!(
        versions.len(),
        8 * TIMES,
        "each PATCH has a version of its own"
    );
    let read = first.send(Call::get(&path)).await;
    assert_eq!(read.version(), 1 + 8 * TIMES as u64);
    assert_eq!(
        read.json()["fields"].as_object().map(serde_json::Map::len),
        Some(8)
    );
    println!(
        "{} unconditional PATCHes from two servers, lost = 0",
        versions.len()
    );
}

/// Everything at once on one id: creation, deletion and replacement, each with the precondition that fits it.
#[tokio::test(flavor = "multi_thread")]
async fn of_many_that_start_from_the_same_state_exactly_one_wins() {
    const ROUNDS: usize = 20;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let servers = [
        Server::start_in(folder.path(), &[]).await,
        Server::start_in(folder.path(), &[]).await,
    ];
    let addresses = servers.each_ref().map(Server::address);
    let mut first = connect(&addresses, 0).await;
    let mut clients = Vec::new();
    for index in 0..CLIENTS {
        clients.push(connect(&addresses, index).await);
    }
    let kind = Kind::Rule;
    let path = kind.fresh();
    let (mut last, mut refused) = (0, 0);
    for round in 0..ROUNDS {
        // All create; then all change or delete what the winner made.
        for creating in [true, false] {
            let tag = format!("\"{last}\"");
            let mut calls = Vec::new();
            for (index, mut client) in clients.drain(..).enumerate() {
                let body = kind.body(&format!("{round} {index}"));
                let call = match index % 3 {
                    _ if creating => Call::put(&path, &body).if_none_match("*"),
                    0 => Call::put(&path, &body).if_match(&tag),
                    1 => Call::patch(&path, &body).if_match(&tag),
                    _ => Call::delete(&path).if_match(&tag),
                };
                calls.push(tokio::spawn(
                    async move { (client.send(call).await, client) },
                ));
            }
            let mut won = Vec::new();
            for call in calls {
                let (answer, client) = call.await.expect("every request is answered");
                clients.push(client);
                match answer.status.as_u16() {
                    200 | 201 | 204 => won.push(answer),
                    // Where the winner deletes, the others find nothing.
                    status @ (404 | 412) if status == 412 || !creating => {
                        answer.assert_problem(status);
                        refused += 1;
                    }
                    _ => panic!("{answer:?}"),
                }
            }
            assert_eq!(won.len(), 1, "exactly one wins: {won:?}");
            let winner = &won[0];
            if winner.status == 204 {
                first.send(Call::get(&path)).await.assert_problem(404);
            } else {
                assert!(winner.version() > last, "{winner:?} after {last}");
                last = winner.version();
                let read = first.send(Call::get(&path)).await;
                assert_eq!((read.version(), read.body), (last, winner.body.clone()));
                if !creating {
                    first
                        .send(Call::delete(&path).if_match(format!("\"{last}\"")))
                        .await
                        .assert_status(204);
                }
            }
        }
    }
    println!(
        "{} rounds of {CLIENTS}: one winner each, {refused} refused",
        2 * ROUNDS
    );
}
