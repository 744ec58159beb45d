//! What a version promises: one step a mutation, none for what was refused, and never the same twice.

use serde_json::json;

use crate::client::{Call, Client};
use crate::process::Server;
use crate::resource::Kind;

#[tokio::test(flavor = "multi_thread")]
async fn each_mutation_raises_the_version_by_exactly_one_and_answers_with_it() {
    let server = Server::start().await;
    let mut client = server.client().await;
    for kind in Kind::ALL {
        let made = client
            .send(Call::post(kind.collection(), &kind.body("0")))
            .await;
        let path = made.field("location").expect("a location").to_owned();
        assert_eq!(made.version(), 1);
        for version in 2..=20 {
            let text = version.to_string();
            let call = match version % 4 {
                0 => Call::put(&path, &kind.body(&text)),
                1 => Call::patch(&path, &json!({kind.text(): text})),
                2 => Call::put(&path, &kind.body(&text)).if_match(format!("\"{}\"", version - 1)),
                _ => Call::patch(&path, &json!({kind.text(): text})).if_match("*"),
            };
            let written = client.send(call).await;
            assert_eq!(written.assert_status(200).version(), version);
            let read = client.send(Call::get(&path)).await;
            assert_eq!(read.version(), version);
            assert_eq!(kind.read(&read), text);
        }
        // The same content again is a mutation all the same.
        client
            .send(Call::put(&path, &kind.body("20")))
            .await
            .assert_etag(r#""21""#);
        client
            .send(Call::put(&path, &kind.body("20")))
            .await
            .assert_etag(r#""22""#);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn resources_count_each_for_itself() {
    let server = Server::start().await;
    let mut client = server.client().await;
    let model = Kind::Model.at(&mut client, 4).await;
    // The same id in another collection is another resource.
    let rule = model.replace("/models/", "/rules/");
    client
        .send(Call::put(&rule, &Kind::Rule.body("a")))
        .await
        .assert_status(201)
        .assert_etag(r#""1""#);
    client
        .send(Call::put(&rule, &Kind::Rule.body("b")).if_match(r#""4""#))
        .await
        .assert_failed("If-Match", Some(r#""1""#));
    client.send(Call::delete(&rule)).await.assert_status(204);
    client
        .send(Call::get(&model))
        .await
        .assert_status(200)
        .assert_etag(r#""4""#);
}

/// Deletes `path` and makes it again; the new version.
async fn again(client: &mut Client, kind: Kind, path: &str) -> u64 {
    client.send(Call::delete(path)).await.assert_status(204);
    let made = client.send(Call::put(path, &kind.body("again"))).await;
    made.assert_status(201);
    assert_eq!(made.field("location"), Some(path));
    client
        .send(Call::get(path))
        .await
        .assert_etag(made.etag().expect("a tag"));
    made.version()
}

/// Guards: versions starting over after re-create.
#[tokio::test(flavor = "multi_thread")]
async fn a_resource_made_again_goes_on_counting_above_its_last_version() {
    let server = Server::start().await;
    let mut client = server.client().await;
    for kind in Kind::ALL {
        let path = kind.at(&mut client, 5).await;
        let mut last = 5;
        for _ in 0..3 {
            let version = again(&mut client, kind, &path).await;
            assert!(version > last, "{version} after {last}");
            let next = client.send(Call::put(&path, &kind.body("next"))).await;
            assert_eq!(next.version(), version + 1);
            last = version + 1;
        }
    }
}

/// Guards: versions starting over after re-create, and what is remembered in memory alone.
#[tokio::test(flavor = "multi_thread")]
async fn versions_of_deleted_resources_outlive_the_server() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let server = Server::start_in(folder.path(), &[]).await;
    let mut client = server.client().await;
    let mut paths = Vec::new();
    for kind in Kind::ALL {
        let gone = kind.at(&mut client, 5).await;
        client.send(Call::delete(&gone)).await.assert_status(204);
        let kept = kind.at(&mut client, 3).await;
        paths.push((kind, gone, kept));
    }
    server.kill().await;

    let server = Server::start_in(folder.path(), &[]).await;
    let mut client = server.client().await;
    for (kind, gone, kept) in paths {
        client.send(Call::get(&gone)).await.assert_problem(404);
        let made = client.send(Call::put(&gone, &kind.body("again"))).await;
        made.assert_status(201);
        assert!(made.version() > 5, "{made:?}");

        let read = client.send(Call::get(&kept)).await;
        read.assert_status(200).assert_etag(r#""3""#);
        assert_eq!(kind.read(&read), "text 3");
        client
            .send(Call::put(&kept, &kind.body("next")).if_match(r#""3""#))
            .await
            .assert_etag(r#""4""#);
    }
}
