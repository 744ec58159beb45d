//! The list of entity-tags: the library takes what the grammar takes, and nothing else.

use http::{HeaderMap, Method, header};
use proptest::collection::vec;
use proptest::prelude::*;
use tower_conditional::Version;
use tower_conditional::precondition::{Expectation, Field, Outcome, Target, evaluate};

use crate::grammar::{self, Value};
use crate::line::{any_line, append, field_byte, tag};

/// The outcome of a PUT under these lines of If-Match, of If-None-Match, on version 5.
fn outcomes(lines: &[Vec<u8>]) -> [Outcome; 2] {
    [header::IF_MATCH, header::IF_NONE_MATCH].map(|name| {
        let mut headers = HeaderMap::new();
        append(&mut headers, &name, lines);
        evaluate(&Method::PUT, &headers, &Target::new(Version::new(5)))
    })
}

/// The same by the grammar.
fn expected(lines: &[Vec<u8>]) -> [Result<Expectation, Outcome>; 2] {
    use Expectation::{Any, Exactly, Exists};
    use Field::{IfMatch, IfNoneMatch};
    let five = Exactly(Version::new(5));
    match grammar::read(lines) {
        Value::Absent => [Ok(Any), Ok(Any)],
        Value::Any => [Ok(Exists), Err(Outcome::Failed(IfNoneMatch))],
        Value::Malformed => [
            Err(Outcome::Malformed(IfMatch)),
            Err(Outcome::Malformed(IfNoneMatch)),
        ],
        Value::List(tags) => {
            let weakly = tags.iter().any(|tag| tag.opaque == b"5");
            let strongly = tags.iter().any(|tag| tag.opaque == b"5" && !tag.weak);
            [
                if strongly {
                    Ok(five)
                } else {
                    Err(Outcome::Failed(IfMatch))
                },
                if weakly {
                    Err(Outcome::Failed(IfNoneMatch))
                } else {
                    Ok(five)
                },
            ]
        }
    }
}

fn agree(lines: &[Vec<u8>]) -> bool {
    outcomes(lines).map(|outcome| match outcome {
        Outcome::Perform(perform) => Ok(perform.expectation),
        refused => Err(refused),
    }) == expected(lines)
}

#[test]
fn every_short_line_is_taken_by_the_letter_of_the_grammar() {
    // Each string of up to six of these: every way to open, close, part and mark tags. 137,256 lines.
    const ALPHABET: &[u8] = b"\",5 W/*";
    let mut lines = vec![Vec::new()];
    for _ in 0..6 {
        let longer: Vec<Vec<u8>> = lines
            .iter()
            .flat_map(|line| ALPHABET.iter().map(|byte| [&line[..], &[*byte]].concat()))
            .collect();
        for line in &longer {
            assert!(
                agree(std::slice::from_ref(line)),
                "{:?}",
                String::from_utf8_lossy(line)
            );
        }
        lines = longer;
    }
}

#[test]
fn every_pair_of_short_lines_is_one_list() {
    const PIECES: [&[u8]; 14] = [
        b"", b"*", b",", b" ", b"\"5\"", b"\"5", b"5\"", b"\"", b"W/", b"W/\"5\"", b"\"4\",",
        b",\"5\"", b"5", b"*,",
    ];
    for first in PIECES {
        for second in PIECES {
            let lines = [first.to_vec(), second.to_vec()];
            assert!(agree(&lines), "{lines:?}");
        }
    }
}

#[test]
fn a_long_list_is_read_to_its_end() {
    for length in [10_000, 100_000] {
        let other: Vec<Vec<u8>> = (0..length)
            .map(|n| format!("\"x{n}\"").into_bytes())
            .collect();
        let list = |last: &[u8]| [other.join(&b", "[..]), last.to_vec()].join(&b", "[..]);
        for last in [&b"\"5\""[..], b"W/\"5\"", b"\"4\"", b"\"5", b"5", b"*", b""] {
            assert!(agree(&[list(last)]), "{length} tags, then {last:?}");
        }
        // The same number of lines, of empty elements, and of tags that never close.
        assert!(agree(&other[..1000]));
        assert!(agree(&[vec![b','; length]]));
        assert!(agree(&[[&vec![b','; length][..], b"\"5\""].concat()]));
        assert!(agree(&[vec![b' '; length]]));
        assert!(agree(&[b"\"5\"".repeat(length)]));
        assert!(agree(&[vec![b'"'; length]]));
    }
}

proptest! {
    #![proptest_config(crate::cases())]

    #[test]
    fn lines_are_taken_where_the_grammar_takes_them(lines in vec(any_line(), 0..4)) {
        prop_assert!(agree(&lines));
    }

    #[test]
    fn any_bytes_are_taken_where_the_grammar_takes_them(lines in vec(vec(field_byte(), 0..40), 1..3)) {
        prop_assert!(agree(&lines));
    }

    #[test]
    fn a_list_is_the_same_on_one_line_and_on_several(tags in vec(tag(), 1..8), cut in any::<prop::sample::Index>()) {
        let one = [tags.join(&b", "[..])];
        let cut = cut.index(tags.len());
        let two = [tags[..cut].join(&b","[..]), tags[cut..].join(&b"\t, "[..])];
        prop_assert_eq!(outcomes(&one), outcomes(&two));
        prop_assert_eq!(outcomes(&one), outcomes(&tags));
    }
}
