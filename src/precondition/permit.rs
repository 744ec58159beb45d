//! The words between layer and handler: what a write may do, and what came of it.

use crate::{current::Current, version::Version};

use super::{Expectation, Field, Rejection, RejectionKind};

/// What a write may do: the outcome of its preconditions, pinned.
///
/// The layer puts one into the extensions of each write; with feature `axum` it is an extractor.
/// Between the layer's look at the store and the write, another writer fits: so the handler
/// writes *under* the permit, in the very statement or transaction that writes, and answers
/// [`Committed`] or [`VersionConflict`].
///
/// * An `UPDATE` or `DELETE`: `WHERE id = $1 AND ($2 IS NULL OR version = $2)`, with
///   [`expected`](Self::expected) as `$2`; no row means [`VersionConflict`], which the layer
///   makes the 404, 409 or 412 that it is.
/// * A transaction that has read (and locked) the row: [`check`](Self::check) against what it
///   read.
/// * Create or replace: match on [`expectation`](Self::expectation). A plain upsert under
///   [`Expectation::Exactly`] or [`Expectation::Exists`] would create again what another client
///   has just deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WritePermit {
    expectation: Expectation,
    field: Option<Field>,
}

impl WritePermit {
    pub(crate) const fn new(expectation: Expectation, field: Option<Field>) -> Self {
        Self { expectation, field }
    }

    /// The permit of a request without preconditions: any write will do.
    pub const UNCONDITIONAL: Self = Self::new(Expectation::Any, None);

    /// What the write has to find.
    #[must_use]
    pub const fn expectation(&self) -> Expectation {
        self.expectation
    }

    /// Whether the request carried a precondition that was evaluated.
    #[must_use]
    pub const fn is_conditional(&self) -> bool {
        self.field.is_some()
    }

    /// The version that an existing row must have for it to be changed; `None` if any will do.
    ///
    /// # Errors
    /// [`VersionConflict`] if no existing row may be changed at all: the request asked for the
    /// target to be absent, or found it missing under If-Match.
    pub const fn expected(&self) -> Result<Option<Version>, VersionConflict> {
        match self.expectation {
            Expectation::Any | Expectation::Exists => Ok(None),
            Expectation::Exactly(version) => Ok(Some(version)),
            Expectation::Absent | Expectation::Never => Err(VersionConflict),
        }
    }

    /// Checks the permit against what the handler has found current, in the transaction or under
    /// the lock that it writes in: a [`Version`], an `Option` of one, a [`Current`].
    ///
    /// # Errors
    /// [`VersionConflict`] if the write must not go through.
    pub fn check(&self, current: impl Into<Current>) -> Result<(), VersionConflict> {
        if self.expectation.admits(current) {
            Ok(())
        } else {
            Err(VersionConflict)
        }
    }

    /// The answer to a write that lost a race: 412 for a conditional request, 409 for one
    /// without condition, 404 for one that found its target missing from the start. Behind a
    /// layer, [`VersionConflict`] says the same in fewer words.
    #[must_use]
    pub const fn conflict(&self) -> Rejection {
        match self.expectation {
            Expectation::Never => Rejection::new(RejectionKind::TargetMissing),
            _ => Rejection::conflict(self.field),
        }
    }
}

/// In the extensions of a response: the version that this very write has made.
///
/// The `ETag` of an answer to a write comes from here and from nowhere else, since a look-up
/// afterwards could see another writer's version. With feature `axum` it stands in the handler's
/// answer, `(Committed(row.version), Json(row))`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Committed(pub Version);

/// In the extensions of a response: the version of exactly the content that a read answers with.
///
/// Without it the layer labels a read with the version that was current before the handler ran,
/// which may be older than the content, never newer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Observed(pub Version);

/// In the extensions of a request: an outer layer asks for the version itself, wherever the
/// `ETag` does not tell it (it is a variant's, the handler's own, or switched off).
///
/// A layer that labels the answer then leaves what it labels with in the answer's extensions:
/// [`Observed`] for a read, [`Committed`] for a write. Handlers may go by it too, and give
/// [`ItemVersions`](crate::ItemVersions) only where they are used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VersionWanted;

/// A write found another version than its [`WritePermit`] allows, or nothing to change at all, and
/// changed nothing.
///
/// As an error of a handler, or in the extensions of its response, it makes the layer look again:
/// it answers 412 to a conditional request, 404 if the target is missing and the request had not
/// counted on it, and 409 to any other without condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the resource changed while the request was being processed")]
pub struct VersionConflict;

#[cfg(test)]
mod tests {
    use http::StatusCode;

    use super::*;

    #[test]
    fn a_permit_allows_what_was_judged_and_nothing_else() {
        let (four, five) = (Version::new(4), Version::new(5));
        let none = Err(VersionConflict);
        // Expectation; `expected` for an UPDATE; whether 5, 4, a missing row may be written.
        let table = [
            (Expectation::Any, Ok(None), [true, true, true]),
            (Expectation::Exists, Ok(None), [true, true, false]),
            (Expectation::Absent, none, [false, false, true]),
            (
                Expectation::Exactly(five),
                Ok(Some(five)),
                [true, false, false],
            ),
            (Expectation::Never, none, [false, false, false]),
        ];
        for (expectation, expected, allowed) in table {
            let permit = WritePermit::new(expectation, Some(Field::IfMatch));
            assert_eq!(permit.expectation(), expectation);
            assert_eq!(permit.expected(), expected, "{expectation:?}");
            let checked = [Some(five), Some(four), None].map(|found| permit.check(found).is_ok());
            assert_eq!(checked, allowed, "{expectation:?}");
        }
    }

    #[test]
    fn a_lost_race_is_412_to_a_condition_and_409_without_one() {
        let conditional = WritePermit::new(Expectation::Exists, Some(Field::IfMatch));
        assert!(conditional.is_conditional());
        assert_eq!(
            conditional.conflict().status(),
            StatusCode::PRECONDITION_FAILED
        );
        assert_eq!(conditional.conflict().field(), Some(Field::IfMatch));
        // What was missing from the start is not lost: it was never there.
        let missing = WritePermit::new(Expectation::Never, Some(Field::IfMatch));
        assert_eq!(missing.conflict().status(), StatusCode::NOT_FOUND);
        let unconditional = WritePermit::UNCONDITIONAL;
        assert!(!unconditional.is_conditional());
        assert_eq!(unconditional.conflict().status(), StatusCode::CONFLICT);
        assert_eq!(unconditional.expectation(), Expectation::Any);
    }
}
