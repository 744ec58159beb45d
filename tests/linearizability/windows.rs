//! stateright's linearizability tester, on windows of one resource's history.
//!
//! A window goes from one cut to the next: reads that a run makes while no other request is in
//! flight, so that what they see is the state that the next window starts from. The tester's
//! search is exponential, so windows of more than [`LARGEST`] operations are left out and counted,
//! as are those where [`BUDGET`] steps did not suffice. The order check covers those as well.
//!
//! A read looks the version up and then the content (a label is never newer than what it labels),
//! and a write that does not join the guard's transaction shows its content before its version. So
//! there are two registers, and each is linearizable by itself: the contents, where a label may be
//! older than what it labels, and the versions. Every window is decided for both.
//!
//! An outcome that is unknown is an invocation without an end. Since the end of the run tells
//! whether and where it took effect, it stands in the one window that it did that in; an effect on
//! the version alone (a guard that was lost) may come in the two windows that follow too,
//! and after 503 as well, and after a 404 in the midst of these ([`Losses`]).
//!
//! Until a store knows what became of a lost guard, the key is unknown, and no tag matches; if it
//! turns out that nothing has happened, the tag of before is good again. So where a write has ended
//! in 503 or without an answer, 412 says little. Windows are judged with those refusals at first,
//! and counted as excused if they can be explained only without.

use std::{cell::Cell, cmp::Reverse, collections::BTreeMap, rc::Rc};

use stateright::semantics::{ConsistencyTester as _, LinearizabilityTester};

use crate::history::{Call, Condition, Losses, NEVER, Operation, Outcome, Refusal, Token};
use crate::order::{Order, known_at_invocation};
use crate::resource::{BUDGET, Known, Op, Resource, Ret};
use crate::violation::Violation;

/// The most operations of a window that the tester gets.
pub(crate) const LARGEST: usize = 48;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Decided {
    pub(crate) windows: usize,
    pub(crate) operations: usize,
    pub(crate) undecided: usize,
    /// Of those that were decided: where a guard was lost, without the 412s.
    pub(crate) excused: usize,
}

impl Decided {
    fn add(&mut self, other: Self) {
        self.windows += other.windows;
        self.operations += other.operations;
        self.undecided += other.undecided;
        self.excused += other.excused;
    }
}

/// # Errors
/// The first window that no order explains.
pub(crate) fn check(
    history: &[Operation],
    orders: &BTreeMap<u32, Order>,
) -> Result<Decided, Violation> {
    let losses = Losses::of(history);
    let mut decided = Decided::default();
    for (key, order) in orders {
        let operations: Vec<_> = history.iter().filter(|it| it.key == *key).collect();
        decided.add(check_key(*key, operations, &losses, order)?);
    }
    Ok(decided)
}

/// Where the tester may look first. It judges alone; a good guess saves it the search.
type Guess = (usize, u64, u8, u64);

struct Event {
    guess: Guess,
    invoked: u64,
    ended: u64,
    op: Op,
    ret: Ret,
}

fn check_key(
    key: u32,
    mut operations: Vec<&Operation>,
    losses: &Losses,
    order: &Order,
) -> Result<Decided, Violation> {
    operations.sort_unstable_by_key(|operation| operation.invoked);
    let at = |operation: &Operation| {
        if let Outcome::Read { trail, .. } = &operation.outcome {
            return Some(order.chain.position_of(trail));
        }
        let (token, _) = operation.call.written()?;
        order.chain.position(token)
    };
    let positions: Vec<_> = operations.iter().map(|operation| at(operation)).collect();
    let known = known_at_invocation(&operations, |operation| at(operation).map(|at| at as u64));
    let lost: Vec<u64> = operations
        .iter()
        .zip(&positions)
        .filter(|(operation, at)| losses.may_include(operation) && at.is_none())
        .map(|(operation, _)| operation.invoked)
        .collect();

    // What had an effect and no answer, by position.
    let effects: BTreeMap<usize, usize> = (0..operations.len())
        .filter(|index| operations[*index].outcome == Outcome::Unknown)
        .filter_map(|index| Some((positions[index]?, index)))
        .collect();

    let mut decided = Decided::default();
    let mut cuts = vec![Cut::start()];
    for (index, operation) in operations.iter().enumerate() {
        let cut = match cut(operation, order, &lost) {
            Some(cut) if operation.is_cut => cut,
            _ => continue,
        };
        let from = *cuts.last().unwrap_or(&cut);
        let two_before = cuts[cuts.len().saturating_sub(3)].ended;
        let answered = (from.index..=index).filter(|index| {
            let operation = operations[*index];
            operation.outcome != Outcome::Unknown && from.ended < operation.invoked
        });
        let unanswered = effects
            .range(from.position + 1..)
            .take_while(|(at, _)| **at <= cut.position);
        let inside: Vec<_> = answered
            .chain(unanswered.map(|(_, index)| *index))
            .collect();
        let lapses = lost
            .iter()
            .filter(|invoked| two_before < **invoked && **invoked < cut.ended)
            .count();
        let is_busy = |index: &usize| operations[*index].outcome == Outcome::Refused(Refusal::Busy);
        let is_shaken = lapses > 0 || inside.iter().any(is_busy);
        for register in [Register::Contents, Register::Versions] {
            let mut events: Vec<_> = inside
                .iter()
                .filter_map(|index| {
                    let known = usize::try_from(known[*index]).unwrap_or(usize::MAX);
                    event(
                        register,
                        operations[*index],
                        positions[*index],
                        known,
                        order,
                    )
                })
                .collect();
            if events.len() > LARGEST {
                decided.undecided += 1;
                continue;
            }
            add_lapses(&mut events, lapses, from, order);
            let counted = events.len();
            let mut found = explain(from, &mut events);
            if found == Some(false) && is_shaken {
                events.retain(|event| event.ret != Ret::Refused(Refusal::Precondition));
                found = explain(from, &mut events);
                decided.excused += 1;
            }
            match found {
                Some(true) => {
                    decided.windows += 1;
                    decided.operations += counted;
                }
                Some(false) => {
                    let times = [from.ended, cut.ended];
                    return Err(Violation::NotLinearizable { key, times });
                }
                None => decided.undecided += 1,
            }
        }
        cuts.push(Cut { index, ..cut });
    }
    Ok(decided)
}

/// The state that a window starts from.
#[derive(Clone, Copy, Debug)]
struct Cut {
    index: usize,
    ended: u64,
    position: usize,
    token: Option<Token>,
    is_live: bool,
    version: Known,
}

impl Cut {
    const fn start() -> Self {
        Self {
            index: 0,
            ended: 0,
            position: 0,
            token: None,
            is_live: false,
            version: Known::Exactly(0),
        }
    }
}

/// `None` where a write whose outcome is unknown may be half done: its content is there, and its
/// version is not.
fn cut(operation: &Operation, order: &Order, lost: &[u64]) -> Option<Cut> {
    let Outcome::Read {
        trail,
        is_live,
        label,
    } = &operation.outcome
    else {
        return None;
    };
    let position = order.chain.position_of(trail);
    let step = order.steps[position];
    let version = match *label {
        Some(label) if label >= step.floor => Known::Exactly(label),
        Some(_) => return None,
        None if !step.is_known => return None,
        None if !*is_live && lost.iter().all(|invoked| operation.ended < *invoked) => {
            Known::Exactly(step.floor)
        }
        None => Known::AtLeast(step.floor),
    };
    Some(Cut {
        index: 0,
        ended: operation.ended,
        position,
        token: trail.newest(),
        is_live: *is_live,
        version,
    })
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Register {
    Contents,
    Versions,
}

fn event(
    register: Register,
    operation: &Operation,
    position: Option<usize>,
    known: usize,
    order: &Order,
) -> Option<Event> {
    let steps = &order.steps;
    let (op, is_deletion) = match operation.call {
        Call::Read => (Op::Read, false),
        Call::Put(token, condition) => (Op::Put(token, condition), false),
        Call::Delete(token, condition) => (Op::Delete(token, condition), true),
    };
    let (guess, ret) = match &operation.outcome {
        Outcome::Unknown => {
            let at = position?;
            ((at, steps[at].floor, 0), Ret::Nothing)
        }
        Outcome::Written { version, .. } => {
            let at = position?;
            ((at, steps[at].floor, 0), Ret::Written(*version))
        }
        Outcome::Read {
            trail,
            is_live,
            label,
        } => match register {
            Register::Contents => {
                let at = position?;
                let seen = label.unwrap_or(0).max(steps[at].floor);
                let ret = Ret::Content {
                    token: trail.newest(),
                    is_live: *is_live,
                    label: *label,
                };
                ((at, seen, 2), ret)
            }
            Register::Versions => {
                let label = (*label)?;
                let at = steps.partition_point(|step| step.floor <= label) - 1;
                ((at, label, 2), Ret::Label(label))
            }
        },
        // Says nothing about the resource.
        Outcome::Refused(Refusal::Busy) => return None,
        Outcome::Refused(refusal) => {
            let condition = operation.call.written().map(|(_, condition)| condition);
            let holds = |at: &usize| {
                let step = steps[*at];
                match condition {
                    _ if is_deletion && *refusal == Refusal::Missing => !step.is_live,
                    Some(Condition::Match(named)) => !step.is_live || step.floor != named,
                    _ => step.is_live,
                }
            };
            let at = (known..steps.len()).find(holds).unwrap_or(known);
            ((at, steps[at].floor, 2), Ret::Refused(*refusal))
        }
    };
    Some(Event {
        guess: (guess.0, guess.1, guess.2, operation.invoked),
        invoked: operation.invoked,
        ended: operation.ended,
        op,
        ret,
    })
}

/// Guards that were lost, before the first versions that only they explain.
fn add_lapses(events: &mut Vec<Event>, lapses: usize, from: Cut, order: &Order) {
    let mut needed = Vec::new();
    for event in &*events {
        let (at, version, kind, _) = event.guess;
        match kind {
            0 if version > order.steps[at - 1].floor + 1 => {
                needed.push((at - 1, version - 1, 1, 0));
            }
            2 if version > order.steps[at].floor => needed.push((at, version, 1, 0)),
            _ => {}
        }
    }
    needed.sort_unstable();
    needed.dedup();
    let late = std::iter::repeat((usize::MAX, u64::MAX, 1, 0));
    for guess in needed.into_iter().chain(late).take(lapses) {
        events.push(Event {
            guess,
            invoked: from.ended,
            ended: NEVER,
            op: Op::Lapse,
            ret: Ret::Nothing,
        });
    }
}

/// Whether there is an order that explains the answers; `None` if the budget did not suffice.
fn explain(from: Cut, events: &mut [Event]) -> Option<bool> {
    let budget = Rc::new(Cell::new(BUDGET));
    let mut tester = LinearizabilityTester::new(Resource {
        token: from.token,
        is_live: from.is_live,
        version: from.version,
        budget: Rc::clone(&budget),
    });
    events.sort_by_key(|event| event.guess);
    // Each operation is a thread of its own: the tester derives the order of real time from the
    // order of these calls, and tries threads by their number.
    let mut times = Vec::with_capacity(2 * events.len());
    for (thread, event) in events.iter().enumerate() {
        times.push((event.invoked, false, Reverse(thread)));
        if event.ret != Ret::Nothing {
            times.push((event.ended, true, Reverse(thread)));
        }
    }
    times.sort_unstable();
    for (_, is_answer, Reverse(thread)) in times {
        let event = &events[thread];
        let recorded = if is_answer {
            tester.on_return(thread, event.ret)
        } else {
            tester.on_invoke(thread, event.op)
        };
        recorded.expect("each thread invokes and returns once");
    }
    match tester.is_consistent() {
        true => Some(true),
        false if budget.get() == 0 => None,
        false => Some(false),
    }
}
