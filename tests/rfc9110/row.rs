//! What a row says, and the reading of it.
//!
//! - **target**: `unknown`, `missing`, `untagged`, or the version that is present; then, where they matter,
//!   `@08:49:37` its modification time, `now=08:49:37.5` the time of the request (noon where it is left out), both
//!   of Sun, 06 Nov 1994, `variant=de` the selected representation, `variants=de,en` those that are declared,
//!   `+weakened` for `accept_weakened(true)`, `-creates` for `put_creates(false)`.
//! - **field lines**: `Name: value`, a character a byte (ISO 8859-1, so `é` is the byte 0xE9), parted by `⏎`; `␠` and
//!   `␉` are a space and a tab at the edge of a value; `-` is no field at all.
//! - **outcome**: `304`, `412` or `400` and the field that decided; or `perform`, what a write has to find
//!   (`Any`, `Exists`, `Absent`, `Exactly(5)`, `Never`), `by` the field that made it conditional, and `no Range`
//!   where the `Range` field is to be ignored.

use std::time::{Duration, SystemTime};

use http::{HeaderMap, HeaderName, HeaderValue, Method};
use tower_conditional::precondition::{Expectation, Outcome, Target, evaluate};
use tower_conditional::{Current, Validators, Version};

/// Midnight before the moments that the rows name: Sun, 06 Nov 1994 00:00:00 GMT.
const MIDNIGHT: u64 = 784_080_000;

/// The fields that a row may use: a misspelt one would be a row that tests nothing.
const FIELDS: [&str; 6] = [
    "If-Match",
    "If-Unmodified-Since",
    "If-None-Match",
    "If-Modified-Since",
    "If-Range",
    "Range",
];

/// The rows of a table, as they are written.
pub(crate) fn lines(table: &str) -> impl Iterator<Item = &str> {
    table.lines().map(str::trim).filter(|line| !line.is_empty())
}

/// Evaluates every row and lists all that fail.
pub(crate) fn check(table: &str) {
    let failed: Vec<String> = lines(table)
        .filter_map(|line| {
            let columns: Vec<&str> = line.split('|').map(str::trim).collect();
            let [section, method, target, fields, expected] = columns[..] else {
                panic!("five columns, parted by |: {line}")
            };
            assert!(
                section.starts_with('§') || section.starts_with("rule "),
                "no section: {line}"
            );
            let method = Method::from_bytes(method.as_bytes()).expect(line);
            let found = written(&judge(&method, &headers(fields), target));
            (found != expected).then(|| format!("{line}\n    found: {found}"))
        })
        .collect();
    assert!(
        failed.is_empty(),
        "{} rows fail:\n{}",
        failed.len(),
        failed.join("\n")
    );
}

/// The moment of that Sunday which is written as `08:49:37.5`.
fn moment(text: &str) -> SystemTime {
    let parts: Vec<f64> = text
        .split(':')
        .map(|part| part.parse().expect(text))
        .collect();
    let [hours, minutes, seconds] = parts[..] else {
        panic!("not a moment: {text}")
    };
    SystemTime::UNIX_EPOCH
        + Duration::from_secs(MIDNIGHT)
        + Duration::from_secs_f64(hours * 3600.0 + minutes * 60.0 + seconds)
}

/// Reads the target column and evaluates the request on it.
fn judge(method: &Method, headers: &HeaderMap, target: &str) -> Outcome {
    let mut words = target.split(' ');
    let state = words.next().expect(target);
    let (mut modified, mut now) = (None, moment("12:00:00"));
    let (mut variant, mut variants) = (None, Vec::new());
    let (mut weakened, mut creates) = (None, None);
    for word in words {
        match word.split_once('=') {
            None if word.starts_with('@') => modified = Some(moment(&word[1..])),
            None if word == "+weakened" => weakened = Some(true),
            None if word == "-creates" => creates = Some(false),
            Some(("now", text)) => now = moment(text),
            Some(("variant", text)) => variant = Some(text),
            Some(("variants", text)) => variants = text.split(',').collect(),
            _ => panic!("unknown word {word:?} in {target:?}"),
        }
    }
    let current = match state {
        "unknown" => Current::Unknown,
        "untagged" => Current::Untagged,
        "missing" => Current::Missing,
        version => {
            let mut validators = Validators::new(Version::new(version.parse().expect(target)));
            if let Some(time) = modified {
                validators = validators.modified_at(time);
            }
            Current::Present(validators)
        }
    };
    let mut target = Target::new(current).at(now);
    if let Some(variant) = variant {
        target = target.variant(variant);
    }
    if !variants.is_empty() {
        target = target.variants(&variants);
    }
    if let Some(accept) = weakened {
        target = target.accept_weakened(accept);
    }
    if let Some(creates) = creates {
        target = target.put_creates(creates);
    }
    evaluate(method, headers, &target)
}

/// Reads the column of field lines.
fn headers(fields: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for line in fields.split('⏎').map(str::trim).filter(|line| *line != "-") {
        let (name, value) = line.split_once(':').expect(line);
        assert!(FIELDS.contains(&name), "unknown field in {line:?}");
        let value = value
            .trim_start_matches(' ')
            .replace('␠', " ")
            .replace('␉', "\t");
        let bytes: Vec<u8> = value
            .chars()
            .map(|char| u8::try_from(char).expect(line))
            .collect();
        headers.append(
            HeaderName::from_bytes(name.as_bytes()).expect(line),
            HeaderValue::from_bytes(&bytes).expect(line),
        );
    }
    headers
}

/// An outcome as the rows write it.
fn written(outcome: &Outcome) -> String {
    match outcome {
        Outcome::NotModified(field) => format!("304 {field}"),
        Outcome::Failed(field) => format!("412 {field}"),
        Outcome::Malformed(field) => format!("400 {field}"),
        Outcome::Perform(perform) => {
            let expectation = match perform.expectation {
                Expectation::Any => "Any".to_owned(),
                Expectation::Exists => "Exists".to_owned(),
                Expectation::Absent => "Absent".to_owned(),
                Expectation::Exactly(version) => format!("Exactly({version})"),
                Expectation::Never => "Never".to_owned(),
            };
            let by = perform
                .conditional
                .map_or_else(String::new, |field| format!(" by {field}"));
            let range = if perform.ignore_range {
                ", no Range"
            } else {
                ""
            };
            format!("perform {expectation}{by}{range}")
        }
    }
}
