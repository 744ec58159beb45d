//! The `curl` lines that the server prints: a person pastes them, so they have to work as they stand.

use std::collections::BTreeMap;

use crate::client::Call;
use crate::process::{Server, command};

/// What a first paste has to show: a write, a read, a 304 and a 412, and nothing that goes wrong.
#[track_caller]
fn assert_shown(statuses: &[u16]) {
    for status in [200, 201, 304, 412] {
        assert!(
            statuses.contains(&status),
            "{status} is not in {statuses:?}"
        );
    }
    assert!(
        statuses
            .iter()
            .all(|status| [200, 201, 304, 412].contains(status)),
        "{statuses:?}"
    );
}

async fn demo() -> (tempfile::TempDir, Server) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut command = command(folder.path(), &["--listen", "127.0.0.1:0"]);
    let server = Server::spawn(command.env_remove("REKORD_API_TOKEN")).await;
    (folder, server)
}

/// As much of a shell as the lines need: variables, quotes, and the tag that one request takes from another.
struct Shell {
    variables: BTreeMap<String, String>,
}

impl Shell {
    /// The words of a command, up to a pipe or the end.
    fn words(&self, line: &str) -> Vec<String> {
        let mut words = Vec::new();
        let mut word: Option<String> = None;
        let mut quote = None;
        let mut rest = line.chars().peekable();
        while let Some(character) = rest.next() {
            match character {
                '\'' | '"' if quote.is_none() => {
                    quote = Some(character);
                    word.get_or_insert_default();
                }
                _ if quote == Some(character) => quote = None,
                '$' if quote != Some('\'') => {
                    let mut name = String::new();
                    while let Some(next) =
                        rest.next_if(|next| next.is_ascii_alphanumeric() || *next == '_')
                    {
                        name.push(next);
                    }
                    let value = self
                        .variables
                        .get(&name)
                        .unwrap_or_else(|| panic!("${name} is not set in {line}"));
                    word.get_or_insert_default().push_str(value);
                }
                '|' if quote.is_none() => break,
                ' ' if quote.is_none() => words.extend(word.take()),
                _ => word.get_or_insert_default().push(character),
            }
        }
        assert_eq!(quote, None, "an open quote in {line}");
        words.extend(word);
        words
    }

    fn assign(&mut self, line: &str) {
        for word in self.words(line) {
            let (name, value) = word
                .split_once('=')
                .unwrap_or_else(|| panic!("{word} is no assignment"));
            self.variables.insert(name.to_owned(), value.to_owned());
        }
    }

    /// What curl would send.
    fn call(&self, line: &str) -> Call {
        let words = self.words(line);
        let mut words = words.iter().map(String::as_str);
        let (mut method, mut url, mut fields, mut body) = ("GET", None, Vec::new(), None);
        assert_eq!(words.next(), Some("curl"));
        while let Some(word) = words.next() {
            let mut value = || {
                words
                    .next()
                    .unwrap_or_else(|| panic!("{word} lacks its value"))
            };
            match word {
                "-i" | "-s" => {}
                "-I" | "-sI" => method = "HEAD",
                "-X" => method = value(),
                "-H" => fields.push(value().split_once(": ").expect("a field line")),
                "-d" => body = Some(value().to_owned()),
                _ => assert_eq!(url.replace(word), None, "{word} is a second URL"),
            }
        }
        let base = &self.variables["REKORD_BASE_URL"];
        let path = url
            .and_then(|url| url.strip_prefix(base.as_str()))
            .expect("a URL of this server");
        let call = Call::new(method, path)
            .anonymous()
            .bare(body.unwrap_or_default());
        fields
            .into_iter()
            .fold(call, |call, (name, value)| call.field(name, value))
    }
}

/// Without curl, so that a machine that has none tests them too; with it in `tests/programs`.
#[tokio::test(flavor = "multi_thread")]
async fn the_curl_lines_say_what_they_promise() {
    let (_folder, server) = demo().await;
    let mut client = server.client().await;
    let mut shell = Shell {
        variables: BTreeMap::new(),
    };
    let mut statuses = Vec::new();
    for line in server.printed().await {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(assignments) = line.strip_prefix("export ") {
            shell.assign(assignments);
            continue;
        }
        let mut line = line;
        if let Some((before, rest)) = line.split_once("$(") {
            let (inner, after) = rest.rsplit_once(')').expect("a substitution ends");
            let answer = client.send(shell.call(inner)).await;
            statuses.push(answer.status.as_u16());
            shell.variables.insert(
                "SUBSTITUTED".to_owned(),
                answer.etag().expect("a tag").to_owned(),
            );
            line = format!("{before}$SUBSTITUTED{after}");
        }
        let answer = client.send(shell.call(&line)).await;
        statuses.push(answer.status.as_u16());
    }
    assert_shown(&statuses);
}
