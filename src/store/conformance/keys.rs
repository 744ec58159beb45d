//! Functions that make the suite's keys, which are bytes, into keys of a store.
//!
//! One of your own does as well: any `Fn(&[u8]) -> Option<K>` that gives different bytes different
//! keys, the same each time, and `None` for bytes that no such key can be. It has to know ASCII
//! letters, digits, `-` and `/` of up to 64 bytes.

use crate::path_key::PathKey;

/// The bytes as they are.
#[must_use]
pub fn bytes(key: &[u8]) -> Option<Vec<u8>> {
    Some(key.to_vec())
}

/// Texts; there is none for bytes that are no UTF-8.
#[must_use]
pub fn text(key: &[u8]) -> Option<String> {
    String::from_utf8(key.to_vec()).ok()
}

/// Paths; there is none for bytes that are no UTF-8, or that a path's normal form has in other
/// spellings.
#[must_use]
pub fn path(key: &[u8]) -> Option<PathKey> {
    let key = std::str::from_utf8(key).ok()?;
    let is_one_to_one = !key.contains(['%', '?', '#']);
    is_one_to_one.then(|| PathKey::new(key))
}
