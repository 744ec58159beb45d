//! Keys that change without a guard of their own.

use crate::{
    current::Current,
    store::{
        Change, Effect,
        conformance::{
            poll::limited,
            trial::{Finding, Trial, Verdict, ensure},
        },
    },
    version::Version,
};

pub(super) async fn raise(trial: Trial<'_>) -> Verdict {
    trial.guards()?;
    let key = trial.key();
    let (version, _) = trial.two_versions(&key).await?;
    let raised = trial.raise(&key, Effect::Written).await?;
    is_above(raised, version, "a raise gave")?;
    let found = trial.found(&key).await?;
    ensure!(
        found.version() == raised.version(),
        "{raised:?} was found as {found:?}"
    );
    let next = trial.write(&key).await?;
    ensure!(
        Some(next) > raised.version(),
        "{next} was committed after {raised:?}"
    );

    for (effect, wanted) in [
        (Effect::Deleted, Current::Missing),
        (Effect::Unknown, Current::Unknown),
    ] {
        let key = trial.key();
        let (version, _) = trial.two_versions(&key).await?;
        let raised = trial.raise(&key, effect).await?;
        ensure!(raised == wanted, "a raise by {effect:?} gave {raised:?}");
        let found = trial.found(&key).await?;
        ensure!(
            found == wanted,
            "after a raise by {effect:?}, {found:?} was found"
        );
        if effect == Effect::Unknown {
            let next = trial.write(&key).await?;
            ensure!(
                next > version,
                "{next} was committed after {version} and a raise"
            );
        }
    }

    let raised = trial.raise(&trial.key(), Effect::Written).await?;
    let is_there = raised.version().is_some();
    ensure!(
        is_there,
        "a key that was never seen was raised to {raised:?}"
    );
    Ok(())
}

fn is_above(current: Current, version: Version, what: &str) -> Verdict {
    let is_above = current.version() > Some(version);
    ensure!(is_above, "{what} {current:?} after {version}");
    Ok(())
}

pub(super) async fn raise_while_held(trial: Trial<'_>) -> Verdict {
    for is_armed in [false, true] {
        let key = trial.key();
        trial.write(&key).await?;
        let mut held = trial.begin(&key).await?;
        if is_armed {
            held = trial.arm(held).await?;
        }
        let raise = trial.guards()?.raise(&key, Effect::Written);
        let Some(raised) = limited(trial.limits.wait, raise).await else {
            return Err(Finding::Broken("it waited".into()));
        };
        let raised = trial.done("a raise", async { raised }).await?;
        let held = if is_armed {
            held
        } else {
            trial.arm(held).await?
        };
        let committed = trial.commit(held, Change::new(Effect::Written)).await?;
        // How far the raise went is another law's affair.
        let is_above = Some(committed) > raised.version();
        ensure!(is_above, "the guard committed {committed} after {raised:?}");
    }
    Ok(())
}

pub(super) async fn affects(trial: Trial<'_>) -> Verdict {
    trial.guards()?;
    let (key, unseen) = (trial.key(), trial.key());
    let (changed, deleted, unknown) = (trial.key(), trial.key(), trial.key());
    trial.write(&key).await?;
    let (version, _) = trial.two_versions(&changed).await?;
    trial.write(&deleted).await?;
    trial.write(&unknown).await?;
    let mut change = Change::new(Effect::Written);
    change.affects = vec![
        (changed.clone(), Effect::Written),
        (deleted.clone(), Effect::Deleted),
        (unknown.clone(), Effect::Unknown),
        (unseen.clone(), Effect::Written),
    ];
    let held = trial.armed(&key).await?;
    trial.commit(held, change).await?;

    is_above(
        trial.found(&changed).await?,
        version,
        "what was changed was found",
    )?;
    let found = trial.found(&deleted).await?;
    ensure!(
        found == Current::Missing,
        "what was deleted was found {found:?}"
    );
    let found = trial.found(&unknown).await?;
    ensure!(
        found == Current::Unknown,
        "what nobody knows was found {found:?}"
    );
    let found = trial.found(&unseen).await?;
    ensure!(
        found.version().is_some(),
        "what was created was found {found:?}"
    );
    Ok(())
}
