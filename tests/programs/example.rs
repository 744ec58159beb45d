//! `examples/client.rs`, as a user runs it: by cargo, against the running server.

use std::process::Stdio;

use tokio::process::Command;

use crate::process::{Server, TOKEN};

pub(crate) async fn the_client_reads_merges_and_decides() {
    let server = Server::start().await;
    let output = Command::new(env!("CARGO"))
        .args([
            "run",
            "--quiet",
            "--all-features",
            "--example",
            "client",
            "--",
        ])
        .arg(format!("http://{}", server.address()))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env("REKORD_API_TOKEN", TOKEN)
        .stdin(Stdio::null())
        .output()
        .await
        .expect("cargo runs");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    let printed = String::from_utf8(output.stdout).expect("UTF-8");
    assert_eq!(
        printed.lines().collect::<Vec<_>>(),
        [
            r#"created            "1"  Customer, active"#,
            r#"read               "1"  Customer, active"#,
            r#"read again: 304    "1"  Customer, active"#,
            r#"another renames it "2"  Client, active"#,
            r#"merged and saved   "3"  Client, draft"#,
            "conflict at /name: from Customer, mine Buyer, theirs Client",
            r#"decided and saved  "4"  Buyer, draft"#,
        ]
    );
}
