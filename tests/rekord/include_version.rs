//! `?include=version`.

use serde_json::{Value, json};

use crate::client::{Call, Client};
use crate::process::Server;
use crate::record::{contribute, contribution, model, record};
use crate::resource::Kind;

async fn version(client: &mut Client, call: Call) -> Option<Value> {
    let answer = client.send(call).await;
    assert!(answer.status.is_success(), "{answer:?}");
    let version = answer.json().get("version").cloned();
    if let Some(version) = &version {
        assert_eq!(answer.etag(), Some(format!("\"{version}\"").as_str()));
    }
    version
}

#[tokio::test(flavor = "multi_thread")]
async fn the_version_is_added_when_the_query_asks_for_it() {
    let server = Server::start().await;
    let mut client = server.client().await;
    for kind in Kind::ALL {
        let path = kind.at(&mut client, 3).await;
        let plain = client.send(Call::get(&path)).await.json();
        for (query, asked) in [
            ("include=version", true),
            ("include=owner,version", true),
            ("include=owner&a=b&include=version", true),
            ("include=owner%2Cversion", true),
            ("inclu%64e=versio%6e", true),
            ("include=version,version&include=version", true),
            ("include=", false),
            ("include=versions", false),
            ("include=Version", false),
            ("version", false),
            ("fields=version", false),
        ] {
            // `fields` is a record's own parameter; others ignore it.
            let answer = client.send(Call::get(format!("{path}?{query}"))).await;
            answer.assert_status(200).assert_etag(r#""3""#);
            let mut expected = plain.clone();
            if asked {
                expected["version"] = json!(3);
            }
            assert_eq!(answer.json(), expected, "{query}");
        }
        let asking = format!("{path}?include=version");
        client
            .send(Call::get(&asking).if_none_match(r#""3""#))
            .await
            .assert_status(304);
        let head = client.send(Call::head(&asking)).await;
        head.assert_status(200).assert_etag(r#""3""#);
        assert_ne!(
            head.field("content-length"),
            Some(plain.to_string().len().to_string().as_str())
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_to_writes_hold_the_version_that_they_made() {
    let server = Server::start().await;
    let mut client = server.client().await;
    for kind in Kind::ALL {
        let body = kind.body("text");
        let made = version(
            &mut client,
            Call::post(format!("{}?include=version", kind.collection()), &body),
        )
        .await;
        assert_eq!(made, Some(json!(1)));
        let path = format!("{}?include=version", kind.fresh());
        assert_eq!(
            version(&mut client, Call::put(&path, &body)).await,
            Some(json!(1))
        );
        assert_eq!(
            version(&mut client, Call::put(&path, &body)).await,
            Some(json!(2))
        );
        assert_eq!(
            version(&mut client, Call::patch(&path, &body)).await,
            Some(json!(3))
        );
    }
    let model = model(&mut client, &[]).await;
    // `version` within the data is the data's own.
    let path = record(&mut client, &model, &json!({"version": "data"})).await;
    let claim = contribution("s", "2090-01-01T00:00:00Z", &[("a", json!(1), 1.0)]);
    let mut call = contribute(&path, &claim);
    call = call.at(format!("{path}/contributions?include=version"));
    assert_eq!(version(&mut client, call).await, Some(json!(2)));
    let read = client
        .send(Call::get(format!("{path}?include=version")))
        .await
        .json();
    assert_eq!(
        (&read["version"], &read["data"]["version"]),
        (&json!(2), &json!("data"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn each_item_of_a_list_has_its_own_version() {
    let server = Server::start().await;
    let mut client = server.client().await;
    let model = model(&mut client, &[]).await;
    record(
        &mut client,
        &model,
        &json!({"version": 77, "recordId": "other"}),
    )
    .await;
    for kind in Kind::ALL {
        for versions in 1..=3 {
            kind.at(&mut client, versions).await;
        }
    }
    for (collection, id) in [
        ("/models", "modelId"),
        ("/rules", "ruleId"),
        ("/records", "recordId"),
    ] {
        let plain = client.send(Call::get(collection)).await.json();
        let answer = client
            .send(Call::get(format!("{collection}?include=version")))
            .await;
        assert_eq!(
            answer.assert_status(200).etag(),
            None,
            "a collection has no version"
        );
        let mut list = answer.json();
        for item in list["items"].as_array_mut().expect("items") {
            let path = format!("{collection}/{}", item[id].as_str().expect("an id"));
            let read = client.send(Call::get(&path)).await;
            let version = item.as_object_mut().expect("an object").remove("version");
            assert_eq!(version, Some(json!(read.version())), "{path}");
        }
        assert_eq!(list, plain);
        let page = client
            .send(Call::get(format!("{collection}?limit=1&include=version")))
            .await
            .json();
        assert!(page["items"][0]["version"].is_u64(), "{page}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn errors_have_no_version() {
    let server = Server::start().await;
    let mut client = server.client().await;
    let path = Kind::Model.at(&mut client, 1).await;
    for call in [
        Call::get(format!("{}?include=version", Kind::Model.fresh())),
        Call::get(format!("{path}?include=version")).if_match(r#""7""#),
        Call::put(format!("{path}?include=version"), &json!({})),
        Call::get(format!("{path}?include=version")).anonymous(),
    ] {
        let answer = client.send(call).await;
        assert_eq!(answer.json().get("version"), None, "{answer:?}");
    }
}
