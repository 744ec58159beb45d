//! How a case is measured: always both sides of it, beside each other.
//!
//! * **Instructions** are callgrind's, of the programs `header_check_calls` and, for a peer of
//!   http 0.2, `etag_cache_calls`, which go through their cases under valgrind three times. Each call runs by itself, in a warm process; what it takes to run
//!   no call is subtracted. Those of the kernel and of other threads are not in it, nor those
//!   that make the request.
//! * **Allocations** are counted by the program `gate`, in the same way, by a counting allocator
//!   that the others that are timed do without, but for `scale`. A reallocation counts as one.
//! * **Times** are medians of many short batches, in which the two sides take turns: on a machine
//!   that others use too, the ratio says more than the times themselves. Cases that no count can
//!   tell about, since they differ in what is in the processor's caches or on other threads, are
//!   timed alone.

mod budgets;
mod callgrind;
mod calls;
mod count;
mod environment;
mod figures;
mod times;
mod warm;

pub use budgets::{Budgets, InvalidBudgets};
pub use callgrind::count_instructions;
pub use calls::run_calls;
pub use count::{CALLS, Count};
pub use environment::Environment;
pub use figures::{Figures, Row};
pub use times::{Times, read_times};
pub use warm::{Warm, end_of_count, measured_calls};
