//! Compressed representations and their tags.

use std::io::Read as _;

use flate2::read::MultiGzDecoder;
use serde_json::json;

use crate::answer::Answer;
use crate::client::{Call, Client};
use crate::process::Server;
use crate::record::{body, contribute, contribution, model, record};

fn unzipped(answer: &Answer) -> Vec<u8> {
    assert_eq!(answer.field("content-encoding"), Some("gzip"), "{answer:?}");
    let mut plain = Vec::new();
    MultiGzDecoder::new(&answer.body[..])
        .read_to_end(&mut plain)
        .expect("gzip");
    plain
}

fn varies_by_coding(answer: &Answer) -> bool {
    let mut lines = answer.fields.get_all("vary").iter();
    lines.any(|line| line.as_bytes().eq_ignore_ascii_case(b"accept-encoding"))
}

/// A record whose answer has more than 256 bytes.
async fn large(client: &mut Client) -> String {
    let model = model(client, &[]).await;
    record(client, &model, &json!({"text": "lorem ipsum ".repeat(100)})).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_compressed_answer_has_a_tag_of_its_own() {
    let server = Server::start().await;
    let mut client = server.client().await;
    let path = large(&mut client).await;
    let plain = client.send(Call::get(&path)).await;
    plain.assert_status(200).assert_etag(r#""1""#);
    assert_eq!(plain.field("content-encoding"), None);
    assert!(varies_by_coding(&plain));

    for accepted in [
        "gzip",
        "GZIP",
        "x-gzip",
        "br, gzip;q=0.5",
        "gzip;q=1.0, *;q=0",
        "identity;q=0, gzip",
    ] {
        let zipped = client
            .send(Call::get(&path).field("accept-encoding", accepted))
            .await;
        zipped.assert_status(200).assert_etag(r#""1-gzip""#);
        assert_eq!(unzipped(&zipped), plain.body, "{accepted}");
        assert!(zipped.body.len() < plain.body.len());
        assert!(varies_by_coding(&zipped));
        let head = client
            .send(Call::head(&path).field("accept-encoding", accepted))
            .await;
        head.assert_status(200).assert_etag(r#""1-gzip""#);
        assert_eq!(head.field("content-encoding"), Some("gzip"));
        assert_eq!(head.field("content-length"), None, "nobody knows it yet");
    }
    for refused in ["identity", "br", "gzip;q=0", "*;q=0", ""] {
        let answer = client
            .send(Call::get(&path).field("accept-encoding", refused))
            .await;
        assert_eq!(
            answer.assert_status(200).assert_etag(r#""1""#).body,
            plain.body,
            "{refused}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_small_or_an_error_stays_plain() {
    let server = Server::start().await;
    let mut client = server.client().await;
    let path = large(&mut client).await;
    let model = model(&mut client, &[]).await;
    // Around the limit: the text comes to 192 other bytes.
    for (characters, length, tag) in [
        (0, 192, r#""1""#),
        (64, 256, r#""1""#),
        (65, 257, r#""1-gzip""#),
    ] {
        let path = record(&mut client, &model, &json!({"t": "x".repeat(characters)})).await;
        let plain = client.send(Call::get(&path)).await;
        assert_eq!(plain.body.len(), length, "{plain:?}");
        let answer = client
            .send(Call::get(&path).field("accept-encoding", "gzip"))
            .await;
        answer.assert_etag(tag);
    }
    let failed = Call::get(&path)
        .if_match(r#""7""#)
        .field("accept-encoding", "gzip");
    client
        .send(failed)
        .await
        .assert_failed("If-Match", Some(r#""1""#));
}

#[tokio::test(flavor = "multi_thread")]
async fn both_tags_work_in_both_fields() {
    let server = Server::start().await;
    let mut client = server.client().await;
    let path = large(&mut client).await;
    let (plain, zipped) = (r#""1""#, r#""1-gzip""#);
    let gzip = |call: Call| call.field("accept-encoding", "gzip");
    for (call, tag) in [
        (Call::get(&path).if_none_match(plain), plain),
        (gzip(Call::get(&path)).if_none_match(plain), plain),
        (gzip(Call::get(&path)).if_none_match(zipped), zipped),
        (
            gzip(Call::get(&path)).if_none_match(format!("\"0\", W/{zipped}")),
            zipped,
        ),
        (gzip(Call::head(&path)).if_none_match(zipped), zipped),
    ] {
        let answer = client.send(call.clone()).await;
        answer.assert_status(304).assert_etag(tag);
        assert!(varies_by_coding(&answer), "{call:?}");
        for name in ["content-encoding", "content-length", "content-type"] {
            assert_eq!(answer.field(name), None, "{call:?}");
        }
        assert!(answer.body.is_empty());
    }
    // A client that does not accept gzip has no use for a 304 that names it.
    let refused = Call::get(&path)
        .if_none_match(zipped)
        .field("accept-encoding", "identity");
    client
        .send(refused)
        .await
        .assert_status(200)
        .assert_etag(plain);

    let patch = json!({"data": {"n": 1}});
    let written = client
        .send(Call::patch(&path, &patch).if_match(zipped))
        .await;
    written.assert_status(200).assert_etag(r#""2""#);
    let written = client
        .send(gzip(Call::patch(&path, &patch)).if_match(r#""2""#))
        .await;
    written.assert_status(200).assert_etag(r#""3-gzip""#);
    let stale = client
        .send(gzip(Call::patch(&path, &patch)).if_match(r#""2-gzip""#))
        .await;
    stale.assert_failed("If-Match", Some(r#""3""#));
    let claim = contribution("s", "2090-01-01T00:00:00Z", &[("n", json!(2), 1.0)]);
    let written = client
        .send(gzip(contribute(&path, &claim)).if_match(r#""3-gzip""#))
        .await;
    written.assert_status(200).assert_etag(r#""4-gzip""#);
    assert_eq!(unzipped(&written), client.send(Call::get(&path)).await.body);
    let gone = client
        .send(gzip(Call::delete(&path)).if_match(r#""4-gzip""#))
        .await;
    gone.assert_status(204);
    assert_eq!(gone.field("content-encoding"), None);
}

/// Guards: a layer that makes an executed write 406, because its client refuses every form of the answer.
#[tokio::test(flavor = "multi_thread")]
async fn a_write_that_was_executed_is_answered_as_one_whatever_its_client_accepts() {
    let server = Server::start().await;
    let mut client = server.client().await;
    let path = large(&mut client).await;
    let model = model(&mut client, &[]).await;
    for (version, accepted) in [
        (2, "identity;q=0"),
        (3, "*;q=0"),
        (4, "gzip;q=0, identity;q=0"),
    ] {
        let call = Call::put(&path, &body(&model, &json!({}))).field("accept-encoding", accepted);
        let answer = client.send(call).await;
        assert_eq!(answer.assert_status(200).version(), version);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_and_versions_on_request_are_compressed_too() {
    let server = Server::start().await;
    let mut client = server.client().await;
    let path = large(&mut client).await;
    for query in [
        format!("{path}?include=version"),
        "/records?include=version".into(),
        "/records".into(),
    ] {
        let plain = client.send(Call::get(&query)).await;
        let zipped = client
            .send(Call::get(&query).field("accept-encoding", "gzip"))
            .await;
        assert_eq!(unzipped(&zipped), plain.body, "{query}");
    }
}
