//! Rules: named expressions that can be switched off.
//!
//! Their handlers know nothing of versions. The library's ledger keeps these, in the database
//! that the rules are in, and the layer guards each write:
//!
//! 1. It waits until no other write of the rule is under way, in any process, begins a
//!    transaction, and judges the preconditions by what is current.
//! 2. The handler runs its statements in that transaction ([`Joined`](crate::database::Joined)).
//! 3. With a success the statements and the next version are one commit. With anything else, a
//!    lost connection or the end of the process, nothing has happened.
//!
//! `resource.rs` is the other way: a version column, and handlers that compare and set. That is
//! one statement and holds nobody up; this is less to write and to get wrong, as soon as a write
//! is more than one statement.
//!
//! | file | subject |
//! |---|---|
//! | `rule.rs` | the members of a rule |
//! | `handlers.rs` | the routes, and what each method does |
//! | `guard.rs` | the layers on the routes |
//! | `known.rs` | rules that the ledger has never seen, and whose turn it is |

mod guard;
mod handlers;
mod known;
mod rule;

pub(crate) use self::handlers::routes;
