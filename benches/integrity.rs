//! The content hash of named documents, from raw bytes: against the canonicalisers that go by a
//! tree of values, and against what bounds it, SHA-256 of the same bytes and a copy of them.
//!
//! `cargo bench -p tower-conditional-benches --bench integrity`

mod documents;

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use sha2::{Digest, Sha256};
use tower_conditional::{ContentHash, integrity::canonicalize};

fn content_hash(c: &mut Criterion) {
    let documents = [
        ("records-1KB", documents::compact(1_000)),
        ("records-100KB", documents::compact(100_000)),
        ("records-10MB", documents::compact(10_000_000)),
        ("indented-100KB", documents::indented(80_000)),
    ];
    for (name, document) in &documents {
        let mut group = c.benchmark_group(*name);
        group.throughput(Throughput::Bytes(document.len() as u64));
        group.sample_size(if document.len() > 1_000_000 { 10 } else { 50 });
        let mut bench = |what: &str, run: &dyn Fn(&[u8])| {
            group.bench_with_input(
                BenchmarkId::from_parameter(what),
                document,
                |b, document| {
                    b.iter(|| run(black_box(document)));
                },
            );
        };
        bench("ContentHash::of_json", &|document| {
            black_box(ContentHash::of_json(document).expect("valid"));
        });
        bench("canonicalize alone", &|document| {
            black_box(canonicalize(document).expect("valid"));
        });
        bench("serde_json_canonicalizer + sha2", &|document| {
            let value: serde_json::Value = serde_json::from_slice(document).expect("valid");
            let canonical = serde_json_canonicalizer::to_vec(&value).expect("valid");
            black_box(Sha256::digest(canonical));
        });
        bench("serde_jcs + sha2", &|document| {
            let value: serde_json::Value = serde_json::from_slice(document).expect("valid");
            let canonical = serde_jcs::to_vec(&value).expect("valid");
            black_box(Sha256::digest(canonical));
        });
        bench("sha2 of the document", &|document| {
            black_box(Sha256::digest(document));
        });
        bench("copy of the document", &|document| {
            black_box(document.to_vec());
        });
        group.finish();
    }
}

criterion_group!(benches, content_hash);
criterion_main!(benches);
