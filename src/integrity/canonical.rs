//! The canonical form as a function of bytes, or of a value.

use std::borrow::Cow;

use super::{error::InvalidContent, scan::Scanner};

/// How deep arrays and objects may nest: 128 in one another.
pub const MAX_DEPTH: usize = 128;

/// The canonical form of a JSON document (RFC 8785): equal bytes for documents of equal value.
///
/// `document` is a JSON text in UTF-8, without byte order mark (RFC 8259 §8.1). One scan, no tree
/// of values; memory is in proportion to the document, time too but for the sorting of members.
///
/// # Errors
/// [`InvalidContent`], with the byte at fault, for what is no JSON and for what has no canonical
/// form; see [the rules](super).
///
/// ```
/// use tower_conditional::integrity::{InvalidContentKind, canonicalize};
///
/// let canonical = canonicalize(br#"{ "peach": 1E2, "apple": [ -0, "\u0041" ] }"#)?;
/// assert_eq!(canonical, br#"{"apple":[0,"A"],"peach":100}"#);
///
/// let error = canonicalize(br#"{"id":9007199254740993}"#).unwrap_err();
/// assert_eq!(error.kind(), InvalidContentKind::InexactInteger);
/// assert_eq!(error.offset(), Some(6));
/// # Ok::<(), tower_conditional::integrity::InvalidContent>(())
/// ```
pub fn canonicalize(document: &[u8]) -> Result<Vec<u8>, InvalidContent> {
    canonical_form(document).map(Cow::into_owned)
}

/// The canonical form of a value: that of the document which `serde_json` makes of it.
///
/// # Errors
/// As [`canonicalize`], and for NaN and infinity ([`NotFinite`]), which `serde_json` would print
/// as `null`, and for what the serializer refuses ([`NotSerializable`]), such as a map whose keys
/// are neither strings nor numbers. The errors have no offset.
///
/// ```
/// use std::collections::BTreeMap;
/// use tower_conditional::integrity::canonicalize_value;
///
/// let levels = BTreeMap::from([(10, 0.5), (9, 1.0)]);
/// assert_eq!(canonicalize_value(&levels)?, br#"{"10":0.5,"9":1}"#);
/// # Ok::<(), tower_conditional::integrity::InvalidContent>(())
/// ```
///
/// [`NotFinite`]: super::InvalidContentKind::NotFinite
/// [`NotSerializable`]: super::InvalidContentKind::NotSerializable
#[cfg(feature = "json")]
pub fn canonicalize_value<T>(value: &T) -> Result<Vec<u8>, InvalidContent>
where
    T: serde::Serialize + ?Sized,
{
    let document = super::finite::to_document(value)?;
    canonicalize(&document).map_err(|error| InvalidContent::in_value(error.kind(), None))
}

/// [`canonicalize`] without a copy of what is canonical already.
pub(super) fn canonical_form(document: &[u8]) -> Result<Cow<'_, [u8]>, InvalidContent> {
    Scanner::new(document)
        .document()
        .map_err(InvalidContent::from)
}
