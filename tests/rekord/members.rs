//! The table of successes: what each method answers, and what the members are.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::answer::Answer;
use crate::client::{Call, Client};
use crate::process::Server;
use crate::resource::Kind;

#[track_caller]
fn assert_json(answer: &Answer) {
    let media_type = answer.field("content-type").unwrap_or_default();
    assert!(
        media_type == "application/json" || media_type.starts_with("application/json;"),
        "{answer:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn post_creates_under_an_id_of_the_servers_own() {
    let server = Server::start().await;
    let mut client = server.client().await;
    for kind in Kind::ALL {
        let made = client
            .send(Call::post(kind.collection(), &kind.body("made")))
            .await;
        made.assert_status(201).assert_etag(r#""1""#);
        assert_json(&made);
        let resource = made.json();
        let id = resource[kind.id()].as_str().expect("an id").to_owned();
        let parsed = Uuid::parse_str(&id).expect("a UUID");
        assert_eq!(
            parsed.hyphenated().to_string(),
            id,
            "ids are lower-case and hyphenated"
        );
        assert_eq!(parsed.get_version_num(), 7);
        assert_eq!(kind.read(&made), "made");
        assert_eq!(
            resource.get("version"),
            None,
            "version is no member of the resource"
        );

        let path = format!("{}/{id}", kind.collection());
        assert_eq!(made.field("location"), Some(path.as_str()));
        assert_eq!(made.field("content-location"), Some(path.as_str()));
        let read = client.send(Call::get(&path)).await;
        read.assert_status(200).assert_etag(r#""1""#);
        assert_eq!(read.body, made.body);

        let other = client
            .send(Call::post(kind.collection(), &kind.body("made")))
            .await;
        assert_ne!(other.json()[kind.id()], resource[kind.id()]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn put_creates_then_replaces() {
    let server = Server::start().await;
    let mut client = server.client().await;
    for kind in Kind::ALL {
        let path = kind.fresh();
        let id = path.rsplit('/').next().expect("an id");
        let made = client.send(Call::put(&path, &kind.body("one"))).await;
        made.assert_status(201).assert_etag(r#""1""#);
        assert_eq!(made.field("location"), Some(path.as_str()));
        assert_eq!(made.json()[kind.id()], id);

        let replaced = client.send(Call::put(&path, &kind.body("two"))).await;
        replaced.assert_status(200).assert_etag(r#""2""#);
        assert_json(&replaced);
        assert_eq!(replaced.field("location"), None);
        assert_eq!(replaced.field("content-location"), Some(path.as_str()));
        assert_eq!(kind.read(&replaced), "two");
        let read = client.send(Call::get(&path)).await;
        read.assert_status(200).assert_etag(r#""2""#);
        assert_eq!(read.body, replaced.body);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn patch_changes_what_it_names_and_answers_with_the_whole() {
    let server = Server::start().await;
    let mut client = server.client().await;
    for kind in Kind::ALL {
        let path = kind.at(&mut client, 1).await;
        let mut whole = client.send(Call::get(&path)).await.json();
        let patched = client
            .send(Call::patch(&path, &json!({kind.text(): "patched"})))
            .await;
        patched.assert_status(200).assert_etag(r#""2""#);
        assert_json(&patched);
        assert_eq!(patched.field("content-location"), Some(path.as_str()));
        whole[kind.text()] = "patched".into();
        assert_eq!(patched.json(), whole);
        let read = client.send(Call::get(&path)).await;
        read.assert_status(200).assert_etag(r#""2""#);
        assert_eq!(read.body, patched.body);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn delete_leaves_404_behind_and_answers_with_no_tag() {
    let server = Server::start().await;
    let mut client = server.client().await;
    for kind in Kind::ALL {
        let path = kind.at(&mut client, 2).await;
        let gone = client.send(Call::delete(&path)).await;
        gone.assert_status(204);
        assert_eq!(gone.etag(), None);
        assert!(gone.body.is_empty());
        assert_eq!(
            gone.field("content-length"),
            None,
            "RFC 9110 §8.6: not in a 204"
        );
        client.send(Call::get(&path)).await.assert_problem(404);
        client
            .send(Call::patch(&path, &kind.body("late")))
            .await
            .assert_problem(404);
        client.send(Call::delete(&path)).await.assert_problem(404);
        assert_eq!(client.send(Call::head(&path)).await.status, 404);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn head_says_what_get_says_without_the_content() {
    let server = Server::start().await;
    let mut client = server.client().await;
    for kind in Kind::ALL {
        let path = kind.at(&mut client, 3).await;
        // The second of the last write must be over, or one of the two could have a Last-Modified alone.
        tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
        let get = client.send(Call::get(&path)).await;
        let head = client.send(Call::head(&path)).await;
        head.assert_status(200).assert_etag(r#""3""#);
        assert!(head.body.is_empty());
        for name in [
            "content-type",
            "cache-control",
            "vary",
            "last-modified",
            "content-location",
        ] {
            assert_eq!(head.field(name), get.field(name), "{name}");
        }
        if let Some(length) = head.field("content-length") {
            assert_eq!(
                length,
                get.body.len().to_string(),
                "RFC 9110 §8.6: as in the GET, or not at all"
            );
        }
    }
}

/// Writes `body` with PUT to a fresh model or rule and gives back what it became.
async fn made(client: &mut Client, kind: Kind, body: &Value) -> Value {
    let answer = client.send(Call::put(kind.fresh(), body)).await;
    answer.assert_status(201);
    let mut resource = answer.json();
    resource
        .as_object_mut()
        .expect("an object")
        .remove(kind.id());
    resource
}

#[tokio::test(flavor = "multi_thread")]
async fn members_that_are_left_out_have_their_defaults() {
    let server = Server::start().await;
    let mut client = server.client().await;
    assert_eq!(
        made(&mut client, Kind::Model, &json!({"name": "m"})).await,
        json!({"name": "m", "status": "active", "fields": {}}),
    );
    assert_eq!(
        made(
            &mut client,
            Kind::Rule,
            &json!({"name": "r", "expression": "a > 1"})
        )
        .await,
        json!({"name": "r", "expression": "a > 1", "enabled": true}),
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn every_member_comes_back_as_it_was_sent() {
    let server = Server::start().await;
    let mut client = server.client().await;
    for status in ["active", "draft", "archived"] {
        let model = json!({"name": "ä 😀 \u{0} \"", "status": status, "fields": {
            "email": {"policy": "highest_confidence"},
            "phone": {"policy": "most_recent"},
            "näme/~": {"policy": "first_seen"},
            "": {"policy": "first_seen"},
        }});
        assert_eq!(made(&mut client, Kind::Model, &model).await, model);
    }
    for enabled in [true, false] {
        let rule = json!({"name": "r", "expression": "", "enabled": enabled});
        assert_eq!(made(&mut client, Kind::Rule, &rule).await, rule);
    }
    // A name is counted in characters, not in bytes.
    let longest = json!({"name": "ß".repeat(200), "status": "draft", "fields": {}});
    assert_eq!(made(&mut client, Kind::Model, &longest).await, longest);
}

/// RFC 7396: null takes away, objects are merged, all else replaces.
#[tokio::test(flavor = "multi_thread")]
async fn a_merge_patch_takes_away_merges_and_replaces() {
    let server = Server::start().await;
    let mut client = server.client().await;
    let path = Kind::Model.fresh();
    let model = json!({"name": "m", "status": "draft", "fields": {"a": {"policy": "most_recent"}}});
    client
        .send(Call::put(&path, &model))
        .await
        .assert_status(201);
    let steps = [
        (
            json!({"fields": {"b": {"policy": "first_seen"}}}),
            "/fields",
            json!({"a": {"policy": "most_recent"}, "b": {"policy": "first_seen"}}),
        ),
        (
            json!({"fields": {"a": null}}),
            "/fields",
            json!({"b": {"policy": "first_seen"}}),
        ),
        (
            json!({"fields": {"b": {"policy": "most_recent"}}}),
            "/fields/b/policy",
            json!("most_recent"),
        ),
        (json!({"fields": null}), "/fields", json!({})),
        (json!({"status": null}), "/status", json!("active")),
        (
            json!({"status": "archived", "name": "n"}),
            "/status",
            json!("archived"),
        ),
    ];
    for (version, (patch, pointer, expected)) in (2..).zip(steps) {
        let answer = client.send(Call::patch(&path, &patch)).await;
        answer.assert_status(200);
        assert_eq!(answer.version(), version);
        assert_eq!(
            answer.json().pointer(pointer),
            Some(&expected),
            "{patch} made {answer:?}"
        );
    }
    assert_eq!(client.send(Call::get(&path)).await.json()["name"], "n");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_read_can_be_sent_back_whole() {
    let server = Server::start().await;
    let mut client = server.client().await;
    for kind in Kind::ALL {
        let path = kind.at(&mut client, 1).await;
        let mut whole = client.send(Call::get(&path)).await.json();
        client
            .send(Call::put(&path, &whole))
            .await
            .assert_status(200)
            .assert_etag(r#""2""#);
        client
            .send(Call::patch(&path, &whole))
            .await
            .assert_status(200)
            .assert_etag(r#""3""#);
        // `version` comes with `?include=version`; it is ignored, right or wrong.
        whole["version"] = 99.into();
        client
            .send(Call::put(&path, &whole))
            .await
            .assert_status(200)
            .assert_etag(r#""4""#);
        client
            .send(Call::patch(&path, &whole))
            .await
            .assert_status(200)
            .assert_etag(r#""5""#);
        let mut first = kind.body("first");
        first["version"] = 7.into();
        client
            .send(Call::put(kind.fresh(), &first))
            .await
            .assert_status(201)
            .assert_etag(r#""1""#);
        assert_eq!(
            client.send(Call::get(&path)).await.json().get("version"),
            None
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn json_with_a_charset_is_still_json() {
    let server = Server::start().await;
    let mut client = server.client().await;
    for media_type in [
        "application/json; charset=utf-8",
        "Application/JSON",
        "application/json;charset=\"UTF-8\"",
    ] {
        let body = Kind::Model.body("named").to_string();
        let call = Call::new("POST", "/models").text(media_type, body);
        client.send(call).await.assert_status(201);
    }
    let path = Kind::Model.at(&mut client, 1).await;
    let call = Call::new("PATCH", &path).text(
        "application/merge-patch+json; charset=utf-8",
        r#"{"name":"n"}"#,
    );
    client.send(call).await.assert_status(200);
}
