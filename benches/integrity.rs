//! The content hash of named documents, from raw bytes: against the canonicalisers that go by a
//! tree of values, and against what bounds it, SHA-256 of the same bytes and a copy of them.
//!
//! `cargo bench -p tower-conditional-benches --bench integrity` writes
//! `target/figures/integrity.csv`; with `-- indented` behind it, it runs the documents with this
//! in their name and writes none.

mod documents;

use std::{hint::black_box, time::Duration};

use serde_json::Value;
use sha2::{Digest, Sha256};
use tower_conditional::{ContentHash, integrity::canonicalize};
use tower_conditional_benches::rounds::{Case, Table};

fn main() -> csv::Result<()> {
    let mut table = Table::from_arguments();
    let documents = [
        ("records-1KB", documents::compact(1_000)),
        ("records-100KB", documents::compact(100_000)),
        ("records-10MB", documents::compact(10_000_000)),
        ("indented-100KB", documents::indented(80_000)),
    ];
    for (name, document) in &documents {
        if table.wants(name) {
            table.measure(name, document, cases(document), Duration::from_secs(8));
        }
    }
    table.save("integrity.csv")
}

fn cases(document: &[u8]) -> Vec<Case<'_>> {
    let tree = move || -> Value { serde_json::from_slice(black_box(document)).expect("JSON") };
    let by_canonicalizer = move || {
        let canonical = serde_json_canonicalizer::to_vec(&tree()).expect("a canonical form");
        Sha256::digest(canonical)
    };
    let by_jcs = move || {
        let canonical = serde_jcs::to_vec(&tree()).expect("a canonical form");
        Sha256::digest(canonical)
    };
    let ours = move || ContentHash::of_json(black_box(document)).expect("a content hash");
    assert_eq!(ours().as_bytes()[..], by_canonicalizer()[..]);

    vec![
        Case::new("content_hash", move || {
            black_box(ours());
        }),
        Case::new("canonicalize", move || {
            black_box(canonicalize(black_box(document)).expect("a canonical form"));
        }),
        Case::new("serde_json_canonicalizer_sha2", move || {
            black_box(by_canonicalizer());
        }),
        Case::new("serde_jcs_sha2", move || {
            black_box(by_jcs());
        }),
        Case::new("sha2", move || {
            black_box(Sha256::digest(black_box(document)));
        }),
    ]
}
