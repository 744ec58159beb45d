//! Content integrity: one hash for all spellings of a JSON document.
//!
//! [`ContentHash`] is the SHA-256 of a document's canonical form by RFC 8785 (JCS), so that two
//! parties compare contents by 32 bytes, whatever serializer each of them uses.
//! [`canonicalize`] gives the canonical form itself.
//!
//! What the canonical form is, and what has none:
//! 1. White space goes, members stand in the order of their names' UTF-16 code units (RFC 8785
//!    §3.2.3), strings have the fewest escapes (§3.2.2.2).
//! 2. Numbers are IEEE 754 doubles, printed as ECMAScript's `Number::toString` prints them
//!    (§3.2.2.3): `1`, `1.0` and `1e0` are `1`, `-0` is `0`. Digits past a double's precision are
//!    spelling: `0.1000000000000000055` is `0.1`, `1e-400` is `0`.
//! 3. An integer literal, a number with neither fraction nor exponent, is meant to the last digit
//!    (an identifier, an amount in the smallest unit). If no double holds it exactly, it is an
//!    error and not rounded: `9007199254740993` would share the hash of `9007199254740992`.
//!    `9007199254740993.0` and `9007199254740993e0` are no integer literals and are rounded.
//! 4. A number past a double's range is an error, as are a member name given twice, also when it
//!    is spelled in two ways, half of a surrogate pair, and bytes that are no UTF-8: no two
//!    documents of different value share a hash, and no reader can take one document in two ways.
//! 5. Arrays and objects nest at most [`MAX_DEPTH`] deep. The scan doesn't recurse: no document
//!    exhausts the stack.
//!
//! One caveat follows from 2 and 3. A double from 2<sup>53</sup> to 10<sup>21</sup> may print as
//! an integer literal that it isn't exactly: 2<sup>68</sup>, 295147905179352825856, has the
//! canonical form `295147905179352830000`, and that is an error when it is read again. So keep the
//! document, not its canonical form, where such numbers occur, and hash from the document.
//!
//! ```
//! use tower_conditional::ContentHash;
//!
//! let hash = ContentHash::of_json(br#"{"b": 1.50, "a": "\u20ac"}"#)?;
//! assert_eq!(hash, ContentHash::of_json("{\"a\":\"€\",\"b\":1.5}".as_bytes())?);
//! assert_eq!(
//!     hash.to_string(),
//!     "35b7482c4f1ad9d88a093a40ed557717fd181c5824ee5456a8a853bba27c00c9",
//! );
//! # Ok::<(), tower_conditional::integrity::InvalidContent>(())
//! ```

mod canonical;
mod content_hash;
mod error;
#[cfg(feature = "json")]
mod finite;
mod member;
mod number;
mod output;
mod scan;
mod string;

#[cfg(feature = "json")]
pub use canonical::canonicalize_value;
pub use canonical::{MAX_DEPTH, canonicalize};
pub use content_hash::ContentHash;
pub use error::{InvalidContent, InvalidContentHash, InvalidContentHashKind, InvalidContentKind};
