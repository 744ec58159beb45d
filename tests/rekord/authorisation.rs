//! Who may ask: decided before any precondition, and without a word about the resource.

use crate::answer::Answer;
use crate::client::Call;
use crate::process::{Server, TOKEN};
use crate::resource::Kind;

#[track_caller]
fn assert_refused(answer: &Answer) {
    answer.assert_problem(401);
    let challenge = answer.field("www-authenticate").expect("a challenge");
    assert!(
        challenge == "Bearer" || challenge.starts_with("Bearer "),
        "{challenge}"
    );
    for name in ["etag", "last-modified", "content-location"] {
        assert_eq!(answer.field(name), None, "{answer:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_or_wrong_token_is_401_whatever_the_preconditions_say() {
    let server = Server::start().await;
    let mut client = server.client().await;
    for kind in Kind::ALL {
        let path = kind.at(&mut client, 2).await;
        let before = client.send(Call::get(&path)).await;
        let credentials = [
            None,
            Some("Bearer wrong".to_owned()),
            Some("Bearer".to_owned()),
            Some("Bearer ".to_owned()),
            Some(format!("Basic {TOKEN}")),
            Some(TOKEN.to_owned()),
            Some(format!("Bearer {TOKEN}x")),
            Some(format!("Bearer {}", &TOKEN[1..])),
            Some(format!("Bearer {}", TOKEN.to_uppercase())),
        ];
        for credential in credentials {
            let calls = [
                Call::get(&path),
                Call::get(&path).if_none_match(r#""2""#),
                Call::get(&path).if_none_match("*"),
                Call::get(&path).if_match(r#""1""#),
                Call::get(kind.fresh()),
                Call::get(kind.collection()),
                Call::get("/nothing-here"),
                Call::put(&path, &kind.body("stranger")),
                Call::put(&path, &kind.body("stranger")).if_match(r#""2""#),
                Call::put(&path, &kind.body("stranger")).if_match(r#""1""#),
                Call::put(&path, &kind.body("stranger")).if_match("unquoted"),
                Call::put(&path, &kind.body("stranger")).if_none_match("*"),
                Call::put(&path, &kind.body("stranger"))
                    .field("if-unmodified-since", "Thu, 01 Jan 1970 00:00:00 GMT"),
                Call::patch(&path, &kind.body("stranger")).if_match(r#""1""#),
                Call::delete(&path),
                Call::delete(&path).if_match(r#""1""#),
                Call::post(kind.collection(), &kind.body("stranger")),
                Call::new("PUT", &path).text("application/json", "not JSON"),
            ];
            for call in calls {
                let call = call.anonymous();
                let call = match &credential {
                    Some(credential) => call.field("authorization", credential),
                    None => call,
                };
                assert_refused(&client.send(call).await);
            }
        }
        let head = client
            .send(Call::head(&path).anonymous().if_none_match("*"))
            .await;
        assert_eq!(head.status, 401);
        assert_eq!(head.etag(), None);

        let after = client.send(Call::get(&path)).await;
        assert_eq!((after.etag(), &after.body), (before.etag(), &before.body));
        let items = client.send(Call::get(kind.collection())).await.json()["items"].clone();
        assert_eq!(
            items.as_array().map(Vec::len),
            Some(1),
            "a stranger's POST made something"
        );
    }
}

/// RFC 9110 §11.1: the scheme's name is case-insensitive.
#[tokio::test(flavor = "multi_thread")]
async fn the_scheme_is_recognised_in_any_case() {
    let server = Server::start().await;
    let mut client = server.client().await;
    for scheme in ["Bearer", "bearer", "BEARER"] {
        let call = Call::get("/models")
            .anonymous()
            .field("authorization", format!("{scheme} {TOKEN}"));
        client.send(call).await.assert_status(200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn liveness_and_the_page_ask_for_no_token() {
    let server = Server::start().await;
    let mut client = server.client().await;
    client
        .send(Call::get("/healthz").anonymous())
        .await
        .assert_status(200);
    client
        .send(Call::head("/healthz").anonymous())
        .await
        .assert_status(200);
    let page = client.send(Call::get("/").anonymous()).await;
    assert_ne!(page.status, 401, "{page:?}");
}
