//! While a guard is held.

use std::cell::RefCell;

use crate::{
    current::Current,
    error::BoxError,
    store::{
        Change, Effect,
        conformance::{
            instance::Held,
            poll::{Local, cut, join_all, limited},
            trial::{Finding, Trial, Verdict, ensure},
        },
    },
};

pub(super) async fn exclusive(trial: Trial<'_>) -> Verdict {
    let key = trial.key();
    trial.write(&key).await?;
    let held = trial.begin(&key).await?;
    let mut second = trial.guards()?.begin(&key);
    let early = trial.early(&mut second).await;
    ensure!(
        early.is_none(),
        "a second one was granted before the first was armed"
    );
    let held = trial.arm(held).await?;
    let early = trial.early(&mut second).await;
    ensure!(
        early.is_none(),
        "a second one was granted while the first was armed"
    );
    trial.commit(held, Change::new(Effect::Written)).await?;
    let second = trial
        .done("the wait for a guard that had ended", second)
        .await?;
    trial.release(second).await
}

pub(super) async fn fair(trial: Trial<'_>) -> Verdict {
    const WAITING: usize = 8;
    let key = trial.key();
    let (trial, granted) = (&trial, &RefCell::new(Vec::new()));
    let held = trial.begin(&key).await?;
    let mut waiting: Vec<Local<'_, Verdict>> = Vec::new();
    for number in 0..WAITING {
        let begin = trial.guards()?.begin(&key);
        let mut waiter: Local<'_, Verdict> = Box::pin(async move {
            let guard = trial.done("the wait for a guard", begin).await?;
            granted.borrow_mut().push(number);
            trial.release(guard).await
        });
        if let Some(ended) = cut(1, &mut waiter).await {
            ended?;
        } else {
            waiting.push(waiter);
        }
    }
    trial.release(held).await?;
    // Whoever is polled first must gain nothing by it.
    for ended in join_all(waiting, WAITING / 2).await {
        ended?;
    }
    let granted = granted.take();
    let is_fair = granted.is_sorted();
    ensure!(is_fair, "the order was {granted:?}");
    Ok(())
}

pub(super) async fn bounded_waiters(trial: Trial<'_>) -> Verdict {
    const MANY: usize = 10_000;
    let key = trial.key();
    let held = trial.begin(&key).await?;
    let mut waiting = Vec::new();
    let mut is_bounded = false;
    while !is_bounded && waiting.len() < MANY {
        let mut begin = trial.guards()?.begin(&key);
        match cut(1, &mut begin).await {
            None => waiting.push(begin),
            Some(Err(_)) => is_bounded = true,
            Some(Ok(_)) => return Err(Finding::NotJudged("nobody has to wait")),
        }
    }
    // From the back, as queues like it.
    while waiting.pop().is_some() {}
    trial.release(held).await?;
    ensure!(is_bounded, "{MANY} were let in to wait for one key");
    trial.write(&key).await?;
    Ok(())
}

pub(super) async fn other_keys(trial: Trial<'_>) -> Verdict {
    const OTHERS: usize = 1000;
    const AT_ONCE: usize = 20;
    let key = trial.key();
    trial.write(&key).await?;
    let held = trial.armed(&key).await?;
    let trial = &trial;
    for _ in 0..OTHERS / AT_ONCE {
        let other = || -> Local<'_, Verdict<_>> {
            Box::pin(async move { trial.write(&trial.key()).await })
        };
        for written in join_all((0..AT_ONCE).map(|_| other()).collect(), 0).await {
            written?;
        }
    }
    trial.commit(held, Change::new(Effect::Written)).await?;
    Ok(())
}

pub(super) async fn readers_go_on(trial: Trial<'_>) -> Verdict {
    let key = trial.key();
    let version = trial.write(&key).await?;
    let held = trial.begin(&key).await?;
    reads(trial, &key, version.into(), "held").await?;
    let held = trial.arm(held).await?;
    reads(trial, &key, version.into(), "armed").await?;
    trial.release(held).await
}

async fn reads(trial: Trial<'_>, key: &[u8], before: Current, how: &str) -> Verdict {
    let look_up = limited(trial.limits.wait, trial.store.current(key)).await;
    let Some(current) = look_up else {
        return Err(Finding::Broken(format!(
            "a look-up waited for a guard that was {how}"
        )));
    };
    let current = current.map_err(|error: BoxError| {
        Finding::Broken(format!("a look-up failed while a guard was {how}: {error}"))
    })?;
    let is_same = current.version() == before.version();
    ensure!(
        is_same,
        "a look-up while a guard was {how} gave {current:?} and not {before:?}"
    );
    Ok(())
}

/// While another instance holds it. See [`exclusive`].
pub(super) async fn exclusive_on(trial: Trial<'_>, other: Trial<'_>) -> Verdict {
    let key = trial.key();
    trial.write(&key).await?;
    let held = trial.armed(&key).await?;
    let second = other.guards()?.begin(&key);
    // An error is an answer too: the other instance may be able to wait no longer.
    let granted = |guard: Result<Box<dyn Held<'_> + '_>, _>| guard.is_ok();
    let mut second: Local<'_, _> = second;
    let early = trial.early(&mut second).await;
    let (is_granted, has_failed) = match early {
        Some(early) => (granted(early), true),
        None => (false, false),
    };
    ensure!(!is_granted, "it was granted");
    trial.commit(held, Change::new(Effect::Written)).await?;
    let second = if has_failed {
        other.begin(&key).await?
    } else {
        other
            .done("the wait for a guard that had ended", second)
            .await?
    };
    other.release(second).await
}
