use std::fmt::Write;

use super::{Budgets, Count, Times};

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
    /// All of them as the CSV that the plots are made from.
    #[must_use]
    pub fn csv(all: &[Self]) -> String {
        let mut csv = String::from(
            "case,instructions,added_instructions,allocations,added_allocations,time_ns,ratio_to_bare\n",
        );
        for figures in all {
            let number =
                |value: Option<f64>| value.map_or_else(String::new, |it| format!("{it:.3}"));
            let line = [
                figures.instructions.map(|it| it.measured),
                figures.instructions.map(Count::added),
                figures.allocations.map(|it| it.measured),
                figures.allocations.map(Count::added),
                figures.times.map(|it| it.nanoseconds),
                figures.times.map(|it| it.ratio),
            ];
            let _ = writeln!(csv, "{},{}", figures.name, line.map(number).join(","));
        }
        csv
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
