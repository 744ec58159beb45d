//! What to do with a request, once it is known what is current.

use std::time::SystemTime;

use http::{HeaderMap, Request, header};

use crate::{
    current::{Current, Validators},
    key::RequestHead,
    precondition::{
        Expectation, Field, Fields, Outcome, Perform, Rejection, RejectionKind, Target,
        VersionWanted,
    },
};

use super::{
    policy::{Policy, Selected},
    resource::Resource,
};

/// How to treat the answer of a service that runs.
pub(super) struct Plan {
    /// What a read's answer is labelled with.
    pub(super) label: Option<Validators>,
    /// The variant that the answer is; one that was not declared has no tag.
    pub(super) selected: Selected,
    /// An outer layer asks for the version itself.
    pub(super) is_wanted: bool,
    /// The store has not seen the key: a successful read makes it known.
    pub(super) adopt: bool,
    /// The field that made the request conditional.
    pub(super) field: Option<Field>,
    /// What the write has to find.
    pub(super) expectation: Expectation,
    /// The fields that a 304 would have had too.
    pub(super) declared: Option<Box<HeaderMap>>,
}

/// Why the service is not to run, and the fields that are declared for a 304.
pub(super) type Refused = (Rejection, Option<Box<HeaderMap>>);

/// Judges the request against `current`, which is `None` if the store failed to tell, and
/// readies it for the service: a Range that must be ignored goes.
#[inline]
pub(super) fn decide<B, K>(
    policy: &Policy,
    request: &mut Request<B>,
    resource: &Resource<K>,
    current: Option<Current>,
    asked: SystemTime,
) -> Result<Plan, Refused> {
    let is_write = resource.is_write;
    let head = RequestHead::of(request);
    let selected = policy.selected(&head);
    let known = match current {
        Some(Current::Present(_)) if selected == Selected::Undeclared && !is_write => {
            Current::Untagged
        }
        current => current.unwrap_or(Current::Unknown),
    };
    let variant = selected.variant();

    let fields = Fields::of(head.headers);
    // Calls have no ranges, and may have metadata of that name.
    let has_range = !resource.is_call() && fields.has(&header::RANGE);
    let has_if_range = !resource.is_call() && fields.has(&header::IF_RANGE);
    // Most requests have none: nothing is made ready to judge them by.
    let perform = if fields.is_empty() && (current.is_some() || !is_write) {
        Perform::UNCONDITIONAL
    } else {
        let current = current.map(|_| known);
        judge(policy, resource, fields, current, variant, asked).map_err(|rejection| {
            let declared = match rejection.kind() {
                RejectionKind::NotModified => policy.declared(&head),
                _ => None,
            };
            (rejection, declared)
        })?
    };

    if is_write
        && perform.conditional.is_none()
        && known != Current::Missing
        && policy.requires_precondition(&resource.method, &head)
    {
        let rejection = Rejection::new(RejectionKind::PreconditionRequired);
        return Err((rejection, None));
    }

    let label = match known {
        Current::Present(validators) if !is_write => Some(validators),
        _ => None,
    };
    // What a 200 and a 304 have in common: no call has a 304.
    let declared = if is_write || resource.is_call() {
        None
    } else {
        policy.declared(&head)
    };
    let is_wanted = head.extensions.get::<VersionWanted>().is_some();
    // Without a label nobody could tell whether a part still belongs to the others, nor while a
    // write may be half done.
    let is_settled = label.is_some_and(|label| !label.is_being_written);
    if has_range && (perform.ignore_range || (!is_write && !is_settled)) {
        request.headers_mut().remove(header::RANGE);
    }
    // It is judged; a service that has no tags of its own could only misjudge it.
    if has_if_range {
        request.headers_mut().remove(header::IF_RANGE);
    }

    Ok(Plan {
        label,
        selected,
        is_wanted,
        adopt: !is_write && current == Some(Current::Unknown),
        field: perform.conditional,
        expectation: perform.expectation,
        declared,
    })
}

/// Judges the preconditions, if there are any.
fn judge<K>(
    policy: &Policy,
    resource: &Resource<K>,
    fields: Fields<'_>,
    current: Option<Current>,
    variant: Option<&'static str>,
    asked: SystemTime,
) -> Result<Perform, Rejection> {
    let known = current.unwrap_or(Current::Unknown);
    let outcome = if fields.is_empty() {
        Outcome::Perform(Perform::UNCONDITIONAL)
    } else {
        resource.judge(fields, &target(policy, known, variant, asked))
    };
    let is_malformed = matches!(outcome, Outcome::Malformed(_));
    if current.is_none() && !is_malformed && (resource.is_write || is_guarded(outcome)) {
        let rejection = Rejection::new(RejectionKind::StoreUnavailable);
        return Err(rejection.with_retry_after(policy.retry_after));
    }
    let judged = outcome.into_result(known);
    judged.map_err(|rejection| rejection.with_variant(variant))
}

/// What the preconditions are judged against.
fn target<'a>(
    policy: &'a Policy,
    known: Current,
    variant: Option<&'a str>,
    asked: SystemTime,
) -> Target<'a> {
    let mut target = Target::new(known)
        .at(asked)
        .put_creates(policy.put_creates)
        .accept_weakened(policy.accept_weakened);
    if let Some(variants) = &policy.variants {
        target = target.variants(&variants.declared);
    }
    if let Some(variant) = variant {
        target = target.variant(variant);
    }
    target
}

/// Whether a read asks to be refused unless the representation is the one that it names: what
/// comes of If-Match and If-Unmodified-Since when nobody knows what is current.
fn is_guarded(outcome: Outcome) -> bool {
    matches!(
        outcome,
        Outcome::Failed(_)
            | Outcome::Perform(Perform {
                conditional: Some(Field::IfMatch),
                ..
            })
    )
}
