use crate::current::Current;

use super::{Expectation, Field, Rejection, RejectionKind};

/// What the preconditions of a request come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// They hold, or there are none: perform the method.
    Perform(Perform),
    /// A GET or HEAD whose representation the client has already: 304 (§15.4.5).
    NotModified(Field),
    /// A condition is false: 412 (§15.5.13).
    Failed(Field),
    /// An entity-tag field that its grammar forbids, where it would have guarded something: 400.
    Malformed(Field),
}

impl Outcome {
    /// How to perform the method, or the answer that stands for it.
    ///
    /// # Errors
    /// The 304, 400 or 412 that the outcome comes to on a target of which `current` is current.
    pub fn into_result(self, current: impl Into<Current>) -> Result<Perform, Rejection> {
        let (kind, field) = match self {
            Self::Perform(perform) => return Ok(perform),
            Self::NotModified(field) => (RejectionKind::NotModified, field),
            Self::Failed(field) => (RejectionKind::PreconditionFailed, field),
            Self::Malformed(field) => (RejectionKind::MalformedPrecondition, field),
        };
        Err(Rejection::new(kind)
            .with_field(field)
            .with_current(current.into()))
    }
}

/// How a method is to be performed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Perform {
    /// What a write has to find when it commits, for the outcome to still be true then.
    pub expectation: Expectation,
    /// The field that made the request conditional, the first in the order of §13.2.2; `None`
    /// for a request without preconditions, or with ignored ones alone.
    pub conditional: Option<Field>,
    /// If-Range is false: the Range field must be ignored (§13.1.5).
    pub ignore_range: bool,
}

impl Perform {
    pub(crate) const UNCONDITIONAL: Self = Self {
        expectation: Expectation::Any,
        conditional: None,
        ignore_range: false,
    };
}
