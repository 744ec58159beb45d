//! Commits a second, on one key and on many, against the same handlers without the layer: ratios
//! inside one run, by the same clients.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};

use libtest_mimic::{Failed, Trial};

use crate::client::Client;
use crate::cluster::Cluster;
use crate::history::{Call, Condition, Token};
use crate::server::{Handlers, Store};
use crate::stores::{for_store, runtime};

const CLIENTS: u32 = 16;
const SLICE: Duration = Duration::from_millis(500);
const SLICES: usize = 6;

pub(crate) fn trials() -> Vec<Trial> {
    let cases = [
        ("memory", Store::Memory, Handlers::Apart),
        ("sqlite", Store::Sqlite, Handlers::Apart),
        ("sqlite_joined", Store::Sqlite, Handlers::Joined),
        ("sqlite_joined_only", Store::Sqlite, Handlers::JoinedOnly),
        ("postgres", Store::Postgres, Handlers::Apart),
        ("postgres_joined", Store::Postgres, Handlers::Joined),
        (
            "postgres_joined_only",
            Store::Postgres,
            Handlers::JoinedOnly,
        ),
    ];
    cases
        .into_iter()
        .map(|(name, store, handlers)| {
            let trial = for_store(&format!("commits::{name}"), store, move || {
                runtime().block_on(compare(store, handlers));
                Ok::<_, Failed>(())
            });
            trial.with_ignored_flag(true)
        })
        .collect()
}

async fn compare(store: Store, handlers: Handlers) {
    let at_once = ["--pause", "0"];
    let guarded = Cluster::start(store, handlers, 1, &at_once).await;
    let bare = Cluster::start(store, Handlers::Apart, 1, &["--pause", "0", "--bare"]).await;
    // Taking turns, so that what the machine does besides is the same for all.
    let mut commits = [0; 4];
    for _ in 0..SLICES {
        for (index, (cluster, keys)) in [
            (&bare, CLIENTS),
            (&guarded, CLIENTS),
            (&bare, 1),
            (&guarded, 1),
        ]
        .into_iter()
        .enumerate()
        {
            commits[index] += slice(cluster, keys).await;
        }
    }
    let seconds = SLICE.as_secs_f64() * f64::from(u32::try_from(SLICES).expect("few"));
    let rate = |commits: u32| f64::from(commits) / seconds;
    let [bare_many, many, bare_one, one] = commits.map(rate);
    println!(
        "{store:?} {handlers:?}: {CLIENTS} clients on as many keys {many:.0}/s, {:.2} of the \
         {bare_many:.0}/s without the layer; on one key {one:.0}/s, {:.2} of {bare_one:.0}/s",
        many / bare_many,
        one / bare_one,
    );
    assert!(many > 0.0 && one > 0.0);
}

/// How many unconditional writes are acknowledged in a slice of time.
async fn slice(cluster: &Cluster, keys: u32) -> u32 {
    let commits = Arc::new(AtomicU32::new(0));
    let is_over = Arc::new(AtomicBool::new(false));
    let mut clients = Vec::new();
    for number in 0..CLIENTS {
        let address = cluster.address(0).expect("it runs");
        let mut client = Client::connect(address).await.expect("it listens");
        let (commits, is_over) = (Arc::clone(&commits), Arc::clone(&is_over));
        clients.push(tokio::spawn(async move {
            for count in 0.. {
                if is_over.load(Ordering::Relaxed) {
                    return;
                }
                let token = Token {
                    writer: number,
                    count,
                    base: 0,
                };
                let call = Call::Put(token, Condition::Unconditional);
                let answer = client.send(number % keys, call).await.expect("an answer");
                // SQLite may be busy for longer than a writer waits.
                let is_done = answer.status.is_success();
                commits.fetch_add(u32::from(is_done), Ordering::Relaxed);
            }
        }));
    }
    let begun = Instant::now();
    tokio::time::sleep(SLICE).await;
    let counted = commits.load(Ordering::Relaxed);
    let late = begun.elapsed().as_secs_f64() / SLICE.as_secs_f64();
    is_over.store(true, Ordering::Relaxed);
    for client in clients {
        client.await.expect("no client panics");
    }
    // What the timer overslept is taken out again.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a small count"
    )]
    let counted = (f64::from(counted) / late) as u32;
    counted
}
