//! The README's lines, pasted into a shell as they stand, but for the server's address.

use std::process::Stdio;

use tokio::process::Command;

use crate::curl::paste;
use crate::process::{Server, command};

const README: &str = include_str!("../../README.md");

/// The lines for a shell that have `part` in them.
fn blocks(part: &str) -> Vec<&'static str> {
    let after_fence = README.split("```sh\n").skip(1);
    let blocks = after_fence.filter_map(|it| Some(it.split_once("\n```")?.0));
    let blocks: Vec<_> = blocks.filter(|block| block.contains(part)).collect();
    assert!(!blocks.is_empty(), "no {part} in the README");
    blocks
}

/// A new server with the demo's token, as the README's first command starts it.
async fn start(folder: &std::path::Path) -> Server {
    let mut command = command(folder, &["--listen", "127.0.0.1:0"]);
    Server::spawn(command.env_remove("REKORD_API_TOKEN")).await
}

fn with_address(lines: &str, server: &Server) -> String {
    let address = format!("http://{}", server.address());
    let lines = lines.replace("http://127.0.0.1:3000", &address);
    assert!(lines.contains(&address), "no address: {lines}");
    lines
}

pub(crate) async fn its_lines_for_curl_answer_as_it_says() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let server = start(folder.path()).await;
    let lines = with_address(&blocks("curl ").join("\n"), &server);
    let statuses = paste(folder.path(), &[lines], None).await;
    let model = [201, 304, 200, 412, 200];
    let record = [201, 200, 200];
    let tag_in_a_file = [200, 304, 200];
    assert_eq!(statuses, [&model[..], &record, &tag_in_a_file].concat());
}

pub(crate) async fn its_python_client_revalidates() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let server = start(folder.path()).await;
    let [variables] = blocks("export REKORD_BASE_URL")[..] else {
        panic!("the variables are set twice");
    };
    let [program] = blocks("from cachecontrol import")[..] else {
        panic!("there are two programs");
    };
    // The packages are here already.
    let (install, program) = program.split_once('\n').expect("the first line installs");
    assert!(install.contains("pip install"), "{install}");
    let program = program.replace("rekord-venv/bin/python", "python3");
    let create = variables.split_once("# read it again").expect("201").0;
    let lines = format!("{}\n{program}", with_address(create, &server));
    let output = Command::new("sh")
        .args(["-c", &lines])
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .output();
    let output = output.await.expect("a shell");
    let printed = String::from_utf8(output.stdout).expect("UTF-8");
    let errors = String::from_utf8_lossy(&output.stderr);
    let said = "\"1\" Customer 200\n\"1\" Customer 304, from the cache\n";
    assert!(printed.ends_with(said), "{printed} {errors}");
}
