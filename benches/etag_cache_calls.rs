//! The program that the gate runs for tower-etag-cache.

use tower_conditional_benches::{cases, measure::run_calls};

fn main() {
    run_calls(cases::of_http_02());
}
