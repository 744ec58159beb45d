//! What a source sends about a record.

use serde_json::Value;
use tower_conditional::merge::resolution::Confidence;

use super::instant::Instant;
use super::kept;
use crate::database::ClaimRow;
use crate::error::Error;
use crate::members::{self, Invalid, Members};

/// Reads the claims that a contribution makes, one for each of its fields.
pub(super) fn claims(body: Value) -> Result<Vec<ClaimRow>, Error> {
    let mut members = Members::of(body)?;
    let source = members.required("source", members::string)?;
    let observed_at = members.required("observedAt", instant)?;
    let fields = members.required("fields", fields)?;
    members.end()?;
    // Each claim has the source by itself: what is sent once must not become gigabytes.
    if source.len().saturating_mul(fields.len()) > kept::LIMIT {
        return Err(Error::ClaimsTooLarge);
    }
    fields
        .into_iter()
        .map(|(field, value, confidence)| {
            Ok(claim(field, &source, observed_at, confidence, &value)?)
        })
        .collect()
}

/// The row of a claim on one field.
pub(super) fn claim(
    field: String,
    source: &str,
    observed_at: Instant,
    confidence: Confidence,
    value: &Value,
) -> Result<ClaimRow, serde_json::Error> {
    let (seconds, nanoseconds) = observed_at.parts();
    Ok(ClaimRow {
        field,
        source: source.to_owned(),
        seconds,
        nanoseconds,
        confidence: confidence.get(),
        value: serde_json::to_string(value)?,
    })
}

type Field = (String, Value, Confidence);

fn fields(value: Value) -> Result<Vec<Field>, Invalid> {
    Members::of(value)?
        .into_rest()
        .into_iter()
        .map(|(name, value)| match field(value) {
            Ok((value, confidence)) => Ok((name, value, confidence)),
            Err(invalid) => Err(invalid.within(&name)),
        })
        .collect()
}

fn field(value: Value) -> Result<(Value, Confidence), Invalid> {
    let mut members = Members::of(value)?;
    let value = members.required("value", Ok)?;
    let confidence = members.optional("confidence", confidence)?;
    members.end()?;
    Ok((value, confidence.unwrap_or_default()))
}

fn confidence(value: Value) -> Result<Confidence, Invalid> {
    let refused = || Invalid::new("must be a number from 0 to 1");
    let number: f64 = serde_json::from_value(value).map_err(|_| refused())?;
    Confidence::new(number).map_err(|_| refused())
}

fn instant(value: Value) -> Result<Instant, Invalid> {
    members::string(value)?.parse().map_err(|_| {
        Invalid::new("must be a time by RFC 3339 with its offset, as 2026-01-02T03:04:05Z")
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn contribution(member: &str, value: Value) -> Value {
        let mut body = json!({
            "source": "crm",
            "observedAt": "2026-01-02T03:04:05.5Z",
            "fields": {"email": {"value": "a@b.c", "confidence": 0.8}, "age": {"value": null}},
        });
        body[member] = value;
        body
    }

    #[test]
    fn each_field_is_a_claim() {
        let claims = claims(contribution("source", json!("crm"))).unwrap();
        let claims: Vec<_> = claims
            .iter()
            .map(|claim| (&*claim.field, &*claim.value, claim.confidence))
            .collect();
        assert_eq!(claims, [("age", "null", 1.0), ("email", "\"a@b.c\"", 0.8)]);
    }

    #[test]
    fn the_members_at_fault_are_named() {
        let at = |field: &str, value| contribution("fields", json!({field: value}));
        for (body, pointer) in [
            (json!([]), ""),
            (json!({}), "/source"),
            (json!({"source": "crm"}), "/observedAt"),
            (
                json!({"source": "crm", "observedAt": "2026-01-02T03:04:05Z"}),
                "/fields",
            ),
            (contribution("source", json!(1)), "/source"),
            (
                contribution("observedAt", json!("2026-01-02")),
                "/observedAt",
            ),
            (
                contribution("observedAt", json!(1_767_323_045)),
                "/observedAt",
            ),
            (contribution("fields", json!([])), "/fields"),
            (contribution("field", json!({})), "/field"),
            (at("a/b", json!("bare")), "/fields/a~1b"),
            (at("a", json!({})), "/fields/a/value"),
            (
                at("a", json!({"value": 1, "weight": 1})),
                "/fields/a/weight",
            ),
            (
                at("a", json!({"value": 1, "confidence": 1.1})),
                "/fields/a/confidence",
            ),
            (
                at("a", json!({"value": 1, "confidence": -0.1})),
                "/fields/a/confidence",
            ),
            (
                at("a", json!({"value": 1, "confidence": "1"})),
                "/fields/a/confidence",
            ),
            (
                at("a", json!({"value": 1, "confidence": null})),
                "/fields/a/confidence",
            ),
        ] {
            match claims(body.clone()) {
                Err(Error::Invalid(invalid)) => assert_eq!(invalid.into_pointer(), pointer),
                other => panic!("{other:?} of {body}"),
            }
        }
    }
}
