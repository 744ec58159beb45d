//! One scan over a document: the grammar of RFC 8259, without recursion.

use std::borrow::Cow;

use super::{
    canonical::MAX_DEPTH,
    error::{Fault, InvalidContentKind},
    member::{self, Member},
    number::{self, Spelling},
    output::Output,
    string,
};

/// An array or object whose end is not yet read.
enum Open {
    Array,
    Object {
        /// Its first member's index in the scanner's list.
        first: usize,
        /// Whether each name so far stands after the one before it.
        ascending: bool,
    },
}

/// What stands where the scanner is.
enum Next {
    /// A value's first byte.
    Value,
    /// The byte after a value.
    AfterValue,
}

pub(super) struct Scanner<'a> {
    input: &'a [u8],
    at: usize,
    output: Output<'a>,
    open: Vec<Open>,
    /// The members of all open objects, outer ones first.
    members: Vec<Member>,
    scratch: Vec<u8>,
    printer: ryu_js::Buffer,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(input: &'a [u8]) -> Self {
        Self {
            input,
            at: 0,
            output: Output::new(input),
            open: Vec::with_capacity(8),
            members: Vec::with_capacity(16),
            scratch: Vec::new(),
            printer: ryu_js::Buffer::new(),
        }
    }

    /// The canonical form of the whole input.
    pub(super) fn document(mut self) -> Result<Cow<'a, [u8]>, Fault> {
        self.skip_white_space();
        let mut next = Next::Value;
        loop {
            next = match next {
                Next::Value => self.value()?,
                Next::AfterValue => {
                    self.skip_white_space();
                    match self.open.last() {
                        Some(Open::Array) => self.after_element()?,
                        Some(Open::Object { first, ascending }) => {
                            let (first, ascending) = (*first, *ascending);
                            self.after_member(first, ascending)?
                        }
                        None if self.at == self.input.len() => {
                            return Ok(self.output.finish(self.at));
                        }
                        None => return Err(self.fault(InvalidContentKind::TrailingBytes)),
                    }
                }
            }
        }
    }

    #[inline]
    fn value(&mut self) -> Result<Next, Fault> {
        match self.input.get(self.at) {
            Some(b'"') => {
                self.at = string::read(self.input, self.at, &mut self.output)?.end;
            }
            Some(b'-' | b'0'..=b'9') => self.number()?,
            Some(b'{') => {
                let first = self.members.len();
                self.enter(Open::Object {
                    first,
                    ascending: true,
                })?;
                if self.input.get(self.at) != Some(&b'}') {
                    self.name()?;
                    return Ok(Next::Value);
                }
                self.leave();
            }
            Some(b'[') => {
                self.enter(Open::Array)?;
                if self.input.get(self.at) != Some(&b']') {
                    return Ok(Next::Value);
                }
                self.leave();
            }
            Some(b't') => self.literal(b"true")?,
            Some(b'f') => self.literal(b"false")?,
            Some(b'n') => self.literal(b"null")?,
            _ => return Err(self.fault(InvalidContentKind::Malformed)),
        }
        Ok(Next::AfterValue)
    }

    #[inline]
    fn after_element(&mut self) -> Result<Next, Fault> {
        match self.input.get(self.at) {
            Some(b',') => {
                self.at += 1;
                self.skip_white_space();
                Ok(Next::Value)
            }
            Some(b']') => {
                self.leave();
                Ok(Next::AfterValue)
            }
            _ => Err(self.fault(InvalidContentKind::Malformed)),
        }
    }

    #[inline]
    fn after_member(&mut self, first: usize, ascending: bool) -> Result<Next, Fault> {
        let end = self.output.place_of(self.at);
        if let Some(member) = self.members.last_mut() {
            member.end = end;
        }
        match self.input.get(self.at) {
            Some(b',') => {
                self.at += 1;
                self.skip_white_space();
                self.name()?;
                Ok(Next::Value)
            }
            Some(b'}') => {
                if !ascending {
                    let written = self.output.write_up_to(self.at);
                    member::put_in_order(&mut self.members[first..], written, &mut self.scratch)
                        .map_err(|at| Fault::new(InvalidContentKind::RepeatedName, at))?;
                }
                self.members.truncate(first);
                self.leave();
                Ok(Next::AfterValue)
            }
            _ => Err(self.fault(InvalidContentKind::Malformed)),
        }
    }

    /// A member's name and the colon behind it.
    #[inline]
    fn name(&mut self) -> Result<(), Fault> {
        let offset = self.at;
        if self.input.get(offset) != Some(&b'"') {
            return Err(self.fault(InvalidContentKind::Malformed));
        }
        let start = self.output.place_of(offset);
        let text = string::read(self.input, offset, &mut self.output)?;
        self.at = text.end;
        let member = if text.plain {
            let len = text.end - offset - 2;
            Member::plain(&self.input[offset + 1..], len, start, offset)
        } else {
            Member::decoded(self.output.write_up_to(self.at), start, offset)
        };
        if let Some(Open::Object { first, ascending }) = self.open.last_mut()
            && *ascending
            && let Some(before) = self.members[*first..].last()
        {
            let order = match before.prefix_order(&member) {
                std::cmp::Ordering::Equal => {
                    before.order(&member, self.output.write_up_to(self.at))
                }
                order => order,
            };
            *ascending = order.is_lt();
        }
        self.members.push(member);
        self.skip_white_space();
        if self.input.get(self.at) != Some(&b':') {
            return Err(self.fault(InvalidContentKind::Malformed));
        }
        self.at += 1;
        self.skip_white_space();
        Ok(())
    }

    #[inline]
    fn number(&mut self) -> Result<(), Fault> {
        self.at = match number::read(self.input, self.at)? {
            Spelling::Kept { end } => end,
            Spelling::Cut { cut, end } => {
                self.output.leave_out(cut, end);
                end
            }
            Spelling::Printed { value, end } => {
                let text = self.printer.format_finite(value).as_bytes();
                if self.input[self.at..end] != *text {
                    self.output.replace(self.at, end, text);
                }
                end
            }
        };
        Ok(())
    }

    #[inline]
    fn literal(&mut self, literal: &[u8]) -> Result<(), Fault> {
        if !self.input[self.at..].starts_with(literal) {
            return Err(self.fault(InvalidContentKind::Malformed));
        }
        self.at += literal.len();
        Ok(())
    }

    /// Goes behind an opening bracket and the white space that follows it.
    #[inline]
    fn enter(&mut self, container: Open) -> Result<(), Fault> {
        if self.open.len() == MAX_DEPTH {
            return Err(self.fault(InvalidContentKind::TooDeep));
        }
        self.open.push(container);
        self.at += 1;
        self.skip_white_space();
        Ok(())
    }

    /// Goes behind a closing bracket.
    #[inline]
    fn leave(&mut self) {
        self.open.pop();
        self.at += 1;
    }

    #[inline]
    fn skip_white_space(&mut self) {
        // All of it is at most a space, and a compact document has none.
        if self.input.get(self.at).is_some_and(|byte| *byte <= b' ') {
            self.leave_out_white_space();
        }
    }

    fn leave_out_white_space(&mut self) {
        let from = self.at;
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.input.get(self.at) {
            self.at += 1;
        }
        if self.at > from {
            self.output.leave_out(from, self.at);
        }
    }

    fn fault(&self, kind: InvalidContentKind) -> Fault {
        Fault::new(kind, self.at)
    }
}
