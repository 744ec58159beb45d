//! Futures that are dropped at each of their awaits.

use crate::{
    current::Current,
    store::{
        Change, Effect,
        conformance::{
            poll::cut,
            trial::{ANY, Finding, Trial, Verdict, ensure},
        },
    },
    version::Version,
};

/// The polls after which a future that is not done is taken for well tried.
const MANY: usize = 100;

/// Runs `attempt` with 0, 1, 2, … polls before the drop, until it says that it was done.
async fn at_each_await(attempt: impl AsyncFn(usize) -> Verdict<bool>) -> Verdict {
    for polls in 0..MANY {
        let done = attempt(polls).await.map_err(|finding| match finding {
            Finding::Broken(seen) => {
                Finding::Broken(format!("dropped after {polls} polls, {seen}"))
            }
            not_judged @ Finding::NotJudged(_) => not_judged,
        })?;
        if done {
            break;
        }
    }
    Ok(())
}

/// After what was dropped, a key of `version` has to be in order: not stuck, and no version comes
/// twice. What the next writer found.
async fn in_order(trial: Trial<'_>, key: &[u8], version: Version) -> Verdict<Current> {
    let found = trial.found(key).await?;
    let is_known = found.version().is_none_or(|found| found >= version);
    ensure!(is_known, "{found:?} was found after {version}");
    let mut last = found.version().unwrap_or(version);
    for _ in 0..2 {
        let next = trial.write(key).await?;
        ensure!(next > last, "{next} was committed after {last}");
        last = next;
    }
    Ok(found)
}

pub(super) async fn write(trial: Trial<'_>) -> Verdict {
    if trial.store.guards().is_some() {
        return Err(Finding::NotJudged(
            "the parts of a guarded write are judged one by one",
        ));
    }
    at_each_await(async |polls| {
        let key = trial.key();
        let before = trial.write(&key).await?;
        let write = trial.wait("a write", cut(polls, trial.store.write(&key, ANY)));
        let done = write.await?.is_some();
        let found = trial.current(&key).await?.version();
        let is_known = found >= Some(before);
        ensure!(is_known, "{found:?} was found after {before}");
        let next = trial.write(&key).await?;
        ensure!(Some(next) > found, "{next} was committed after {found:?}");
        Ok(done)
    })
    .await
}

pub(super) async fn begin(trial: Trial<'_>) -> Verdict {
    let guards = trial.guards()?;
    at_each_await(async |polls| {
        let key = trial.key();
        let version = trial.write(&key).await?;
        let begin = trial.wait("the wait for a guard", cut(polls, guards.begin(&key)));
        let guard = begin.await?.transpose();
        let guard = trial.done("the wait for a guard", async { guard }).await?;
        let done = guard.is_some();
        if let Some(guard) = guard {
            trial.release(guard).await?;
        }
        let found = in_order(trial, &key, version).await?;
        let is_same = found.version() == Some(version);
        ensure!(is_same, "{found:?} was found and not {version}");
        Ok(done)
    })
    .await?;

    for is_granted in [false, true] {
        let key = trial.key();
        let mut held = Some(trial.begin(&key).await?);
        let (mut first, mut second) = (guards.begin(&key), guards.begin(&key));
        let early = cut(1, &mut first).await.is_some() || cut(1, &mut second).await.is_some();
        if early {
            // Both were granted or refused at once, which is another law's affair.
            continue;
        }
        if is_granted && let Some(held) = held.take() {
            trial.release(held).await?;
        }
        drop(first);
        if let Some(held) = held.take() {
            trial.release(held).await?;
        }
        let turn = "the wait for a guard, behind one who has left,";
        let second = trial.done(turn, second).await?;
        trial.release(second).await?;
    }
    Ok(())
}

pub(super) async fn arm(trial: Trial<'_>) -> Verdict {
    trial.guards()?;
    at_each_await(async |polls| {
        let key = trial.key();
        let version = trial.write(&key).await?;
        let guard = trial.begin(&key).await?;
        let arm = trial.wait("arming a guard", cut(polls, guard.arm()));
        let armed = arm.await?.transpose();
        let armed = trial.done("arming a guard", async { armed }).await?;
        let done = armed.is_some();
        drop(armed);
        in_order(trial, &key, version).await?;
        Ok(done)
    })
    .await
}

pub(super) async fn commit(trial: Trial<'_>) -> Verdict {
    trial.guards()?;
    at_each_await(async |polls| {
        let key = trial.key();
        let version = trial.write(&key).await?;
        let guard = trial.armed(&key).await?;
        let commit = guard.commit(Change::new(Effect::Written));
        let done = trial.wait("a commit", cut(polls, commit)).await?.is_some();
        let found = in_order(trial, &key, version).await?;
        let is_known = found.version() == Some(version) || found == Current::Missing;
        ensure!(
            !is_known || trial.limits.rolls_back,
            "{found:?} was found, as if the handler had not run"
        );
        Ok(done)
    })
    .await
}

pub(super) async fn release(trial: Trial<'_>) -> Verdict {
    trial.guards()?;
    at_each_await(async |polls| {
        let key = trial.key();
        let version = trial.write(&key).await?;
        let guard = trial.armed(&key).await?;
        let release = trial.wait("a release", cut(polls, guard.release()));
        if release.await?.is_some() {
            return Ok(true);
        }
        let found = in_order(trial, &key, version).await?;
        let is_either = found == Current::Unknown || found.version() == Some(version);
        ensure!(is_either, "{found:?} was found and not {version}");
        Ok(false)
    })
    .await
}
