use std::fmt::Write;

use serde::Serialize;

use super::{Budgets, Count, Times};

/// A line of `header_check.csv`. What was not counted is empty there.
#[derive(Serialize)]
pub struct Row {
    case: &'static str,
    instructions: Option<f64>,
    added_instructions: Option<f64>,
    allocations: Option<f64>,
    added_allocations: Option<f64>,
    time_ns: Option<f64>,
    ratio_to_bare: Option<f64>,
}

/// What is known of a case.
pub struct Figures {
    /// The case's name.
    pub name: &'static str,
    /// Whether it has to be within a budget.
    pub has_budget: bool,
    /// Instructions of one call.
    pub instructions: Option<Count>,
    /// Allocations of one call.
    pub allocations: Option<Count>,
    /// What one call takes by the clock.
    pub times: Option<Times>,
}

impl Figures {
    /// The figures as a line of the table that the plots are made from.
    #[must_use]
    pub fn row(&self) -> Row {
        Row {
            case: self.name,
            instructions: self.instructions.map(|it| it.measured),
            added_instructions: self.instructions.map(Count::added),
            allocations: self.allocations.map(|it| it.measured),
            added_allocations: self.allocations.map(Count::added),
            time_ns: self.times.map(|it| it.nanoseconds),
            ratio_to_bare: self.times.map(|it| it.ratio),
        }
    }

    /// All of them beside what they may be, as a table in Markdown.
    #[must_use]
    pub fn table(all: &[Self], budgets: &Budgets) -> String {
        let mut table = String::from(
            "| case | instructions | added | budget | limit | allocations | added | budget | limit | ns | × bare |\n\
             |---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n",
        );
        for figures in all {
            let number =
                |value: Option<f64>| value.map_or_else(String::new, |it| format!("{it:.0}"));
            let whole = |value: Option<i64>| value.map_or_else(String::new, |it| it.to_string());
            let budget = budgets.budget(figures.name);
            let limit = budgets.limit(figures.name);
            let cells = [
                figures.name.to_owned(),
                number(figures.instructions.map(|it| it.measured)),
                number(figures.instructions.map(Count::added)),
                whole(budget.and_then(|it| it.instructions)),
                whole(limit.and_then(|it| it.instructions)),
                number(figures.allocations.map(|it| it.measured)),
                number(figures.allocations.map(Count::added)),
                whole(budget.and_then(|it| it.allocations)),
                whole(limit.and_then(|it| it.allocations)),
                number(figures.times.map(|it| it.nanoseconds)),
                figures
                    .times
                    .map_or_else(String::new, |it| format!("{:.2}", it.ratio)),
            ];
            let _ = writeln!(table, "| {} |", cells.join(" | "));
        }
        table
    }
}
