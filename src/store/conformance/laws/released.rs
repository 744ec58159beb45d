//! Guards that end without a change.

use crate::{
    current::Current,
    store::conformance::trial::{Finding, Trial, Verdict, ensure},
};

pub(super) async fn release(trial: Trial<'_>) -> Verdict {
    unchanged(trial, async |key, is_armed| {
        let mut guard = trial.begin(key).await?;
        if is_armed {
            guard = trial.arm(guard).await?;
        }
        trial.release(guard).await
    })
    .await
}

pub(super) async fn dropped_unarmed(trial: Trial<'_>) -> Verdict {
    unchanged(trial, async |key, _| {
        drop(trial.begin(key).await?);
        Ok(())
    })
    .await?;
    let key = trial.key();
    drop(trial.begin(&key).await?);
    let current = trial.found(&key).await?;
    let is_unseen = current == Current::Unknown;
    ensure!(is_unseen, "a key that was never seen was found {current:?}");
    Ok(())
}

pub(super) async fn rolled_back(trial: Trial<'_>) -> Verdict {
    trial.guards()?;
    if !trial.limits.rolls_back {
        return Err(Finding::NotJudged("needs `rolls_back`"));
    }
    unchanged(trial, async |key, _| {
        drop(trial.armed(key).await?);
        Ok(())
    })
    .await
}

/// Whether `end`, told whether to arm before, changes nothing of a key that is there, nor of one
/// that is not.
async fn unchanged(trial: Trial<'_>, end: impl AsyncFn(&[u8], bool) -> Verdict) -> Verdict {
    for is_armed in [false, true] {
        let key = trial.key();
        let (version, step) = trial.two_versions(&key).await?;
        end(&key, is_armed).await?;
        let found = trial.found(&key).await?.version();
        ensure!(found == Some(version), "{version} was found as {found:?}");
        end(&key, is_armed).await?;
        let next = trial.write(&key).await?;
        let raised = next.get().wrapping_sub(version.get());
        ensure!(raised == step, "{next} came after {version}");

        trial.delete(&key).await?;
        let before = trial.found(&key).await?;
        end(&key, is_armed).await?;
        let after = trial.found(&key).await?;
        ensure!(before == after, "what was {before:?} was found {after:?}");
    }
    Ok(())
}

pub(super) async fn release_never_seen(trial: Trial<'_>) -> Verdict {
    for is_armed in [false, true] {
        let key = trial.key();
        let mut guard = trial.begin(&key).await?;
        if is_armed {
            guard = trial.arm(guard).await?;
        }
        trial.release(guard).await?;
        let found = trial.found(&key).await?;
        ensure!(found == Current::Unknown, "the next writer found {found:?}");
    }
    Ok(())
}
