//! Two edits of one JSON document made one, by the document that both started from.
//!
//! [`three_way`](three_way()) takes the base, ours and theirs, and gives the document that has
//! the changes of both, or the [`Conflicts`]: the places where both changed the same thing in two
//! ways. [`ThreeWay`] is the same with arrays that are merged by a key. The rules:
//!
//! 1. What one side left as it was in the base is as the other side has it. What both sides have
//!    is as both have it; so the same change on both sides is no conflict.
//! 2. Objects merge by member, at any depth, where all three are objects. A member that is
//!    absent is not a member that is `null`: to delete is to make absent.
//! 3. A conflict is everything else: two different new values, two different values for a member
//!    that is not in the base (also where both are objects: nobody has written the mixture), and
//!    a deletion on one side of what the other has changed.
//! 4. Arrays are values as a whole, unless [`array_key`](ThreeWay::array_key) names the member
//!    that tells their elements apart. Then each element is merged by rules 1 to 3 with the
//!    elements that have its key. An array in which an element is no object, or has no key, or
//!    one that another has too, is taken whole after all.
//! 5. The elements of an array merged by key stand in the order of the side that moved some of
//!    the elements which both sides have; if both sides moved them, in different ways, the array
//!    is one conflict as a whole. An element that one side alone has follows the element that it
//!    follows there. Where both sides put elements in the same place, those of one side stay
//!    together, and the side whose first new key is smaller goes first (numbers before strings).
//!    So the order is the same when ours and theirs change places.
//! 6. Numbers are equal if the decimal numbers that stand in the JSON text are: `1`, `1.0` and
//!    `10e-1` are one value, `0` and `-0` are, and 9007199254740993 is not 9007199254740992.0.
//!    To write `1.0` for `1` is no change, and which of the spellings is in the result is open.
//!    Strings are equal if their characters are; there is no Unicode normalization.
//!
//! # Depth
//! Objects and arrays below [`MAX_DEPTH`] levels are values as a whole. JSON text that
//! `serde_json` reads with its limit on is never that deep. Nothing here recurses deeper than
//! that; the copy of a value that goes into the result is `Value`'s own [`Clone`].
//!
//! # Caveat
//! That a merge has no conflict does not make its outcome valid: one side may have set an end
//! that lies before the other's new start. The server that takes the document has to judge it.
//!
//! # Example
//! ```
//! use serde_json::json;
//! use tower_conditional::merge::three_way;
//!
//! let base = json!({"name": "a", "status": "draft", "owner": "ann"});
//! let ours = json!({"name": "a", "status": "active", "owner": "ann"});
//! let theirs = json!({"name": "b", "status": "draft"});
//! let merged = three_way(&base, &ours, &theirs)?;
//! assert_eq!(merged, json!({"name": "b", "status": "active"}));
//!
//! let theirs = json!({"name": "a", "status": "archived", "owner": "ann"});
//! let conflicts = three_way(&base, &ours, &theirs).unwrap_err();
//! assert_eq!(conflicts.as_slice()[0].pointer, "/status");
//! assert_eq!(conflicts.as_slice()[0].theirs, Some(json!("archived")));
//! # Ok::<(), tower_conditional::merge::three_way::Conflicts>(())
//! ```

mod builder;
mod conflict;
mod decimal;
mod equal;
mod keyed;
mod merger;
mod path;

pub use builder::{ThreeWay, three_way};
pub use conflict::{Conflict, Conflicts};
pub use merger::MAX_DEPTH;
pub use path::{InvalidPath, InvalidPathKind};
