//! What is refused: 404, 405, 413, 415, 400 and 422, each before it changes anything, and the first four before any
//! precondition is looked at (RFC 9110 §13.2.1).

use serde_json::{Value, json};

use crate::client::{Call, Client};
use crate::process::Server;
use crate::resource::Kind;

/// No precondition may turn what `call` is refused with into something else.
async fn refused_whatever_the_preconditions(client: &mut Client, call: &Call, status: u16) {
    for call in [
        call.clone(),
        call.clone().if_match(r#""1""#),
        call.clone().if_match(r#""99""#),
        call.clone().if_match("*"),
        call.clone().if_match("malformed"),
        call.clone().if_none_match("*"),
        call.clone().if_none_match("malformed"),
        call.clone()
            .field("if-unmodified-since", "Thu, 01 Jan 1970 00:00:00 GMT"),
    ] {
        client.send(call).await.assert_problem(status);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_paths_are_404() {
    let server = Server::start().await;
    let mut client = server.client().await;
    let rule = Kind::Rule.at(&mut client, 1).await;
    let elsewhere = rule.replace("/rules/", "/models/");
    for path in [
        "/nothing",
        "/model",
        "/models/",
        "/Models",
        elsewhere.as_str(),
        &format!("{rule}/more"),
    ] {
        client.send(Call::get(path)).await.assert_problem(404);
        let conditional = Call::get(path).if_none_match("*");
        client.send(conditional).await.assert_problem(404);
    }
    refused_whatever_the_preconditions(&mut client, &Call::delete("/nothing"), 404).await;
    refused_whatever_the_preconditions(&mut client, &Call::put("/nothing", &json!({})), 404).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_method_that_a_path_does_not_have_is_405_before_any_precondition() {
    let server = Server::start().await;
    let mut client = server.client().await;
    for kind in Kind::ALL {
        let path = kind.at(&mut client, 2).await;
        let body = kind.body("wrong");
        let calls = [
            (
                Call::post(&path, &body),
                &["GET", "PUT", "PATCH", "DELETE"][..],
            ),
            (Call::put(kind.collection(), &body), &["GET", "POST"]),
            (Call::patch(kind.collection(), &body), &["GET", "POST"]),
            (Call::delete(kind.collection()), &["GET", "POST"]),
        ];
        for (call, allowed) in calls {
            refused_whatever_the_preconditions(&mut client, &call, 405).await;
            let answer = client.send(call).await;
            // RFC 9110 §15.5.6.
            let allow = answer
                .field("allow")
                .expect("Allow")
                .split(',')
                .map(str::trim)
                .collect::<Vec<_>>();
            for method in allowed {
                assert!(allow.contains(method), "{method} is not in {allow:?}");
            }
        }
        client.send(Call::get(&path)).await.assert_etag(r#""2""#);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_is_not_json_is_415_before_any_precondition() {
    let server = Server::start().await;
    let mut client = server.client().await;
    for kind in Kind::ALL {
        let path = kind.at(&mut client, 1).await;
        let body = kind.body("wrong").to_string();
        for method in ["PUT", "PATCH"] {
            for media_type in [
                "text/plain",
                "application/x-www-form-urlencoded",
                "application/xml",
                "json",
                "",
            ] {
                let call = Call::new(method, &path).text(media_type, body.clone());
                refused_whatever_the_preconditions(&mut client, &call, 415).await;
            }
            let bare = Call::new(method, &path).bare(body.clone());
            refused_whatever_the_preconditions(&mut client, &bare, 415).await;
        }
        let patch = Call::new("PATCH", &path).text("application/json-patch+json", "[]");
        refused_whatever_the_preconditions(&mut client, &patch, 415).await;
        let post = Call::new("POST", kind.collection()).text("text/plain", body.clone());
        client.send(post).await.assert_problem(415);
        let missing = Call::new("PUT", kind.fresh()).text("text/plain", body.clone());
        refused_whatever_the_preconditions(&mut client, &missing, 415).await;

        let read = client.send(Call::get(&path)).await;
        read.assert_etag(r#""1""#);
        assert_eq!(kind.read(&read), "text 1");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_over_one_mebibyte_is_413_and_one_of_exactly_that_is_not() {
    let server = Server::start().await;
    let mut client = server.client().await;
    let kind = Kind::Rule;
    let path = kind.at(&mut client, 1).await;
    let of_size = |size: usize| {
        let frame = kind.body("").to_string().len();
        kind.body(&"x".repeat(size - frame)).to_string()
    };
    let limit = 1 << 20;
    assert_eq!(of_size(limit).len(), limit);

    for call in [
        Call::new("PUT", &path).text("application/json", of_size(limit + 1)),
        Call::new("PUT", &path)
            .text("application/json", of_size(limit + 1))
            .if_match(r#""1""#),
        Call::new("PATCH", &path).text("application/merge-patch+json", of_size(limit + 1)),
        Call::new("POST", "/rules").text("application/json", of_size(2 * limit)),
    ] {
        // A server may close after refusing what it did not read.
        let mut client = server.client().await;
        client.send(call).await.assert_problem(413);
    }
    client.send(Call::get(&path)).await.assert_etag(r#""1""#);
    let largest = Call::new("PUT", &path).text("application/json", of_size(limit));
    client
        .send(largest)
        .await
        .assert_status(200)
        .assert_etag(r#""2""#);
}

#[tokio::test(flavor = "multi_thread")]
async fn malformed_json_is_400_and_changes_nothing() {
    let server = Server::start().await;
    let mut client = server.client().await;
    let bodies: [&[u8]; 8] = [
        b"",
        b"{",
        b"not JSON",
        b"{\"name\": }",
        b"{\"name\": \"a\",}",
        b"{\"name\":\"a\"} x",
        b"\"\xff\"",
        b"{'name': 1}",
    ];
    for kind in Kind::ALL {
        let path = kind.at(&mut client, 1).await;
        let missing = kind.fresh();
        for body in bodies {
            let put = Call::new("PUT", &path).text("application/json", body);
            client.send(put.clone()).await.assert_problem(400);
            client
                .send(put.if_match(r#""1""#))
                .await
                .assert_problem(400);
            let patch = Call::new("PATCH", &path).text("application/merge-patch+json", body);
            client.send(patch).await.assert_problem(400);
            let post = Call::new("POST", kind.collection()).text("application/json", body);
            client.send(post).await.assert_problem(400);
            let create = Call::new("PUT", &missing).text("application/json", body);
            client.send(create).await.assert_problem(400);
        }
        client.send(Call::get(&path)).await.assert_etag(r#""1""#);
        client.send(Call::get(&missing)).await.assert_problem(404);
    }
}

/// RFC 9110 §13.2.1: what only the content could tell comes after the preconditions.
#[tokio::test(flavor = "multi_thread")]
async fn a_failed_precondition_comes_before_what_the_content_would_be_refused_for() {
    let server = Server::start().await;
    let mut client = server.client().await;
    for kind in Kind::ALL {
        let path = kind.at(&mut client, 1).await;
        for body in ["{", "{}", "[]"] {
            let put = Call::new("PUT", &path)
                .text("application/json", body)
                .if_match(r#""9""#);
            client
                .send(put)
                .await
                .assert_failed("If-Match", Some(r#""1""#));
            let patch = Call::new("PATCH", &path)
                .text("application/merge-patch+json", body)
                .if_none_match("*");
            client
                .send(patch)
                .await
                .assert_failed("If-None-Match", Some(r#""1""#));
        }
    }
}

/// What is wrong with a whole model or rule, and the member at fault.
fn wrong(kind: Kind) -> Vec<(Value, &'static str)> {
    match kind {
        Kind::Model => vec![
            (json!({}), "/name"),
            (json!({"name": null}), "/name"),
            (json!({"name": 5}), "/name"),
            (json!({"name": ""}), "/name"),
            (json!({"name": "x".repeat(201)}), "/name"),
            (json!({"name": "ß".repeat(201)}), "/name"),
            (json!({"name": ["a"]}), "/name"),
            (json!({"name": "a", "status": "gone"}), "/status"),
            (json!({"name": "a", "status": "Active"}), "/status"),
            (json!({"name": "a", "status": 1}), "/status"),
            (json!({"name": "a", "fields": []}), "/fields"),
            (json!({"name": "a", "fields": "x"}), "/fields"),
            (
                json!({"name": "a", "fields": {"email": "most_recent"}}),
                "/fields/email",
            ),
            (
                json!({"name": "a", "fields": {"email": {"policy": "newest"}}}),
                "/fields/email/policy",
            ),
            (
                json!({"name": "a", "fields": {"email": {"policy": 1}}}),
                "/fields/email/policy",
            ),
            (
                json!({"name": "a", "fields": {"email": {}}}),
                "/fields/email/policy",
            ),
            (
                json!({"name": "a", "fields": {"email": {"policy": "most_recent", "x": 1}}}),
                "/fields/email/x",
            ),
            (
                json!({"name": "a", "fields": {"a/b~c": {"policy": "newest"}}}),
                "/fields/a~1b~0c/policy",
            ),
            (json!({"name": "a", "colour": "red"}), "/colour"),
            (json!({"name": "a", "Name": "b"}), "/Name"),
            (json!({"name": "a", "a/b": 1}), "/a~1b"),
            (json!({"name": "a", "a~b": 1}), "/a~0b"),
            (json!({"name": "a", "expression": "x"}), "/expression"),
        ],
        Kind::Rule => vec![
            (json!({"expression": "x"}), "/name"),
            (json!({"name": "a"}), "/expression"),
            (json!({"name": "a", "expression": 5}), "/expression"),
            (json!({"name": "a", "expression": null}), "/expression"),
            (json!({"name": 5, "expression": "x"}), "/name"),
            (
                json!({"name": "a", "expression": "x", "enabled": "yes"}),
                "/enabled",
            ),
            (
                json!({"name": "a", "expression": "x", "enabled": 1}),
                "/enabled",
            ),
            (
                json!({"name": "a", "expression": "x", "status": "active"}),
                "/status",
            ),
            (
                json!({"name": "a", "expression": "x", "rule_id": "x"}),
                "/rule_id",
            ),
        ],
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_member_is_422_that_names_it_and_changes_nothing() {
    let server = Server::start().await;
    let mut client = server.client().await;
    for kind in Kind::ALL {
        let path = kind.at(&mut client, 1).await;
        let missing = kind.fresh();
        for (body, pointer) in wrong(kind) {
            println!("{body}");
            client
                .send(Call::put(&path, &body))
                .await
                .assert_names(pointer);
            client
                .send(Call::put(&path, &body).if_match(r#""1""#))
                .await
                .assert_names(pointer);
            client
                .send(Call::put(&missing, &body))
                .await
                .assert_names(pointer);
            client
                .send(Call::post(kind.collection(), &body))
                .await
                .assert_names(pointer);
        }
        for body in [json!([]), json!(5), json!("text"), json!(null), json!(true)] {
            client
                .send(Call::put(&path, &body))
                .await
                .assert_problem(422);
            client
                .send(Call::patch(&path, &body))
                .await
                .assert_problem(422);
            client
                .send(Call::post(kind.collection(), &body))
                .await
                .assert_problem(422);
        }
        let read = client.send(Call::get(&path)).await;
        read.assert_etag(r#""1""#);
        assert_eq!(kind.read(&read), "text 1");
        client.send(Call::get(&missing)).await.assert_problem(404);
        let items = client.send(Call::get(kind.collection())).await.json()["items"].clone();
        assert_eq!(items.as_array().map(Vec::len), Some(1));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_patch_whose_outcome_would_be_wrong_is_422_and_changes_nothing() {
    let server = Server::start().await;
    let mut client = server.client().await;
    for (kind, patch, pointer) in [
        (Kind::Model, json!({"name": null}), "/name"),
        (Kind::Model, json!({"name": ""}), "/name"),
        (Kind::Model, json!({"status": "gone"}), "/status"),
        (
            Kind::Model,
            json!({"fields": {"email": {"policy": "newest"}}}),
            "/fields/email/policy",
        ),
        (Kind::Model, json!({"fields": 5}), "/fields"),
        (Kind::Model, json!({"colour": "red"}), "/colour"),
        (Kind::Rule, json!({"expression": null}), "/expression"),
        (Kind::Rule, json!({"enabled": "no"}), "/enabled"),
        (Kind::Rule, json!({"enabled": {"x": 1}}), "/enabled"),
    ] {
        let path = kind.at(&mut client, 1).await;
        client
            .send(Call::patch(&path, &patch))
            .await
            .assert_names(pointer);
        client
            .send(Call::patch(&path, &patch).if_match(r#""1""#))
            .await
            .assert_names(pointer);
        let read = client.send(Call::get(&path)).await;
        read.assert_etag(r#""1""#);
        assert_eq!(kind.read(&read), "text 1");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_id_is_read_only() {
    let server = Server::start().await;
    let mut client = server.client().await;
    for kind in Kind::ALL {
        let path = kind.at(&mut client, 1).await;
        let pointer = format!("/{}", kind.id());
        let other = kind.fresh();
        let other = other.rsplit('/').next().expect("an id");
        let id = path.rsplit('/').next().expect("an id");
        for wrong in [
            json!(other),
            json!("not-a-uuid"),
            json!(5),
            json!(id.to_uppercase()),
            json!({}),
        ] {
            let mut body = kind.body("moved");
            body[kind.id()] = wrong.clone();
            client
                .send(Call::put(&path, &body))
                .await
                .assert_names(&pointer);
            client
                .send(Call::patch(&path, &json!({kind.id(): wrong})))
                .await
                .assert_names(&pointer);
            client
                .send(Call::put(kind.fresh(), &body))
                .await
                .assert_names(&pointer);
        }
        client
            .send(Call::patch(&path, &json!({kind.id(): null})))
            .await
            .assert_names(&pointer);
        client.send(Call::get(&path)).await.assert_etag(r#""1""#);
        let mut body = kind.body("as it is");
        body[kind.id()] = id.into();
        client
            .send(Call::put(&path, &body))
            .await
            .assert_status(200)
            .assert_etag(r#""2""#);
    }
}
