//! Field values read from the lines of a request, without allocation.

use std::iter;

use http::{HeaderMap, HeaderName, HeaderValue, header};

use crate::entity_tag::{TagRef, is_etagc};

use super::Field;

/// The fields of a request that preconditions are made of, and Range.
#[derive(Clone, Copy)]
pub(crate) struct Fields<'a> {
    headers: &'a HeaderMap,
    /// Which of them there are, by their bits.
    present: u8,
}

impl<'a> Fields<'a> {
    /// In one pass over all names: most requests have none of these, and to look for each of the
    /// six in vain takes longer.
    pub(crate) fn of(headers: &'a HeaderMap) -> Self {
        let present = headers.keys().fold(0, |present, name| present | bit(name));
        Self { headers, present }
    }

    pub(crate) fn is_empty(self) -> bool {
        self.present == 0
    }

    pub(crate) fn has(self, name: &HeaderName) -> bool {
        self.present & bit(name) != 0
    }

    /// The others are not looked at.
    pub(crate) fn only(self, names: &[HeaderName]) -> Self {
        let these = names.iter().fold(0, |these, name| these | bit(name));
        Self {
            present: self.present & these,
            ..self
        }
    }

    /// Whether there is this field alone, and one line of it.
    pub(super) fn are_one_line_of(self, name: &HeaderName) -> bool {
        self.present == bit(name) && self.more(name).next().is_none()
    }

    /// The first line of a field.
    fn first(self, name: &HeaderName) -> Option<&'a HeaderValue> {
        if self.has(name) {
            self.headers.get(name)
        } else {
            None
        }
    }

    /// Whether any field of the request has several lines. Seldom any has.
    fn repeats(self) -> bool {
        self.headers.len() > self.headers.keys_len()
    }

    /// Its other lines.
    fn more(self, name: &HeaderName) -> impl Iterator<Item = &'a HeaderValue> {
        let lines = self
            .repeats()
            .then(|| self.headers.get_all(name).iter().skip(1));
        lines.into_iter().flatten()
    }
}

const IF_MATCH: u8 = 1;
const IF_NONE_MATCH: u8 = 1 << 1;

const fn bit(name: &HeaderName) -> u8 {
    match *name {
        header::IF_MATCH => IF_MATCH,
        header::IF_NONE_MATCH => IF_NONE_MATCH,
        header::IF_MODIFIED_SINCE => 1 << 2,
        header::IF_UNMODIFIED_SINCE => 1 << 3,
        header::IF_RANGE => 1 << 4,
        header::RANGE => 1 << 5,
        _ => 0,
    }
}

/// `"*" / #entity-tag`, over all lines of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EntityTags {
    /// No line of that name. An empty line is one.
    Absent,
    /// `*`, alone.
    Any,
    /// A list, and whether one of its tags matched.
    List { matched: bool },
    /// What the grammar forbids.
    Malformed,
}

/// The tag of a request that has one line of If-Match or If-None-Match, no other of these fields,
/// and in that line one strong tag, with its quotes and nothing beside it.
pub(super) fn one_strong_tag(fields: Fields<'_>) -> Option<(Field, &[u8])> {
    let field = match fields.present {
        IF_MATCH => Field::IfMatch,
        IF_NONE_MATCH => Field::IfNoneMatch,
        _ => return None,
    };
    if fields.repeats() {
        return None;
    }
    let line = fields.headers.get(field.name())?.as_bytes();
    let [b'"', opaque @ .., b'"'] = line else {
        return None;
    };
    let is_one_tag = opaque.iter().copied().all(is_etagc);
    is_one_tag.then_some((field, line))
}

/// Reads all lines of `name` as one list (§5.3) and asks `is_match` of each tag.
///
/// The whole list is validated, whatever has matched before: one pass, no allocation. But a long
/// one is passed over if `is_skippable` says that nothing in it matches or matters.
pub(super) fn entity_tags<'a>(
    fields: Fields<'a>,
    name: &HeaderName,
    is_match: impl Fn(TagRef<'a>) -> bool,
    is_skippable: impl Fn(&'a [u8]) -> bool,
) -> EntityTags {
    const LONG: usize = 256;
    let Some(first) = fields.first(name) else {
        return EntityTags::Absent;
    };
    let mut more = fields.more(name);
    if trim(first.as_bytes()) == b"*" {
        // §13.1.1, §13.1.2: `*` beside anything else, another `*` included, is malformed.
        return match more.next() {
            None => EntityTags::Any,
            Some(_) => EntityTags::Malformed,
        };
    }
    if first.len() > LONG && is_skippable(first.as_bytes()) {
        return EntityTags::List { matched: false };
    }
    let mut matched = false;
    for line in iter::once(first).chain(more) {
        match list_matches(line.as_bytes(), &is_match) {
            Some(found) => matched |= found,
            None => return EntityTags::Malformed,
        }
    }
    EntityTags::List { matched }
}

/// One line of `#entity-tag` (§5.6.1.2: empty elements are ignored); `None` if malformed.
#[inline]
fn list_matches<'a>(line: &'a [u8], is_match: impl Fn(TagRef<'a>) -> bool) -> Option<bool> {
    let mut matched = false;
    let mut rest = line;
    loop {
        while let [b' ' | b'\t' | b',', after @ ..] = rest {
            rest = after;
        }
        if rest.is_empty() {
            return Some(matched);
        }
        let (tag, after) = TagRef::parse_prefix(rest).ok()?;
        matched |= is_match(tag);
        rest = trim_start(after);
        if !matches!(rest.first(), None | Some(b',')) {
            return None;
        }
    }
}

/// The single entity-tag of If-Range. `None` if it is a date, comes twice, or is malformed.
pub(super) fn entity_tag<'a>(fields: Fields<'a>, name: &HeaderName) -> Option<TagRef<'a>> {
    let value = single(fields, name)?;
    match TagRef::parse_prefix(value).ok()? {
        (tag, []) => Some(tag),
        _ => None,
    }
}

/// The bytes of a field that has exactly one line.
pub(super) fn single<'a>(fields: Fields<'a>, name: &HeaderName) -> Option<&'a [u8]> {
    let line = fields.first(name)?;
    match fields.more(name).next() {
        None => Some(trim(line.as_bytes())),
        Some(_) => None,
    }
}

fn trim_start(mut bytes: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] = bytes {
        bytes = rest;
    }
    bytes
}

/// Without the optional white space (§5.6.3) at both ends.
fn trim(bytes: &[u8]) -> &[u8] {
    let mut bytes = trim_start(bytes);
    while let [rest @ .., b' ' | b'\t'] = bytes {
        bytes = rest;
    }
    bytes
}
