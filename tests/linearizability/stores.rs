//! The runs: each store under each kind of handlers, and servers that break the promise.

use std::fmt::Write as _;
use std::path::Path;

use libtest_mimic::{Failed, Trial};
use tokio::runtime::Runtime;

use crate::cluster::{Cluster, Fault};
use crate::figures::Figures;
use crate::history::Operation;
use crate::postgres;
use crate::random;
use crate::run::{Recorded, run};
use crate::server::{Handlers, Store};
use crate::violation::Violation;
use crate::{order, windows};

/// What a run of the test set has at least.
const OPERATIONS: usize = 10_000;
const KILLS: usize = 20;
/// A soak run's.
const SOAK: usize = 100_000;

pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = Vec::new();
    for (name, store, handlers) in [
        ("locked", Store::Locked, Handlers::Apart),
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
    ] {
        let of = move |operations| move || holds(store, handlers, operations);
        let operations = match handlers {
            // One writer of all keys at a time, and the same store.
            Handlers::JoinedOnly => OPERATIONS / 5,
            _ => OPERATIONS,
        };
        trials.push(for_store(&format!("runs::{name}"), store, of(operations)));
        let soak = for_store(&format!("soak::{name}"), store, of(SOAK));
        trials.push(soak.with_ignored_flag(true));
    }
    trials.push(Trial::test(
        "runs::a_server_without_a_guard_is_caught",
        racy,
    ));
    trials
}

/// A trial that needs the store's server, where it has one.
pub(crate) fn for_store(
    name: &str,
    store: Store,
    run: impl FnOnce() -> Result<(), Failed> + Send + 'static,
) -> Trial {
    if store != Store::Postgres || postgres::programs().is_some() {
        return Trial::test(name, run);
    }
    let name = format!("{name} (not installed: apt-get install postgresql)");
    Trial::test(name, run).with_ignored_flag(std::env::var_os("REQUIRE_SERVERS").is_none())
}

pub(crate) fn runtime() -> Runtime {
    Runtime::new().expect("a runtime")
}

fn faults(store: Store, handlers: Handlers, servers: usize) -> Vec<Fault> {
    let mut server = (0..servers).cycle();
    let mut kill = || Fault::Server(server.next().unwrap_or_default());
    match store {
        Store::Sqlite => (0..KILLS + 2).map(|_| kill()).collect(),
        // Each third is one of the database.
        Store::Postgres => (0..KILLS + 4)
            .map(|index| match index % 6 {
                2 => Fault::Postgres,
                // A guard that is lost while its handler goes on is past what is promised to
                // handlers that don't join.
                5 if handlers != Handlers::Apart => Fault::Guards,
                _ => kill(),
            })
            .collect(),
        // The versions and the contents are in the process.
        _ => Vec::new(),
    }
}

fn record(store: Store, handlers: Handlers, operations: usize, seed: u64) -> Recorded {
    let servers = match store {
        Store::Sqlite => 2,
        Store::Postgres => 3,
        _ => 1,
    };
    runtime().block_on(async {
        let cluster = Cluster::start(store, handlers, servers, &[]).await;
        let faults = faults(store, handlers, servers);
        run(cluster, operations, faults, seed).await
    })
}

fn judge(history: &[Operation], figures: &mut Figures) -> Result<(), Violation> {
    let orders = order::check(history)?;
    figures.decided = windows::check(history, &orders)?;
    figures.count(history, &orders);
    Ok(())
}

fn holds(store: Store, handlers: Handlers, operations: usize) -> Result<(), Failed> {
    let seed = random::seed();
    println!("{store:?} {handlers:?}: LINEARIZABILITY_SEED={seed}");
    let recorded = record(store, handlers, operations, seed);
    let mut figures = Figures {
        kills: recorded.kills,
        cancelled: recorded.cancelled,
        waits: recorded.waits,
        ..Figures::default()
    };
    if let Err(violation) = judge(&recorded.history, &mut figures) {
        let file = Path::new(env!("CARGO_TARGET_TMPDIR"))
            .join(format!("history-{store:?}-{handlers:?}-{seed}.txt"));
        std::fs::write(&file, printed(&recorded.history)).expect("the history is kept");
        return Err(format!("{violation:?}, seed {seed}, history in {}", file.display()).into());
    }
    println!("{store:?} {handlers:?}: {figures}");
    assert!(figures.operations >= operations);
    assert!(figures.failed > 0, "no 412");
    let in_flight_always = figures.kills.iter().all(|(_, writes)| *writes > 0);
    assert!(in_flight_always, "a kill without a write in flight");
    assert!(figures.kills.len().max(figures.cancelled) >= KILLS);
    // Most windows, and most of them in time.
    let decided = figures.decided;
    assert!(decided.operations >= operations, "{decided:?}");
    assert!(decided.windows > 20 * decided.undecided, "{decided:?}");
    assert!(decided.windows > 20 * decided.excused, "{decided:?}");
    Ok(())
}

fn racy() -> Result<(), Failed> {
    let seed = random::seed();
    let recorded = record(Store::Racy, Handlers::Apart, 2_000, seed);
    match judge(&recorded.history, &mut Figures::default()) {
        Err(violation) => {
            println!("caught: {violation:?}");
            Ok(())
        }
        Ok(()) => Err(format!("nothing was found, seed {seed}").into()),
    }
}

fn printed(history: &[Operation]) -> String {
    let mut operations: Vec<_> = history.iter().collect();
    operations.sort_unstable_by_key(|operation| (operation.key, operation.invoked));
    let mut text = String::new();
    for operation in operations {
        writeln!(text, "{operation}").expect("a string takes everything");
    }
    text
}
