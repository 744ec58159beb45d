use std::env;

use crate::cases::Case;

use super::{CALLS, Times, Warm, end_of_count, measured_calls};

/// What a program that the gate runs does: all `cases` in turn, `count`ed by callgrind from outside
/// or `time`d. For each it prints a line, in the order in which callgrind's dumps come.
///
/// # Panics
/// The program was told to do something else.
pub fn run_calls(cases: Vec<Case>) {
    let task = env::args().nth(1);
    for case in cases {
        match task.as_deref() {
            Some("count") if !case.is_counted => {}
            Some("count") => {
                let mut warm = Warm::new(&case);
                for side in [&mut warm.empty, &mut warm.bare, &mut warm.measured] {
                    for _ in 0..CALLS {
                        measured_calls(&warm.runtime, side(1));
                    }
                    end_of_count();
                }
                println!("{}", case.name);
            }
            Some("time") => {
                let Times { nanoseconds, ratio } = Times::of(&mut Warm::new(&case));
                println!("{} {nanoseconds} {ratio}", case.name);
            }
            _ => panic!("what to do: count or time"),
        }
    }
}
