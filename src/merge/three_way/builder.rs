use serde_json::Value;

use super::{
    conflict::Conflicts,
    merger::Merger,
    path::{ArrayKey, InvalidPath},
};

/// Merges `ours` and `theirs`, two edits of `base`, with all arrays taken whole; see the
/// [module docs](super).
///
/// # Errors
/// [`Conflicts`], if both sides changed the same thing in two ways.
pub fn three_way(base: &Value, ours: &Value, theirs: &Value) -> Result<Value, Conflicts> {
    ThreeWay::new().merge(base, ours, theirs)
}

/// A three-way merge, with the arrays that it merges by a key; see the [module docs](super).
///
/// ```
/// use serde_json::json;
/// use tower_conditional::merge::ThreeWay;
///
/// let merge = ThreeWay::new().array_key("/orders/*/lines", "sku")?;
/// let lines = |lines| json!({"orders": {"7": {"lines": lines}}});
/// let merged = merge.merge(
///     &lines(json!([{"sku": "a", "count": 1}])),
///     &lines(json!([{"sku": "a", "count": 2}])),
///     &lines(json!([{"sku": "a", "count": 1}, {"sku": "b", "count": 1}])),
/// )?;
/// assert_eq!(
///     merged,
///     lines(json!([{"sku": "a", "count": 2}, {"sku": "b", "count": 1}])),
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct ThreeWay {
    keys: Vec<ArrayKey>,
}

impl ThreeWay {
    /// A merge that takes all arrays whole.
    pub fn new() -> Self {
        Self::default()
    }

    /// Merges the array at `path` by the member `key` of its elements, which is a string or a
    /// number.
    ///
    /// `path` is a JSON Pointer (RFC 6901) in which `*` stands for any member of an object and
    /// for any element of an array that is merged by key; the empty path is the whole document.
    /// Of two paths that name one array the later one counts.
    ///
    /// # Errors
    /// If `path` is no JSON Pointer.
    pub fn array_key(mut self, path: &str, key: impl Into<String>) -> Result<Self, InvalidPath> {
        self.keys.push(ArrayKey::new(path, key.into())?);
        Ok(self)
    }

    /// Merges `ours` and `theirs`, two edits of `base`.
    ///
    /// # Errors
    /// [`Conflicts`], if both sides changed the same thing in two ways.
    pub fn merge(&self, base: &Value, ours: &Value, theirs: &Value) -> Result<Value, Conflicts> {
        Merger::new().document(&self.keys, base, ours, theirs)
    }
}
