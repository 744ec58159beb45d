use serde_json::{Map, Value};

use super::{
    conflict::{Conflict, Conflicts},
    equal::same,
    keyed::{Keyed, order},
    path::{Ahead, ArrayKey, push_token},
};

/// How deep a document is merged by member and by key; what lies deeper is taken whole.
pub const MAX_DEPTH: usize = 128;

/// One merge under way.
pub(super) struct Merger {
    /// The place in the merged document.
    pointer: String,
    depth: usize,
    conflicts: Vec<Conflict>,
}

impl Merger {
    pub(super) const fn new() -> Self {
        Self {
            pointer: String::new(),
            depth: 0,
            conflicts: Vec::new(),
        }
    }

    pub(super) fn document(
        mut self,
        keys: &[ArrayKey],
        base: &Value,
        ours: &Value,
        theirs: &Value,
    ) -> Result<Value, Conflicts> {
        let merged = self.values(&Ahead::new(keys), base, ours, theirs);
        if self.conflicts.is_empty() {
            Ok(merged)
        } else {
            Err(Conflicts::new(self.conflicts, merged))
        }
    }

    /// One member or element, wherever it is.
    fn optional(
        &mut self,
        ahead: &Ahead<'_>,
        base: Option<&Value>,
        ours: Option<&Value>,
        theirs: Option<&Value>,
    ) -> Option<Value> {
        match (base, ours, theirs) {
            (Some(base), Some(ours), Some(theirs)) => Some(self.values(ahead, base, ours, theirs)),
            _ => self.whole(base, ours, theirs).cloned(),
        }
    }

    fn values(&mut self, ahead: &Ahead<'_>, base: &Value, ours: &Value, theirs: &Value) -> Value {
        if self.depth < MAX_DEPTH {
            match (base, ours, theirs) {
                (Value::Object(base), Value::Object(ours), Value::Object(theirs)) => {
                    return Value::Object(self.objects(ahead, base, ours, theirs));
                }
                (Value::Array(base), Value::Array(ours), Value::Array(theirs)) => {
                    if let Some(member) = ahead.member()
                        && let Some(base) = Keyed::of(base, member)
                        && let Some(ours) = Keyed::of(ours, member)
                        && let Some(theirs) = Keyed::of(theirs, member)
                        && let Some(merged) = self.arrays(ahead, &base, &ours, &theirs)
                    {
                        return Value::Array(merged);
                    }
                }
                _ => {}
            }
        }
        let merged = self.whole(Some(base), Some(ours), Some(theirs));
        merged.unwrap_or(ours).clone()
    }

    fn objects(
        &mut self,
        ahead: &Ahead<'_>,
        base: &Map<String, Value>,
        ours: &Map<String, Value>,
        theirs: &Map<String, Value>,
    ) -> Map<String, Value> {
        let added = theirs.keys().filter(|name| !ours.contains_key(*name));
        let mut merged = Map::new();
        for name in ours.keys().chain(added) {
            let below = ahead.below(Some(name));
            let value = self.inside(name, |it| {
                it.optional(&below, base.get(name), ours.get(name), theirs.get(name))
            });
            if let Some(value) = value {
                merged.insert(name.clone(), value);
            }
        }
        merged
    }

    /// `None` if the order of the elements is in conflict.
    fn arrays(
        &mut self,
        ahead: &Ahead<'_>,
        base: &Keyed<'_>,
        ours: &Keyed<'_>,
        theirs: &Keyed<'_>,
    ) -> Option<Vec<Value>> {
        let below = ahead.below(None);
        let mut merged = Vec::new();
        for key in order(base, ours, theirs)? {
            let value = self.inside(&merged.len().to_string(), |it| {
                it.optional(&below, base.get(key), ours.get(key), theirs.get(key))
            });
            merged.extend(value);
        }
        Some(merged)
    }

    fn inside<T>(&mut self, token: &str, merge: impl FnOnce(&mut Self) -> T) -> T {
        let outside = self.pointer.len();
        push_token(&mut self.pointer, token);
        self.depth += 1;
        let merged = merge(self);
        self.depth -= 1;
        self.pointer.truncate(outside);
        merged
    }

    /// Values that are not looked into.
    fn whole<'v>(
        &mut self,
        base: Option<&Value>,
        ours: Option<&'v Value>,
        theirs: Option<&'v Value>,
    ) -> Option<&'v Value> {
        if same(base, theirs) || same(ours, theirs) {
            return ours;
        }
        if same(base, ours) {
            return theirs;
        }
        self.conflicts.push(Conflict {
            pointer: self.pointer.clone(),
            base: base.cloned(),
            ours: ours.cloned(),
            theirs: theirs.cloned(),
        });
        ours.or(theirs)
    }
}
