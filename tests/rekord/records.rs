//! Records: their members, their model, and what becomes of both.

use serde_json::{Value, json};

use crate::client::Call;
use crate::database;
use crate::process::Server;
use crate::record::{body, contribute, contribution, fresh, model, record};

#[tokio::test(flavor = "multi_thread")]
async fn a_record_is_written_read_changed_and_deleted_as_any_resource() {
    let server = Server::start().await;
    let mut client = server.client().await;
    let model = model(&mut client, &[]).await;
    let data = json!({"name": "Ada", "address": {"city": "London"}, "n": null});

    let made = client
        .send(Call::post("/records", &body(&model, &data)))
        .await;
    made.assert_status(201).assert_etag(r#""1""#);
    let whole = made.json();
    let path = format!("/records/{}", whole["recordId"].as_str().expect("an id"));
    assert_eq!(made.field("location"), Some(path.as_str()));
    assert_eq!(made.field("content-location"), Some(path.as_str()));
    assert_eq!(whole["modelId"], model.as_str());
    assert_eq!(whole["data"], data);
    assert_eq!(
        whole.as_object().map(serde_json::Map::len),
        Some(4),
        "{whole}"
    );

    let read = client.send(Call::get(&path)).await;
    assert_eq!(
        read.assert_status(200).assert_etag(r#""1""#).body,
        made.body
    );
    client
        .send(Call::get(&path).if_none_match(r#""1""#))
        .await
        .assert_status(304);

    let patch = json!({"data": {"address": {"street": "St James's"}, "n": 1}});
    let patched = client
        .send(Call::patch(&path, &patch).if_match(r#""1""#))
        .await;
    patched.assert_status(200).assert_etag(r#""2""#);
    let merged =
        json!({"name": "Ada", "address": {"city": "London", "street": "St James's"}, "n": 1});
    assert_eq!(patched.json()["data"], merged);
    assert_eq!(patched.field("content-location"), Some(path.as_str()));

    let stale = client
        .send(Call::put(&path, &body(&model, &json!({}))).if_match(r#""1""#))
        .await;
    stale.assert_failed("If-Match", Some(r#""2""#));
    let replaced = client
        .send(Call::put(&path, &body(&model, &json!({}))).if_match(r#""2""#))
        .await;
    assert_eq!(
        replaced.assert_status(200).assert_etag(r#""3""#).json()["data"],
        json!({})
    );
    let exists = client
        .send(Call::put(&path, &body(&model, &json!({}))).if_none_match("*"))
        .await;
    exists.assert_failed("If-None-Match", Some(r#""3""#));

    client
        .send(Call::delete(&path).if_match(r#""3""#))
        .await
        .assert_status(204);
    client.send(Call::get(&path)).await.assert_problem(404);
    client
        .send(Call::patch(&path, &patch))
        .await
        .assert_problem(404);
    let again = client
        .send(Call::put(&path, &body(&model, &json!({"a": 1}))))
        .await;
    again.assert_status(201);
    assert!(again.version() > 4, "{again:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_fit_a_record_is_named_and_changes_nothing() {
    let server = Server::start().await;
    let mut client = server.client().await;
    let model = model(&mut client, &[]).await;
    let path = record(&mut client, &model, &json!({"a": 1})).await;
    let id = path.rsplit('/').next().expect("an id");
    let nobody = "0190a2b4-7c1e-7abc-8def-0123456789ab";
    let zeros = "0".repeat(64);
    for (sent, pointer) in [
        (json!({"data": {}}), "/modelId"),
        (json!({"modelId": 1, "data": {}}), "/modelId"),
        (
            json!({"modelId": model.to_uppercase(), "data": {}}),
            "/modelId",
        ),
        (json!({"modelId": nobody, "data": {}}), "/modelId"),
        (json!({"modelId": model}), "/data"),
        (json!({"modelId": model, "data": []}), "/data"),
        (json!({"modelId": model, "data": null}), "/data"),
        (json!({"modelId": model, "data": {}, "extra": 1}), "/extra"),
        (
            json!({"modelId": model, "data": {}, "recordId": nobody}),
            "/recordId",
        ),
        (
            json!({"modelId": model, "data": {}, "sha256": zeros}),
            "/sha256",
        ),
        (
            json!({"modelId": model, "data": {}, "sha256": null}),
            "/sha256",
        ),
    ] {
        for call in [
            Call::put(&path, &sent),
            Call::put(fresh(), &sent),
            Call::post("/records", &sent),
        ] {
            client.send(call).await.assert_names(pointer);
        }
    }
    for (patch, pointer) in [
        (json!({"modelId": nobody}), "/modelId"),
        (json!({"modelId": null}), "/modelId"),
        (json!({"data": null}), "/data"),
        (json!({"data": 1}), "/data"),
        (json!({"extra": {}}), "/extra"),
        (json!({"recordId": nobody}), "/recordId"),
        (json!({"sha256": zeros}), "/sha256"),
        (json!({"sha256": null}), "/sha256"),
    ] {
        client
            .send(Call::patch(&path, &patch))
            .await
            .assert_names(pointer);
    }
    let read = client.send(Call::get(&path)).await;
    assert_eq!(read.assert_etag(r#""1""#).json()["data"], json!({"a": 1}));
    assert_eq!(read.json()["recordId"], id);
    assert_eq!(
        client.send(Call::get("/records")).await.json()["items"]
            .as_array()
            .map(Vec::len),
        Some(1)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_read_can_be_sent_back_with_other_data() {
    let server = Server::start().await;
    let mut client = server.client().await;
    let model = model(&mut client, &[]).await;
    let path = record(&mut client, &model, &json!({"a": 1})).await;
    let mut whole = client
        .send(Call::get(format!("{path}?include=version")))
        .await
        .json();
    let hash = whole["sha256"].clone();
    assert_eq!(whole["version"], 1);
    whole["data"] = json!({"a": 2});
    let put = client.send(Call::put(&path, &whole)).await;
    assert_ne!(
        put.assert_status(200).json()["sha256"],
        hash,
        "computed anew"
    );
    // The hash that was sent was the current one then, and is not now.
    client
        .send(Call::put(&path, &whole))
        .await
        .assert_names("/sha256");
    let current = put.json()["sha256"].clone();
    let patch = json!({"sha256": current, "version": 77, "data": {"a": 3}});
    client
        .send(Call::patch(&path, &patch))
        .await
        .assert_status(200)
        .assert_etag(r#""3""#);
}

/// Guards: what was deleted is kept in the database, or comes back with what is made under its id.
#[tokio::test(flavor = "multi_thread")]
async fn claims_go_with_their_record() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let server = Server::start_in(folder.path(), &[]).await;
    let mut client = server.client().await;
    let model = model(&mut client, &[]).await;
    let path = record(&mut client, &model, &json!({})).await;
    let claim = contribution("s", "2090-01-01T00:00:00Z", &[("a", json!(1), 1.0)]);
    client
        .send(contribute(&path, &claim))
        .await
        .assert_status(200);
    client.send(Call::delete(&path)).await.assert_status(204);

    assert_eq!(database::claims(folder.path()).await, 0);

    let claim = contribution("s", "2080-01-01T00:00:00Z", &[("b", json!(1), 1.0)]);
    client
        .send(contribute(&path, &claim))
        .await
        .assert_problem(404);
    let again = client
        .send(Call::put(&path, &body(&model, &json!({}))))
        .await;
    again.assert_status(201);
    let answer = client.send(contribute(&path, &claim)).await;
    assert_eq!(answer.assert_status(200).json()["data"], json!({"b": 1}));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_whose_model_is_gone_can_be_read_and_given_another() {
    let server = Server::start().await;
    let mut client = server.client().await;
    let gone = model(&mut client, &[]).await;
    let other = model(&mut client, &[]).await;
    let path = record(&mut client, &gone, &json!({"a": 1})).await;
    client
        .send(Call::delete(format!("/models/{gone}")))
        .await
        .assert_status(204);

    client
        .send(Call::get(&path))
        .await
        .assert_status(200)
        .assert_etag(r#""1""#);
    let claim = contribution("s", "2090-01-01T00:00:00Z", &[("a", json!(2), 1.0)]);
    for refused in [
        contribute(&path, &claim),
        Call::patch(&path, &json!({"data": {"a": 2}})),
        Call::put(&path, &body(&gone, &json!({}))),
    ] {
        client.send(refused).await.assert_names("/modelId");
    }
    let moved = client
        .send(Call::patch(&path, &json!({"modelId": other})))
        .await;
    assert_eq!(
        moved.assert_status(200).assert_etag(r#""2""#).json()["data"],
        json!({"a": 1})
    );
    let claimed = client.send(contribute(&path, &claim)).await;
    assert_eq!(claimed.assert_status(200).json()["data"], json!({"a": 2}));
    client.send(Call::delete(&path)).await.assert_status(204);
}

#[tokio::test(flavor = "multi_thread")]
async fn fields_select_members_under_the_tag_of_the_whole() {
    let server = Server::start().await;
    let mut client = server.client().await;
    let model = model(&mut client, &[]).await;
    let path = record(&mut client, &model, &json!({"a": 1})).await;
    let whole = client.send(Call::get(&path)).await.json();
    let hash = json!({"recordId": whole["recordId"], "sha256": whole["sha256"]});
    let part = format!("{path}?fields=sha256");
    let read = client.send(Call::get(&part)).await;
    assert_eq!(read.assert_status(200).assert_etag(r#""1""#).json(), hash);
    for (call, status) in [
        (Call::get(&part).if_none_match(r#""1""#), 304),
        (Call::head(&part).if_none_match(r#""1""#), 304),
        (Call::get(&part).if_none_match(r#""2""#), 200),
        (Call::get(&part).if_match(r#""2""#), 412),
        (Call::get(format!("{}?fields=sha256", fresh())), 404),
        (Call::head(&part), 200),
    ] {
        client.send(call).await.assert_status(status);
    }
    for query in ["?fields=sha256%2Cnothing", "?fields=&fields=sha256"] {
        assert_eq!(
            client
                .send(Call::get(format!("{path}{query}")))
                .await
                .json(),
            hash,
            "{query}"
        );
    }
    let versioned = client
        .send(Call::get(format!("{part}&include=version")))
        .await
        .json();
    let mut expected: Value = hash;
    expected["version"] = json!(1);
    assert_eq!(versioned, expected);
}
