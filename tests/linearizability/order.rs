//! The order check of a whole run, in O(n log n): one chain of contents for each resource, the
//! versions rising along it, each conditional write on the version that it named, and all of it in
//! the order of real time.

use std::collections::{BTreeMap, HashMap};

use crate::chain::Chain;
use crate::history::{Call, Condition, Losses, Operation, Outcome, Token};
use crate::violation::Violation;

/// What one write whose guard may be lost may leave out: the version that the lost guard
/// would have made, and one more where that was found out twice.
const GAP: u64 = 2;

/// One resource's writes in their order.
#[derive(Debug)]
pub(crate) struct Order {
    pub(crate) chain: Chain,
    /// By position; the first stands for what was before the first write.
    pub(crate) steps: Vec<Step>,
}

/// What is known after one write.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Step {
    pub(crate) is_live: bool,
    /// As the answer has told it.
    pub(crate) version: Option<u64>,
    /// The version is not below this.
    pub(crate) floor: u64,
    /// The write was answered.
    pub(crate) is_known: bool,
}

/// # Errors
/// The first violation that was found.
pub(crate) fn check(history: &[Operation]) -> Result<BTreeMap<u32, Order>, Violation> {
    let losses = Losses::of(history);
    by_key(history)
        .into_iter()
        .map(|(key, operations)| Ok((key, check_key(&operations, &losses)?)))
        .collect()
}

/// The order alone, for checkers that judge the rest by themselves.
///
/// # Errors
/// The contents form no chain.
pub(crate) fn check_unordered(history: &[Operation]) -> Result<BTreeMap<u32, Order>, Violation> {
    by_key(history)
        .into_iter()
        .map(|(key, operations)| {
            let chain = Chain::of(&operations)?;
            Ok((key, along(chain, &writes(&operations))?))
        })
        .collect()
}

fn by_key(history: &[Operation]) -> BTreeMap<u32, Vec<&Operation>> {
    let mut keys: BTreeMap<u32, Vec<&Operation>> = BTreeMap::new();
    for operation in history {
        keys.entry(operation.key).or_default().push(operation);
    }
    keys
}

fn check_key(operations: &[&Operation], losses: &Losses) -> Result<Order, Violation> {
    versions_are_given_once(operations)?;
    let chain = Chain::of(operations)?;
    let writes = writes(operations);
    let order = along(chain, &writes)?;
    outcomes(operations, &order)?;
    links(operations, losses, &writes, &order)?;
    in_real_time(operations, &order)?;
    labels(operations, &order)?;
    Ok(order)
}

fn versions_are_given_once(operations: &[&Operation]) -> Result<(), Violation> {
    let mut given: HashMap<u64, Token> = HashMap::new();
    for (token, version) in acknowledged(operations) {
        if let Some(other) = version.and_then(|version| given.insert(version, token)) {
            return Err(Violation::DoubleVersion {
                version: version.unwrap_or_default(),
                tokens: [other, token],
            });
        }
    }
    Ok(())
}

fn acknowledged<'a>(
    operations: &'a [&Operation],
) -> impl Iterator<Item = (Token, Option<u64>)> + 'a {
    operations.iter().filter_map(|operation| {
        let (token, _) = operation.call.written()?;
        match operation.outcome {
            Outcome::Written { version, .. } => Some((token, version)),
            _ => None,
        }
    })
}

fn writes<'a>(operations: &[&'a Operation]) -> HashMap<Token, &'a Operation> {
    let written = |operation: &&'a Operation| {
        let (token, _) = operation.call.written()?;
        Some((token, *operation))
    };
    operations.iter().filter_map(written).collect()
}

fn along(chain: Chain, writes: &HashMap<Token, &Operation>) -> Result<Order, Violation> {
    let mut last = Step {
        is_known: true,
        ..Step::default()
    };
    let mut steps = vec![last];
    for token in chain.tokens.iter().copied() {
        let operation = writes.get(&token).ok_or(Violation::Invented { token })?;
        last = last.then(operation);
        steps.push(last);
    }
    Ok(Order { chain, steps })
}

impl Step {
    fn then(self, write: &Operation) -> Self {
        let version = match write.outcome {
            Outcome::Written { version, .. } => version,
            _ => None,
        };
        let floor = match write.call.written() {
            _ if version.is_some() => version.unwrap_or_default(),
            Some((_, Condition::Match(named))) => named + 1,
            _ => self.floor + 1,
        };
        Self {
            is_live: matches!(write.call, Call::Put(..)),
            version,
            floor,
            is_known: write.outcome != Outcome::Unknown,
        }
    }
}

/// What was acknowledged is there, what was refused is not.
fn outcomes(operations: &[&Operation], order: &Order) -> Result<(), Violation> {
    for operation in operations {
        let Some((token, _)) = operation.call.written() else {
            continue;
        };
        let happened = order.chain.position(token).is_some();
        match operation.outcome {
            Outcome::Refused(_) if happened => return Err(Violation::Executed { token }),
            Outcome::Written { .. } if !happened => return Err(Violation::Lost { token }),
            _ => {}
        }
    }
    Ok(())
}

/// Each write on what it asked for, and its version above: by one, but for guards that were lost.
fn links(
    operations: &[&Operation],
    losses: &Losses,
    writes: &HashMap<Token, &Operation>,
    order: &Order,
) -> Result<(), Violation> {
    let mut shaken: Vec<_> = operations
        .iter()
        .filter(|it| losses.may_include(it))
        .map(|it| it.invoked)
        .collect();
    shaken.sort_unstable();
    let mut left_out = 0;
    for (token, pair) in order.chain.tokens.iter().zip(order.steps.windows(2)) {
        let (token, before, step) = (*token, pair[0], pair[1]);
        let write = writes.get(&token).ok_or(Violation::Invented { token })?;
        link(before, step, write, token)?;
        left_out += step.floor - before.floor - 1;
        let excused = shaken.partition_point(|invoked| *invoked < write.ended) as u64 * GAP;
        if left_out > excused {
            let version = step.floor;
            return Err(Violation::Gap { token, version });
        }
    }
    Ok(())
}

fn link(before: Step, step: Step, write: &Operation, token: Token) -> Result<(), Violation> {
    match write.call.written() {
        Some((_, Condition::Match(named))) => {
            if !before.is_live {
                return Err(Violation::Revived { token });
            }
            // What is made of a base is the next version: nobody fits between.
            if named < before.floor || named != token.base || step.floor != named + 1 {
                return Err(Violation::WrongBase { token, named });
            }
        }
        Some((_, Condition::Absent)) if before.is_live => {
            return Err(Violation::Overwrote { token });
        }
        _ if !step.is_live && !before.is_live => return Err(Violation::Revived { token }),
        _ => {}
    }
    if step.floor <= before.floor {
        let version = step.floor;
        return Err(Violation::Fell { token, version });
    }
    Ok(())
}

/// Nothing stands before what was over when it began: the highest position that any answer has
/// told by then is below a write's own, and not above a read's.
fn in_real_time(operations: &[&Operation], order: &Order) -> Result<(), Violation> {
    let position = |operation: &Operation| match (&operation.call, &operation.outcome) {
        (Call::Read, Outcome::Read { trail, .. }) => Some(order.chain.position_of(trail)),
        (call, _) => call
            .written()
            .and_then(|(token, _)| order.chain.position(token)),
    };
    let known = known_at_invocation(operations, |operation| {
        position(operation).map(|at| at as u64)
    });
    for (operation, known) in operations.iter().zip(known) {
        let Some(at) = position(operation) else {
            continue;
        };
        if let Some((token, _)) = operation.call.written() {
            if at as u64 <= known {
                return Err(Violation::OutOfOrder { token });
            }
        } else if (at as u64) < known {
            return Err(Violation::StaleRead {
                read: operation.invoked,
            });
        }
    }
    Ok(())
}

/// A tag is at least as new as every version that was known when the request began, and not newer
/// than the content.
fn labels(operations: &[&Operation], order: &Order) -> Result<(), Violation> {
    let told = |operation: &Operation| match operation.outcome {
        Outcome::Read { label, .. } => label,
        Outcome::Written { version, .. } => version,
        _ => None,
    };
    // The next version that is known, by position.
    let mut next = vec![u64::MAX; order.steps.len() + 1];
    for at in (0..order.steps.len()).rev() {
        next[at] = order.steps[at].version.unwrap_or(next[at + 1]);
    }
    let known = known_at_invocation(operations, told);
    for (operation, known) in operations.iter().zip(known) {
        // A version that somebody has seen is made; no write that begins now makes it.
        let lowest = known + u64::from(operation.call != Call::Read);
        if let Some(version) = told(operation)
            && version < lowest
        {
            return Err(Violation::StaleLabel { version });
        }
        let Outcome::Read {
            trail,
            is_live,
            label,
        } = &operation.outcome
        else {
            continue;
        };
        let at = order.chain.position_of(trail);
        if order.steps[at].is_live != *is_live {
            return Err(Violation::WrongState {
                read: operation.invoked,
            });
        }
        if let Some(version) = *label
            && version >= next[at + 1]
        {
            return Err(Violation::LabelTooNew { version });
        }
    }
    Ok(())
}

/// For each operation, the highest of what the answers before its invocation have told.
pub(crate) fn known_at_invocation(
    operations: &[&Operation],
    told: impl Fn(&Operation) -> Option<u64>,
) -> Vec<u64> {
    enum Event {
        Answer(u64),
        Invocation(usize),
    }
    let mut events = Vec::with_capacity(2 * operations.len());
    for (index, operation) in operations.iter().enumerate() {
        events.push((operation.invoked, Event::Invocation(index)));
        if operation.outcome != Outcome::Unknown
            && let Some(told) = told(operation)
        {
            events.push((operation.ended, Event::Answer(told)));
        }
    }
    events.sort_unstable_by_key(|(time, _)| *time);
    let mut known = vec![0; operations.len()];
    let mut highest = 0;
    for (_, event) in events {
        match event {
            Event::Answer(told) => highest = highest.max(told),
            Event::Invocation(index) => known[index] = highest,
        }
    }
    known
}
