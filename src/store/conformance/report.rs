use std::fmt;

use super::Law;

/// What the suite found of one law.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// The store kept it.
    Kept,
    /// The store broke it: what was seen.
    Broken(String),
    /// It does not concern this store, or needs an option that was not given: which.
    NotJudged(&'static str),
}

/// What the suite found of every law.
///
/// Its [`Display`](fmt::Display) form is one line a law.
#[derive(Clone, Debug)]
#[must_use = "a report that nobody reads proves nothing: `assert` it"]
pub struct Report {
    outcomes: Vec<(Law, Outcome)>,
}

impl Report {
    pub(super) const fn new(outcomes: Vec<(Law, Outcome)>) -> Self {
        Self { outcomes }
    }

    /// Each law and what was found of it.
    pub fn outcomes(&self) -> impl Iterator<Item = (Law, &Outcome)> {
        self.outcomes.iter().map(|(law, outcome)| (*law, outcome))
    }

    /// The laws that were broken.
    pub fn broken(&self) -> impl Iterator<Item = Law> {
        let broken = |&(law, outcome): &(Law, &Outcome)| match outcome {
            Outcome::Broken(_) => Some(law),
            Outcome::Kept | Outcome::NotJudged(_) => None,
        };
        self.outcomes().filter_map(move |it| broken(&it))
    }

    /// Ends a test.
    ///
    /// # Panics
    /// If a law was broken. The message names each, with what was seen.
    #[track_caller]
    pub fn assert(&self) {
        let broken = self.broken().count();
        assert!(broken == 0, "{broken} laws of a store are broken:\n{self}");
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (law, outcome) in self.outcomes() {
            match outcome {
                Outcome::Kept => writeln!(f, "kept        {law:?}: {law}")?,
                Outcome::Broken(seen) => writeln!(f, "BROKEN      {law:?}: {law}; but {seen}")?,
                Outcome::NotJudged(why) => writeln!(f, "not judged  {law:?}: {why}")?,
            }
        }
        Ok(())
    }
}
