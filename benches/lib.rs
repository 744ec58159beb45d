//! What tower-conditional costs, against peers and limits.
//!
//! # The header check
//! [`cases`] defines what is measured, once; [`measure`] says how. Three programs use them:
//!
//! | command | does |
//! |---|---|
//! | `cargo bench -p tower-conditional-benches --no-default-features --bench gate` | counts instructions and allocations, times, prints the table, writes `target/figures/header_check.csv`, and fails past `benches/budgets.toml` |
//! | the same with `-- --write-budgets` | writes `benches/budgets.toml` anew from what it has counted |
//! | `cargo bench -p tower-conditional-benches --bench header_check` | criterion's statistics of the times alone |
//!
//! The CSV has a header line and one line for each case, in the order of [`cases::all`]:
//! `case,instructions,added_instructions,allocations,added_allocations,time_ns,ratio_to_bare`.
//! All figures are of one call; "added" and the ratio are against the bare service, on the same
//! request in the same run. A figure that was not taken is empty: what runs on several threads is
//! timed alone.

pub mod cases;
pub mod figure_data;
pub mod measure;
pub mod rounds;
