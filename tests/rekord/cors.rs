//! Web pages of other origins.

use serde_json::json;

use crate::answer::Answer;
use crate::client::{Call, Client};
use crate::process::{Server, command, refusal};
use crate::resource::Kind;

const PAGE: &str = "https://app.example";
const OTHER: &str = "http://localhost:5173";

fn names(answer: &Answer, field: &str) -> Vec<String> {
    let lines = answer.fields.get_all(field).iter();
    let mut names: Vec<_> = lines
        .flat_map(|line| line.to_str().expect("visible ASCII").split(','))
        .map(|name| name.trim().to_ascii_lowercase())
        .collect();
    names.sort();
    names
}

fn allowed(answer: &Answer) -> Option<&str> {
    answer.field("access-control-allow-origin")
}

async fn preflight(client: &mut Client, path: &str, origin: &str, method: &str) -> Answer {
    let call = Call::new("OPTIONS", path)
        .anonymous()
        .field("origin", origin)
        .field("access-control-request-method", method)
        .field(
            "access-control-request-headers",
            "authorization,content-type,if-match",
        );
    client.send(call).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_preflight_needs_no_token_and_allows_what_the_api_takes() {
    let server = Server::start_with(&["--allow-origin", PAGE, "--allow-origin", OTHER]).await;
    let mut client = server.client().await;
    let path = Kind::Model.at(&mut client, 1).await;
    for origin in [PAGE, OTHER] {
        for (path, method) in [
            (path.as_str(), "PATCH"),
            ("/records", "POST"),
            (&path, "DELETE"),
        ] {
            let answer = preflight(&mut client, path, origin, method).await;
            assert!(answer.status.is_success(), "{answer:?}");
            assert_eq!(allowed(&answer), Some(origin));
            assert_eq!(
                names(&answer, "access-control-allow-headers"),
                ["authorization", "content-type", "if-match", "if-none-match"]
            );
            assert_eq!(
                names(&answer, "access-control-allow-methods"),
                ["delete", "get", "head", "patch", "post", "put"]
            );
            assert!(names(&answer, "vary").contains(&"origin".to_owned()));
        }
    }
    for origin in [
        "https://evil.example",
        "http://app.example",
        "https://app.example:8443",
        "null",
    ] {
        let answer = preflight(&mut client, &path, origin, "PATCH").await;
        assert_eq!(allowed(&answer), None, "{origin}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tags_and_locations_are_exposed_on_every_answer() {
    let server = Server::start_with(&["--allow-origin", PAGE, "--require-if-match"]).await;
    let mut client = server.client().await;
    let path = Kind::Model.fresh();
    let body = Kind::Model.body("text");
    for (call, status) in [
        (Call::put(&path, &body), 201),
        (Call::get(&path), 200),
        (Call::get(&path).if_none_match(r#""1""#), 304),
        (Call::put(&path, &body), 428),
        (Call::put(&path, &body).if_match(r#""7""#), 412),
        (Call::put(&path, &body).if_match("7"), 400),
        (Call::put(&path, &json!({})).if_match(r#""1""#), 422),
        (Call::get(&path).anonymous(), 401),
        (Call::get("/nowhere"), 404),
        (Call::new("PATCH", "/models"), 405),
        (Call::get("/models"), 200),
        (Call::delete(&path).if_match(r#""1""#), 204),
    ] {
        let answer = client.send(call.clone().field("origin", PAGE)).await;
        answer.assert_status(status);
        assert_eq!(allowed(&answer), Some(PAGE), "{call:?}");
        let exposed = names(&answer, "access-control-expose-headers");
        assert_eq!(exposed, ["etag", "location"], "{call:?}");
        assert!(
            names(&answer, "vary").contains(&"origin".to_owned()),
            "{call:?}"
        );
    }
    // The same fields on 200 and 304, for a page and for a client that is none.
    let path = Kind::Rule.at(&mut client, 1).await;
    for origin in [Some(PAGE), Some("https://evil.example"), None] {
        let with_origin = |call: Call| match origin {
            Some(origin) => call.field("origin", origin),
            None => call,
        };
        let ok = client.send(with_origin(Call::get(&path))).await;
        let not_modified = client
            .send(with_origin(Call::get(&path).if_none_match("*")))
            .await;
        not_modified.assert_status(304);
        assert_eq!(names(&ok, "vary"), names(&not_modified, "vary"));
        assert_eq!(allowed(&ok), origin.filter(|origin| *origin == PAGE));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_option_no_origin_is_allowed() {
    let server = Server::start().await;
    let mut client = server.client().await;
    let answer = client
        .send(Call::get("/models").field("origin", PAGE))
        .await;
    assert_eq!(allowed(answer.assert_status(200)), None);
    assert_eq!(answer.field("access-control-expose-headers"), None);
    let answer = preflight(&mut client, "/models", PAGE, "POST").await;
    answer.assert_problem(401);
    assert_eq!(allowed(&answer), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_star_allows_any_origin() {
    let server = Server::start_with(&["--allow-origin", PAGE, "--allow-origin=*"]).await;
    let mut client = server.client().await;
    for origin in [PAGE, OTHER, "null"] {
        assert_eq!(
            allowed(&preflight(&mut client, "/models", origin, "POST").await),
            Some("*")
        );
        let answer = client
            .send(Call::get("/models").field("origin", origin))
            .await;
        assert_eq!(allowed(answer.assert_status(200)), Some("*"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_origin_is_a_bad_option() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for origin in [
        "https://app.example/",
        "app.example",
        "",
        "null",
        "https://*.example",
    ] {
        let option = format!("--allow-origin={origin}");
        let output = refusal(&mut command(
            folder.path(),
            &["--listen=127.0.0.1:0", &option],
        ))
        .await;
        let error = String::from_utf8(output.stderr).expect("UTF-8");
        assert_eq!(output.status.code(), Some(2), "{origin}: {error}");
        assert_eq!(error.lines().count(), 1, "{error}");
        assert!(error.contains("--allow-origin"), "{error}");
    }
}
