//! `merge::resolution`: the laws, over claims from domains so small that ties of every depth and
//! repetitions are common.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet, HashSet},
};

use proptest::{collection::vec, prelude::*, sample::select};
use tower_conditional::merge::resolution::{
    Claim, Confidence, Policy, Preference, Ranked, compare, resolve, winner,
};

type Said = Claim<Vec<u8>, u8, &'static str>;
type Rank = fn(&Said) -> u8;

/// The policies, alone and behind ranks that tie seldom, often, and always.
fn rule() -> impl Strategy<Value = Ranked<Rank>> {
    const RANKS: [Rank; 4] = [
        |_| 0,
        |claim| u8::from(claim.source == "b"),
        |claim| claim.value.first().copied().unwrap_or(0),
        |claim| claim.observed_at ^ 1,
    ];
    (policy(), select(&RANKS[..])).prop_map(|(policy, rank)| policy.after(rank))
}

fn policy() -> impl Strategy<Value = Policy> {
    select(
        &[
            Policy::HighestConfidence,
            Policy::MostRecent,
            Policy::FirstSeen,
        ][..],
    )
}

fn claim() -> impl Strategy<Value = Said> {
    let confidence = select(&[-0.0, 0.0, 0.5, 1.0][..]);
    (
        vec(0..2_u8, 0..2),
        confidence,
        0..3_u8,
        select(&["", "a", "b"][..]),
    )
        .prop_map(|(value, confidence, observed_at, source)| Claim {
            value,
            confidence: Confidence::new(confidence).unwrap(),
            observed_at,
            source,
        })
}

fn claims() -> impl Strategy<Value = Vec<(u8, Said)>> {
    vec((0..3_u8, claim()), 0..24)
}

/// A rule for each of the three fields.
fn rules() -> impl Strategy<Value = [Ranked<Rank>; 3]> {
    [rule(), rule(), rule()]
}

fn record(
    claims: impl IntoIterator<Item = (u8, Said)>,
    rules: &[Ranked<Rank>; 3],
) -> BTreeMap<u8, Said> {
    resolve(claims, |&field| &rules[usize::from(field)])
}

/// The contract's words as sort keys, least first, without the library's comparison.
fn sorted_as_the_contract_says(policy: Policy, mut claims: Vec<Said>) -> Vec<Said> {
    claims.sort_by_key(|claim| {
        let ties = (claim.source, claim.value.clone());
        let (oldest, surest) = (claim.observed_at, Reverse(claim.confidence));
        let latest = Reverse(oldest);
        match policy {
            Policy::HighestConfidence => (Some((surest, latest)), None, None, ties),
            Policy::MostRecent => (None, Some((latest, surest)), None, ties),
            _ => (None, None, Some((oldest, surest)), ties),
        }
    });
    claims
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]

    #[test]
    fn any_order_of_arrival_gives_the_same_record(
        (one, other) in claims().prop_flat_map(|it| (Just(it.clone()), Just(it).prop_shuffle())),
        rules in rules(),
    ) {
        prop_assert_eq!(record(one, &rules), record(other, &rules));
    }

    #[test]
    fn any_repetition_gives_the_same_record(
        (claims, order) in claims().prop_flat_map(|it| {
            let twice = [it.clone(), it.clone()].concat();
            (Just(it), Just(twice).prop_shuffle())
        }),
        rules in rules(),
    ) {
        prop_assert_eq!(record(order, &rules), record(claims, &rules));
    }

    #[test]
    fn a_resolved_record_resolves_to_itself(claims in claims(), rules in rules()) {
        let once = record(claims, &rules);
        prop_assert_eq!(record(once.clone(), &rules), once);
    }

    #[test]
    fn winners_of_parts_resolve_to_the_winners_of_the_whole(
        (a, b, c) in (claims(), claims(), claims()),
        rules in rules(),
    ) {
        let whole = record([a.clone(), b.clone(), c.clone()].concat(), &rules);
        let join = |one: BTreeMap<_, _>, other| record(one.into_iter().chain(other), &rules);
        let [a, b, c] = [a, b, c].map(|part| record(part, &rules));
        prop_assert_eq!(&join(join(a.clone(), b.clone()), c.clone()), &whole);
        prop_assert_eq!(&join(a, join(b, c)), &whole);
    }

    #[test]
    fn each_field_is_there_once_with_a_claim_that_was_made_on_it(
        claims in claims(),
        rules in rules(),
    ) {
        let fields: BTreeSet<u8> = claims.iter().map(|(field, _)| *field).collect();
        let made: HashSet<_> = claims.iter().cloned().collect();
        let record = record(claims, &rules);
        prop_assert!(record.keys().eq(&fields));
        prop_assert!(record.into_iter().all(|winner| made.contains(&winner)));
    }

    #[test]
    fn one_field_does_not_look_at_another(claims in claims(), rules in rules()) {
        let whole = record(claims.clone(), &rules);
        let alone = record(claims.into_iter().filter(|(field, _)| *field == 0), &rules);
        prop_assert_eq!(alone.get(&0), whole.get(&0));
    }

    #[test]
    fn only_the_same_claim_ties_and_the_order_is_total(
        (a, b, c) in (claim(), claim(), claim()),
        rule in rule(),
    ) {
        let order = |one, other| compare(&rule, one, other);
        prop_assert_eq!(order(&a, &b).is_eq(), a == b);
        prop_assert_eq!(order(&a, &b), order(&b, &a).reverse());
        if order(&a, &b).is_le() && order(&b, &c).is_le() {
            prop_assert!(order(&a, &c).is_le());
        }
    }

    #[test]
    fn a_policy_picks_what_sorting_by_the_contract_picks(
        claims in vec(claim(), 0..12),
        policy in policy(),
    ) {
        let sorted = sorted_as_the_contract_says(policy, claims.clone());
        prop_assert_eq!(winner(&claims, &policy), sorted.first());
    }

    #[test]
    fn no_other_claim_has_a_higher_rank(claims in vec(claim(), 1..12), rule in rule()) {
        let top = claims.iter().map(|claim| rule.rank(claim)).max();
        let winner = winner(&claims, &rule);
        prop_assert_eq!(winner.map(|claim| rule.rank(claim)), top);
    }

    #[test]
    fn one_more_claim_wins_or_changes_nothing(
        claims in vec(claim(), 1..12),
        more in claim(),
        rule in rule(),
    ) {
        let before = winner(claims.clone(), &rule);
        let after = winner([claims, vec![more.clone()]].concat(), &rule);
        prop_assert!(after == before || after == Some(more));
    }

    #[test]
    fn a_loser_taken_back_changes_nothing(claims in vec(claim(), 1..12), policy in policy()) {
        let won = winner(claims.clone(), &policy);
        for lost in claims.iter().filter(|claim| Some(*claim) != won.as_ref()) {
            let rest = claims.iter().filter(|claim| *claim != lost).cloned();
            prop_assert_eq!(&winner(rest, &policy), &won);
        }
    }

    #[test]
    fn more_confidence_never_makes_a_winner_lose(
        claims in vec(claim(), 0..12),
        wins in claim(),
        policy in policy(),
    ) {
        let surer = Claim { confidence: Confidence::FULL, ..wins.clone() };
        for claim in &claims {
            prop_assert!(compare(&policy, &surer, claim) >= compare(&policy, &wins, claim));
        }
    }

    #[test]
    fn the_time_that_a_policy_names_wins_over_everything_else(
        (one, other) in (claim(), claim()),
    ) {
        prop_assume!(one.observed_at != other.observed_at);
        let [early, late] = if one.observed_at < other.observed_at { [one, other] } else { [other, one] };
        prop_assert_eq!(winner([&early, &late], &Policy::MostRecent), Some(&late));
        prop_assert_eq!(winner([&early, &late], &Policy::FirstSeen), Some(&early));
    }

    #[test]
    fn confidences_are_the_numbers_from_0_to_1_in_their_order(
        one in prop_oneof![any::<f64>(), 0.0..=1.0],
        other in prop_oneof![any::<f64>(), 0.0..=1.0],
    ) {
        prop_assert_eq!(Confidence::new(one).is_ok(), (0.0..=1.0).contains(&one));
        if let (Ok(low), Ok(high)) = (Confidence::new(one), Confidence::new(other)) {
            prop_assert_eq!(Some(low.cmp(&high)), one.partial_cmp(&other));
            prop_assert_eq!(low.get().total_cmp(&one.abs()), std::cmp::Ordering::Equal);
        }
    }
}
