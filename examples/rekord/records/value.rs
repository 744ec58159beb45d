//! Values of fields, in a total order.

use serde_json::Value;
use tower_conditional::integrity::{InvalidContent, canonicalize};

/// The value of a field, ordered by its canonical form (RFC 8785).
///
/// Where two spellings have one canonical form (`1` and `1.0`) the text decides, so that the
/// answer is the same to the byte, whichever came first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct FieldValue {
    canonical: Vec<u8>,
    text: String,
}

impl FieldValue {
    /// The value that this JSON text has.
    ///
    /// # Errors
    /// When the text has no canonical form.
    pub(crate) fn new(text: String) -> Result<Self, InvalidContent> {
        Ok(Self {
            canonical: canonicalize(text.as_bytes())?,
            text,
        })
    }

    /// The JSON text that it was made of.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    // The text and not the canonical form, in which an integer past 2^53 may have other digits.
    pub(crate) fn to_json(&self) -> Result<Value, serde_json::Error> {
        serde_json::from_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_order_by_their_canonical_bytes_then_by_their_text() {
        let value = |text: &str| FieldValue::new(text.into()).unwrap();
        assert!(value("10") < value("2"));
        assert!(value("\"b\"") < value("1"));
        // UTF-16 puts U+10000 before U+FFFF, UTF-8 the other way round.
        assert!(value(r#"{"\ud800\udc00":1,"\uffff":0}"#) > value(r#"{"\uffff":0}"#));
        assert!(value("1") < value("1.0"));
        assert!(value("1.0") < value("1.5"));
        assert_eq!(value("1").canonical, value("1.0").canonical);
    }
}
