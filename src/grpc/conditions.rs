//! The preconditions of a call.

use http::{Method, header};

use crate::precondition::{Field, Fields, Outcome, Target, evaluate_fields};

/// Judges a call as the HTTP request with the same meaning, by the two fields that a call can
/// have.
pub(crate) fn judge(method: &Method, fields: Fields<'_>, target: &Target<'_>) -> Outcome {
    // No answer to a call has a date. Ignored, the field would leave unguarded what its sender
    // takes for guarded.
    if fields.has(&header::IF_UNMODIFIED_SINCE) {
        return Outcome::Malformed(Field::IfUnmodifiedSince);
    }
    let fields = if *method == Method::GET {
        // gRPC has no 304.
        fields.only(&[header::IF_MATCH])
    } else {
        fields.only(&[header::IF_MATCH, header::IF_NONE_MATCH])
    };
    evaluate_fields(method, fields, target, false)
}
