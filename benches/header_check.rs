//! The header check by criterion: the times of each case and of the bare service on the same
//! requests, with their spread, and what has changed since the run before. The two do not take
//! turns, and what a batch takes by itself is in both: for ratios see `gate`.
//!
//! `cargo bench -p tower-conditional-benches --bench header_check`;
//! `cargo bench -p tower-conditional-benches --bench header_check -- 304` for a part.

use std::time::{Duration, Instant};

use criterion::{
    BenchmarkGroup, Criterion, criterion_group, criterion_main, measurement::WallTime,
};
use tokio::runtime::Runtime;
use tower_conditional_benches::{
    cases::{self, Side},
    measure::{Warm, measured_calls},
};

/// So many requests are made before the clock starts, so that making them is not timed. More would
/// have the allocator do what it never does in a server.
const BATCH: usize = 6;

fn header_check(criterion: &mut Criterion) {
    for case in cases::all() {
        let mut group = criterion.benchmark_group(case.name);
        let Warm {
            runtime,
            mut bare,
            mut measured,
            ..
        } = Warm::new(&case);
        time(&mut group, "bare", &runtime, &mut bare);
        time(&mut group, "measured", &runtime, &mut measured);
        group.finish();
    }
}

fn time(group: &mut BenchmarkGroup<'_, WallTime>, name: &str, runtime: &Runtime, side: &mut Side) {
    group.bench_function(name, |bencher| {
        bencher.iter_custom(|calls| {
            let calls = usize::try_from(calls).expect("as many as fit into memory");
            let batches = (0..calls).step_by(BATCH);
            let run = |start: usize| {
                let batch = side(BATCH.min(calls - start));
                let clock = Instant::now();
                measured_calls(runtime, batch);
                clock.elapsed()
            };
            batches.map(run).sum::<Duration>()
        });
    });
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_secs(1));
    targets = header_check
}
criterion_main!(benches);
