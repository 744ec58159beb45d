//! What one client sees, one request after the other.

use crate::{
    current::Current,
    store::{
        Effect,
        conformance::trial::{Trial, Verdict, ensure},
    },
};

pub(super) async fn next_version(trial: Trial<'_>) -> Verdict {
    let key = trial.key();
    let mut last = trial.write(&key).await?;
    for _ in 0..3 {
        let version = trial.write(&key).await?;
        ensure!(last.next() == Some(version), "{version} came after {last}");
        last = version;
    }
    if let Some(version) = trial.delete(&key).await? {
        let follows = last.next() == Some(version);
        ensure!(follows, "the deletion {version} came after {last}");
    }
    Ok(())
}

pub(super) async fn created_again(trial: Trial<'_>) -> Verdict {
    let key = trial.key();
    let mut highest = trial.write(&key).await?;
    for _ in 0..3 {
        highest = highest.max(trial.write(&key).await?);
        if let Some(deletion) = trial.delete(&key).await? {
            highest = highest.max(deletion);
        }
        let version = trial.write(&key).await?;
        let is_above = version > highest;
        ensure!(
            is_above,
            "{version} was created after {highest} was deleted"
        );
        highest = version;
    }
    Ok(())
}

pub(super) async fn read_your_commit(trial: Trial<'_>) -> Verdict {
    let key = trial.key();
    for _ in 0..4 {
        let version = trial.write(&key).await?;
        let current = trial.current(&key).await?;
        let is_read = current.version() >= Some(version);
        ensure!(
            is_read,
            "a look-up after the commit of {version} gave {current:?}"
        );
    }
    trial.delete(&key).await?;
    let current = trial.current(&key).await?;
    let is_read = !matches!(current, Current::Present(_) | Current::Untagged);
    ensure!(is_read, "a look-up after a deletion gave {current:?}");
    Ok(())
}

pub(super) async fn look_ups(trial: Trial<'_>) -> Verdict {
    let key = trial.key();
    trial.agreed(&key).await?;
    for _ in 0..2 {
        trial.write(&key).await?;
        trial.agreed(&key).await?;
        trial.write(&key).await?;
        trial.agreed(&key).await?;
        trial.delete(&key).await?;
        trial.agreed(&key).await?;
    }
    if trial.store.guards().is_some() {
        trial.raise(&key, Effect::Unknown).await?;
        trial.agreed(&key).await?;
    }
    Ok(())
}

pub(super) async fn deleted_is_missing(trial: Trial<'_>) -> Verdict {
    let key = trial.key();
    trial.write(&key).await?;
    trial.delete(&key).await?;
    let current = trial.current(&key).await?;
    ensure!(current == Current::Missing, "a look-up gave {current:?}");
    if trial.store.guards().is_some() {
        let found = trial.found(&key).await?;
        ensure!(found == Current::Missing, "the next writer found {found:?}");
    }
    Ok(())
}
