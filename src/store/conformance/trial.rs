//! One law on trial: the store, keys of the law's own, and operations that end.

use std::cell::Cell;

use crate::{
    current::Current,
    error::BoxError,
    precondition::{Expectation, Field, WritePermit},
    store::{Change, Effect},
    version::Version,
};

use super::{
    Law,
    instance::{Guards, Held, Instance, Refusal},
    limits::Limits,
    poll::{limited, yield_now},
};

/// Why a law was not found kept.
#[derive(Debug)]
pub(super) enum Finding {
    Broken(String),
    NotJudged(&'static str),
}

/// What a law is found to be.
pub(super) type Verdict<T = ()> = Result<T, Finding>;

/// Ends the law's trial with what was seen, unless what should hold does.
macro_rules! ensure {
    ($holds:expr, $($seen:tt)+) => {
        if !$holds {
            return Err($crate::store::conformance::trial::Finding::Broken(format!($($seen)+)));
        }
    };
}
pub(super) use ensure;

/// A law, and the instances that it is tried on.
#[derive(Clone, Copy)]
pub(super) struct Trial<'a> {
    pub(super) law: Law,
    pub(super) limits: &'a Limits,
    pub(super) store: &'a dyn Instance,
    pub(super) second: Option<&'a dyn Instance>,
    pub(super) next_key: &'a Cell<usize>,
}

pub(super) const ANY: WritePermit = WritePermit::UNCONDITIONAL;

/// Allows a write that starts from exactly `version`.
pub(super) const fn exactly(version: Version) -> WritePermit {
    WritePermit::new(Expectation::Exactly(version), Some(Field::IfMatch))
}

/// Allows a write that creates.
pub(super) const fn absent() -> WritePermit {
    WritePermit::new(Expectation::Absent, Some(Field::IfNoneMatch))
}

/// Allows a write that changes what is there.
pub(super) const fn exists() -> WritePermit {
    WritePermit::new(Expectation::Exists, Some(Field::IfMatch))
}

impl<'a> Trial<'a> {
    /// A key that nobody has seen.
    pub(super) fn key(&self) -> Vec<u8> {
        let number = self.next_key.get();
        self.next_key.set(number + 1);
        self.named(format!("{number}").as_bytes())
    }

    /// A key of this law and run with a name.
    pub(super) fn named(&self, name: &[u8]) -> Vec<u8> {
        let (run, law) = (&self.limits.run, self.law as usize);
        let mut key = format!("/{run}/{law}/").into_bytes();
        key.extend_from_slice(name);
        key
    }

    pub(super) fn second(&self) -> Verdict<&'a dyn Instance> {
        let second = self.second;
        second.ok_or(Finding::NotJudged("needs `second_instance`"))
    }

    /// For laws of what is lost for good.
    pub(super) fn loses(&self) -> Verdict {
        self.guards()?;
        if self.limits.rolls_back {
            return Err(Finding::NotJudged("what a lost guard did is rolled back"));
        }
        Ok(())
    }

    /// The same trial of another instance.
    pub(super) fn on(&self, store: &'a dyn Instance) -> Self {
        Self { store, ..*self }
    }

    pub(super) fn guards(&self) -> Verdict<&'a dyn Guards> {
        let guards = self.store.guards();
        guards.ok_or(Finding::NotJudged("the store gives no guards"))
    }

    /// Waits for what has to end.
    pub(super) async fn wait<T>(&self, what: &str, future: impl Future<Output = T>) -> Verdict<T> {
        let limit = self.limits.wait;
        let stuck = || Finding::Broken(format!("{what} took longer than {limit:?}: it is stuck"));
        limited(limit, future).await.ok_or_else(stuck)
    }

    /// Waits for what has to end well.
    pub(super) async fn done<T, E: Into<BoxError>>(
        &self,
        what: &str,
        future: impl Future<Output = Result<T, E>>,
    ) -> Verdict<T> {
        let failed =
            |error: E| Finding::Broken(format!("{what} failed: {}", chain(&*error.into())));
        self.wait(what, future).await?.map_err(failed)
    }

    /// What `future` gives while it should be waiting, if anything.
    pub(super) async fn early<T>(&self, future: impl Future<Output = T>) -> Option<T> {
        limited(self.limits.settle, future).await
    }

    pub(super) async fn current(&self, key: &[u8]) -> Verdict<Current> {
        self.done("a look-up", self.store.current(key)).await
    }

    /// Looks up in all the ways there are.
    pub(super) async fn agreed(&self, key: &[u8]) -> Verdict {
        let told = self.done("a look-up", self.store.look_ups(key)).await?;
        let agree = told.windows(2).all(|pair| pair[0].1 == pair[1].1);
        ensure!(agree, "look-ups gave {told:?}");
        Ok(())
    }

    /// Waits until a look-up answers with `wanted`: what is lost may have to be noticed first.
    pub(super) async fn becomes(&self, key: &[u8], wanted: Current) -> Verdict {
        let last = Cell::new(None);
        let becomes = async {
            loop {
                let current = self.current(key).await?;
                if current == wanted {
                    return Ok(());
                }
                last.set(Some(current));
                yield_now(1).await;
                let pause = futures_timer::Delay::new(self.limits.settle / 16);
                pause.await;
            }
        };
        let ended = limited(self.limits.wait, becomes).await;
        ended.unwrap_or_else(|| {
            let last = last.take();
            Err(Finding::Broken(format!(
                "look-ups do not become {wanted:?}: the last one gave {last:?}"
            )))
        })
    }

    pub(super) async fn adopt(&self, key: &[u8]) -> Verdict<Option<Current>> {
        match self.store.adopt(key) {
            Some(adoption) => self.done("an adoption", adoption).await.map(Some),
            None => Ok(None),
        }
    }

    /// Writes whatever is there.
    pub(super) async fn write(&self, key: &[u8]) -> Verdict<Version> {
        let written = self.write_under(key, ANY).await?;
        written.ok_or_else(|| Finding::Broken("an unconditional write was refused".into()))
    }

    /// Writes under `permit`; `None` if that was refused.
    pub(super) async fn write_under(
        &self,
        key: &[u8],
        permit: WritePermit,
    ) -> Verdict<Option<Version>> {
        refusable(
            "a write",
            self.wait("a write", self.store.write(key, permit)).await?,
        )
    }

    /// Deletes what is there; the deletion's version, where it has one.
    pub(super) async fn delete(&self, key: &[u8]) -> Verdict<Option<Version>> {
        let deleted = self.delete_under(key, ANY).await?;
        deleted.ok_or_else(|| Finding::Broken("an unconditional deletion was refused".into()))
    }

    /// Deletes under `permit`; `None` if that was refused.
    pub(super) async fn delete_under(
        &self,
        key: &[u8],
        permit: WritePermit,
    ) -> Verdict<Option<Option<Version>>> {
        let deletion = self.wait("a deletion", self.store.delete(key, permit));
        refusable("a deletion", deletion.await?)
    }

    pub(super) async fn raise(&self, key: &[u8], effect: Effect) -> Verdict<Current> {
        self.done("a raise", self.guards()?.raise(key, effect))
            .await
    }

    pub(super) async fn begin(&self, key: &[u8]) -> Verdict<Box<dyn Held<'a> + 'a>> {
        self.done("the wait for a guard", self.guards()?.begin(key))
            .await
    }

    pub(super) async fn arm(
        &self,
        guard: Box<dyn Held<'a> + 'a>,
    ) -> Verdict<Box<dyn Held<'a> + 'a>> {
        self.done("arming a guard", guard.arm()).await
    }

    pub(super) async fn commit(
        &self,
        guard: Box<dyn Held<'a> + 'a>,
        change: Change<Vec<u8>>,
    ) -> Verdict<Version> {
        self.done("a commit", guard.commit(change)).await
    }

    pub(super) async fn release(&self, guard: Box<dyn Held<'a> + 'a>) -> Verdict {
        self.done("a release", guard.release()).await
    }

    /// A guard that is ready for a write.
    pub(super) async fn armed(&self, key: &[u8]) -> Verdict<Box<dyn Held<'a> + 'a>> {
        let guard = self.begin(key).await?;
        self.arm(guard).await
    }

    /// What the next writer finds.
    pub(super) async fn found(&self, key: &[u8]) -> Verdict<Current> {
        let guard = self.begin(key).await?;
        let current = guard.current();
        self.release(guard).await?;
        Ok(current)
    }

    /// Two versions of `key`, and how far they are apart: whatever the store's step is, it has to
    /// stay the same where nothing happened.
    pub(super) async fn two_versions(&self, key: &[u8]) -> Verdict<(Version, u64)> {
        let (first, second) = (self.write(key).await?, self.write(key).await?);
        Ok((second, second.get().wrapping_sub(first.get())))
    }
}

pub(super) fn refusable<T>(what: &str, ended: Result<T, Refusal>) -> Verdict<Option<T>> {
    match ended {
        Ok(value) => Ok(Some(value)),
        Err(Refusal::Refused) => Ok(None),
        Err(Refusal::Failed(error)) => Err(Finding::Broken(format!(
            "{what} failed: {}",
            chain(&*error)
        ))),
    }
}

/// An error with its sources.
fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text.push_str(": ");
        text.push_str(&error.to_string());
        source = error.source();
    }
    text
}
