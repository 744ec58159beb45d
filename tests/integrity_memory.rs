//! Memory of the content hash: in proportion to the document, and no copy of what is canonical.
#![cfg(feature = "json")]

#[path = "../benches/documents.rs"]
mod documents;

use std::fmt::Write;

use allocation_counter::{AllocationInfo, measure};
use tower_conditional::{ContentHash, integrity::canonicalize};

fn hashed(document: &[u8]) -> AllocationInfo {
    let info = measure(|| {
        ContentHash::of_json(document).unwrap();
    });
    assert_eq!(info.count_current, 0);
    info
}

#[test]
fn records_take_their_own_size_and_a_few_allocations() {
    for size in [1_000, 100_000, 2_000_000] {
        for document in [documents::compact(size), documents::indented(size)] {
            let info = hashed(&document);
            let len = document.len() as u64;
            // The canonical form, and lists that fit in 4 KiB: open objects, their members, and
            // what is aside while the members of one record change places.
            assert!(info.bytes_max <= len + 4096, "{} of {len}", info.bytes_max);
            assert!(info.count_total <= 12, "{} allocations", info.count_total);
        }
    }
}

#[test]
fn a_canonical_document_is_not_copied() {
    let document = canonicalize(&documents::compact(2_000_000)).unwrap();
    let info = hashed(&document);
    assert!(info.bytes_max <= 2048, "{}", info.bytes_max);
}

/// The document with the most to remember for its size: one object of many short members.
#[test]
fn an_object_of_many_members_takes_a_fixed_multiple_of_its_size() {
    let mut document = String::from("{");
    for number in (0..200_000).rev() {
        write!(document, "\"{number:x}\":1,").unwrap();
    }
    document.pop();
    document.push('}');
    let info = hashed(document.as_bytes());
    let len = document.len() as u64;
    // A list that grows by doubling may for a moment hold three times what it needs.
    assert!(info.bytes_max <= 16 * len, "{} of {len}", info.bytes_max);
}
