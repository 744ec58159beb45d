//! Guards whose outcome nobody knows.

use crate::{
    current::Current,
    store::conformance::trial::{Trial, Verdict, ensure},
};

pub(super) async fn dropped_armed(trial: Trial<'_>) -> Verdict {
    trial.loses()?;
    let key = trial.key();
    trial.write(&key).await?;
    drop(trial.armed(&key).await?);
    trial.becomes(&key, Current::Unknown).await?;

    let key = trial.key();
    trial.write(&key).await?;
    drop(trial.armed(&key).await?);
    let found = trial.found(&key).await?;
    ensure!(found == Current::Unknown, "the next writer found {found:?}");
    // The writer who has only looked knows no more than anybody.
    let found = trial.found(&key).await?;
    ensure!(
        found == Current::Unknown,
        "after a release the next one found {found:?}"
    );
    Ok(())
}

pub(super) async fn lost_version(trial: Trial<'_>) -> Verdict {
    trial.loses()?;
    let key = trial.key();
    for _ in 0..3 {
        let (version, step) = trial.two_versions(&key).await?;
        drop(trial.armed(&key).await?);
        let next = trial.write(&key).await?;
        let is_above = next.get() > version.get().saturating_add(step);
        ensure!(
            is_above,
            "{next} was committed after a guard of {version} was lost"
        );
    }
    Ok(())
}
