//! The checkers find what they look for: histories by hand, one mistake in each.

use libtest_mimic::{Failed, Trial};

use crate::history::{Call, Condition, NEVER, Operation, Outcome, Refusal, Token, Trail};
use crate::violation::Violation;
use crate::{order, windows};

use Condition::{Absent, Match, Unconditional};

type Case = fn() -> Result<(), Failed>;

pub(crate) fn trials() -> Vec<Trial> {
    let cases: [(&str, Case); 16] = [
        ("accept_a_history_without_fault", accepted),
        (
            "accept_writes_whose_outcome_is_unknown_in_either_case",
            unknown_outcomes,
        ),
        ("accept_a_label_that_is_older_than_the_content", older_label),
        ("find_a_lost_update", lost_update),
        ("find_an_acknowledged_write_that_left_no_trace", lost_write),
        ("find_two_commits_with_one_version", double_version),
        ("find_a_stale_read", stale_read),
        ("find_a_stale_label", stale_label),
        ("find_a_label_newer_than_the_content", label_too_new),
        ("find_a_conditional_write_on_a_wrong_base", wrong_base),
        ("find_a_delete_that_was_revived", revived_delete),
        ("find_a_create_over_what_exists", overwritten),
        ("find_a_refused_write_that_happened", refused_and_executed),
        ("find_a_gap_that_nothing_explains", gap),
        ("find_a_dirty_read", dirty_read),
        ("find_a_refusal_without_reason", refused_without_reason),
    ];
    cases
        .into_iter()
        .map(|(name, run)| Trial::test(format!("checkers::{name}"), run))
        .collect()
}

/// One resource's history, written down in the order of time.
#[derive(Default)]
struct Script {
    operations: Vec<Operation>,
    clock: u64,
    trail: Trail,
    is_live: bool,
    label: Option<u64>,
}

fn token(count: u32, base: u64) -> Token {
    Token {
        writer: 1,
        count,
        base,
    }
}

impl Script {
    /// Two writes and a read, with version 2 at the end.
    fn begun() -> Self {
        let mut script = Self::default();
        script.put(1, Absent, 1);
        script.put(2, Match(1), 2);
        script.read();
        script
    }

    fn tick(&mut self) -> u64 {
        self.clock += 1;
        self.clock
    }

    fn add(&mut self, call: Call, outcome: Outcome) -> &mut Operation {
        let invoked = self.tick();
        let ended = match outcome {
            Outcome::Unknown => NEVER,
            _ => self.tick(),
        };
        self.operations.push(Operation {
            key: 0,
            invoked,
            ended,
            call,
            outcome,
            is_cut: false,
            has_left: false,
        });
        let last = self.operations.len() - 1;
        &mut self.operations[last]
    }

    fn named(count: u32, condition: Condition) -> Token {
        match condition {
            Match(base) => token(count, base),
            _ => token(count, 0),
        }
    }

    fn put(&mut self, count: u32, condition: Condition, version: u64) -> &mut Operation {
        let token = Self::named(count, condition);
        self.trail = self.trail.then(token);
        (self.is_live, self.label) = (true, Some(version));
        let outcome = Outcome::Written {
            trail: self.trail.clone(),
            version: Some(version),
        };
        self.add(Call::Put(token, condition), outcome)
    }

    fn delete(&mut self, count: u32, condition: Condition) {
        let token = Self::named(count, condition);
        self.trail = self.trail.then(token);
        (self.is_live, self.label) = (false, None);
        let outcome = Outcome::Written {
            trail: self.trail.clone(),
            version: None,
        };
        self.add(Call::Delete(token, condition), outcome);
    }

    fn lost(&mut self, count: u32, condition: Condition) {
        let call = Call::Put(Self::named(count, condition), condition);
        self.add(call, Outcome::Unknown);
    }

    fn refused(&mut self, count: u32, condition: Condition, refusal: Refusal) {
        let call = Call::Put(Self::named(count, condition), condition);
        self.add(call, Outcome::Refused(refusal));
    }

    /// A DELETE of what is not there.
    fn missing(&mut self, count: u32) {
        let call = Call::Delete(token(count, 0), Unconditional);
        self.add(call, Outcome::Refused(Refusal::Missing));
    }

    fn read(&mut self) -> &mut Operation {
        let outcome = Outcome::Read {
            trail: self.trail.clone(),
            is_live: self.is_live,
            label: self.label,
        };
        let read = self.add(Call::Read, outcome);
        read.is_cut = true;
        read
    }

    /// A read that sees something else than what is there.
    fn read_as(&mut self, trail: Trail, is_live: bool, label: Option<u64>) {
        let outcome = Outcome::Read {
            trail,
            is_live,
            label,
        };
        self.add(Call::Read, outcome);
    }

    fn order(&self) -> Result<(), Violation> {
        order::check(&self.operations).map(drop)
    }

    /// What the tester says of it alone, with the links alone checked.
    fn windows(&self) -> Result<windows::Decided, Violation> {
        let orders = order::check_unordered(&self.operations)?;
        windows::check(&self.operations, &orders)
    }
}

fn expect<T: std::fmt::Debug>(
    found: Result<T, Violation>,
    is_expected: impl Fn(&Violation) -> bool,
) -> Result<(), Failed> {
    match found {
        Err(violation) if is_expected(&violation) => Ok(()),
        other => Err(format!("found {other:?}").into()),
    }
}

fn is_not_linearizable(violation: &Violation) -> bool {
    matches!(violation, Violation::NotLinearizable { .. })
}

fn accepted() -> Result<(), Failed> {
    let mut script = Script::begun();
    script.refused(3, Match(1), Refusal::Precondition);
    script.refused(4, Absent, Refusal::Precondition);
    script.delete(5, Match(2));
    script.refused(6, Match(2), Refusal::Precondition);
    script.read();
    script.put(7, Absent, 4);
    script.put(8, Unconditional, 5);
    script.delete(9, Unconditional);
    script.put(10, Unconditional, 7);
    // Side by side: the answers come in the other order.
    script.put(11, Match(7), 8).ended = 100;
    script.put(12, Match(8), 9).ended = 99;
    script.clock = 100;
    script.read();
    script.order().map_err(|it| format!("{it:?}"))?;
    let decided = script.windows().map_err(|it| format!("{it:?}"))?;
    // Three windows, for contents and for versions.
    assert_eq!((decided.windows, decided.undecided), (6, 0));
    Ok(())
}

fn unknown_outcomes() -> Result<(), Failed> {
    let accept = |script: &Script| {
        script.order().map_err(|it| format!("{it:?}"))?;
        let decided = script.windows().map_err(|it| format!("{it:?}"))?;
        assert_eq!(decided.undecided, 0);
        Ok::<_, String>(())
    };
    // It had no effect, and left no trace.
    let mut nothing = Script::begun();
    nothing.lost(3, Match(2));
    nothing.put(4, Match(2), 3);
    nothing.read();
    accept(&nothing)?;
    // It had none but for the version of a lost guard.
    let mut lapsed = Script::begun();
    lapsed.lost(3, Match(2));
    lapsed.put(4, Unconditional, 4);
    lapsed.read();
    accept(&lapsed)?;
    // The same, and the guard was lost before the handler had begun.
    let mut busy = Script::begun();
    busy.refused(3, Match(2), Refusal::Busy);
    busy.put(4, Unconditional, 4);
    busy.read();
    accept(&busy)?;
    // A 404, whose guard was lost when it was released, as another resource's was.
    let mut released = Script::begun();
    released.delete(3, Unconditional);
    released.refused(4, Unconditional, Refusal::Busy);
    released.operations.last_mut().expect("it was added").key = 1;
    released.missing(5);
    released.put(6, Absent, 5);
    released.read();
    accept(&released)?;
    // The key was read meanwhile, and adopted with a version that no write had.
    let mut adopted = Script::begun();
    adopted.lost(3, Match(2));
    adopted.label = Some(3);
    adopted.read();
    adopted.put(4, Match(3), 4);
    adopted.read();
    accept(&adopted)?;
    // It had one, in the window after the one in which it was sent.
    let mut late = Script::begun();
    late.lost(3, Unconditional);
    late.read();
    late.trail = late.trail.then(token(3, 0));
    late.put(4, Match(3), 4);
    late.read();
    accept(&late)?;
    // Twice is once too many.
    late.trail = late.trail.then(token(3, 0));
    late.put(5, Unconditional, 6);
    late.read();
    expect(late.order(), |it| {
        matches!(
            it,
            Violation::TwoParents { .. } | Violation::LostUpdate { .. }
        )
    })
}

fn older_label() -> Result<(), Failed> {
    let mut script = Script::begun();
    // A write that is not done when a read has seen its content under the tag of before.
    let before = script.trail.clone();
    script.put(3, Match(2), 3).ended = 50;
    script.read_as(before.then(token(3, 2)), true, Some(2));
    script.clock = 50;
    script.read();
    script.order().map_err(|it| format!("{it:?}"))?;
    script.windows().map_err(|it| format!("{it:?}"))?;
    Ok(())
}

fn lost_update() -> Result<(), Failed> {
    let mut script = Script::begun();
    let base = script.trail.clone();
    script.put(3, Match(2), 3);
    script.trail = base;
    script.put(4, Unconditional, 4);
    script.read();
    expect(
        script.order(),
        |it| matches!(it, Violation::LostUpdate { parent: Some(parent), .. } if parent.count == 2),
    )
}

fn lost_write() -> Result<(), Failed> {
    let mut script = Script::begun();
    let before = script.trail.clone();
    let lost = script.put(3, Match(2), 3);
    lost.outcome = Outcome::Written {
        trail: Trail::default(),
        version: Some(3),
    };
    (script.trail, script.label) = (before, Some(2));
    script.read();
    expect(script.order(), |it| matches!(it, Violation::Lost { .. }))
}

fn double_version() -> Result<(), Failed> {
    let mut script = Script::begun();
    script.put(3, Unconditional, 3);
    script.put(4, Unconditional, 3);
    script.read();
    expect(script.order(), |it| {
        matches!(it, Violation::DoubleVersion { version: 3, .. })
    })?;
    expect(script.windows(), is_not_linearizable)
}

fn stale_read() -> Result<(), Failed> {
    let mut script = Script::begun();
    let before = script.trail.clone();
    script.put(3, Match(2), 3);
    script.read_as(before, true, None);
    script.read();
    expect(script.order(), |it| {
        matches!(it, Violation::StaleRead { .. })
    })?;
    expect(script.windows(), is_not_linearizable)
}

fn stale_label() -> Result<(), Failed> {
    let mut script = Script::begun();
    script.put(3, Match(2), 3);
    let trail = script.trail.clone();
    script.read_as(trail, true, Some(2));
    script.read();
    expect(script.order(), |it| {
        matches!(it, Violation::StaleLabel { version: 2 })
    })?;
    expect(script.windows(), is_not_linearizable)
}

fn label_too_new() -> Result<(), Failed> {
    let mut script = Script::begun();
    // The read begins before the write, and ends after it.
    let trail = script.trail.clone();
    script.read_as(trail, true, Some(3));
    let read = script.operations.len() - 1;
    script.put(3, Match(2), 3);
    script.operations[read].ended = 50;
    script.clock = 50;
    script.read();
    expect(script.order(), |it| {
        matches!(it, Violation::LabelTooNew { version: 3 })
    })?;
    expect(script.windows(), is_not_linearizable)
}

fn wrong_base() -> Result<(), Failed> {
    let mut script = Script::begun();
    script.put(3, Unconditional, 3);
    script.put(4, Match(2), 4);
    script.read();
    expect(script.order(), |it| {
        matches!(it, Violation::WrongBase { named: 2, .. })
    })?;
    expect(script.windows(), is_not_linearizable)?;

    // The same by one whose answer was lost.
    let mut script = Script::begun();
    script.put(3, Unconditional, 3);
    script.lost(4, Match(2));
    script.trail = script.trail.then(token(4, 2));
    script.label = Some(4);
    script.read();
    expect(script.order(), |it| {
        matches!(it, Violation::WrongBase { named: 2, .. })
    })
}

fn revived_delete() -> Result<(), Failed> {
    let mut script = Script::begun();
    script.delete(3, Match(2));
    script.put(4, Match(2), 4);
    script.read();
    expect(script.order(), |it| matches!(it, Violation::Revived { .. }))?;
    expect(script.windows(), is_not_linearizable)?;

    // The version starts over with the resource.
    let mut script = Script::begun();
    script.delete(3, Unconditional);
    script.put(4, Absent, 1);
    script.read();
    expect(script.order(), |it| {
        matches!(it, Violation::DoubleVersion { version: 1, .. })
    })?;

    // The deletion is undone by a write that had begun before it.
    let mut script = Script::begun();
    let before = script.trail.clone();
    script.delete(3, Unconditional);
    script.trail = before;
    script.put(4, Unconditional, 4);
    script.read();
    expect(script.order(), |it| {
        matches!(it, Violation::LostUpdate { .. })
    })
}

fn overwritten() -> Result<(), Failed> {
    let mut script = Script::begun();
    script.put(3, Absent, 3);
    script.read();
    expect(script.order(), |it| {
        matches!(it, Violation::Overwrote { .. })
    })?;
    expect(script.windows(), is_not_linearizable)
}

fn refused_and_executed() -> Result<(), Failed> {
    let mut script = Script::begun();
    script.refused(3, Match(1), Refusal::Precondition);
    script.trail = script.trail.then(token(3, 1));
    script.read();
    expect(script.order(), |it| {
        matches!(it, Violation::Executed { .. })
    })
}

fn gap() -> Result<(), Failed> {
    let mut script = Script::begun();
    script.put(3, Unconditional, 4);
    script.read();
    expect(script.order(), |it| {
        matches!(it, Violation::Gap { version: 4, .. })
    })?;
    expect(script.windows(), is_not_linearizable)?;
    // A 404 alone loses no guard, and a client that leaves no other's.
    let mut missing = Script::begun();
    missing.delete(3, Unconditional);
    missing.lost(4, Unconditional);
    let left = missing.operations.last_mut().expect("it was added");
    (left.key, left.has_left) = (1, true);
    missing.missing(5);
    missing.put(6, Absent, 5);
    missing.read();
    expect(missing.order(), |it| {
        matches!(it, Violation::Gap { version: 5, .. })
    })?;
    expect(missing.windows(), is_not_linearizable)
}

fn dirty_read() -> Result<(), Failed> {
    let mut script = Script::begun();
    script.lost(3, Match(2));
    let rolled_back = script.trail.then(token(3, 2));
    script.read_as(rolled_back, true, None);
    script.read();
    expect(script.order(), |it| {
        matches!(it, Violation::Vanished { .. })
    })
}

fn refused_without_reason() -> Result<(), Failed> {
    let mut script = Script::begun();
    script.refused(3, Match(2), Refusal::Precondition);
    script.read();
    expect(script.windows(), is_not_linearizable)
}
