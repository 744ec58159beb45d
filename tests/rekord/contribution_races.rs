//! Writers that meet at one record. Guards: a claim that was acknowledged and is not there, an unconditional
//! contribution that is refused, two writes of one version.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::client::Call;
use crate::process::Server;
use crate::record::{body, contribute, contribution, model, record};

const WRITERS: usize = 8;
const EACH: usize = 12;

#[tokio::test(flavor = "multi_thread")]
async fn contributions_without_a_precondition_are_all_accepted_and_none_is_lost() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    // Two processes: what one process's own queue puts in order must hold between them too.
    let servers = [
        Server::start_in(folder.path(), &[]).await,
        Server::start_in(folder.path(), &[]).await,
    ];
    let mut client = servers[0].client().await;
    let model = model(&mut client, &[]).await;
    let path = record(&mut client, &model, &json!({})).await;

    let mut writers = Vec::new();
    for writer in 0..WRITERS {
        let mut client = servers[writer % 2].client().await;
        let path = path.clone();
        writers.push(tokio::spawn(async move {
            let mut versions = Vec::new();
            for count in 0..EACH {
                let field = format!("w{writer}-{count}");
                let sent = contribution(
                    &field,
                    "2026-01-01T00:00:00Z",
                    &[(&field, json!(count), 0.5), ("all", json!(field), 0.5)],
                );
                let answer = client.send(contribute(&path, &sent)).await;
                assert_eq!(answer.assert_status(200).json()["data"][&field], count);
                versions.push(answer.version());
            }
            versions
        }));
    }
    let mut versions = BTreeSet::new();
    for writer in writers {
        versions.extend(writer.await.expect("no writer fails"));
    }
    let total = (WRITERS * EACH) as u64;
    assert_eq!(
        versions,
        (2..=total + 1).collect(),
        "each version is made once"
    );

    let read = client.send(Call::get(&path)).await;
    let data = read.assert_status(200).json()["data"].clone();
    assert_eq!(read.version(), total + 1);
    assert_eq!(
        data.as_object().map(serde_json::Map::len),
        Some(WRITERS * EACH + 1)
    );
    assert_eq!(data["all"], "w0-0", "the first source of all");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_contributions_under_one_tag_one_is_accepted() {
    let server = Server::start().await;
    let mut client = server.client().await;
    let model = model(&mut client, &[]).await;
    let path = record(&mut client, &model, &json!({})).await;
    let mut writers = Vec::new();
    for writer in 0..WRITERS {
        let mut client = server.client().await;
        let source = format!("w{writer}");
        let sent = contribution(&source, "2026-01-01T00:00:00Z", &[(&source, json!(1), 0.5)]);
        let call = contribute(&path, &sent).if_match(r#""1""#);
        writers.push(tokio::spawn(async move { client.send(call).await }));
    }
    let mut accepted = 0;
    for writer in writers {
        let answer = writer.await.expect("no writer fails");
        if answer.status == 200 {
            answer.assert_etag(r#""2""#);
            accepted += 1;
        } else {
            answer.assert_failed("If-Match", Some(r#""2""#));
        }
    }
    assert_eq!(accepted, 1);
    let read = client.send(Call::get(&path)).await.json();
    assert_eq!(read["data"].as_object().map(serde_json::Map::len), Some(1));
}

/// A client that goes away in the middle leaves all of its contribution or nothing, and the server as it was.
#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_goes_away_leaves_a_whole_contribution_or_none() {
    let server = Server::start().await;
    let mut client = server.client().await;
    let model = model(&mut client, &[]).await;
    let path = record(&mut client, &model, &json!({})).await;
    let fields: Vec<_> = (0..500).map(|field| format!("f{field}")).collect();
    for round in 0..30_u64 {
        let claims: Vec<_> = fields
            .iter()
            .map(|name| (name.as_str(), json!(round), 0.5))
            .collect();
        let at = format!("2026-01-01T00:00:{round:02}Z");
        let call = contribute(&path, &contribution("s", &at, &claims));
        let mut leaving = server.client().await;
        let patience = std::time::Duration::from_millis(round * 4);
        // Dropped with its connection when the time is over.
        let _ = tokio::time::timeout(patience, async move { leaving.try_send(&call).await }).await;
        let read = client.send(Call::get(&path)).await.json();
        let values: BTreeSet<_> = fields
            .iter()
            .map(|name| read["data"][name].to_string())
            .collect();
        assert_eq!(values.len(), 1, "{values:?}");
    }
    let last = contribution("s", "2027-01-01T00:00:00Z", &[("last", json!(1), 0.5)]);
    let answer = client.send(contribute(&path, &last)).await;
    assert_eq!(answer.assert_status(200).json()["data"]["last"], 1);
}

/// Direct writes and contributions at once: what the last version says is what its claims make of it.
#[tokio::test(flavor = "multi_thread")]
async fn a_record_is_never_put_together_from_two_writes() {
    let server = Server::start().await;
    let mut client = server.client().await;
    let model = model(&mut client, &[]).await;
    let path = record(&mut client, &model, &json!({"a": 0, "b": 0})).await;
    let mut writers = Vec::new();
    for writer in 0..4_usize {
        let mut client = server.client().await;
        let (path, model) = (path.clone(), model.clone());
        writers.push(tokio::spawn(async move {
            for count in 0..10 {
                let value = json!(format!("{writer}-{count}"));
                let both: Value = json!({"a": value, "b": value});
                let call = match writer {
                    0 => Call::put(&path, &body(&model, &both)),
                    1 => Call::patch(&path, &json!({"data": both})),
                    _ => contribute(
                        &path,
                        &contribution(
                            "s",
                            "2090-01-01T00:00:00Z",
                            &[("a", value.clone(), 1.0), ("b", value, 1.0)],
                        ),
                    ),
                };
                let answer = client.send(call).await;
                let data = answer.assert_status(200).json()["data"].clone();
                assert_eq!(data["a"], data["b"], "{data}");
            }
        }));
    }
    for writer in writers {
        writer.await.expect("no writer fails");
    }
    client
        .send(Call::get(&path))
        .await
        .assert_status(200)
        .assert_etag(r#""41""#);
}
