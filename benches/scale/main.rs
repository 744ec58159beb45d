//! How memory, look-ups, commits and the 304 path grow, and what they come to beside what they
//! stand on.
//!
//! ```text
//! cargo bench -p tower-conditional-benches --bench scale
//! cargo bench -p tower-conditional-benches --bench scale -- --quick keys threads
//! ```
//!
//! | part | measures | file in `target/figures` |
//! |---|---|---|
//! | `keys` | bytes and look-up time a key, 10^4 to 10^7 keys, against a bare papaya map | `scale_keys.csv` |
//! | `threads` | one hot key and many, one and two threads, readers beside writers | `scale_threads.csv` |
//! | `commits` | guarded commits a second and their p99, against the same handler with no layer | `scale_commits.csv` |
//! | `instances` | the 304 path on one PostgreSQL, by the number of instances | `scale_instances.csv` |
//!
//! `commits` and `instances` need PostgreSQL's programs (Debian: `apt-get install postgresql`).
//! Their databases lie in the folder for temporary files (`TMPDIR`): let it be on a disk, since a
//! commit waits for nothing where that is memory. `keys` takes some GB of memory.

mod clients;
mod commits;
mod instances;
mod keys;
#[expect(dead_code, reason = "the tests end and restart it in more ways")]
#[path = "../../tests/postgres/server.rs"]
mod server;
mod threads;
mod writer;

use std::process::ExitCode;

type Failure = Box<dyn std::error::Error>;

/// A part of the measures.
type Part = fn(bool) -> Result<(), Failure>;

const PARTS: [(&str, Part); 4] = [
    ("keys", keys::run),
    ("threads", threads::run),
    ("commits", commits::run),
    ("instances", instances::run),
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let is_quick = arguments.iter().any(|it| it == "--quick");
    // Cargo adds options of its own.
    let named: Vec<_> = arguments.iter().filter(|it| !it.starts_with('-')).collect();
    if let Some(unknown) = named
        .iter()
        .find(|it| PARTS.iter().all(|(name, _)| name != **it))
    {
        eprintln!("scale: there is no part {unknown}");
        return ExitCode::FAILURE;
    }
    for (name, part) in PARTS {
        if !named.is_empty() && !named.iter().any(|it| *it == name) {
            continue;
        }
        println!("\n== {name}");
        if let Err(error) = part(is_quick) {
            eprintln!("scale: {name}: {error}");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

/// Two threads, as many as the machine of the published figures has.
fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    let built = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build();
    Ok(built?)
}
