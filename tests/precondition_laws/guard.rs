//! What guards a write: a bad byte never opens it, and a pin holds what was judged until the write commits.

use std::collections::HashSet;

use http::{HeaderMap, header};
use proptest::collection::vec;
use proptest::prelude::*;
use tower_conditional::precondition::{Expectation, Field, Outcome, evaluate};
use tower_conditional::{Current, Version};

use crate::grammar::{self, Value};
use crate::line::{append, field_byte, malformed_line, tag};
use crate::request::{Known, State, any_entity_tags, request, state, valid_or_star, write_method};

/// What a write could find when it commits.
const FOUND: [Known; 6] = [
    Known::Unknown,
    Known::Missing,
    Known::Untagged,
    Known::Present(4),
    Known::Present(5),
    Known::Present(6),
];

fn current(known: Known) -> Current {
    match known {
        Known::Unknown => Current::Unknown,
        Known::Missing => Current::Missing,
        Known::Untagged => Current::Untagged,
        Known::Present(version) => Version::new(version).into(),
    }
}

/// Where a write may go through.
fn goes_through(outcome: Outcome) -> HashSet<Known> {
    match outcome {
        Outcome::Perform(perform) => FOUND
            .into_iter()
            .filter(|known| perform.expectation.admits(current(*known)))
            .collect(),
        _ => HashSet::new(),
    }
}

#[test]
fn an_expectation_admits_what_its_name_says() {
    use Expectation::{Absent, Any, Exactly, Exists, Never};
    let [_, missing, untagged, four, five, six] = FOUND;
    let table = [
        (Any, FOUND.to_vec()),
        (Exists, vec![untagged, four, five, six]),
        (Absent, vec![missing]),
        (Exactly(Version::new(5)), vec![five]),
        (Never, vec![]),
    ];
    for (expectation, admitted) in table {
        for known in FOUND {
            assert_eq!(
                expectation.admits(current(known)),
                admitted.contains(&known),
                "{expectation:?} {known:?}"
            );
        }
    }
}

proptest! {
    #![proptest_config(crate::cases())]

    #[test]
    fn a_malformed_line_more_never_opens_a_write(
        request in request(write_method(), any_entity_tags()),
        state in state(),
        line in malformed_line(),
        to_if_match: bool,
        at in any::<prop::sample::Index>(),
    ) {
        let before = evaluate(&request.method, &request.headers(), &state.target());
        let mut worse = request.clone();
        let (lines, field) = if to_if_match {
            (&mut worse.if_match, Field::IfMatch)
        } else {
            (&mut worse.if_none_match, Field::IfNoneMatch)
        };
        lines.insert(at.index(lines.len() + 1), line);
        let after = evaluate(&worse.method, &worse.headers(), &state.target());
        prop_assert!(goes_through(after).is_subset(&goes_through(before)));
        // More than the law asks for: such a request is always refused, for the field that is at fault.
        let first = if before == Outcome::Malformed(Field::IfMatch) { Field::IfMatch } else { field };
        prop_assert_eq!(after, Outcome::Malformed(first));
    }

    #[test]
    fn one_bad_byte_never_unguards_a_write(
        tags in vec(tag(), 1..5),
        at in any::<prop::sample::Index>(),
        byte in field_byte(),
        method in write_method(),
        state in state(),
    ) {
        let mut line = tags.join(&b", "[..]);
        let at = at.index(line.len());
        line[at] = byte;
        let mut headers = HeaderMap::new();
        append(&mut headers, &header::IF_MATCH, &[line]);
        if let Outcome::Perform(perform) = evaluate(&method, &headers, &state.target()) {
            let pinned = match state.known {
                Known::Present(version) => Expectation::Exactly(Version::new(version)),
                _ => Expectation::Never,
            };
            prop_assert_eq!(perform.expectation, pinned);
            prop_assert_eq!(perform.conditional, Some(Field::IfMatch));
        }
    }

    #[test]
    fn any_if_match_at_all_is_a_guard(lines in vec(vec(field_byte(), 0..12), 1..3), method in write_method(), state in state()) {
        let mut headers = HeaderMap::new();
        append(&mut headers, &header::IF_MATCH, &lines);
        if let Outcome::Perform(perform) = evaluate(&method, &headers, &state.target()) {
            prop_assert_ne!(perform.expectation, Expectation::Any);
            prop_assert!(!perform.expectation.admits(Current::Missing));
        }
    }

    /// The race: judged on one state, committed on another. Where the pin admits what the write finds, the same
    /// request judged on *that* would go through as well; so no precondition is lost between look and write.
    #[test]
    fn a_pin_admits_only_what_would_have_passed(
        mut request in request(write_method(), valid_or_star()),
        judged in state(),
    ) {
        // No tag stands for an unknown target, so there is nothing that a list could be pinned to.
        if judged.known == Known::Unknown && grammar::read(&request.if_none_match) != Value::Any {
            request.if_none_match.clear();
        }
        let headers = request.headers();
        let first = evaluate(&request.method, &headers, &judged.target());
        // A target that has versions keeps having them, and one without gets none.
        let impossible = |known| match judged.known {
            Known::Untagged => matches!(known, Known::Present(_)),
            Known::Present(_) => known == Known::Untagged,
            Known::Unknown | Known::Missing => false,
        };
        for known in goes_through(first) {
            if known != Known::Unknown && !impossible(known) && matches!(first, Outcome::Perform(it) if it.conditional.is_some()) {
                let found = State { known, ..judged.clone() };
                let second = evaluate(&request.method, &headers, &found.target());
                prop_assert!(goes_through(second).contains(&known), "{first:?}, then {second:?} on {known:?}");
            }
        }
    }
}
