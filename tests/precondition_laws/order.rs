//! §13.2.2 step by step, slowly: a second evaluator, that [`evaluate`] has to agree with.

use http::{HeaderMap, Method, header};
use proptest::collection::vec;
use proptest::prelude::*;
use tower_conditional::Version;
use tower_conditional::precondition::{Expectation, Field, Outcome, evaluate};

use crate::grammar::{self, Value};
use crate::line::{append, field_byte, tag};
use crate::request::{
    Date, IfRange, Known, Request, State, any_entity_tags, any_method, request, state,
    valid_or_star,
};

/// A field is false (what then, says the step), or it holds and pins this.
type Judged = Result<Expectation, ()>;

/// What a request comes to, in the words of the tables.
#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    Perform {
        pins: Expectation,
        by: Option<Field>,
        ignore_range: bool,
    },
    Refuse(Outcome),
}

struct Reference<'a> {
    request: &'a Request,
    state: &'a State,
}

impl Reference<'_> {
    fn is_read(&self) -> bool {
        self.request.method == Method::GET || self.request.method == Method::HEAD
    }

    /// The opaque tags that stand for what is current: on a read that of the selected representation, on a write
    /// those of all representations of the version (rule 10).
    fn current_tags(&self) -> Vec<Vec<u8>> {
        let Known::Present(version) = self.state.known else {
            return Vec::new();
        };
        let plain = version.to_string();
        let of = |variant: &str| format!("{plain}-{variant}");
        let mut tags: Vec<String> = Vec::new();
        if self.is_read() {
            tags.push(self.state.variant.map_or(plain.clone(), of));
        } else {
            tags.push(plain.clone());
            tags.extend(self.state.variant.map(of));
            tags.extend(self.state.variants.iter().map(|variant| of(variant)));
        }
        tags.into_iter().map(String::into_bytes).collect()
    }

    /// The second of the modification, where there is one.
    fn modified(&self) -> Option<u64> {
        matches!(self.state.known, Known::Present(_)).then_some(())?;
        self.state.modified.map(|milliseconds| milliseconds / 1000)
    }

    /// The date of a field: §13.1.3 and §13.1.4 ignore what comes twice and what does not parse.
    fn date(lines: &[Date]) -> Option<u64> {
        match lines {
            [date] => date.second,
            _ => None,
        }
    }

    fn exactly_current(&self) -> Expectation {
        match self.state.known {
            Known::Present(version) => Expectation::Exactly(Version::new(version)),
            Known::Missing => Expectation::Absent,
            Known::Untagged => Expectation::Exists,
            Known::Unknown => Expectation::Any,
        }
    }

    /// §13.1.1.
    fn if_match(&self, value: &Value) -> Judged {
        let missing = self.state.known == Known::Missing;
        if missing && self.own_404() {
            return Ok(Expectation::Never);
        }
        match value {
            Value::Any if missing => Err(()),
            Value::Any => Ok(Expectation::Exists),
            Value::List(tags) => {
                let current = self.current_tags();
                let matches = tags.iter().any(|tag| {
                    (!tag.weak || self.state.accept_weakened) && current.contains(&tag.opaque)
                });
                if matches {
                    Ok(self.exactly_current())
                } else {
                    Err(())
                }
            }
            Value::Absent | Value::Malformed => unreachable!("not judged"),
        }
    }

    /// Whether the service answers 404 by itself where the target is missing.
    fn own_404(&self) -> bool {
        match self.request.method.as_str() {
            "GET" | "HEAD" | "DELETE" | "PATCH" | "POST" => true,
            "PUT" => !self.state.put_creates,
            _ => false,
        }
    }

    /// §13.1.4; `None` where the field is ignored. On a missing target it is, and still pins what was found: nothing.
    fn if_unmodified_since(&self) -> Option<Judged> {
        let date = Self::date(&self.request.if_unmodified_since)?;
        match self.state.known {
            Known::Unknown => return Some(Err(())),
            Known::Missing if self.own_404() => return Some(Ok(Expectation::Never)),
            Known::Missing => return Some(Ok(Expectation::Absent)),
            Known::Present(_) | Known::Untagged => {}
        }
        let modified = self.modified()?;
        Some(if modified <= date {
            Ok(self.exactly_current())
        } else {
            Err(())
        })
    }

    /// §13.1.2.
    fn if_none_match(&self, value: &Value) -> Judged {
        match value {
            Value::Any => match self.state.known {
                Known::Present(_) | Known::Untagged => Err(()),
                Known::Missing | Known::Unknown => Ok(Expectation::Absent),
            },
            Value::List(tags) => {
                let current = self.current_tags();
                if tags.iter().any(|tag| current.contains(&tag.opaque)) {
                    Err(())
                } else {
                    Ok(self.exactly_current())
                }
            }
            Value::Absent | Value::Malformed => unreachable!("not judged"),
        }
    }

    /// §13.1.3.
    fn if_modified_since(&self) -> bool {
        match (self.modified(), Self::date(&self.request.if_modified_since)) {
            (Some(modified), Some(date)) => modified > date,
            _ => true,
        }
    }

    /// §13.1.5.
    fn if_range(&self) -> bool {
        match &self.request.if_range[..] {
            // One tag and nothing beside it; `#entity-tag` is not this field's grammar.
            [IfRange::Tag(line)] => match grammar::entity_tag(line.trim_ascii()) {
                Some((tag, [])) => !tag.weak && self.current_tags().contains(&tag.opaque),
                _ => false,
            },
            [IfRange::Date(date)] => match (self.modified(), date.second, self.state.now) {
                // §8.8.2.2: strong once the second is over.
                (Some(modified), Some(second), Some(now)) => {
                    modified == second && now >= (second + 1) * 1000
                }
                _ => false,
            },
            _ => false,
        }
    }

    fn judge(&self) -> Verdict {
        let request = self.request;
        if ["OPTIONS", "TRACE", "CONNECT"].contains(&request.method.as_str()) {
            return Verdict::Perform {
                pins: Expectation::Any,
                by: None,
                ignore_range: false,
            };
        }
        let if_match = grammar::read(&request.if_match);
        let mut if_none_match = grammar::read(&request.if_none_match);
        if if_match == Value::Malformed {
            return Verdict::Refuse(Outcome::Malformed(Field::IfMatch));
        }
        if if_none_match == Value::Malformed {
            if !self.is_read() {
                return Verdict::Refuse(Outcome::Malformed(Field::IfNoneMatch));
            }
            if_none_match = Value::Absent;
        }

        let mut held: Vec<(Field, Expectation)> = Vec::new();
        // Step 1, else step 2.
        if if_match != Value::Absent {
            match self.if_match(&if_match) {
                Ok(pin) => held.push((Field::IfMatch, pin)),
                Err(()) => return Verdict::Refuse(Outcome::Failed(Field::IfMatch)),
            }
        } else if let Some(judged) = self.if_unmodified_since() {
            match judged {
                Ok(pin) => held.push((Field::IfUnmodifiedSince, pin)),
                Err(()) => return Verdict::Refuse(Outcome::Failed(Field::IfUnmodifiedSince)),
            }
        }
        // Step 3, else step 4.
        if if_none_match != Value::Absent {
            match self.if_none_match(&if_none_match) {
                Ok(pin) => held.push((Field::IfNoneMatch, pin)),
                Err(()) if self.is_read() => {
                    return Verdict::Refuse(Outcome::NotModified(Field::IfNoneMatch));
                }
                Err(()) => return Verdict::Refuse(Outcome::Failed(Field::IfNoneMatch)),
            }
        } else if self.is_read() && !self.if_modified_since() {
            return Verdict::Refuse(Outcome::NotModified(Field::IfModifiedSince));
        }
        // Step 5.
        let judged = request.method == Method::GET && request.range && !request.if_range.is_empty();
        let ignore_range = judged && !self.if_range();
        Verdict::Perform {
            pins: all_of(&held),
            by: held.first().map(|(field, _)| *field),
            ignore_range,
        }
    }
}

/// What satisfies every pin, named by what it admits.
fn all_of(held: &[(Field, Expectation)]) -> Expectation {
    let pins: Vec<Expectation> = held.iter().map(|(_, pin)| *pin).collect();
    let exactly = pins
        .iter()
        .find(|pin| matches!(pin, Expectation::Exactly(_)));
    let exists = pins.contains(&Expectation::Exists);
    let absent = pins.contains(&Expectation::Absent);
    if pins.contains(&Expectation::Never) || absent && (exists || exactly.is_some()) {
        return Expectation::Never;
    }
    match exactly {
        Some(pin) => *pin,
        None if exists => Expectation::Exists,
        None if absent => Expectation::Absent,
        None => Expectation::Any,
    }
}

fn agree(request: &Request, state: &State) -> Result<(), TestCaseError> {
    let found = match evaluate(&request.method, &request.headers(), &state.target()) {
        Outcome::Perform(perform) => Verdict::Perform {
            pins: perform.expectation,
            by: perform.conditional,
            ignore_range: perform.ignore_range,
        },
        refused => Verdict::Refuse(refused),
    };
    prop_assert_eq!(found, Reference { request, state }.judge());
    Ok(())
}

proptest! {
    #![proptest_config(crate::cases())]

    #[test]
    fn valid_requests_are_judged_in_the_order_of_13_2_2(request in request(any_method(), valid_or_star()), state in state()) {
        agree(&request, &state)?;
    }

    #[test]
    fn any_requests_are_judged_in_the_order_of_13_2_2(request in request(any_method(), any_entity_tags()), state in state()) {
        agree(&request, &state)?;
    }

    /// One tag alone is judged by its bytes, and a list with an empty element is parsed.
    #[test]
    fn a_tag_alone_is_judged_like_the_same_tag_in_a_list(
        line in prop_oneof![
            tag(),
            vec(field_byte(), 0..5),
            vec(field_byte(), 0..5).prop_map(|opaque| [b"\"", &opaque[..], b"\""].concat()),
        ],
        is_if_match: bool,
        method in any_method(),
        state in state(),
    ) {
        let name = if is_if_match { header::IF_MATCH } else { header::IF_NONE_MATCH };
        let judge = |line: Vec<u8>| {
            let mut headers = HeaderMap::new();
            append(&mut headers, &name, &[line]);
            evaluate(&method, &headers, &state.target())
        };
        prop_assume!(line.trim_ascii() != b"*");
        prop_assert_eq!(judge(line.clone()), judge([&line[..], b","].concat()));
    }
}
