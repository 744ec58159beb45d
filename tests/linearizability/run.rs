//! A run: clients that read and write a few keys in rounds, faults meanwhile, and what all of them
//! have seen.
//!
//! Between two rounds every key is read while no other request is in flight, so that the history
//! can be cut there. What has no answer may go on in the servers all the same.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio::sync::Barrier;
use tokio::time::{sleep, timeout};

use crate::client::{Client, Failure};
use crate::cluster::{Cluster, Fault};
use crate::history::{Call, Condition, NEVER, Operation, Outcome, Token};
use crate::process::PATIENCE;
use crate::random::Random;

pub(crate) const CLIENTS: u32 = 32;
const KEYS: u32 = 6;
/// Requests of each client in a round.
const BURST: usize = 2;
/// Of a thousand requests, how many clients don't wait for.
const IMPATIENT: u64 = 15;

pub(crate) struct Recorded {
    pub(crate) history: Vec<Operation>,
    pub(crate) waits: Vec<Duration>,
    pub(crate) kills: Vec<(String, usize)>,
    pub(crate) cancelled: usize,
}

struct Run {
    cluster: Cluster,
    operations: usize,
    clock: AtomicU64,
    history: Mutex<Vec<Operation>>,
    waits: Mutex<Vec<Duration>>,
    /// The newest version of each key that anybody has seen.
    latest: Vec<AtomicU64>,
    cancelled: AtomicUsize,
    is_over: AtomicBool,
    rounds: Barrier,
}

/// Runs until `operations` are recorded and all `faults`, evenly spread over them, have happened.
pub(crate) async fn run(
    cluster: Cluster,
    operations: usize,
    faults: Vec<Fault>,
    seed: u64,
) -> Recorded {
    let run = Arc::new(Run {
        cluster,
        operations,
        clock: AtomicU64::new(1),
        history: Mutex::default(),
        waits: Mutex::default(),
        latest: (0..KEYS).map(|_| AtomicU64::new(0)).collect(),
        cancelled: AtomicUsize::new(0),
        is_over: AtomicBool::new(false),
        rounds: Barrier::new(CLIENTS as usize + 1),
    });
    let clients: Vec<_> = (0..CLIENTS)
        .map(|number| tokio::spawn(Arc::clone(&run).client(number, seed)))
        .collect();
    let faults = tokio::spawn(Arc::clone(&run).suffer(faults));

    let mut reader = run.visitor(CLIENTS, seed);
    let mut round = 0;
    loop {
        let is_over = run.recorded() >= operations && faults.is_finished();
        run.is_over.store(is_over, Ordering::SeqCst);
        run.rounds.wait().await;
        if is_over {
            break;
        }
        assert!(
            run.recorded() < 4 * operations,
            "a fault that never happens"
        );
        run.rounds.wait().await;
        round += 1;
        reader.go_to(round);
        reader.read_all().await;
    }
    for client in clients {
        client.await.expect("no client panics");
    }
    let kills = faults.await.expect("every fault has happened");
    // The end, as every server sees it.
    for server in 0..run.cluster.len() {
        reader.go_to(server);
        reader.read_all().await;
    }
    drop(reader);
    let run = Arc::into_inner(run).expect("all clients are gone");
    Recorded {
        history: run.history.into_inner().expect("no panic while held"),
        waits: run.waits.into_inner().expect("no panic while held"),
        kills,
        cancelled: run.cancelled.into_inner(),
    }
}

impl Run {
    fn now(&self) -> u64 {
        self.clock.fetch_add(1, Ordering::SeqCst)
    }

    fn recorded(&self) -> usize {
        self.history.lock().expect("no panic while held").len()
    }

    fn visitor(self: &Arc<Self>, number: u32, seed: u64) -> Visitor {
        Visitor {
            run: Arc::clone(self),
            number,
            count: 0,
            random: Random::new(seed, number.into()),
            server: number as usize % self.cluster.len(),
            client: None,
        }
    }

    async fn client(self: Arc<Self>, number: u32, seed: u64) {
        let mut visitor = self.visitor(number, seed);
        loop {
            self.rounds.wait().await;
            if self.is_over.load(Ordering::SeqCst) {
                return;
            }
            // Whoever fled from a server that was killed comes back some time.
            if visitor.random.below(4) == 0 {
                visitor.go_to(number as usize);
            }
            for _ in 0..BURST {
                visitor.ask_something().await;
            }
            self.rounds.wait().await;
        }
    }

    async fn suffer(self: Arc<Self>, faults: Vec<Fault>) -> Vec<(String, usize)> {
        let mut kills = Vec::new();
        for (index, fault) in faults.iter().enumerate() {
            let due = self.operations * (index + 1) / (faults.len() + 1);
            while self.recorded() < due {
                sleep(Duration::from_millis(2)).await;
            }
            let writes = self.cluster.suffer(*fault).await;
            let kind = match fault {
                Fault::Server(_) => "a server",
                Fault::Postgres => "PostgreSQL",
                Fault::Guards => "guards' connections",
            };
            kills.push((kind.to_owned(), writes));
        }
        kills
    }
}

struct Visitor {
    run: Arc<Run>,
    number: u32,
    count: u32,
    random: Random,
    server: usize,
    client: Option<Client>,
}

impl Visitor {
    fn go_to(&mut self, server: usize) {
        self.server = server % self.run.cluster.len();
        self.client = None;
    }

    async fn ask_something(&mut self) {
        let key = u32::try_from(self.random.below(KEYS.into())).expect("a small number");
        let latest = self.run.latest[key as usize].load(Ordering::SeqCst);
        let under_latest = match latest {
            0 => Condition::Absent,
            version => Condition::Match(version),
        };
        let call = match self.random.below(100) {
            0..24 => Call::Read,
            24..66 => Call::Put(self.token(under_latest), under_latest),
            66..74 => {
                let condition = Condition::Unconditional;
                Call::Put(self.token(condition), condition)
            }
            74..86 => Call::Put(self.token(Condition::Absent), Condition::Absent),
            86..94 if latest > 0 => Call::Delete(self.token(under_latest), under_latest),
            _ => {
                let condition = Condition::Unconditional;
                Call::Delete(self.token(condition), condition)
            }
        };
        let patience = if self.random.below(1000) < IMPATIENT {
            Some(Duration::from_micros(self.random.below(5000)))
        } else {
            None
        };
        self.ask(key, call, patience, false).await;
    }

    fn token(&mut self, condition: Condition) -> Token {
        self.count += 1;
        Token {
            writer: self.number,
            count: self.count,
            base: match condition {
                Condition::Match(version) => version,
                _ => 0,
            },
        }
    }

    /// Reads every key until it is answered.
    async fn read_all(&mut self) {
        for key in 0..KEYS {
            let mut reads = 0;
            loop {
                let outcome = self.ask(key, Call::Read, None, true).await;
                reads += 1;
                match outcome {
                    // Read once more: the first read makes a key known again.
                    Outcome::Read {
                        label: None,
                        is_live: true,
                        ..
                    } if reads < 2 => {}
                    Outcome::Read { .. } => break,
                    _ => sleep(Duration::from_millis(20)).await,
                }
                assert!(reads < 3000, "key {key} cannot be read: {outcome:?}");
            }
        }
    }

    async fn connect(&mut self) -> Client {
        let since = Instant::now();
        loop {
            if let Some(client) = self.client.take() {
                return client;
            }
            if let Some(address) = self.run.cluster.address(self.server) {
                self.client = Client::connect(address).await;
            }
            if self.client.is_none() {
                self.server = (self.server + 1) % self.run.cluster.len();
                sleep(Duration::from_millis(5)).await;
            }
            assert!(since.elapsed() < PATIENCE, "no server answers");
        }
    }

    async fn ask(
        &mut self,
        key: u32,
        call: Call,
        patience: Option<Duration>,
        is_cut: bool,
    ) -> Outcome {
        let run = Arc::clone(&self.run);
        let (invoked, answer, has_left) = loop {
            let mut client = self.connect().await;
            let in_flight = call.written().map(|_| run.cluster.in_flight(self.server));
            let (invoked, since) = (run.now(), Instant::now());
            let sent = timeout(patience.unwrap_or(PATIENCE), client.send(key, call)).await;
            drop(in_flight);
            match sent {
                Ok(Ok(answer)) => {
                    if call.written().is_some() {
                        let mut waits = run.waits.lock().expect("no panic while held");
                        waits.push(since.elapsed());
                    }
                    self.client = Some(client);
                    break (invoked, Some(answer), false);
                }
                Ok(Err(Failure::NotSent)) => {}
                Ok(Err(Failure::NoAnswer)) => break (invoked, None, false),
                Err(_) => {
                    assert!(patience.is_some(), "no answer to {call:?}");
                    if call.written().is_some() {
                        run.cancelled.fetch_add(1, Ordering::SeqCst);
                    }
                    break (invoked, None, true);
                }
            }
        };
        let outcome = answer.map_or(Outcome::Unknown, |answer| answer.outcome(call));
        if let Outcome::Read { label: version, .. } | Outcome::Written { version, .. } = outcome {
            let version = version.unwrap_or(0);
            run.latest[key as usize].fetch_max(version, Ordering::SeqCst);
        }
        let ended = match outcome {
            Outcome::Unknown => NEVER,
            _ => run.now(),
        };
        let operation = Operation {
            key,
            invoked,
            ended,
            call,
            outcome: outcome.clone(),
            is_cut,
            has_left,
        };
        run.history
            .lock()
            .expect("no panic while held")
            .push(operation);
        outcome
    }
}
