//! The small examples are run as a user runs them: a program that talks over a real socket and
//! prints what it says and hears. The programs check their own steps and fail by their status.

use std::process::Command;

#[test]
fn not_modified_reads_once_and_revalidates_with_a_304() {
    let printed = run("not_modified");
    assert_in_order(
        &printed,
        &[
            "> PUT /models/1   first name",
            "< 201 Created   etag: \"1\"",
            "> GET /models/1\n",
            "< 200 OK   etag: \"1\"   (10 bytes) first name",
            "if-none-match: \"1\"",
            "< 304 Not Modified   etag: \"1\"   (0 bytes)",
            "> PUT /models/1   second name",
            "if-none-match: \"1\"",
            "< 200 OK   etag: \"2\"   (11 bytes) second name",
        ],
    );
}

#[test]
fn lost_update_loses_one_without_if_match_and_none_with_it() {
    let printed = run("lost_update");
    assert_in_order(
        &printed,
        &[
            "Without If-Match:",
            "the counter stands at 1: one update was lost",
            "With If-Match:",
            " ben > PUT /counter   if-match: \"4\"   1",
            " ben < 412 Precondition Failed   etag: \"5\"",
            " ben > PUT /counter   if-match: \"5\"   2",
            "the counter stands at 2: none was lost",
        ],
    );
}

#[test]
fn hyper_alone_answers_304_and_412() {
    let printed = run("hyper");
    assert_in_order(
        &printed,
        &[
            "< 200 OK   etag: \"1\"   (6 bytes) a note",
            "< 304 Not Modified   etag: \"1\"   (0 bytes)",
            "< 200 OK   etag: \"2\"   (13 bytes) a better note",
            "< 412 Precondition Failed   etag: \"2\"",
            "\"currentETag\":\"\\\"2\\\"\"",
        ],
    );
}

#[test]
fn grpc_aborts_a_stale_write_and_the_client_reads_again_and_retries() {
    let printed = run("grpc");
    assert_in_order(
        &printed,
        &[
            "> Update notes/1   if-none-match: *   a note",
            "< OK   etag: \"1\"   a note",
            "> Get notes/1\n",
            "< OK   etag: \"1\"   a note",
            "> Update notes/1   if-match: \"1\"   a better note",
            "< OK   etag: \"2\"   a better note",
            "> Update notes/1   if-match: \"1\"   a note by ben",
            "< Aborted   etag: \"2\"   If-Match does not match",
            "< OK   etag: \"2\"   a better note",
            "> Update notes/1   if-match: \"2\"   a better note, and ben's",
            "< OK   etag: \"3\"   a better note, and ben's",
            "http > GET /notes/1",
            "http < 200 OK   etag: \"3\"",
        ],
    );
}

/// What the example prints; it must end well.
fn run(example: &str) -> String {
    let output = Command::new(env!("CARGO"))
        .args(["run", "--quiet", "--all-features", "--example", example])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo runs");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{example} failed: {errors}");
    String::from_utf8(output.stdout).expect("the example prints UTF-8")
}

fn assert_in_order(printed: &str, lines: &[&str]) {
    let mut rest = printed;
    for line in lines {
        let at = rest
            .find(line)
            .unwrap_or_else(|| panic!("no {line:?} in its place in:\n{printed}"));
        rest = &rest[at + line.len()..];
    }
}
