//! curl, as people use it.

use std::path::Path;
use std::process::Stdio;

use tokio::process::Command;

use crate::process::{Server, TOKEN, command};

/// The lines that the server prints are there to be pasted, so they have to work as they stand.
pub(crate) async fn the_lines_that_the_server_prints_work_when_pasted() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut command = command(folder.path(), &["--listen", "127.0.0.1:0"]);
    let server = Server::spawn(command.env_remove("REKORD_API_TOKEN")).await;
    assert_shown(&paste(folder.path(), &server.printed().await, None).await);

    // With a token of one's own, which the server does not print, in a shell that has it.
    let server = Server::start().await;
    let lines = server.printed().await;
    let is_told = lines.iter().any(|line| line.contains(TOKEN));
    assert!(!is_told, "the token is printed: {lines:?}");
    assert_shown(&paste(folder.path(), &lines, Some(TOKEN)).await);
}

/// What a first paste has to show: a write, a read, a 304 and a 412, and nothing that goes wrong.
#[track_caller]
fn assert_shown(statuses: &[u16]) {
    let expected = [200, 201, 304, 412];
    for status in expected {
        assert!(statuses.contains(&status), "no {status} in {statuses:?}");
    }
    let is_expected = |status| expected.contains(status);
    assert!(statuses.iter().all(is_expected), "{statuses:?}");
}

/// Pastes `lines` into a shell in `folder`; the status of every answer that curl got.
pub(crate) async fn paste(folder: &Path, lines: &[String], token: Option<&str>) -> Vec<u16> {
    let note =
        "curl() { command curl --silent --write-out '%{stderr}status %{http_code}\\n' \"$@\"; }";
    let mut shell = Command::new("sh");
    shell
        .arg("-c")
        .arg(format!("{note}\n{}", lines.join("\n")))
        .current_dir(folder)
        .stdin(Stdio::null());
    shell
        .env_remove("REKORD_BASE_URL")
        .env_remove("REKORD_API_TOKEN");
    if let Some(token) = token {
        shell.env("REKORD_API_TOKEN", token);
    }
    let output = shell.output().await.expect("a shell");
    let notes = String::from_utf8(output.stderr).expect("UTF-8");
    let statuses = notes.lines().map(|line| {
        let status = line
            .strip_prefix("status ")
            .and_then(|status| status.parse().ok());
        status.unwrap_or_else(|| panic!("the shell says {notes}"))
    });
    statuses.collect()
}

/// curl decodes what it gets, keeps the tag of the coding, and revalidates and writes with it.
pub(crate) async fn it_reads_gzip_revalidates_and_writes_with_the_tag_that_it_got() {
    let server = Server::start().await;
    let url = format!(
        "http://{}/models/0190a2b4-7c1e-7abc-8def-0123456789ab",
        server.address()
    );
    let content = format!(r#"{{"name":"{}"}}"#, "a".repeat(200));
    let json = "Content-Type: application/json";
    let put = ["-X", "PUT", "-H", json, "-d", &content, &url];
    assert!(curl(&put).await.starts_with("HTTP/1.1 201"));

    let read = curl(&["--compressed", &url]).await;
    assert!(read.contains("etag: \"1-gzip\""), "{read}");
    assert!(read.contains("content-encoding: gzip"), "{read}");
    assert!(read.contains(&"a".repeat(200)), "{read}");

    let condition = "If-None-Match: \"1-gzip\"";
    let again = curl(&["--compressed", "-H", condition, &url]).await;
    assert!(again.starts_with("HTTP/1.1 304"), "{again}");
    assert!(again.contains("etag: \"1-gzip\""), "{again}");
    assert!(!again.contains("content-encoding"), "{again}");
    // Without --compressed curl says nothing of codings, so any is acceptable.
    let again = curl(&["-H", condition, &url]).await;
    assert!(again.starts_with("HTTP/1.1 304"), "{again}");

    let condition = "If-Match: \"1-gzip\"";
    let write = [
        "-X", "PUT", "-H", condition, "-H", json, "-d", &content, &url,
    ];
    let written = curl(&write).await;
    assert!(written.contains("etag: \"2\""), "{written}");
    assert!(curl(&write).await.starts_with("HTTP/1.1 412"));
}

/// `--etag-save` and `--etag-compare`: a file holds the tag from one run to the next.
pub(crate) async fn it_saves_a_tag_and_compares_with_it() {
    let server = Server::start().await;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let tag = folder.path().join("tag");
    let tag = tag.to_str().expect("UTF-8");
    let url = format!(
        "http://{}/rules/0190a2b4-7c1e-7abc-8def-0123456789ab",
        server.address()
    );
    let json = "Content-Type: application/json";
    let content = r#"{"name":"a","expression":"b"}"#;
    let put = ["-X", "PUT", "-H", json, "-d", content, &url];
    let compare = ["--etag-compare", tag, "--etag-save", tag, &url];

    assert!(curl(&put).await.starts_with("HTTP/1.1 201"));
    assert!(
        curl(&["--etag-save", tag, &url])
            .await
            .contains(content.trim_matches(['{', '}']))
    );
    let kept = || std::fs::read_to_string(tag).expect("curl has written it");
    assert_eq!(kept().trim(), "\"1\"");
    assert!(curl(&compare).await.starts_with("HTTP/1.1 304"));
    assert!(curl(&put).await.starts_with("HTTP/1.1 200"));
    assert!(curl(&compare).await.starts_with("HTTP/1.1 200"));
    assert_eq!(kept().trim(), "\"2\"");
    assert!(curl(&compare).await.starts_with("HTTP/1.1 304"));
}

/// The head and the decoded content of the answer.
async fn curl(arguments: &[&str]) -> String {
    let output = Command::new("curl")
        .args(["--silent", "--include", "-H"])
        .arg(format!("Authorization: Bearer {TOKEN}"))
        .args(arguments)
        .output()
        .await
        .expect("curl runs");
    String::from_utf8(output.stdout).expect("UTF-8")
}
