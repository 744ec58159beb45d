use std::{
    borrow::Borrow,
    cmp::Ordering,
    collections::{BTreeMap, btree_map::Entry},
};

use super::{Claim, Preference};

/// The winning claim of each field: a function of the set of `claims`, in whatever order and
/// however often they come.
///
/// `claims` are pairs of a field's name and a claim, owned or borrowed; `preference` gives the
/// policy of a field, the same each time that it is asked. The work is one comparison a claim,
/// beside the look-up of its field.
///
/// The rules, and an example, are in the [module's documentation](super).
pub fn resolve<F, C, V, T, S, P>(
    claims: impl IntoIterator<Item = (F, C)>,
    preference: impl Fn(&F) -> P,
) -> BTreeMap<F, C>
where
    F: Ord,
    C: Borrow<Claim<V, T, S>>,
    P: Preference<V, T, S>,
    V: Ord,
    T: Ord,
    S: Ord,
{
    let mut winners = BTreeMap::new();
    for (field, claim) in claims {
        match winners.entry(field) {
            Entry::Vacant(entry) => {
                entry.insert(claim);
            }
            Entry::Occupied(mut entry) => {
                let preference = preference(entry.key());
                if compare(&preference, claim.borrow(), entry.get().borrow()).is_gt() {
                    entry.insert(claim);
                }
            }
        }
    }
    winners
}

/// The winner of the claims on one field; `None` if there are none.
///
/// ```
/// use tower_conditional::merge::resolution::{Claim, Confidence, Policy, winner};
///
/// let old = Claim { value: 1, confidence: Confidence::FULL, observed_at: 10, source: "a" };
/// let new = Claim { value: 2, observed_at: 20, ..old };
/// assert_eq!(winner([old, new], &Policy::MostRecent), Some(new));
/// assert_eq!(winner([&new, &old, &new], &Policy::FirstSeen), Some(&old));
/// ```
pub fn winner<C, V, T, S, P>(claims: impl IntoIterator<Item = C>, preference: &P) -> Option<C>
where
    C: Borrow<Claim<V, T, S>>,
    P: Preference<V, T, S> + ?Sized,
    V: Ord,
    T: Ord,
    S: Ord,
{
    claims
        .into_iter()
        .max_by(|one, other| compare(preference, one.borrow(), other.borrow()))
}

/// The total order of the claims on one field; the greatest wins, and only claims that are the
/// same compare equal. For lists that show what lost, too.
///
/// ```
/// use tower_conditional::merge::resolution::{Claim, Confidence, Policy, compare};
///
/// let crm = Claim { value: "x", confidence: Confidence::FULL, observed_at: 10, source: "crm" };
/// let web = Claim { source: "web", ..crm };
/// // All else is equal: the source that is first in ascending order wins.
/// assert!(compare(&Policy::MostRecent, &crm, &web).is_gt());
/// ```
pub fn compare<V, T, S, P>(preference: &P, one: &Claim<V, T, S>, other: &Claim<V, T, S>) -> Ordering
where
    P: Preference<V, T, S> + ?Sized,
    V: Ord,
    T: Ord,
    S: Ord,
{
    preference
        .rank(one)
        .cmp(&preference.rank(other))
        .then_with(|| preference.policy().compare(one, other))
}
