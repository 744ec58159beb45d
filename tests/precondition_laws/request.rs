//! Whole requests and targets to judge, in a form that the reference evaluator reads without parsing dates.

use std::time::{Duration, SystemTime};

use http::{HeaderMap, HeaderValue, Method, header};
use proptest::collection::vec;
use proptest::prelude::*;
use tower_conditional::precondition::Target;
use tower_conditional::{Current, Validators, Version};

use crate::line::{any_line, append, tag, valid_line};

/// Sun, 06 Nov 1994 08:49:00 GMT; the dates of these tests lie within that minute.
const MINUTE: u64 = 784_111_740;

/// A date field's line, and the second of [`MINUTE`] that it means.
#[derive(Clone, Debug)]
pub(crate) struct Date {
    pub(crate) text: String,
    pub(crate) second: Option<u64>,
}

fn date() -> impl Strategy<Value = Date> {
    (35..=39_u64, 0..6).prop_map(|(second, form)| {
        let text = match form {
            0 => format!("Sunday, 06-Nov-94 08:49:{second} GMT"),
            1 => format!("Sun Nov  6 08:49:{second} 1994"),
            2 => {
                return Date {
                    text: format!("1994-11-06T08:49:{second}Z"),
                    second: None,
                };
            }
            _ => format!("Sun, 06 Nov 1994 08:49:{second} GMT"),
        };
        Date {
            text,
            second: Some(second),
        }
    })
}

#[derive(Clone, Debug)]
pub(crate) enum IfRange {
    Tag(Vec<u8>),
    Date(Date),
}

#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: Method,
    pub(crate) if_match: Vec<Vec<u8>>,
    pub(crate) if_unmodified_since: Vec<Date>,
    pub(crate) if_none_match: Vec<Vec<u8>>,
    pub(crate) if_modified_since: Vec<Date>,
    pub(crate) if_range: Vec<IfRange>,
    pub(crate) range: bool,
}

impl Request {
    pub(crate) fn headers(&self) -> HeaderMap {
        let text = |date: &Date| date.text.clone().into_bytes();
        let dates = |dates: &[Date]| dates.iter().map(text).collect::<Vec<_>>();
        let if_range: Vec<_> = self
            .if_range
            .iter()
            .map(|line| match line {
                IfRange::Tag(tag) => tag.clone(),
                IfRange::Date(date) => text(date),
            })
            .collect();
        let mut headers = HeaderMap::new();
        append(&mut headers, &header::IF_MATCH, &self.if_match);
        append(
            &mut headers,
            &header::IF_UNMODIFIED_SINCE,
            &dates(&self.if_unmodified_since),
        );
        append(&mut headers, &header::IF_NONE_MATCH, &self.if_none_match);
        append(
            &mut headers,
            &header::IF_MODIFIED_SINCE,
            &dates(&self.if_modified_since),
        );
        append(&mut headers, &header::IF_RANGE, &if_range);
        if self.range {
            headers.insert(header::RANGE, HeaderValue::from_static("bytes=0-9"));
        }
        headers
    }
}

/// What stands in a field of the request: mostly nothing or one line, now and then several.
fn lines<T: Clone + std::fmt::Debug>(
    line: impl Strategy<Value = T> + 'static,
) -> impl Strategy<Value = Vec<T>> {
    let line = line.boxed();
    prop_oneof![3 => Just(Vec::new()), 4 => vec(line.clone(), 1), 1 => vec(line, 2..4)]
}

fn methods(of: &'static [&'static str]) -> impl Strategy<Value = Method> {
    prop::sample::select(of).prop_map(|name| name.parse().expect(name))
}

pub(crate) fn any_method() -> impl Strategy<Value = Method> {
    methods(&[
        "GET", "GET", "HEAD", "PUT", "PUT", "PATCH", "DELETE", "POST", "PROPFIND", "OPTIONS",
        "TRACE", "CONNECT",
    ])
}

/// Methods that change the target, or might.
pub(crate) fn write_method() -> impl Strategy<Value = Method> {
    methods(&["PUT", "PATCH", "DELETE", "POST", "PROPFIND"])
}

pub(crate) fn request(
    method: impl Strategy<Value = Method>,
    entity_tags: impl Strategy<Value = Vec<u8>> + Clone + 'static,
) -> impl Strategy<Value = Request> {
    let if_range = prop_oneof![
        2 => tag().prop_map(IfRange::Tag),
        1 => any_line().prop_map(IfRange::Tag),
        2 => date().prop_map(IfRange::Date),
    ];
    (
        method,
        lines(entity_tags.clone()),
        lines(date()),
        lines(entity_tags),
        lines(date()),
        lines(if_range),
        any::<bool>(),
    )
        .prop_map(
            |(
                method,
                if_match,
                if_unmodified_since,
                if_none_match,
                if_modified_since,
                if_range,
                range,
            )| Request {
                method,
                if_match,
                if_unmodified_since,
                if_none_match,
                if_modified_since,
                if_range,
                range,
            },
        )
}

/// Lines that the grammar allows, `*` among them.
pub(crate) fn valid_or_star() -> impl Strategy<Value = Vec<u8>> + Clone {
    prop_oneof![3 => valid_line(), 1 => Just(b"*".to_vec())].boxed()
}

/// Lines of all degrees.
pub(crate) fn any_entity_tags() -> impl Strategy<Value = Vec<u8>> + Clone {
    prop_oneof![3 => valid_line(), 2 => any_line()].boxed()
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Known {
    Unknown,
    Missing,
    Untagged,
    Present(u64),
}

/// What a request is judged against. Times are milliseconds of [`MINUTE`].
#[derive(Clone, Debug)]
pub(crate) struct State {
    pub(crate) known: Known,
    pub(crate) modified: Option<u64>,
    pub(crate) now: Option<u64>,
    pub(crate) variant: Option<&'static str>,
    pub(crate) variants: &'static [&'static str],
    pub(crate) accept_weakened: bool,
    pub(crate) put_creates: bool,
}

fn moment(milliseconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(MINUTE) + Duration::from_millis(milliseconds)
}

impl State {
    pub(crate) fn target(&self) -> Target<'_> {
        let target = Target::new(match self.known {
            Known::Unknown => Current::Unknown,
            Known::Missing => Current::Missing,
            Known::Untagged => Current::Untagged,
            Known::Present(version) => {
                let validators = Validators::new(Version::new(version));
                Current::Present(match self.modified {
                    Some(time) => validators.modified_at(moment(time)),
                    None => validators,
                })
            }
        })
        .variants(self.variants)
        .accept_weakened(self.accept_weakened)
        .put_creates(self.put_creates);
        let target = self
            .variant
            .map_or(target, |variant| target.variant(variant));
        self.now.map_or(target, |now| target.at(moment(now)))
    }
}

fn known() -> impl Strategy<Value = Known> {
    prop_oneof![1 => Just(Known::Unknown), 2 => Just(Known::Missing), 1 => Just(Known::Untagged), 6 => (4..=6_u64).prop_map(Known::Present)]
}

/// Times near the dates, on the second and beside it.
fn time() -> impl Strategy<Value = u64> {
    prop_oneof![
        (35..=39_u64).prop_map(|second| second * 1000),
        35_000..40_000_u64
    ]
}

pub(crate) fn state() -> impl Strategy<Value = State> {
    (
        known(),
        prop::option::of(time()),
        prop::option::weighted(0.9, time()),
        prop_oneof![2 => Just(None), 1 => Just(Some("de"))],
        prop_oneof![Just(&[][..]), Just(&["de", "en"][..])],
        any::<bool>(),
        any::<bool>(),
    )
        .prop_map(
            |(known, modified, now, variant, variants, accept_weakened, put_creates)| State {
                known,
                modified,
                now,
                variant,
                variants,
                accept_weakened,
                put_creates,
            },
        )
}
