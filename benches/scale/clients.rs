//! Clients that ask one thing after another, without a network in between.

use std::{
    convert::Infallible,
    time::{Duration, Instant},
};

use bytes::Bytes;
use hdrhistogram::Histogram;
use http::{Request, StatusCode, Uri};
use http_body_util::Full;
use tower::{ServiceExt as _, util::BoxCloneService};

use crate::Failure;

/// As many for each way, so that the ways differ in nothing else.
pub(crate) const CLIENTS: usize = 16;

/// A service, layered or not; of its answers the status alone is looked at.
pub(crate) type Server = BoxCloneService<Request<Full<Bytes>>, StatusCode, Infallible>;

/// What came of a slice of time, or of several.
pub(crate) struct Taken {
    pub(crate) done: u64,
    /// Answers with another status than the one that was due.
    pub(crate) refused: u64,
    seconds: f64,
    nanoseconds: Histogram<u64>,
}

impl Taken {
    pub(crate) fn nothing() -> Result<Self, Failure> {
        Ok(Self {
            done: 0,
            refused: 0,
            seconds: 0.0,
            nanoseconds: Histogram::new(3)?,
        })
    }

    pub(crate) fn add(&mut self, other: &Self) -> Result<(), Failure> {
        self.done += other.done;
        self.refused += other.refused;
        self.seconds += other.seconds;
        self.nanoseconds.add(&other.nanoseconds)?;
        Ok(())
    }

    #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
    pub(crate) fn per_second(&self) -> f64 {
        self.done as f64 / self.seconds
    }

    /// How long the given part of the answers has taken at most.
    #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
    pub(crate) fn microseconds(&self, quantile: f64) -> f64 {
        self.nanoseconds.value_at_quantile(quantile) as f64 / 1e3
    }
}

/// The path of a key, of which there are 256.
pub(crate) fn path(key: usize) -> Uri {
    let path = format!("/models/0198c0de-0000-7000-8000-0000000000{key:02x}");
    path.parse().expect("a path")
}

/// Lets each of these servers have one client for a slice of time. Clients say what they send by
/// their number and the request's.
pub(crate) async fn run<F>(
    servers: Vec<Server>,
    slice: Duration,
    due: StatusCode,
    request: F,
) -> Result<Taken, Failure>
where
    F: Fn(usize, usize) -> Request<Full<Bytes>> + Clone + Send + 'static,
{
    let begun = Instant::now();
    let mut clients = Vec::new();
    for (client, server) in servers.into_iter().enumerate() {
        let request = request.clone();
        let mut taken = Taken::nothing()?;
        clients.push(tokio::spawn(async move {
            for number in 0.. {
                let asked = Instant::now();
                if asked.duration_since(begun) >= slice {
                    break;
                }
                let answer = server.clone().oneshot(request(client, number)).await;
                let answered = Instant::now();
                match answer {
                    Ok(status) if status == due => {
                        taken.done += 1;
                        let took = answered.duration_since(asked).as_nanos();
                        taken.nanoseconds += u64::try_from(took).unwrap_or(u64::MAX);
                    }
                    Ok(_) => taken.refused += 1,
                    Err(never) => match never {},
                }
                // Services that answer at once would keep a thread to themselves.
                if number % 64 == 63 {
                    tokio::task::yield_now().await;
                }
            }
            taken
        }));
    }
    let mut all = Taken::nothing()?;
    for client in clients {
        all.add(&client.await?)?;
    }
    // With what was under way when the slice was over: that is counted too.
    all.seconds = begun.elapsed().as_secs_f64();
    Ok(all)
}
