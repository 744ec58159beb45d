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
        let broken = |(law, outcome): (Law, &Outcome)| match outcome {
            Outcome::Broken(_) => Some(line(law, outcome)),
            Outcome::Kept | Outcome::NotJudged(_) => None,
        };
        let broken: Vec<String> = self.outcomes().filter_map(broken).collect();
        let (count, seen) = (broken.len(), broken.concat());
        assert!(
            broken.is_empty(),
            "{count} of the laws of stores are broken:\n{seen}"
        );
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (law, outcome) in self.outcomes() {
            f.write_str(&line(law, outcome))?;
        }
        Ok(())
    }
}

fn line(law: Law, outcome: &Outcome) -> String {
    match outcome {
        Outcome::Kept => format!("kept        {law:?}: {law}\n"),
        Outcome::Broken(seen) => format!("BROKEN      {law:?}: {law}; but {seen}\n"),
        Outcome::NotJudged(why) => format!("not judged  {law:?}: {why}\n"),
    }
}
