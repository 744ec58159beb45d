//! What was before a step that only the store's owner can take, and is judged after it.

use crate::{
    current::Current,
    store::conformance::{
        Law,
        trial::{Trial, Verdict, ensure},
    },
    version::Version,
};

/// Keys, and the highest version that each has had.
pub(in super::super) struct Past {
    keys: Vec<(Vec<u8>, Version)>,
}

impl Past {
    /// What the law is about.
    pub(in super::super) async fn before(trial: Trial<'_>) -> Verdict<Self> {
        if trial.law == Law::Orphaned {
            trial.loses()?;
        }
        let mut keys = Vec::new();
        for at in 0..4 {
            let key = trial.key();
            let (mut version, _) = trial.two_versions(&key).await?;
            match trial.law {
                Law::Orphaned => drop(trial.armed(&key).await?),
                // Of a restart, both what is there and what is not.
                Law::Restart if at < 2 => {}
                _ => {
                    let deletion = trial.delete(&key).await?;
                    version = version.max(deletion.unwrap_or(version));
                }
            }
            keys.push((key, version));
        }
        Ok(Self { keys })
    }

    /// Whether the law holds.
    pub(in super::super) async fn judge(self, trial: Trial<'_>) -> Verdict {
        for (at, (key, highest)) in self.keys.into_iter().enumerate() {
            let by_look_up = at % 2 == 0;
            if trial.law == Law::Orphaned {
                is_unknown(trial, &key, by_look_up).await?;
            } else {
                if trial.law == Law::DroppedTombstones && trial.store.guards().is_some() {
                    is_forgotten(trial, &key).await?;
                }
                is_no_older(trial, &key, highest, by_look_up).await?;
            }
            let next = trial.write(&key).await?;
            ensure!(next > highest, "{next} was committed after {highest}");
        }
        Ok(())
    }
}

async fn is_unknown(trial: Trial<'_>, key: &[u8], by_look_up: bool) -> Verdict {
    if by_look_up {
        return trial.becomes(key, Current::Unknown).await;
    }
    let found = trial.found(key).await?;
    ensure!(found == Current::Unknown, "the next writer found {found:?}");
    Ok(())
}

/// A step that forgets nothing would let any store pass.
async fn is_forgotten(trial: Trial<'_>, key: &[u8]) -> Verdict {
    let found = trial.found(key).await?;
    let is_forgotten = found != Current::Missing;
    ensure!(is_forgotten, "the step has left the deletion remembered");
    Ok(())
}

/// Nothing that was issued comes back: not by itself, nor by an adoption.
async fn is_no_older(trial: Trial<'_>, key: &[u8], highest: Version, by_look_up: bool) -> Verdict {
    let before = trial.current(key).await?;
    let is_right = before.version().is_none_or(|version| version >= highest);
    ensure!(is_right, "{before:?} came after {highest}");
    if !by_look_up && let Some(adopted) = trial.adopt(key).await? {
        let is_old = adopted.version().is_some_and(|version| version <= highest);
        let is_right = !is_old || before == adopted;
        ensure!(is_right, "{adopted:?} was adopted after {highest}");
    }
    Ok(())
}
