//! RFC 9110 §13 as a table: literal field lines to the literal outcome of [`evaluate`].
//!
//! Each file holds the rows of one subject, each row its section of RFC 9110 (`§`) or the rule of the library's
//! design that it shows (`rule`):
//!
//! ```text
//! section | method | target | field lines, one after the other, parted by ⏎ | outcome
//! ```
//!
//! How the columns are written is told in [`row`].
//!
//! [`evaluate`]: tower_conditional::precondition::evaluate

mod entity_tag_list;
mod if_match;
mod if_modified_since;
mod if_none_match;
mod if_range;
mod if_unmodified_since;
mod methods;
mod missing_target;
mod precedence;
mod row;
mod unknown_target;
mod untagged_target;
mod variants;

use std::collections::HashMap;

/// Every table by the name of its file.
const TABLES: [(&str, &str); 12] = [
    ("entity_tag_list", entity_tag_list::TABLE),
    ("if_match", if_match::TABLE),
    ("if_modified_since", if_modified_since::TABLE),
    ("if_none_match", if_none_match::TABLE),
    ("if_range", if_range::TABLE),
    ("if_unmodified_since", if_unmodified_since::TABLE),
    ("methods", methods::TABLE),
    ("missing_target", missing_target::TABLE),
    ("precedence", precedence::TABLE),
    ("unknown_target", unknown_target::TABLE),
    ("untagged_target", untagged_target::TABLE),
    ("variants", variants::TABLE),
];

#[test]
fn no_request_is_asked_twice() {
    let mut seen: HashMap<String, &str> = HashMap::new();
    let mut twice = Vec::new();
    for (name, table) in TABLES {
        for line in row::lines(table) {
            // Section and outcome aside: two rows of one request could only agree, or contradict each other.
            let columns: Vec<&str> = line.split('|').map(str::trim).collect();
            let request = columns[1..4].join(" | ");
            if let Some(first) = seen.insert(request, name) {
                twice.push(format!("{first} and {name}: {line}"));
            }
        }
    }
    assert!(twice.is_empty(), "asked twice:\n{}", twice.join("\n"));
}
