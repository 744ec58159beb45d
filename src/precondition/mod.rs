//! RFC 9110 §13 as pure functions: no async, no I/O, no store, no layer needed.
//!
//! [`evaluate`] takes a method, the request's fields and a [`Target`] (what is current), and
//! gives an [`Outcome`]. The rules, in the words of the sections that they come from:
//!
//! 1. The order is §13.2.2's: If-Match, else If-Unmodified-Since; then If-None-Match, else on GET
//!    and HEAD If-Modified-Since; then, on GET, If-Range. OPTIONS, TRACE and CONNECT have no
//!    preconditions (§13.2.1).
//! 2. All field lines of a name are one list; a comma inside quotes belongs to the tag; bytes
//!    0x80 to 0xFF are legal; empty elements are skipped. Tags are compared by their bytes with
//!    the canonical form of the version: `"05"` is not `"5"`.
//! 3. A malformed If-Match, or a write's malformed If-None-Match, is [`Outcome::Malformed`] and
//!    nothing else is looked at; a read's malformed If-None-Match counts as absent. An empty
//!    list is a list that matches nothing. A date that does not parse, or that comes twice, is
//!    ignored (§13.1.3, §13.1.4).
//! 4. `*` asks whether there is a current representation, whatever its tag.
//! 5. On a missing target, If-Match fails a PUT; GET, HEAD, DELETE, PATCH and POST are performed,
//!    so that the service gives its own 404, under [`Expectation::Never`].
//! 6. If-Range compares exactly and strongly; where it fails, Range has to be ignored.
//! 7. A modification time counts by its second, and a date is given out only when that second
//!    is over: so each date that was given out stands for one version, and If-Unmodified-Since
//!    loses no update. (A client that makes up a date from the `Date` field has no validator.)
//! 8. A missing target has no date to judge If-Unmodified-Since by, so it is ignored (§13.1.4);
//!    a write that goes on is still pinned to what was found: nothing.
//! 9. What is [`Current::Unknown`](crate::Current::Unknown) matches no tag and fails
//!    If-Unmodified-Since; whether it exists, `*`, is left to the write itself
//!    ([`Expectation::Exists`], [`Expectation::Absent`]).
//!
//! An outcome is true of the moment at which the target was looked up. A write has to hold it
//! until it commits: [`Perform::expectation`] says what has to be pinned.
//!
//! ```
//! use http::{HeaderMap, HeaderValue, Method, header};
//! use tower_conditional::{Version, precondition::{Field, Outcome, Target, evaluate}};
//!
//! let mut fields = HeaderMap::new();
//! fields.insert(header::IF_MATCH, HeaderValue::from_static("\"5\""));
//! let target = Target::new(Version::new(6));
//! assert_eq!(evaluate(&Method::PUT, &fields, &target), Outcome::Failed(Field::IfMatch));
//! ```

mod date;
mod evaluate;
mod expectation;
mod field;
mod fields;
mod http_date;
mod outcome;
mod permit;
mod problem;
mod rejection;
mod selected;
mod target;

pub use date::last_modified;
pub use evaluate::evaluate;
pub(crate) use evaluate::evaluate_fields;
pub use expectation::Expectation;
pub use field::Field;
pub(crate) use fields::Fields;
pub use outcome::{Outcome, Perform};
pub use permit::{Committed, Observed, VersionConflict, VersionWanted, WritePermit};
pub(crate) use problem::CONTENT_TYPE as PROBLEM_JSON;
pub use rejection::{Rejection, RejectionKind};
pub use target::Target;
