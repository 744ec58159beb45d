use std::time::Duration;

use crate::{store::GuardedStore, version::Version};

use super::{
    CompareAndSet, Law, Report,
    compare_and_set::Application,
    guarded::Guarded,
    instance::Adapt,
    limits::Limits,
    poll::Local,
    run::Run,
    trial::{Finding, Verdict},
};

/// The suite for a store that guards writes. `keys` makes its keys: [`keys::bytes`],
/// [`keys::text`], [`keys::path`], or a function of your own.
///
/// [`keys::bytes`]: super::keys::bytes
/// [`keys::text`]: super::keys::text
/// [`keys::path`]: super::keys::path
pub fn guarded<'a, K, S>(store: S, keys: impl Fn(&[u8]) -> Option<K> + 'a) -> Suite<'a, S>
where
    K: 'static,
    S: GuardedStore<K>,
{
    Suite::new(store, Box::new(Guarded::new(keys)))
}

/// The suite for a store whose versions the application raises itself. `keys` makes its keys, as
/// for [`guarded`].
pub fn compare_and_set<'a, K, S>(
    application: S,
    keys: impl Fn(&[u8]) -> Option<K> + 'a,
) -> Suite<'a, S>
where
    K: 'static,
    S: CompareAndSet<K>,
{
    Suite::new(application, Box::new(Application::new(keys)))
}

/// A store, and what the suite may do with it.
///
/// The store may hold anything: the suite uses keys of its own, and the empty one.
#[must_use = "`run` runs it"]
pub struct Suite<'a, S> {
    adapt: Box<dyn Adapt<S> + 'a>,
    store: S,
    second: Option<S>,
    drop_tombstones: Option<Step<'a, S>>,
    reopen: Option<Step<'a, S>>,
    omitted: Vec<(Law, &'static str)>,
    limits: Limits,
}

type Step<'a, S> = Box<dyn FnOnce(S) -> Local<'a, S> + 'a>;

impl<'a, S> Suite<'a, S> {
    fn new(store: S, adapt: Box<dyn Adapt<S> + 'a>) -> Self {
        Self {
            adapt,
            store,
            second: None,
            drop_tombstones: None,
            reopen: None,
            omitted: Vec::new(),
            limits: Limits::default(),
        }
    }

    /// Another instance over the same data, as another process has it: what one commits the other
    /// reads, and both exclude each other's writers.
    pub fn second_instance(mut self, store: S) -> Self {
        self.second = Some(store);
        self
    }

    /// How to restart a store that persists: drop the one that is handed in, and open it again.
    /// The second instance is dropped before.
    pub fn reopen(mut self, reopen: impl AsyncFnOnce(S) -> S + 'a) -> Self
    where
        S: 'a,
    {
        self.reopen = Some(Box::new(move |store| Box::pin(reopen(store))));
        self
    }

    /// How to make the store forget the deletions that it remembers one by one, if it ever does:
    /// those of just now too. The store comes back as it is.
    pub fn drop_tombstones(mut self, drop_them: impl AsyncFnOnce(S) -> S + 'a) -> Self
    where
        S: 'a,
    {
        self.drop_tombstones = Some(Box::new(move |store| Box::pin(drop_them(store))));
        self
    }

    /// The last version that the store can keep, to see what comes after it: `u64::MAX`, or
    /// `i64::MAX` in a signed column.
    pub fn last_version(mut self, version: Version) -> Self {
        self.limits.last_version = Some(version);
        self
    }

    /// For a store to which every handler entrusts all that it does: what a guard that is lost
    /// did is rolled back with it, so that nothing is unknown after it.
    pub fn rolls_back(mut self) -> Self {
        self.limits.rolls_back = true;
        self
    }

    /// How many keys are many; the default is 10,000.
    pub fn many_keys(mut self, count: usize) -> Self {
        self.limits.many_keys = count;
        self
    }

    /// How long a single wait may take before it counts as stuck; the default is 10 seconds.
    pub fn time_limit(mut self, limit: Duration) -> Self {
        self.limits.wait = limit;
        self
    }

    /// For how long one writer is watched that has to wait for another; the default is 100 ms.
    /// Longer finds more on a slow store.
    pub fn settle_time(mut self, time: Duration) -> Self {
        self.limits.settle = time;
        self
    }

    /// Leaves out a law that the store does not promise. The report says why.
    pub fn omit(mut self, law: Law, why: &'static str) -> Self {
        self.omitted.push((law, why));
        self
    }

    /// Judges the store by every law, one after the other. It ends: what is stuck breaks the law
    /// that it was stuck in, unless the store blocks the thread.
    ///
    /// It needs no runtime but the one that the store's own futures need.
    pub async fn run(self) -> Report {
        let Self { adapt, second, .. } = self;
        let mut store = self.store;
        let mut run = Run::new(self.limits, self.omitted);
        {
            let instance = adapt.adapt(&store);
            let second = second.as_ref().map(|second| adapt.adapt(second));
            run.judge_all(&*instance, second.as_deref()).await;
        }
        drop(second);

        let mut verdict = NEEDS_DROP_TOMBSTONES;
        if let Some(drop_tombstones) = self.drop_tombstones {
            let law = Law::DroppedTombstones;
            let past = run.past(law, &*adapt.adapt(&store)).await;
            store = drop_tombstones(store).await;
            verdict = run.present(law, past, &*adapt.adapt(&store)).await;
        }
        run.record(Law::DroppedTombstones, verdict);

        let mut verdicts = STAGED_BY_REOPEN.map(|law| (law, NEEDS_REOPEN));
        if let Some(reopen) = self.reopen {
            let mut pasts = Vec::new();
            for law in STAGED_BY_REOPEN {
                pasts.push(run.past(law, &*adapt.adapt(&store)).await);
            }
            store = reopen(store).await;
            for ((law, verdict), past) in verdicts.iter_mut().zip(pasts) {
                *verdict = run.present(*law, past, &*adapt.adapt(&store)).await;
            }
        }
        for (law, verdict) in verdicts {
            run.record(law, verdict);
        }
        run.into_report()
    }
}

const STAGED_BY_REOPEN: [Law; 2] = [Law::Restart, Law::Orphaned];
const NEEDS_REOPEN: Verdict = Err(Finding::NotJudged("needs `reopen`"));
const NEEDS_DROP_TOMBSTONES: Verdict = Err(Finding::NotJudged("needs `drop_tombstones`"));
