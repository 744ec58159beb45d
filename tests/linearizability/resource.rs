//! The reference object: one resource with a version, as if one request came after the other.

use std::{cell::Cell, rc::Rc};

use stateright::semantics::SequentialSpec;

use crate::history::{Condition, Refusal, Token};

/// How many steps a search may take.
pub(crate) const BUDGET: u64 = 100_000;

#[derive(Clone, Debug)]
pub(crate) struct Resource {
    pub(crate) token: Option<Token>,
    pub(crate) is_live: bool,
    pub(crate) version: Known,
    /// What is left of the search's budget. Past it no step is valid, so that the search ends.
    pub(crate) budget: Rc<Cell<u64>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Known {
    Exactly(u64),
    /// After an outcome that is unknown, and where a deletion did not tell.
    AtLeast(u64),
}

impl Known {
    const fn lowest(self) -> u64 {
        match self {
            Self::Exactly(version) | Self::AtLeast(version) => version,
        }
    }

    fn may_be(self, version: u64) -> bool {
        match self {
            Self::Exactly(known) => known == version,
            Self::AtLeast(lowest) => lowest <= version,
        }
    }

    fn next(self) -> Self {
        match self {
            Self::Exactly(version) => Self::Exactly(version + 1),
            Self::AtLeast(version) => Self::AtLeast(version + 1),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Op {
    Put(Token, Condition),
    Delete(Token, Condition),
    Read,
    /// A guard was lost: the version rises, nobody knows how far.
    Lapse,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ret {
    Written(Option<u64>),
    Refused(Refusal),
    Content {
        token: Option<Token>,
        is_live: bool,
        /// Looked up before the content was, so it may be older.
        label: Option<u64>,
    },
    Label(u64),
    /// Of what has no answer.
    Nothing,
}

impl Resource {
    fn admits(&self, condition: Condition) -> bool {
        match condition {
            Condition::Unconditional => true,
            Condition::Absent => !self.is_live,
            Condition::Match(named) => self.is_live && self.version.may_be(named),
        }
    }

    fn refuses(&self, condition: Condition) -> bool {
        match condition {
            Condition::Unconditional => false,
            Condition::Absent => self.is_live,
            Condition::Match(named) => !self.is_live || self.version != Known::Exactly(named),
        }
    }

    /// The next version after a write that `condition` lets through.
    fn next(&self, condition: Condition) -> Known {
        match condition {
            Condition::Match(named) => Known::Exactly(named + 1),
            _ => self.version.next(),
        }
    }

    fn write(&mut self, token: Token, is_live: bool, version: Known) {
        (self.token, self.is_live, self.version) = (Some(token), is_live, version);
    }

    fn step(&mut self, op: &Op, ret: &Ret) -> bool {
        match (*op, *ret) {
            (Op::Put(token, condition), Ret::Written(Some(version))) => {
                let is_valid = self.admits(condition) && self.next(condition).may_be(version);
                self.write(token, true, Known::Exactly(version));
                is_valid
            }
            // An answer that did not tell its version.
            (Op::Put(token, condition), Ret::Written(None)) => {
                let is_valid = self.admits(condition);
                self.write(token, true, self.next(condition));
                is_valid
            }
            (Op::Delete(token, condition), Ret::Written(_)) => {
                let is_valid = self.is_live && self.admits(condition);
                self.write(token, false, self.next(condition));
                is_valid
            }
            (
                Op::Put(_, condition) | Op::Delete(_, condition),
                Ret::Refused(Refusal::Precondition),
            ) => self.refuses(condition),
            (Op::Delete(..), Ret::Refused(Refusal::Missing)) => !self.is_live,
            (
                Op::Read,
                Ret::Content {
                    token,
                    is_live,
                    label,
                },
            ) => {
                let seen = label.unwrap_or(0);
                let is_valid = (token, is_live) == (self.token, self.is_live)
                    && match self.version {
                        Known::Exactly(version) => seen <= version,
                        Known::AtLeast(_) => true,
                    };
                if let Known::AtLeast(lowest) = &mut self.version {
                    *lowest = seen.max(*lowest);
                }
                is_valid
            }
            (Op::Read, Ret::Label(label)) => {
                let is_valid = self.is_live && self.version.may_be(label);
                self.version = Known::Exactly(label);
                is_valid
            }
            _ => false,
        }
    }
}

impl SequentialSpec for Resource {
    type Op = Op;
    type Ret = Ret;

    /// What has no answer: it happens if it can.
    fn invoke(&mut self, op: &Op) -> Ret {
        match *op {
            Op::Put(token, condition) if self.admits(condition) => {
                let version = self.next(condition).lowest();
                self.write(token, true, Known::AtLeast(version));
            }
            Op::Delete(token, condition) if self.is_live && self.admits(condition) => {
                let version = self.next(condition).lowest();
                self.write(token, false, Known::AtLeast(version));
            }
            Op::Lapse => self.version = Known::AtLeast(self.version.lowest() + 1),
            _ => {}
        }
        Ret::Nothing
    }

    fn is_valid_step(&mut self, op: &Op, ret: &Ret) -> bool {
        let Some(left) = self.budget.get().checked_sub(1) else {
            return false;
        };
        self.budget.set(left);
        self.step(op, ret)
    }
}
