use allocation_counter::measure;
use tower_conditional_benches::{
    cases::Side,
    measure::{CALLS, Count, Warm, measured_calls},
};

/// What a call allocates on this thread.
pub(crate) fn count(warm: &mut Warm) -> Count {
    let runtime = &warm.runtime;
    let of = |side: &mut Side| {
        let batches = (0..CALLS).map(|_| {
            let batch = side(1);
            measure(|| measured_calls(runtime, batch)).count_total
        });
        batches.sum()
    };
    Count::of_batches(
        of(&mut warm.empty),
        of(&mut warm.bare),
        of(&mut warm.measured),
    )
}
