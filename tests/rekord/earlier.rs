//! Rules as the server left them when their versions were a column, before the ledger kept them.

use crate::client::Call;
use crate::process::Server;
use crate::resource::Kind;

const RULE: &str = "/rules/0190a2b4-7c1e-7abc-8def-0123456789ac";
const DELETED: &str = "/rules/0190a2b4-7c1e-7abc-8def-0123456789ad";

/// A rule at version 3, and one whose fifth version was its deletion.
pub(crate) const RULES: &str = r#"
    INSERT INTO resources (collection, id, version, created_version, deleted, modified, document) VALUES
        ('rules', '0190a2b4-7c1e-7abc-8def-0123456789ac', 3, 1, FALSE, 1767323045678,
        '{"ruleId":"0190a2b4-7c1e-7abc-8def-0123456789ac","name":"r","expression":"x","enabled":true}'),
        ('rules', '0190a2b4-7c1e-7abc-8def-0123456789ad', 5, 1, TRUE, 1767323045999, '{}');"#;

/// Nobody sees that the versions are elsewhere now. `restarts` counts from 0.
///
/// Guards: a version that starts over, or is given out a second time.
pub(crate) async fn check_rules(server: &Server, restarts: u64) {
    let mut client = server.client().await;
    if restarts == 0 {
        let read = client.send(Call::get(RULE)).await;
        read.assert_status(200).assert_etag(r#""3""#);
        let modified = read.field("last-modified");
        assert_eq!(modified, Some("Fri, 02 Jan 2026 03:04:05 GMT"));
        assert_eq!(read.json()["expression"], "x");
        let known = Call::get(RULE).if_none_match(r#""3""#);
        client.send(known).await.assert_status(304);
        client.send(Call::get(DELETED)).await.assert_problem(404);
        let list = client.send(Call::get("/rules?include=version")).await;
        let items = list.json()["items"].clone();
        assert_eq!(items.as_array().map(Vec::len), Some(1), "{items}");
        assert_eq!(items[0]["version"], 3);
    }
    let stale = Call::put(RULE, &Kind::Rule.body("late")).if_match(r#""2""#);
    let current = format!("\"{}\"", 3 + restarts);
    let refused = client.send(stale).await;
    refused.assert_failed("If-Match", Some(&current));
    let call = Call::put(RULE, &Kind::Rule.body("next")).if_match(&current);
    let written = client.send(call).await;
    assert_eq!(written.assert_status(200).version(), 4 + restarts);

    let again = Call::put(DELETED, &Kind::Rule.body("again"));
    let made = client.send(again.if_none_match("*")).await;
    assert_eq!(made.assert_status(201).version(), 6 + 2 * restarts);
    let gone = client.send(Call::delete(DELETED)).await;
    gone.assert_status(204);
}
