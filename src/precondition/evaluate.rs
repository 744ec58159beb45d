use http::{HeaderMap, Method, header};

use crate::{
    current::{Current, Validators},
    entity_tag::{Quoted, TagRef},
};

use super::{
    Expectation, Field, Outcome, Perform, Target,
    date::Second,
    fields::{self, EntityTags, Fields},
    selected::SelectedTag,
};

/// Judges the preconditions of a request in the order of RFC 9110 §13.2.2.
///
/// `headers` are the request's fields; others than those of §13.1 and `Range` are not looked at.
/// The work is linear in the length of the fields, and nothing is allocated.
#[must_use]
pub fn evaluate(method: &Method, headers: &HeaderMap, target: &Target<'_>) -> Outcome {
    evaluate_fields(method, Fields::of(headers), target, false)
}

/// Judges fields that were looked for already. With `skims`, a read's malformed If-None-Match may
/// count as one that matches nothing: either way the read is performed.
pub(crate) fn evaluate_fields(
    method: &Method,
    fields: Fields<'_>,
    target: &Target<'_>,
    skims: bool,
) -> Outcome {
    // §13.2.1: methods that neither select nor modify a representation have no preconditions.
    if fields.is_empty() || matches!(*method, Method::OPTIONS | Method::TRACE | Method::CONNECT) {
        return Outcome::Perform(Perform::UNCONDITIONAL);
    }
    let is_read = matches!(*method, Method::GET | Method::HEAD);
    if let Some((field, tag)) = fields::one_strong_tag(fields)
        && target.has_one_tag()
    {
        return evaluate_one(field, tag, method, target);
    }
    let selected = SelectedTag::of(target);

    let is_safe = method.is_safe();
    let is_current = |tag: TagRef<'_>| {
        if is_safe {
            selected.is(tag)
        } else {
            selected.is_version_of(tag)
        }
    };

    // §13.1.1: strong comparison.
    let is_named = |tag: TagRef<'_>| (!tag.weak || target.accept_weakened) && is_current(tag);
    let if_match = fields::entity_tags(fields, &header::IF_MATCH, is_named, |_| false);
    // §13.1.2: weak comparison.
    let is_nowhere_in = |list: &[u8]| {
        let decides_alone = skims && is_read && fields.are_one_line_of(&header::IF_NONE_MATCH);
        decides_alone && selected.is_nowhere_in(list)
    };
    let mut if_none_match =
        fields::entity_tags(fields, &header::IF_NONE_MATCH, is_current, is_nowhere_in);

    // Before anything is judged: one bad byte must not turn a guarded write into another one.
    if if_match == EntityTags::Malformed {
        return Outcome::Malformed(Field::IfMatch);
    }
    if if_none_match == EntityTags::Malformed {
        if !is_read {
            return Outcome::Malformed(Field::IfNoneMatch);
        }
        if_none_match = EntityTags::Absent;
    }

    let mut perform = Perform::UNCONDITIONAL;
    let mut hold = |field, expectation| {
        perform.expectation = perform.expectation.and(expectation);
        perform.conditional = perform.conditional.or(Some(field));
    };

    // Steps 1 and 2. If-Unmodified-Since is judged only where If-Match is absent.
    let (field, verdict) = match if_match {
        EntityTags::Absent => (
            Field::IfUnmodifiedSince,
            unmodified_since(fields, method, target),
        ),
        tags => (Field::IfMatch, Some(matches(tags, method, target))),
    };
    match verdict {
        None => {}
        Some(Ok(expectation)) => hold(field, expectation),
        Some(Err(False)) => return Outcome::Failed(field),
    }

    // Steps 3 and 4. If-Modified-Since is judged only where If-None-Match is absent.
    if if_none_match == EntityTags::Absent {
        if is_read && !modified_since(fields, target) {
            return Outcome::NotModified(Field::IfModifiedSince);
        }
    } else {
        match none_matches(if_none_match, target.current) {
            Ok(expectation) => hold(Field::IfNoneMatch, expectation),
            Err(False) if is_read => return Outcome::NotModified(Field::IfNoneMatch),
            Err(False) => return Outcome::Failed(Field::IfNoneMatch),
        }
    }

    // Step 5. §14.2: Range is defined for GET alone; without it If-Range is ignored (§13.1.5).
    if *method == Method::GET && fields.has(&header::RANGE) && fields.has(&header::IF_RANGE) {
        perform.ignore_range = !in_range(fields, &selected, target);
    }
    Outcome::Perform(perform)
}

/// What almost every conditional request comes to. Strong and weak comparison (§8.8.3.2) agree on
/// strong tags, so the bytes alone decide.
fn evaluate_one(field: Field, tag: &[u8], method: &Method, target: &Target<'_>) -> Outcome {
    let current = target.current.version().map(Quoted::of);
    let matched = current.is_some_and(|current| current.as_bytes() == tag);
    let tags = EntityTags::List { matched };
    let verdict = match field {
        Field::IfMatch => matches(tags, method, target),
        _ => none_matches(tags, target.current),
    };
    match verdict {
        Ok(expectation) => Outcome::Perform(Perform {
            expectation,
            conditional: Some(field),
            ..Perform::UNCONDITIONAL
        }),
        Err(False) => match (field, method) {
            (Field::IfNoneMatch, &(Method::GET | Method::HEAD)) => Outcome::NotModified(field),
            _ => Outcome::Failed(field),
        },
    }
}

/// A condition that is false.
struct False;

/// §13.1.1.
fn matches(tags: EntityTags, method: &Method, target: &Target<'_>) -> Result<Expectation, False> {
    match (target.current, tags) {
        // `*`: any current representation will do.
        (Current::Present(_) | Current::Untagged | Current::Unknown, EntityTags::Any) => {
            Ok(Expectation::Exists)
        }
        (Current::Present(now), EntityTags::List { matched: true }) => {
            Ok(Expectation::Exactly(now.version))
        }
        // §13.2.1: what would be a 404 without the condition stays one.
        (Current::Missing, _) if answers_missing(method, target) => Ok(Expectation::Never),
        _ => Err(False),
    }
}

/// Whether the service itself refuses this method on a target that is missing.
fn answers_missing(method: &Method, target: &Target<'_>) -> bool {
    match *method {
        Method::GET | Method::HEAD | Method::DELETE | Method::PATCH | Method::POST => true,
        Method::PUT => !target.put_creates,
        _ => false,
    }
}

/// §13.1.4. `None`: the field is absent or ignored.
fn unmodified_since(
    fields: Fields<'_>,
    method: &Method,
    target: &Target<'_>,
) -> Option<Result<Expectation, False>> {
    let date = Second::in_field(fields, &header::IF_UNMODIFIED_SINCE, target.now)?;
    match target.current {
        Current::Present(now) => {
            // Without a modification date the field must be ignored.
            let modified = modified(now)?;
            Some(if modified <= date {
                Ok(Expectation::Exactly(now.version))
            } else {
                Err(False)
            })
        }
        // Ignored as well; but what was judged is that there is nothing to be overwritten.
        Current::Missing if answers_missing(method, target) => Some(Ok(Expectation::Never)),
        Current::Missing => Some(Ok(Expectation::Absent)),
        Current::Untagged => None,
        Current::Unknown => Some(Err(False)),
    }
}

/// §13.1.2.
fn none_matches(tags: EntityTags, current: Current) -> Result<Expectation, False> {
    match (current, tags) {
        // `*`: there must be no current representation.
        (Current::Present(_), EntityTags::Any | EntityTags::List { matched: true })
        | (Current::Untagged, EntityTags::Any) => Err(False),
        // A later version might be one that is listed, so the write holds to this one.
        (Current::Present(now), _) => Ok(Expectation::Exactly(now.version)),
        (Current::Missing, _) | (Current::Unknown, EntityTags::Any) => Ok(Expectation::Absent),
        (Current::Untagged, _) => Ok(Expectation::Exists),
        (Current::Unknown, _) => Ok(Expectation::Any),
    }
}

/// §13.1.3. True where the field is absent or ignored.
fn modified_since(fields: Fields<'_>, target: &Target<'_>) -> bool {
    let Current::Present(current) = target.current else {
        return true;
    };
    match (
        modified(current),
        Second::in_field(fields, &header::IF_MODIFIED_SINCE, target.now),
    ) {
        (Some(modified), Some(date)) => modified > date,
        _ => true,
    }
}

/// §13.1.5: exact and strong; what comes twice or is malformed matches nothing.
fn in_range(fields: Fields<'_>, selected: &SelectedTag<'_>, target: &Target<'_>) -> bool {
    if let Some(tag) = fields::entity_tag(fields, &header::IF_RANGE) {
        return !tag.weak && selected.is(tag);
    }
    let (Current::Present(current), Some(now)) = (target.current, target.now) else {
        return false;
    };
    modified(current).is_some_and(|modified| {
        modified.is_over(now)
            && Second::in_field(fields, &header::IF_RANGE, target.now) == Some(modified)
    })
}

fn modified(validators: Validators) -> Option<Second> {
    validators.modified.and_then(Second::of)
}

#[cfg(test)]
mod tests {
    use http::{HeaderValue, header::IF_MODIFIED_SINCE};

    use super::*;
    use crate::version::Version;

    /// Outcomes of a GET: exactly, and skimmed.
    fn outcomes(lines: &[String], is_dated: bool, current: impl Into<Current>) -> [Outcome; 2] {
        let mut headers = HeaderMap::new();
        for line in lines {
            let line = HeaderValue::from_str(line).expect("a field value");
            headers.append(header::IF_NONE_MATCH, line);
        }
        if is_dated {
            let date = HeaderValue::from_static("Sun, 06 Nov 1994 08:49:37 GMT");
            headers.insert(IF_MODIFIED_SINCE, date);
        }
        let target = Target::new(current.into());
        let skimmed = evaluate_fields(&Method::GET, Fields::of(&headers), &target, true);
        [evaluate(&Method::GET, &headers, &target), skimmed]
    }

    fn long(tag: &str) -> String {
        let others: Vec<String> = (1000..1100).map(|it| format!("\"{it}\"")).collect();
        let others = others.join(", ");
        format!("{others}, {tag}, {others}")
    }

    #[test]
    fn a_long_list_that_is_skimmed_comes_to_what_it_would_if_read() {
        let five = Version::new(5);
        for (tag, matches) in [
            ("\"5\"", true),
            ("W/\"5\"", true),
            ("\"05\"", false),
            ("\"5-de\"", false),
            ("\"6\"", false),
            ("", false),
        ] {
            for lines in [vec![long(tag)], vec!["\"6\"".into(), long(tag)]] {
                for is_dated in [false, true] {
                    let [exact, skimmed] = outcomes(&lines, is_dated, five);
                    assert_eq!(exact, skimmed, "{tag}");
                    let is_known = exact == Outcome::NotModified(Field::IfNoneMatch);
                    assert_eq!(is_known, matches, "{tag}");
                }
            }
            let [exact, skimmed] = outcomes(&[long(tag)], false, Current::Unknown);
            assert_eq!(exact, skimmed, "{tag}");
        }
        let any = format!("{}*", " ".repeat(300));
        for outcome in outcomes(&[any], false, five) {
            assert_eq!(outcome, Outcome::NotModified(Field::IfNoneMatch));
        }
    }

    #[test]
    fn a_malformed_list_that_is_skimmed_lets_the_read_through_as_well() {
        for broken in ["\"5", "5", "\"5\"\"5\"", "\"6\" x"] {
            let all = outcomes(&[long(broken)], false, Version::new(5));
            for outcome in all {
                assert!(matches!(outcome, Outcome::Perform(_)), "{broken}");
            }
            // It counts as absent, so the date is judged: by the same reading.
            let [exact, skimmed] = outcomes(&[long(broken)], true, Version::new(5));
            assert_eq!(exact, skimmed, "{broken}");
        }
    }
}
