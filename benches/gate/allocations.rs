use tower_conditional_benches::{
    cases::Side,
    measure::{CALLS, Count, Warm, measured_calls, per_call},
};

/// What a call allocates, on this thread, whose calls the counting allocator counts.
pub(crate) fn count(warm: &mut Warm) -> Count {
    let Warm {
        runtime,
        bare,
        measured,
    } = warm;
    let of = |side: &mut Side, calls| {
        let batch = side(calls);
        allocation_counter::measure(|| measured_calls(runtime, batch)).count_total
    };
    let per_call_of = |side: &mut Side| per_call(of(side, CALLS), of(side, 2 * CALLS));
    Count {
        bare: per_call_of(bare),
        measured: per_call_of(measured),
    }
}
