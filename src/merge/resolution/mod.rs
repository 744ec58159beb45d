//! What several sources claim about the fields of a record, resolved per field by policy.
//!
//! A [`Claim`] is a value that a source gave for one field, with the time at which it was observed
//! and a [`Confidence`]. [`resolve`] takes the claims on a record and gives the winner of each
//! field. The rules:
//!
//! 1. A field's [`Policy`] says which claim wins; a field without one is
//!    [`Policy::MostRecent`], the default.
//! 2. Ties are total. Where all that the policy looks at is equal, the source that is first in
//!    ascending order wins, then the value that is (as `ORDER BY source, value` would have it, by
//!    bytes). What still ties is the same claim.
//! 3. So the outcome is a function of the **set** of the claims: any order of arrival and any
//!    repetition give the same winners, and winners of parts resolve to the winners of the whole.
//! 4. A policy of one's own is a rank put before one of the policies ([`Policy::after`],
//!    [`Preference`]), never a comparison: the policy completes every tie, and no rank that is a
//!    function of the claim can break rule 3.
//!
//! Winners stand for all claims only as long as the policies stay: whoever lets policies change
//! keeps the losers too.
//!
//! # Values, times, sources
//!
//! All three are the caller's types. Equality and order have to agree (as [`Ord`] asks), since
//! what compares equal counts as the same claim:
//!
//! - The **value** orders by what it means, not by how it was spelled. For JSON that is its
//!   canonical form (RFC 8785): a `Vec<u8>`, `Box<[u8]>` or `String` of it orders by bytes.
//! - The **time** is an instant: `12:00+02:00` and `10:00Z` are equal.
//! - The **source** is any name, a `String` unless told otherwise.
//!
//! # A direct write
//!
//! An edit that must take effect, whatever was claimed before, replaces the earlier claims on the
//! fields that it sets by its own, of [`Confidence::FULL`]. What is earlier is a matter of arrival,
//! which a set of claims does not know; so that replacement is the store's (one `DELETE`, one
//! `INSERT`), in the transaction that raises the version.
//!
//! # Example
//!
//! ```
//! use std::collections::BTreeMap;
//! use tower_conditional::merge::resolution::{Claim, Confidence, Policy, resolve};
//!
//! let claim = |source, confidence, observed_at: u64, json| {
//!     let confidence = Confidence::new(confidence)?;
//!     Ok(Claim { value: json, confidence, observed_at, source })
//! };
//! let claims = [
//!     ("email", claim("crm", 0.8, 10, r#""a@b.c""#)?),
//!     ("email", claim("form", 0.5, 20, r#""x@y.z""#)?),
//!     ("visits", claim("crm", 0.8, 10, "3")?),
//!     ("visits", claim("log", 0.2, 30, "4")?),
//! ];
//! let policies = BTreeMap::from([("email", Policy::HighestConfidence)]);
//!
//! let record = resolve(claims, |field| policies.get(field).copied().unwrap_or_default());
//! assert_eq!(record["email"].source, "crm");
//! assert_eq!(record["visits"].source, "log");
//! # Ok::<(), tower_conditional::merge::resolution::InvalidConfidence>(())
//! ```

mod claim;
mod confidence;
mod error;
mod policy;
mod preference;
mod resolve;

pub use claim::Claim;
pub use confidence::Confidence;
pub use error::{InvalidConfidence, InvalidConfidenceKind, InvalidPolicy, InvalidPolicyKind};
pub use policy::Policy;
pub use preference::{Preference, Ranked};
pub use resolve::{compare, resolve, winner};
