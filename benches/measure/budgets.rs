//! `benches/budgets.toml`: what the cases may cost.

use std::{collections::BTreeMap, fmt};

use serde::Deserialize;

use super::{Count, Environment, Figures};

/// By how much a budget is above what was counted, for other compilers and C libraries.
const MARGIN: f64 = 0.10;

/// The line of the file after which it is written anew.
const WRITTEN: &str = "[budgets]\n";

/// What may be added to the bare service, by the names of cases.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Budgets {
    /// What the design asks for.
    limits: BTreeMap<String, Allowed>,
    /// What the gate lets through.
    budgets: BTreeMap<String, Allowed>,
}

/// How much one call may add to the bare service.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Allowed {
    /// Instructions; only a limit may be without them.
    pub instructions: Option<i64>,
    /// Allocations; only a limit may be without them.
    pub allocations: Option<i64>,
}

/// The file is not one of budgets.
#[derive(Debug)]
pub struct InvalidBudgets(Box<toml::de::Error>);

impl fmt::Display for InvalidBudgets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no budgets: {}", self.0)
    }
}

impl std::error::Error for InvalidBudgets {}

impl Budgets {
    /// Reads the file.
    ///
    /// # Errors
    /// It is not TOML, or has other members than those of budgets.
    pub fn read(text: &str) -> Result<Self, InvalidBudgets> {
        toml::from_str(text).map_err(|error| InvalidBudgets(Box::new(error)))
    }

    /// What is wrong, a line for each: cases past their budgets, cases without one, budgets and
    /// limits without a case. Nothing is wrong if there is no line.
    #[must_use]
    pub fn complaints(&self, all: &[Figures]) -> Vec<String> {
        let mut complaints = Vec::new();
        for figures in all.iter().filter(|figures| figures.has_budget) {
            let name = figures.name;
            let budget = self.budget(name);
            let mut check = |what,
                             count: Option<Count>,
                             to: fn(f64) -> i64,
                             allowed: Option<i64>| {
                let Some(allowed) = allowed else {
                    return complaints.push(format!("{name}: {what} have no budget"));
                };
                let Some(added) = count.map(|count| to(count.added())) else {
                    return complaints.push(format!("{name}: {what} were not counted"));
                };
                if added > allowed {
                    complaints.push(format!(
                        "{name}: {added} {what} added to the bare service, past the budget of {allowed}"
                    ));
                }
            };
            check(
                "instructions",
                figures.instructions,
                whole,
                budget.and_then(|it| it.instructions),
            );
            check(
                "allocations",
                figures.allocations,
                whole_at_least,
                budget.and_then(|it| it.allocations),
            );
        }
        for name in self.budgets.keys().chain(self.limits.keys()) {
            let is_ours = |figures: &Figures| figures.has_budget && figures.name == name;
            if !all.iter().any(is_ours) {
                complaints.push(format!("{name}: is no case that has a budget"));
            }
        }
        complaints
    }

    /// `text`, the file as it is, with budgets made of what was counted: the design's limit where
    /// it is met, else a tenth more than the count. Allocations have no margin.
    #[must_use]
    pub fn renewed(&self, text: &str, all: &[Figures], environment: &Environment) -> String {
        let kept = text.split_once(WRITTEN).map_or(text, |(kept, _)| kept);
        let mut renewed = format!("{kept}{WRITTEN}# {environment}\n");
        for figures in all.iter().filter(|figures| figures.has_budget) {
            let counts = (figures.instructions, figures.allocations);
            let (Some(instructions), Some(allocations)) = counts else {
                continue;
            };
            let added = instructions.added();
            let limit = self.limit(figures.name).and_then(|it| it.instructions);
            let budget = limit
                .filter(|limit| whole(added) <= *limit)
                .unwrap_or_else(|| whole(added + MARGIN * added.abs()));
            let line = format!(
                "{:?} = {{ instructions = {budget}, allocations = {} }}\n",
                figures.name,
                whole_at_least(allocations.added()),
            );
            renewed.push_str(&line);
        }
        renewed
    }

    /// What a case may add.
    #[must_use]
    pub fn budget(&self, case: &str) -> Option<&Allowed> {
        self.budgets.get(case)
    }

    /// What the design asks of a case.
    #[must_use]
    pub fn limit(&self, case: &str) -> Option<&Allowed> {
        self.limits.get(case)
    }
}

/// The whole above it: what allocates once in a few calls (a map that gives up values by the dozen)
/// allocates. Less than once in twenty is a table that has grown meanwhile.
fn whole_at_least(value: f64) -> i64 {
    whole((value - 0.05).ceil())
}

/// To the nearest whole.
#[expect(
    clippy::cast_possible_truncation,
    reason = "the counts are far below 2^53"
)]
fn whole(value: f64) -> i64 {
    value.round() as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "\
# what it is
[limits]
a = { instructions = 700 }
[budgets]
a = { instructions = 700, allocations = 0 }
b = { instructions = 100, allocations = -2 }
";

    fn figures(name: &'static str, instructions: f64, allocations: f64) -> Figures {
        let beside = |bare: f64, added: f64| Count {
            bare,
            measured: bare + added,
        };
        Figures {
            name,
            has_budget: true,
            instructions: Some(beside(300.0, instructions)),
            allocations: Some(beside(2.0, allocations)),
            times: None,
        }
    }

    fn complaints(file: &str, all: &[Figures]) -> Vec<String> {
        let budgets = Budgets::read(file).expect("a file of budgets");
        budgets.complaints(all)
    }

    #[test]
    fn what_is_within_its_budget_is_let_through() {
        let all = [figures("a", 700.0, 0.0), figures("b", 100.0, -2.0)];
        assert_eq!(complaints(FILE, &all), [""; 0]);
    }

    #[test]
    fn a_case_past_its_budget_is_named() {
        let slower = [figures("a", 701.0, 0.0), figures("b", 100.0, -2.0)];
        let expected = "a: 701 instructions added to the bare service, past the budget of 700";
        assert_eq!(complaints(FILE, &slower), [expected]);

        let allocating = [figures("a", 700.0, 0.0), figures("b", 100.0, -1.0)];
        let expected = "b: -1 allocations added to the bare service, past the budget of -2";
        assert_eq!(complaints(FILE, &allocating), [expected]);
    }

    #[test]
    fn what_allocates_once_in_a_few_calls_allocates() {
        let of = |allocations| {
            complaints(
                FILE,
                &[figures("a", 700.0, allocations), figures("b", 100.0, -2.0)],
            )
        };
        assert_eq!(of(0.04), [""; 0]);
        let expected = "a: 1 allocations added to the bare service, past the budget of 0";
        assert_eq!(of(0.06), [expected]);
    }

    #[test]
    fn a_case_without_a_budget_and_a_budget_without_a_case_are_errors() {
        let renamed = [figures("a", 1.0, 0.0), figures("c", 1.0, -2.0)];
        let expected = [
            "c: instructions have no budget",
            "c: allocations have no budget",
            "b: is no case that has a budget",
        ];
        assert_eq!(complaints(FILE, &renamed), expected);
        assert!(Budgets::read(&FILE.replace("allocations", "alocations")).is_err());
    }

    #[test]
    fn a_case_that_was_not_counted_is_an_error() {
        let mut all = [figures("a", 1.0, 0.0), figures("b", 1.0, -2.0)];
        all[0].instructions = None;
        assert_eq!(complaints(FILE, &all), ["a: instructions were not counted"]);
    }

    #[test]
    fn a_file_written_anew_keeps_its_limits_and_lets_through_what_was_counted() {
        let all = [figures("a", 650.0, 0.0), figures("c", -200.0, 3.0)];
        let environment = Environment::here();
        let budgets = Budgets::read(FILE).expect("a file of budgets");
        let renewed = budgets.renewed(FILE, &all, &environment);
        let expected = format!(
            "# what it is\n[limits]\na = {{ instructions = 700 }}\n[budgets]\n# {environment}\n\
             \"a\" = {{ instructions = 700, allocations = 0 }}\n\
             \"c\" = {{ instructions = -180, allocations = 3 }}\n"
        );
        assert_eq!(renewed, expected);
        assert_eq!(complaints(&renewed, &all), [""; 0]);

        let past_the_limit = [figures("a", 800.0, 0.0)];
        let renewed = budgets.renewed(FILE, &past_the_limit, &environment);
        assert!(renewed.contains("\"a\" = { instructions = 880, allocations = 0 }"));
    }
}
