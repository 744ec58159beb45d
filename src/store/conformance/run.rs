//! One run of the suite: the trials, and what came of them.

use std::cell::Cell;

use super::{
    Law, Outcome, Report,
    instance::Instance,
    laws::{self, Past},
    limits::Limits,
    trial::{Finding, Trial, Verdict},
};

pub(super) struct Run {
    limits: Limits,
    omitted: Vec<(Law, &'static str)>,
    next_key: Cell<usize>,
    outcomes: Vec<(Law, Outcome)>,
}

impl Run {
    pub(super) const fn new(limits: Limits, omitted: Vec<(Law, &'static str)>) -> Self {
        Self {
            limits,
            omitted,
            next_key: Cell::new(0),
            outcomes: Vec::new(),
        }
    }

    /// Judges by all laws that need no step in between.
    pub(super) async fn judge_all(&mut self, store: &dyn Instance, second: Option<&dyn Instance>) {
        for &law in Law::ALL {
            let verdict = match laws::judge(self.trial(law, store, second)) {
                Some(trying) if self.omission(law).is_none() => trying.await,
                Some(_) => Ok(()),
                None => continue,
            };
            self.record(law, verdict);
        }
    }

    /// What is judged after a step.
    pub(super) async fn past(&self, law: Law, store: &dyn Instance) -> Verdict<Past> {
        Past::before(self.trial(law, store, None)).await
    }

    /// Judges it.
    pub(super) async fn present(
        &self,
        law: Law,
        past: Verdict<Past>,
        store: &dyn Instance,
    ) -> Verdict {
        past?.judge(self.trial(law, store, None)).await
    }

    /// Puts down what was found. Of a law that was omitted, that it was.
    pub(super) fn record(&mut self, law: Law, verdict: Verdict) {
        let outcome = match (self.omission(law), verdict) {
            (Some(why), _) | (None, Err(Finding::NotJudged(why))) => Outcome::NotJudged(why),
            (None, Err(Finding::Broken(seen))) => Outcome::Broken(seen),
            (None, Ok(())) => Outcome::Kept,
        };
        self.outcomes.push((law, outcome));
    }

    pub(super) fn into_report(self) -> Report {
        Report::new(self.outcomes)
    }

    fn omission(&self, law: Law) -> Option<&'static str> {
        let omission = self.omitted.iter().find(|(it, _)| *it == law);
        omission.map(|(_, why)| *why)
    }

    fn trial<'a>(
        &'a self,
        law: Law,
        store: &'a dyn Instance,
        second: Option<&'a dyn Instance>,
    ) -> Trial<'a> {
        Trial {
            law,
            limits: &self.limits,
            store,
            second,
            next_key: &self.next_key,
        }
    }
}
