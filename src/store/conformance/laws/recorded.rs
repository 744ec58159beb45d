//! What a commit says besides its effect.

use crate::{
    store::{
        Change, Effect, Fingerprint,
        conformance::{
            instance::Held,
            trial::{Finding, Trial, Verdict, ensure},
        },
    },
    version::Version,
};

fn of_own(version: Version) -> Change<Vec<u8>> {
    let mut change = Change::new(Effect::Written);
    change.committed = Some(version);
    change
}

pub(super) async fn own_version(trial: Trial<'_>) -> Verdict {
    trial.guards()?;
    let key = trial.key();
    let last = trial.write(&key).await?;
    let own = Version::new(last.get() + 10);
    let held = trial.armed(&key).await?;
    let committed = trial.commit(held, of_own(own)).await?;
    ensure!(committed == own, "{committed} was committed for {own}");
    let found = trial.found(&key).await?;
    ensure!(found.version() == Some(own), "{own} was found as {found:?}");
    // One that the key had already is no version of this write.
    for old in [last, own] {
        let before = trial.found(&key).await?.version();
        let held = trial.armed(&key).await?;
        let committed = trial.commit(held, of_own(old)).await?;
        ensure!(
            Some(committed) > before,
            "{committed} was committed after {before:?}"
        );
    }
    Ok(())
}

pub(super) async fn made_by(trial: Trial<'_>) -> Verdict {
    trial.guards()?;
    let key = trial.key();
    let request = Fingerprint::from_bytes([7; 32]);
    let mut change = Change::new(Effect::Written);
    change.made_by = Some(request);

    let make = async || {
        let held = trial.armed(&key).await?;
        trial.commit(held, change.clone()).await
    };
    let told = async || {
        let guard = trial.begin(&key).await?;
        let told = guard.made_by();
        trial.release(guard).await?;
        Ok(told)
    };
    make().await?;
    if told().await?.is_none() {
        return Err(Finding::NotJudged("the store keeps no fingerprints"));
    }
    // Asking is a release, which changes nothing.
    let still = told().await?;
    ensure!(still == Some(request), "{still:?} was told for {request:?}");

    trial.write(&key).await?;
    forgotten("another write", told().await?)?;
    make().await?;
    trial.raise(&key, Effect::Written).await?;
    forgotten("a raise", told().await?)?;
    make().await?;
    trial.delete(&key).await?;
    forgotten("a deletion", told().await?)?;
    if trial.limits.rolls_back {
        return Ok(());
    }
    make().await?;
    drop(trial.armed(&key).await?);
    forgotten("a lost guard", told().await?)
}

fn forgotten(after: &str, told: Option<Fingerprint>) -> Verdict {
    ensure!(told.is_none(), "{told:?} was told after {after}");
    Ok(())
}

pub(super) async fn end_of_counter(trial: Trial<'_>) -> Verdict {
    trial.guards()?;
    let Some(last) = trial.limits.last_version else {
        return Err(Finding::NotJudged("needs `last_version`"));
    };
    let key = trial.key();
    trial.write(&key).await?;
    let held = trial.armed(&key).await?;
    if trial.commit(held, of_own(last)).await? != last {
        return Err(Finding::NotJudged("the handler's versions are not taken"));
    }

    let begun = trial
        .wait("the wait for a guard", trial.guards()?.begin(&key))
        .await?;
    if let Ok(guard) = begun {
        let armed = trial.wait("arming a guard", Held::arm(guard)).await?;
        ensure!(
            armed.is_err(),
            "a write was let in that has no version left"
        );
    }
    // No error is demanded of a raise: what counts is that it issues nothing.
    let raise = trial.guards()?.raise(&key, Effect::Written);
    let raised = trial.wait("a raise", raise).await?.ok();
    let raised = raised.and_then(|current| current.version());
    ensure!(
        raised.is_none() || raised == Some(last),
        "{last} was raised to {raised:?}"
    );
    let current = trial.current(&key).await?.version();
    ensure!(
        current.is_none() || current == Some(last),
        "{current:?} came after {last}"
    );
    Ok(())
}
