//! The closing brace of each item of a list that lacks the member.

use std::{mem, sync::Arc};

use super::{
    Found, Name, Start, is_space,
    name::longest,
    string::CutString,
    unescape,
    walk::{Span, Step, Text, Visitor, Walk},
};

/// How deep the members of an item are: in the text's object, in the list, in the item.
const ITEM: u64 = 3;

/// Looks for the end of each object in the array that a member of the text's object is.
#[derive(Debug)]
pub(in crate::include) struct ItemScan {
    start: Start,
    walk: Option<Walk>,
    members: Members,
}

impl ItemScan {
    /// Items of the member `list`, told apart by their member `id`, whose values have at most
    /// `longest_id` bytes; `own` is the member that they may have already.
    pub(in crate::include) fn new(list: Name, id: Name, own: Arc<Name>, longest_id: usize) -> Self {
        let id_limit = longest_id.saturating_mul(longest(b"x"));
        let limit = [list.longest(), id.longest(), own.longest(), id_limit];
        Self {
            start: Start::default(),
            walk: None,
            members: Members {
                list,
                id,
                own,
                cut: CutString::new(limit.into_iter().max().unwrap_or_default()),
                next: Next::Any,
                place: Place::Before,
                item: None,
            },
        }
    }

    /// The id of the item whose brace was found.
    pub(in crate::include) fn id(&self) -> Option<&[u8]> {
        match &self.members.item.as_ref()?.id {
            Id::Once(id) => Some(id),
            Id::None | Id::Unclear => None,
        }
    }

    /// Takes the next bytes of the text. After [`Found::Brace`] those behind the brace are the
    /// next; after [`Found::Over`] there is nothing more to look for.
    pub(in crate::include) fn scan(&mut self, frame: &[u8]) -> Found {
        let mut from = 0;
        if self.walk.is_none() {
            match self.start.skip(frame) {
                Ok(Some(inside)) => from = inside,
                Ok(None) => return Found::Nothing,
                Err(_) => return Found::Over,
            }
        }
        let walk = self.walk.get_or_insert_with(Walk::inside);
        let inside = &frame[from..];
        self.members.read_on(inside);
        match walk.through(inside, &mut self.members) {
            None => Found::Nothing,
            Some(at) if self.members.place == Place::Within => Found::Brace(from + at),
            Some(_) => Found::Over,
        }
    }
}

/// Listens for the list, and within it for the members of each item.
#[derive(Debug)]
struct Members {
    list: Name,
    id: Name,
    own: Arc<Name>,
    cut: CutString,
    next: Next,
    place: Place,
    item: Option<Item>,
}

/// Where in the text.
#[derive(Debug, PartialEq, Eq)]
enum Place {
    Before,
    Within,
    Behind,
}

/// What is known of the item.
#[derive(Debug, Default)]
struct Item {
    id: Id,
    has_own: bool,
}

#[derive(Debug, Default)]
enum Id {
    #[default]
    None,
    Once(Vec<u8>),
    /// Given twice, or no string and no number.
    Unclear,
}

/// Names that matter.
#[derive(Clone, Copy, Debug)]
enum Which {
    List,
    Id,
    Own,
}

/// What the next byte means that is no white space.
#[derive(Debug)]
enum Next {
    /// Nothing that matters.
    Any,
    /// A colon makes the string before it a name.
    Colon(Which),
    /// The value of a member that matters.
    Value(Which),
    /// The next string is an id.
    IdString,
    /// The next array is the list.
    Array,
    /// More of an id that is a number, or its end.
    IdNumber(Vec<u8>),
}

impl Members {
    /// Reads on behind a name, up to what the walk finds by itself.
    fn read_on(&mut self, text: &[u8]) {
        for &byte in text {
            self.next = match mem::replace(&mut self.next, Next::Any) {
                Next::IdNumber(mut digits) => {
                    if !matches!(byte, b'-' | b'+' | b'.' | b'e' | b'E' | b'0'..=b'9') {
                        // Anything else behind it is no JSON, in whatever frames it comes.
                        let has_ended = is_space(byte) || matches!(byte, b',' | b'}' | b']');
                        self.found_id(has_ended.then_some(digits));
                        return;
                    }
                    if digits.len() >= self.cut.limit() {
                        self.found_id(None);
                        return;
                    }
                    digits.push(byte);
                    Next::IdNumber(digits)
                }
                next @ (Next::Colon(_) | Next::Value(_)) if is_space(byte) => next,
                Next::Colon(which) if byte == b':' => {
                    if let (Which::Own, Some(item)) = (which, &mut self.item) {
                        item.has_own = true;
                        return;
                    }
                    Next::Value(which)
                }
                Next::Value(Which::List) if byte == b'[' => {
                    self.next = Next::Array;
                    return;
                }
                Next::Value(Which::Id) => match byte {
                    b'"' => {
                        self.next = Next::IdString;
                        return;
                    }
                    b'-' | b'0'..=b'9' => Next::IdNumber(vec![byte]),
                    _ => {
                        self.found_id(None);
                        return;
                    }
                },
                other @ (Next::Array | Next::IdString) => {
                    self.next = other;
                    return;
                }
                _ => return,
            };
        }
    }

    fn found_id(&mut self, id: Option<Vec<u8>>) {
        if let Some(item) = &mut self.item {
            item.id = match (&item.id, id) {
                (Id::None, Some(id)) => Id::Once(id),
                _ => Id::Unclear,
            };
        }
    }

    fn matches(&self, content: &[u8], depth: u64) -> Option<Which> {
        if depth == 1 && self.place == Place::Before && self.list.is_spelled(content) {
            return Some(Which::List);
        }
        if depth != ITEM || self.item.is_none() {
            return None;
        }
        if self.own.is_spelled(content) {
            Some(Which::Own)
        } else if self.id.is_spelled(content) {
            Some(Which::Id)
        } else {
            None
        }
    }
}

impl Visitor for Members {
    #[inline]
    fn wants(&mut self, span: &Span<'_>) -> bool {
        let deepest = match self.place {
            Place::Before => 1,
            Place::Within | Place::Behind => ITEM,
        };
        span.lowest <= deepest
    }

    fn string(&mut self, string: &Text<'_>, depth: u64) -> Step {
        let is_id = matches!(self.next, Next::IdString);
        if string.start.is_some() {
            // Most strings, and nothing to put together.
            if !is_id {
                if let Some(which) = self.matches(string.content(), depth) {
                    self.next = Next::Colon(which);
                    self.read_on(&string.frame[string.end + 1..]);
                }
                return Step::Go;
            }
        }
        let content = self.cut.whole(string);
        if is_id {
            self.next = Next::Any;
            let id = content.and_then(|content| Some(unescape(&content)?.into_owned()));
            self.found_id(id);
        } else if let Some(content) = content
            && let Some(which) = self.matches(&content, depth)
        {
            self.next = Next::Colon(which);
            self.read_on(&string.frame[string.end + 1..]);
        }
        Step::Go
    }

    fn open(&mut self, bracket: u8, depth: u64) {
        match (bracket, depth) {
            (b'[', 2) if matches!(self.next, Next::Array) => {
                self.next = Next::Any;
                self.place = Place::Within;
            }
            (b'{', ITEM) if self.place == Place::Within => self.item = Some(Item::default()),
            (_, ITEM) => self.item = None,
            _ => {}
        }
    }

    fn close(&mut self, bracket: u8, depth: u64) -> Step {
        match depth {
            2 if bracket == b'}'
                && self.place == Place::Within
                && matches!(
                    self.item,
                    Some(Item {
                        id: Id::Once(_),
                        has_own: false
                    })
                ) =>
            {
                Step::Stop
            }
            0 => {
                self.place = Place::Behind;
                Step::Stop
            }
            1 if self.place == Place::Within => {
                self.place = Place::Behind;
                Step::Stop
            }
            _ => Step::Go,
        }
    }

    fn cut(&mut self, string: &Text<'_>, depth: u64) {
        self.cut.keep(string, depth == 1 || depth == ITEM);
    }
}
