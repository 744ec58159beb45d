use std::time::{Duration, UNIX_EPOCH};

use sqlx::{Row as _, postgres::PgRow};

use crate::{
    current::{Current, Validators},
    store::{Effect, Fingerprint},
    version::Version,
};

/// A row's state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Unseen,
    Unknown,
    Present,
    Missing,
}

impl State {
    fn of(row: &PgRow) -> Result<Option<Self>, sqlx::Error> {
        let Some(state) = row.try_get::<Option<&str>, _>("state")? else {
            return Ok(None);
        };
        match state {
            "unseen" => Ok(Some(Self::Unseen)),
            "unknown" => Ok(Some(Self::Unknown)),
            "present" => Ok(Some(Self::Present)),
            "missing" => Ok(Some(Self::Missing)),
            other => Err(sqlx::Error::Decode(format!("no state: {other}").into())),
        }
    }

    /// What a change makes of a key.
    pub(super) const fn after(effect: Effect) -> &'static str {
        match effect {
            Effect::Written => "present",
            Effect::Deleted => "missing",
            Effect::Unknown => "unknown",
        }
    }
}

/// What readers are told of a row whose intent, if any, is its living owner's.
pub(super) fn current(state: State, version: i64, modified: i64) -> Result<Current, sqlx::Error> {
    Ok(match state {
        State::Unseen | State::Unknown => Current::Unknown,
        State::Missing => Current::Missing,
        State::Present => validators(version, modified)?.into(),
    })
}

fn validators(version: i64, modified: i64) -> Result<Validators, sqlx::Error> {
    let version = Version::try_from(version).map_err(|error| sqlx::Error::Decode(error.into()))?;
    let validators = Validators::new(version);
    let since = u64::try_from(modified).ok().map(Duration::from_millis);
    Ok(
        match since.and_then(|since| UNIX_EPOCH.checked_add(since)) {
            Some(time) => validators.modified_at(time),
            None => validators,
        },
    )
}

/// What `RETURNING state, version, modified` or the like says is current now.
pub(super) fn returned(row: &PgRow) -> Result<Current, sqlx::Error> {
    let state = State::of(row)?.unwrap_or(State::Unseen);
    current(state, row.try_get("version")?, row.try_get("modified")?)
}

/// A key as a reader sees it.
pub(super) struct Seen {
    pub(super) current: Current,
    /// The guard that has left an intent, and whether it lives.
    pub(super) intent: Option<(Vec<u8>, bool)>,
}

impl Seen {
    pub(super) fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        let intent = match row.try_get::<Option<_>, _>("intent")? {
            Some(token) => {
                let is_alive = row.try_get::<Option<bool>, _>("is_alive")?;
                Some((token, is_alive == Some(true)))
            }
            None => None,
        };
        let current = match returned(row)? {
            Current::Present(validators) if intent.is_some() => validators.being_written().into(),
            current => current,
        };
        Ok(Self { current, intent })
    }
}

/// A key as a writer sees it who has its lock.
pub(super) struct Entry {
    /// Under the lock an intent is a lost guard's, unless it is the writer's own.
    pub(super) current: Current,
    /// No writer and no reader has had to do with it yet.
    pub(super) is_unseen: bool,
    pub(super) version: Option<i64>,
    pub(super) made_by: Option<Fingerprint>,
    pub(super) writer: Option<Vec<u8>>,
    pub(super) intent: Option<Vec<u8>>,
    /// The next version; `None` at the end of the counter.
    pub(super) next: Option<i64>,
}

impl Entry {
    pub(super) fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        let floor: i64 = row.try_get("floor")?;
        let Some(state) = State::of(row)? else {
            return Ok(Self {
                current: Current::Unknown,
                is_unseen: true,
                version: None,
                made_by: None,
                writer: None,
                intent: None,
                next: floor.checked_add(1),
            });
        };
        let version: i64 = row.try_get("version")?;
        let intent: Option<Vec<u8>> = row.try_get("intent")?;
        let pending: Option<i64> = row.try_get("pending")?;
        let (current, kept) = if intent.is_some() {
            // What the statement that arms keeps, for the same reason.
            let kept = version.saturating_add(1).max(pending.unwrap_or(0));
            (Current::Unknown, kept)
        } else {
            (current(state, version, row.try_get("modified")?)?, version)
        };
        let made_by = match current {
            Current::Present(_) | Current::Missing => {
                row.try_get::<Option<Vec<u8>>, _>("made_by")?
            }
            _ => None,
        };
        Ok(Self {
            is_unseen: state == State::Unseen && intent.is_none(),
            current,
            version: Some(version),
            made_by: made_by
                .and_then(|bytes| bytes.try_into().ok())
                .map(Fingerprint::from_bytes),
            writer: row.try_get("writer")?,
            intent,
            next: kept.max(floor).checked_add(1),
        })
    }
}
