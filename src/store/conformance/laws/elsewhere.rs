//! Two instances over the same data.

use crate::{
    current::Current,
    store::conformance::trial::{Trial, Verdict, ensure},
};

use super::{held, races};

pub(super) async fn read(trial: Trial<'_>) -> Verdict {
    let key = trial.key();
    let second = trial.on(trial.second()?);
    for (writer, reader) in [(trial, second), (second, trial), (trial, second)] {
        let version = writer.write(&key).await?;
        let current = reader.current(&key).await?;
        let is_read = current.version() >= Some(version);
        ensure!(
            is_read,
            "a look-up after the commit of {version} gave {current:?}"
        );
    }
    trial.delete(&key).await?;
    let current = second.current(&key).await?;
    let is_read = !matches!(current, Current::Present(_) | Current::Untagged);
    ensure!(is_read, "a look-up after a deletion gave {current:?}");
    Ok(())
}

pub(super) async fn one_winner(trial: Trial<'_>) -> Verdict {
    let second = trial.second()?;
    races::one_winner_on(trial, &[trial.store, second]).await
}

pub(super) async fn exclusive(trial: Trial<'_>) -> Verdict {
    trial.guards()?;
    let second = trial.on(trial.second()?);
    held::exclusive_on(trial, second).await?;
    held::exclusive_on(second, trial).await
}

pub(super) async fn orphaned(trial: Trial<'_>) -> Verdict {
    trial.loses()?;
    let second = trial.on(trial.second()?);
    let key = trial.key();
    let (version, _) = trial.two_versions(&key).await?;
    drop(trial.armed(&key).await?);
    second.becomes(&key, Current::Unknown).await?;
    let next = second.write(&key).await?;
    ensure!(next > version, "{next} was committed there after {version}");

    let key = trial.key();
    trial.write(&key).await?;
    drop(trial.armed(&key).await?);
    let found = second.found(&key).await?;
    ensure!(
        found == Current::Unknown,
        "the next writer there found {found:?}"
    );
    Ok(())
}
