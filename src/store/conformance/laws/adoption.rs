//! Keys that the store has not seen, or does not know any more.

use crate::{
    current::Current,
    store::{
        Effect,
        conformance::trial::{Finding, Trial, Verdict, ensure},
    },
};

const NO_ADOPTION: Finding = Finding::NotJudged("the store adopts no keys");

pub(super) async fn never_seen(trial: Trial<'_>) -> Verdict {
    let current = trial.current(&trial.key()).await?;
    let is_right = match trial.store.guards() {
        Some(_) => current == Current::Unknown,
        // The application's rows may be all that there is.
        None => matches!(current, Current::Unknown | Current::Missing),
    };
    ensure!(is_right, "a look-up gave {current:?}");
    Ok(())
}

pub(super) async fn adopt_never_seen(trial: Trial<'_>) -> Verdict {
    let (key, written) = (trial.key(), trial.key());
    let Some(adopted) = trial.adopt(&key).await? else {
        let current = trial.current(&key).await?;
        let is_known = current != Current::Unknown;
        ensure!(
            is_known,
            "there is no adoption, and a look-up gave {current:?}"
        );
        return Err(NO_ADOPTION);
    };
    let first = trial.write(&written).await?;
    let current = trial.current(&key).await?;
    for current in [adopted, current] {
        let is_first = current.version() == Some(first);
        ensure!(
            is_first,
            "an adopted key was {current:?}, but one that was written {first}"
        );
    }
    let version = trial.write(&key).await?;
    ensure!(
        version > first,
        "{version} was committed after {first} was adopted"
    );
    Ok(())
}

pub(super) async fn adopt_known(trial: Trial<'_>) -> Verdict {
    let key = trial.key();
    let (version, step) = trial.two_versions(&key).await?;
    let Some(adopted) = trial.adopt(&key).await? else {
        return Err(NO_ADOPTION);
    };
    let is_kept = matches!(adopted, Current::Present(_));
    ensure!(
        is_kept,
        "what was present at {version} was adopted as {adopted:?}"
    );
    let next = trial.write(&key).await?;
    let raised = next.get().wrapping_sub(version.get());
    ensure!(
        raised == step,
        "{next} came after {version} and an adoption"
    );
    trial.delete(&key).await?;
    trial.adopt(&key).await?;
    let current = trial.current(&key).await?;
    let is_gone = !matches!(current, Current::Present(_) | Current::Untagged);
    ensure!(is_gone, "what was missing was adopted as {current:?}");
    Ok(())
}

pub(super) async fn adopt_unknown(trial: Trial<'_>) -> Verdict {
    trial.guards()?;
    let key = trial.key();
    let (version, _) = trial.two_versions(&key).await?;
    if trial.raise(&key, Effect::Unknown).await? != Current::Unknown {
        return Err(Finding::NotJudged("a raise made nothing unknown"));
    }
    let Some(adopted) = trial.adopt(&key).await? else {
        return Err(NO_ADOPTION);
    };
    let is_new = adopted.version() > Some(version);
    ensure!(
        is_new,
        "after {version} and a raise to unknown, {adopted:?} was adopted"
    );
    let next = trial.write(&key).await?;
    let is_above = Some(next) > adopted.version();
    ensure!(
        is_above,
        "{next} was committed after {adopted:?} was adopted"
    );

    if trial.limits.rolls_back {
        return Ok(());
    }
    trial.two_versions(&key).await?;
    let guard = trial.armed(&key).await?;
    let issued = guard.current().version();
    drop(guard);
    // Until the loss is noticed, the key is one that is being written. The next writer waits for
    // that; whoever reads may call it unknown still.
    trial.found(&key).await?;
    let adopted = trial
        .adopt(&key)
        .await?
        .and_then(|adopted| adopted.version());
    let is_new = adopted.is_none() || adopted > issued;
    ensure!(
        is_new,
        "after a guard of {issued:?} was lost, {adopted:?} was adopted"
    );
    Ok(())
}
