//! `--require-if-match`: a write of what exists says which state it starts from (RFC 6585 §3).

use crate::client::Call;
use crate::process::Server;
use crate::resource::Kind;

#[tokio::test(flavor = "multi_thread")]
async fn a_write_without_a_precondition_gets_428_and_changes_nothing() {
    let server = Server::start_with(&["--require-if-match"]).await;
    let mut client = server.client().await;
    for kind in Kind::ALL {
        let path = kind.fresh();
        let body = kind.body("one");
        // What does not exist yet can be made without.
        client
            .send(Call::put(&path, &body))
            .await
            .assert_status(201)
            .assert_etag(r#""1""#);
        client
            .send(Call::post(kind.collection(), &body))
            .await
            .assert_status(201);

        for call in [
            Call::put(&path, &kind.body("two")),
            Call::patch(&path, &kind.body("two")),
            Call::delete(&path),
            // Of these neither is a precondition of a write, so nothing guards it.
            Call::put(&path, &kind.body("two"))
                .field("if-modified-since", "Thu, 01 Jan 1970 00:00:00 GMT"),
            Call::put(&path, &kind.body("two")).field("if-unmodified-since", "yesterday"),
        ] {
            let refused = client.send(call).await;
            refused.assert_problem(428);
            assert_eq!(
                refused.field("cache-control"),
                Some("no-store"),
                "{refused:?}"
            );
        }
        let read = client.send(Call::get(&path)).await;
        read.assert_status(200).assert_etag(r#""1""#);
        assert_eq!(kind.read(&read), "one");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn any_precondition_will_do() {
    let server = Server::start_with(&["--require-if-match"]).await;
    let mut client = server.client().await;
    let kind = Kind::Rule;
    let path = kind.fresh();
    let body = kind.body("text");
    client
        .send(Call::put(&path, &body).if_none_match("*"))
        .await
        .assert_status(201);
    client
        .send(Call::put(&path, &body).if_match(r#""1""#))
        .await
        .assert_status(200)
        .assert_etag(r#""2""#);
    client
        .send(Call::patch(&path, &body).if_match("*"))
        .await
        .assert_status(200)
        .assert_etag(r#""3""#);
    client
        .send(Call::put(&path, &body).if_none_match(r#""1""#))
        .await
        .assert_status(200)
        .assert_etag(r#""4""#);
    let dated =
        Call::put(&path, &body).field("if-unmodified-since", "Thu, 31 Dec 2099 23:59:59 GMT");
    client
        .send(dated)
        .await
        .assert_status(200)
        .assert_etag(r#""5""#);
    client
        .send(Call::put(&path, &body).if_match(r#""4""#))
        .await
        .assert_failed("If-Match", Some(r#""5""#));
    client
        .send(Call::put(&path, &body).if_match(""))
        .await
        .assert_failed("If-Match", Some(r#""5""#));
    client
        .send(Call::put(&path, &body).if_match("5"))
        .await
        .assert_problem(400);
    client
        .send(Call::delete(&path).if_match(r#""5""#))
        .await
        .assert_status(204);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_missing_or_refused_anyway_is_not_428() {
    let server = Server::start_with(&["--require-if-match"]).await;
    let mut client = server.client().await;
    let kind = Kind::Model;
    let path = kind.at(&mut client, 1).await;
    client
        .send(Call::patch(kind.fresh(), &kind.body("x")))
        .await
        .assert_problem(404);
    client
        .send(Call::delete(kind.fresh()))
        .await
        .assert_problem(404);
    client
        .send(Call::put(&path, &kind.body("x")).anonymous())
        .await
        .assert_problem(401);
    client
        .send(Call::new("PUT", &path).text("text/plain", "x"))
        .await
        .assert_problem(415);
    client
        .send(Call::post(&path, &kind.body("x")))
        .await
        .assert_problem(405);
    client.send(Call::get(&path)).await.assert_status(200);
    client
        .send(Call::get(kind.collection()))
        .await
        .assert_status(200);
}
