use std::fmt;

use serde_json::Value;

/// One place that both sides changed in two ways.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Conflict {
    /// The place in [`Conflicts::merged`], as a JSON Pointer (RFC 6901). It always leads to a
    /// value there; empty for the whole document.
    pub pointer: String,
    /// The value in the base; `None` where there is none, which is not `null`.
    pub base: Option<Value>,
    /// Our value; `None` where we deleted it.
    pub ours: Option<Value>,
    /// Their value; `None` where they deleted it.
    pub theirs: Option<Value>,
}

/// What keeps two edits from being merged: one [`Conflict`] or more.
#[derive(Clone, Debug, PartialEq)]
pub struct Conflicts {
    conflicts: Vec<Conflict>,
    merged: Value,
}

impl Conflicts {
    pub(super) fn new(mut conflicts: Vec<Conflict>, merged: Value) -> Self {
        conflicts.sort_by(|one, other| one.pointer.cmp(&other.pointer));
        Self { conflicts, merged }
    }

    /// The conflicts, by their pointers in the order of their bytes. None lies inside another.
    #[must_use]
    pub fn as_slice(&self) -> &[Conflict] {
        &self.conflicts
    }

    /// The merge with our value at each conflict, and theirs where we deleted what they changed.
    /// To resolve a conflict is to write another value at its pointer, or to remove it.
    #[must_use]
    pub fn merged(&self) -> &Value {
        &self.merged
    }

    /// The conflicts and the merge, as [`as_slice`](Self::as_slice) and
    /// [`merged`](Self::merged) show them.
    #[must_use]
    pub fn into_parts(self) -> (Vec<Conflict>, Value) {
        (self.conflicts, self.merged)
    }
}

impl fmt::Display for Conflicts {
    /// Names places and shows no values: a message may end in a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 3;
        f.write_str("both sides changed")?;
        for (index, conflict) in self.conflicts.iter().take(SHOWN).enumerate() {
            let comma = if index == 0 { "" } else { "," };
            write!(f, "{comma} {:?}", conflict.pointer)?;
        }
        match self.conflicts.len().saturating_sub(SHOWN) {
            0 => Ok(()),
            more => write!(f, " and {more} more"),
        }
    }
}

impl std::error::Error for Conflicts {}
