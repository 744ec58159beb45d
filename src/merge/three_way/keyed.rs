//! Arrays whose elements are told apart by a key, and the order in which two edits of one stand.

use std::collections::HashMap;

use serde_json::Value;

use super::{decimal::Decimal, equal::same};

/// What tells an element apart from the others of its array.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Key<'v> {
    Number(Decimal),
    String(&'v str),
}

impl<'v> Key<'v> {
    fn of(element: &'v Value, member: &str) -> Option<Self> {
        match element.get(member)? {
            Value::String(text) => Some(Self::String(text)),
            Value::Number(number) => Decimal::of(number).map(Self::Number),
            _ => None,
        }
    }
}

/// An array in which each element has a key of its own.
pub(super) struct Keyed<'v> {
    order: Vec<Key<'v>>,
    elements: HashMap<Key<'v>, &'v Value>,
}

impl<'v> Keyed<'v> {
    /// `None` if an element has no key, or one that another has too.
    pub(super) fn of(array: &'v [Value], member: &str) -> Option<Self> {
        let order = array.iter().map(|element| Key::of(element, member));
        let order = order.collect::<Option<Vec<_>>>()?;
        let elements: HashMap<_, _> = order.iter().cloned().zip(array).collect();
        (elements.len() == order.len()).then_some(Self { order, elements })
    }

    pub(super) fn get(&self, key: &Key<'_>) -> Option<&'v Value> {
        self.elements.get(key).copied()
    }

    fn has(&self, key: &Key<'_>) -> bool {
        self.elements.contains_key(key)
    }

    /// The keys that `others` have too, in this array's order.
    fn shared_with<'s>(&'s self, others: &[&Self]) -> Vec<&'s Key<'v>> {
        let shared = |key: &&Key<'v>| others.iter().all(|other| other.has(key));
        self.order.iter().filter(shared).collect()
    }

    /// The elements that `other` lacks and has not rightly deleted, after the last one before
    /// them that it has.
    fn runs<'s>(
        &'s self,
        base: &Self,
        other: &Self,
    ) -> HashMap<Option<&'s Key<'v>>, Vec<&'s Key<'v>>> {
        let mut runs = HashMap::<_, Vec<_>>::new();
        let mut last = None;
        for key in &self.order {
            if other.has(key) {
                last = Some(key);
            } else if !base.has(key) || !same(base.get(key), self.get(key)) {
                runs.entry(last).or_default().push(key);
            }
        }
        runs
    }
}

/// The order of the merged array, by key; `None` if both sides moved the elements that both have,
/// in different ways.
pub(super) fn order<'s, 'v>(
    base: &Keyed<'v>,
    ours: &'s Keyed<'v>,
    theirs: &'s Keyed<'v>,
) -> Option<Vec<&'s Key<'v>>> {
    let our_order = ours.shared_with(&[theirs]);
    let their_order = theirs.shared_with(&[ours]);
    let shared = if our_order == their_order {
        our_order
    } else {
        let base_order = base.shared_with(&[ours, theirs]);
        let we_moved = ours.shared_with(&[base, theirs]) != base_order;
        let they_moved = theirs.shared_with(&[base, ours]) != base_order;
        match (we_moved, they_moved) {
            (true, false) => our_order,
            (false, true) => their_order,
            // Neither moved: both added one key, in two places.
            (true, true) | (false, false) => return None,
        }
    };
    let our_runs = ours.runs(base, theirs);
    let their_runs = theirs.runs(base, ours);
    let mut merged = Vec::new();
    for after in std::iter::once(None).chain(shared.into_iter().map(Some)) {
        merged.extend(after);
        let run = |runs: &HashMap<_, Vec<&'s Key<'v>>>| runs.get(&after).cloned();
        let mut runs = [run(&our_runs), run(&their_runs)];
        // By the first keys, which no two runs share: the same order from either side.
        runs.sort();
        merged.extend(runs.into_iter().flatten().flatten());
    }
    Some(merged)
}
