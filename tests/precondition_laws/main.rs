//! Laws of the preconditions: what holds whatever the bytes.
//!
//! - [`entity_tag`], [`version`]: parse and print are one to one, comparison is that of §8.8.3.2.
//! - [`list`]: field lines are taken exactly where an independent reading of the grammar takes them, and mean the same.
//! - [`order`]: a slow evaluator, written from §13.2.2 step by step, agrees on whole requests.
//! - [`guard`]: no bad byte lets a write through that a good one would have stopped; a pin holds what was judged.
//! - [`headers_crate`]: another implementation agrees on valid input.
//!
//! Not here: that the work is linear in the length of a list. It shows in instructions, which a test does not count;
//! the benchmark does.

mod entity_tag;
mod grammar;
mod guard;
mod headers_crate;
mod line;
mod list;
mod order;
mod request;
mod version;

use proptest::test_runner::Config;

/// The usual 256 cases a law, few enough to be run for every mutant; `PROPTEST_CASES` asks for more. A failure prints
/// its smallest case, which then becomes a row of the table: no file of seeds is kept.
fn cases() -> Config {
    Config {
        failure_persistence: None,
        ..Config::default()
    }
}
