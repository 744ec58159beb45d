//! `merge::resolution`: each policy and each of its ties, claim by claim.

use std::collections::{BTreeMap, HashSet};

use tower_conditional::merge::resolution::{
    Claim, Confidence, InvalidConfidenceKind, InvalidPolicyKind, Policy, Preference, compare,
    resolve, winner,
};

type Said = Claim<&'static str, u32, &'static str>;

/// (confidence in percent, time, source, value)
type Row = (u32, u32, &'static str, &'static str);

fn said((percent, observed_at, source, value): Row) -> Said {
    Claim {
        value,
        confidence: Confidence::new(f64::from(percent) / 100.0).unwrap(),
        observed_at,
        source,
    }
}

fn assert_beats(policy: Policy, wins: Row, loses: Row) {
    let (wins, loses) = (said(wins), said(loses));
    assert_eq!(
        winner([wins, loses], &policy),
        Some(wins),
        "{policy}, winner first"
    );
    assert_eq!(
        winner([loses, wins], &policy),
        Some(wins),
        "{policy}, winner last"
    );
    assert!(
        compare(&policy, &wins, &loses).is_gt(),
        "{policy}, compared"
    );
}

#[test]
fn highest_confidence_then_most_recent_then_source_then_value() {
    for (wins, loses) in [
        ((90, 1, "z", "z"), (80, 9, "a", "a")),
        ((90, 9, "z", "z"), (90, 1, "a", "a")),
        ((90, 9, "a", "z"), (90, 9, "z", "a")),
        ((90, 9, "a", "a"), (90, 9, "a", "z")),
    ] {
        assert_beats(Policy::HighestConfidence, wins, loses);
    }
}

#[test]
fn most_recent_then_highest_confidence_then_source_then_value() {
    for (wins, loses) in [
        ((10, 9, "z", "z"), (90, 1, "a", "a")),
        ((90, 9, "z", "z"), (10, 9, "a", "a")),
        ((90, 9, "a", "z"), (90, 9, "z", "a")),
        ((90, 9, "a", "a"), (90, 9, "a", "z")),
    ] {
        assert_beats(Policy::MostRecent, wins, loses);
    }
}

#[test]
fn first_seen_then_highest_confidence_then_source_then_value() {
    for (wins, loses) in [
        ((10, 1, "z", "z"), (90, 9, "a", "a")),
        ((90, 1, "z", "z"), (10, 1, "a", "a")),
        ((90, 1, "a", "z"), (90, 1, "z", "a")),
        ((90, 1, "a", "a"), (90, 1, "a", "z")),
    ] {
        assert_beats(Policy::FirstSeen, wins, loses);
    }
}

#[test]
fn sources_and_values_order_by_bytes_not_by_alphabet_or_number() {
    let policy = Policy::MostRecent;
    assert_beats(policy, (50, 1, "B", ""), (50, 1, "a", ""));
    assert_beats(policy, (50, 1, "a", ""), (50, 1, "aa", ""));
    assert_beats(policy, (50, 1, "z", ""), (50, 1, "é", ""));
    assert_beats(policy, (50, 1, "s", "10"), (50, 1, "s", "9"));
}

#[test]
fn each_field_goes_by_its_own_policy_and_by_most_recent_without_one() {
    let (sure, late, early) = (
        said((90, 5, "crm", "sure")),
        said((10, 9, "form", "late")),
        said((10, 1, "import", "early")),
    );
    let policies = BTreeMap::from([
        ("confidence", Policy::HighestConfidence),
        ("recent", Policy::MostRecent),
        ("first", Policy::FirstSeen),
    ]);
    let claims = ["confidence", "recent", "first", "none"]
        .into_iter()
        .flat_map(|field| [late, sure, early].map(|claim| (field, claim)));

    let record = resolve(claims, |field| {
        policies.get(field).copied().unwrap_or_default()
    });

    assert_eq!(
        record,
        BTreeMap::from([
            ("confidence", sure),
            ("recent", late),
            ("first", early),
            ("none", late),
        ])
    );
}

#[test]
fn no_claims_have_no_winner() {
    assert_eq!(
        winner(std::iter::empty::<Said>(), &Policy::MostRecent),
        None
    );
    let none = std::iter::empty::<(&str, Said)>();
    assert!(resolve(none, |_| Policy::MostRecent).is_empty());
}

#[test]
fn a_rank_of_ones_own_comes_first_and_the_policy_after_it_breaks_its_ties() {
    let trusted = |claim: &Said| claim.source.starts_with("desk");
    let import = said((100, 9, "import", "x"));
    let desk_new = said((10, 5, "desk-1", "y"));
    let desk_old = said((10, 1, "desk-2", "z"));
    let claims = [import, desk_new, desk_old];

    let recent = Policy::MostRecent.after(trusted);
    assert_eq!(winner(claims, &recent), Some(desk_new));
    let first = Policy::FirstSeen.after(trusted);
    assert_eq!(winner(claims, &first), Some(desk_old));
}

#[test]
fn a_preference_of_ones_own_type_can_hold_named_policies_beside_new_ones() {
    enum Rule {
        Named(Policy),
        Longest,
    }
    impl<T, S> Preference<&str, T, S> for Rule {
        type Rank = usize;
        fn rank(&self, claim: &Claim<&str, T, S>) -> usize {
            match self {
                Self::Named(_) => 0,
                Self::Longest => claim.value.len(),
            }
        }
        fn policy(&self) -> Policy {
            match self {
                Self::Named(policy) => *policy,
                Self::Longest => Policy::FirstSeen,
            }
        }
    }

    let rules = BTreeMap::from([
        ("bio", Rule::Longest),
        ("name", Rule::Named(Policy::MostRecent)),
    ]);
    let (long, short) = (said((50, 1, "a", "long")), said((50, 9, "a", "brf")));
    let claims = [
        ("bio", long),
        ("bio", short),
        ("name", long),
        ("name", short),
    ];
    let record = resolve(claims, |field| &rules[field]);
    assert_eq!(record, BTreeMap::from([("bio", long), ("name", short)]));
}

#[test]
fn canonical_bytes_times_and_shared_sources_of_any_type_do() {
    use std::{sync::Arc, time::SystemTime};

    let source: Arc<str> = "crm".into();
    let claim = |json: &[u8]| Claim {
        value: json.to_vec(),
        confidence: Confidence::default(),
        observed_at: SystemTime::UNIX_EPOCH,
        source: source.clone(),
    };
    let claims = [claim(b"{\"a\":2}"), claim(b"{\"a\":1}")];
    let first = winner(&claims, &Policy::MostRecent).unwrap();
    assert_eq!(first.value, b"{\"a\":1}");
}

#[test]
fn a_confidence_outside_0_to_1_and_nan_are_refused_by_kind() {
    for (number, kind) in [
        (f64::NAN, InvalidConfidenceKind::NotANumber),
        (-f64::NAN, InvalidConfidenceKind::NotANumber),
        (-f64::from_bits(1), InvalidConfidenceKind::Negative),
        (-1.0, InvalidConfidenceKind::Negative),
        (f64::NEG_INFINITY, InvalidConfidenceKind::Negative),
        (1.0 + f64::EPSILON, InvalidConfidenceKind::AboveOne),
        (80.0, InvalidConfidenceKind::AboveOne),
        (f64::INFINITY, InvalidConfidenceKind::AboveOne),
    ] {
        let refused = Confidence::try_from(number).unwrap_err();
        assert_eq!(refused.kind(), kind, "{number}");
        assert!(refused.to_string().contains("confidence"), "{refused}");
    }
}

#[test]
fn minus_zero_is_zero_for_equality_order_hash_and_reading() {
    let (minus, zero) = (
        Confidence::new(-0.0).unwrap(),
        Confidence::new(0.0).unwrap(),
    );
    assert_eq!(minus, zero);
    assert!(minus.cmp(&zero).is_eq());
    assert_eq!(HashSet::from([minus, zero]).len(), 1);
    assert!(f64::from(minus).is_sign_positive());
}

#[test]
fn a_confidence_shows_its_number_and_is_full_by_default() {
    let most = Confidence::new(0.75).unwrap();
    assert_eq!(most.to_string(), "0.75");
    assert_eq!(format!("{most:?}"), "Confidence(0.75)");
    assert_eq!(Confidence::default(), Confidence::new(1.0).unwrap());
}

#[test]
fn a_policy_is_read_and_shown_by_its_exact_name() {
    for (policy, name) in [
        (Policy::HighestConfidence, "highest_confidence"),
        (Policy::MostRecent, "most_recent"),
        (Policy::FirstSeen, "first_seen"),
    ] {
        assert_eq!(policy.to_string(), name);
        assert_eq!(name.parse(), Ok(policy));
    }
    for name in [
        "",
        "MostRecent",
        "most-recent",
        "Most_Recent",
        " most_recent",
    ] {
        let refused = name.parse::<Policy>().unwrap_err();
        assert_eq!(refused.kind(), InvalidPolicyKind::UnknownName, "{name:?}");
    }
}
