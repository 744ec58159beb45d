//! Records: what several sources claim about the fields of a thing, resolved by its model.
//!
//! The database keeps every claim that can ever win, and the record that was made of them. Each write
//! changes the claims and then materialises the record anew, in one transaction:
//!
//! 1. A contribution adds its claims. A claim that is there already stays as it is, so that the
//!    same contribution sent again changes nothing but the version.
//! 2. A direct write (`PUT`, `POST` to the collection, `PATCH` of `data`) discards the claims on
//!    the fields that it sets or removes, a `PUT` all of them, and claims what it sets as the
//!    source `api`, with full confidence, observed at the time of the write.
//! 3. Of the claims on a field the model's policy picks the winner. Since policies change, the
//!    winner under each of the three is kept, and what loses under all of them is not: at most
//!    three claims a field, however many came. Winners of parts resolve to the winner of the
//!    whole, so no order of arrival, repetition or later policy could tell the difference.
//!    `data` is the winners, and `sha256` its hash, whatever they were before.
//! 4. A write that would make the record larger than a request may be, or the claims kept on it
//!    larger than four times that, is 413 and changes nothing: all of them are read, and resolved
//!    anew, while other writers wait.
//!
//! A model's new policies take effect on a record with the next write of that record, whichever
//! write that is. Until then the record stays what its version says: nothing else than a write of
//! the record itself could raise that version, and content that changed under one version would
//! make every `304` wrong. A record whose model was deleted can be read, deleted, or put under
//! another model; a write that would leave it without one is refused.
//!
//! | file | subject |
//! |---|---|
//! | `handlers.rs` | the routes, and what each method does |
//! | `change.rs` | what a write does to the claims, and the record that comes of it |
//! | `kept.rs` | the claims that can ever win |
//! | `record.rs` | the members of a record, sent and answered |
//! | `contribution.rs`, `instant.rs` | reading a contribution |
//! | `value.rs` | values in the order of their canonical form |
//! | `selection.rs` | `?fields=` |

mod change;
mod contribution;
mod handlers;
mod instant;
mod kept;
mod record;
mod selection;
mod value;

pub(crate) use self::handlers::routes;
