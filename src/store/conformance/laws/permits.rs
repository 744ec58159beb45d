use crate::store::conformance::trial::{Trial, Verdict, absent, ensure, exactly, exists};

pub(super) async fn refused(trial: Trial<'_>) -> Verdict {
    let key = trial.key();
    let old = trial.write(&key).await?;
    let present = trial.write(&key).await?;
    let wrong = [("an old version", exactly(old)), ("absence", absent())];
    for (what, permit) in wrong {
        let written = trial.write_under(&key, permit).await?;
        ensure!(
            written.is_none(),
            "a write that asked for {what} committed {written:?}"
        );
        let deleted = trial.delete_under(&key, permit).await?;
        ensure!(
            deleted.is_none(),
            "a deletion that asked for {what} went through"
        );
    }
    // Had one of them changed anything, this one would find it.
    let written = trial.write_under(&key, exactly(present)).await?;
    let Some(present) = written else {
        ensure!(
            false,
            "a write that asked for the current version {present} was refused"
        );
        return Ok(());
    };
    let deleted = trial.delete_under(&key, exactly(present)).await?;
    ensure!(
        deleted.is_some(),
        "a deletion that asked for the current version {present} was refused"
    );
    let wrong = [
        ("the deleted version", exactly(present)),
        ("existence", exists()),
    ];
    for (what, permit) in wrong {
        let written = trial.write_under(&key, permit).await?;
        ensure!(
            written.is_none(),
            "a write that asked for {what} committed {written:?}"
        );
    }
    Ok(())
}
