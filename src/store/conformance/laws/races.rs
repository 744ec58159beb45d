//! Writers at the same time.

use std::collections::BTreeSet;

use crate::{
    precondition::WritePermit,
    store::conformance::{
        instance::{Instance, Refusal},
        poll::{Local, join_all, yield_now},
        trial::{ANY, Trial, Verdict, absent, ensure, exactly, refusable},
    },
    version::Version,
};

/// How far writers are out of step with each other, in polls: so that check and write of one
/// meet every part of the other.
const STEPS: usize = 8;

impl Trial<'_> {
    /// Writes under all `permits` at the same time, in turn on each of `stores`; each starts
    /// `delay` polls after the one before it.
    pub(super) async fn race(
        &self,
        stores: &[&dyn Instance],
        key: &[u8],
        permits: &[WritePermit],
        (first, delay): (usize, usize),
    ) -> Verdict<Vec<Option<Version>>> {
        let writer = |(at, permit): (usize, &WritePermit)| -> Local<'_, Result<Version, Refusal>> {
            let write = stores[at % stores.len()].write(key, *permit);
            Box::pin(async move {
                yield_now(at * delay).await;
                write.await
            })
        };
        let writers = permits.iter().enumerate().map(writer).collect();
        let ended = self
            .wait("a race of writers", join_all(writers, first))
            .await?;
        let ended = ended.into_iter().map(|it| refusable("a write", it));
        ended.collect()
    }
}

pub(super) async fn distinct(trial: Trial<'_>) -> Verdict {
    for delay in 0..STEPS {
        let key = trial.key();
        let base = trial.write(&key).await?;
        // One of them is conditional: it must not share its version with the others either.
        let mut permits = [ANY; 8];
        permits[delay] = exactly(base);
        let committed = trial
            .race(&[trial.store], &key, &permits, (delay, delay % 3))
            .await?;
        let mut versions = BTreeSet::from([base]);
        for version in committed.into_iter().flatten() {
            ensure!(
                versions.insert(version),
                "two writers have committed {version}"
            );
        }
        ensure!(
            versions.len() > 1,
            "each of {} writers was refused",
            permits.len()
        );
    }
    Ok(())
}

pub(super) async fn one_winner(trial: Trial<'_>) -> Verdict {
    one_winner_on(trial, &[trial.store]).await
}

pub(super) async fn one_winner_on(trial: Trial<'_>, stores: &[&dyn Instance]) -> Verdict {
    for delay in 0..STEPS {
        let key = trial.key();
        for writers in [2, 8] {
            let start = (delay, delay % 4);
            let base = trial.write(&key).await?;
            let permits = vec![exactly(base); writers];
            let committed = trial.race(stores, &key, &permits, start).await?;
            let winners = committed.iter().flatten().count();
            ensure!(
                winners == 1,
                "{winners} of {writers} writers committed on {base}"
            );

            trial.delete(&key).await?;
            let committed = trial
                .race(stores, &key, &vec![absent(); writers], start)
                .await?;
            let winners = committed.iter().flatten().count();
            ensure!(
                winners <= 1,
                "{winners} of {writers} writers created one resource"
            );
        }
    }
    Ok(())
}

pub(super) async fn changed_base(trial: Trial<'_>) -> Verdict {
    for delay in 0..STEPS {
        for (permits_at, first) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
            let key = trial.key();
            let base = trial.write(&key).await?;
            let mut permits = [ANY; 2];
            permits[permits_at] = exactly(base);
            let committed = trial
                .race(&[trial.store], &key, &permits, (first, delay))
                .await?;
            let (conditional, other) = (committed[permits_at], committed[1 - permits_at]);
            if let (Some(conditional), Some(other)) = (conditional, other) {
                let is_lost = base < other && other < conditional;
                ensure!(
                    !is_lost,
                    "a write of {base} committed {conditional} after another had committed {other}"
                );
            }
        }
    }
    Ok(())
}
