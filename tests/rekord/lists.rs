//! `GET /models` and `GET /rules`: pages by `limit` and `after`.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::client::{Call, Client};
use crate::process::Server;
use crate::resource::Kind;

async fn page(client: &mut Client, kind: Kind, query: &str) -> (Vec<Value>, Option<String>) {
    let answer = client
        .send(Call::get(format!("{}{query}", kind.collection())))
        .await;
    answer.assert_status(200);
    let list = answer.json();
    let next = &list["next"];
    assert!(next.is_null() || next.is_string(), "{next}");
    assert_eq!(
        list.as_object().map(serde_json::Map::len),
        Some(2),
        "a list has items and next"
    );
    (
        list["items"].as_array().expect("items").clone(),
        next.as_str().map(str::to_owned),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_list_has_no_items_and_no_next() {
    let server = Server::start().await;
    let mut client = server.client().await;
    for kind in Kind::ALL {
        let answer = client.send(Call::get(kind.collection())).await;
        assert_eq!(
            answer.assert_status(200).json(),
            json!({"items": [], "next": null})
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_hold_every_resource_once_and_a_hundred_by_default() {
    let server = Server::start().await;
    let mut client = server.client().await;
    for kind in Kind::ALL {
        let mut made = BTreeSet::new();
        for count in 0..105 {
            let answer = client
                .send(Call::post(
                    kind.collection(),
                    &kind.body(&format!("item {count}")),
                ))
                .await;
            made.insert(
                answer.assert_status(201).json()[kind.id()]
                    .as_str()
                    .expect("an id")
                    .to_owned(),
            );
        }
        assert_eq!(page(&mut client, kind, "").await.0.len(), 100);
        assert_eq!(page(&mut client, kind, "?limit=1000").await.0.len(), 105);
        assert_eq!(page(&mut client, kind, "?limit=1000").await.1, None);
        assert_eq!(
            page(&mut client, kind, "?limit=105").await.1,
            None,
            "nothing comes after the last"
        );

        for limit in [1, 10, 52, 104, 105] {
            let mut seen = Vec::new();
            let mut query = format!("?limit={limit}");
            loop {
                let (items, next) = page(&mut client, kind, &query).await;
                assert!(items.len() <= limit);
                seen.extend(
                    items
                        .iter()
                        .map(|item| item[kind.id()].as_str().expect("an id").to_owned()),
                );
                assert!(seen.len() <= made.len(), "a resource comes twice");
                let Some(next) = next else { break };
                query = format!("?limit={limit}&after={next}");
            }
            assert_eq!(seen.len(), made.len());
            assert_eq!(seen.into_iter().collect::<BTreeSet<_>>(), made);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_shows_resources_as_they_are_now() {
    let server = Server::start().await;
    let mut client = server.client().await;
    for kind in Kind::ALL {
        let kept = kind.at(&mut client, 3).await;
        let gone = kind.at(&mut client, 1).await;
        client.send(Call::delete(&gone)).await.assert_status(204);
        let (items, next) = page(&mut client, kind, "").await;
        assert_eq!(items, [client.send(Call::get(&kept)).await.json()]);
        assert_eq!(next, None);

        // Made again, it is there again.
        client
            .send(Call::put(&gone, &kind.body("again")))
            .await
            .assert_status(201);
        assert_eq!(page(&mut client, kind, "").await.0.len(), 2);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_resource_still_marks_a_place_in_the_list() {
    let server = Server::start().await;
    let mut client = server.client().await;
    let kind = Kind::Rule;
    for _ in 0..3 {
        kind.at(&mut client, 1).await;
    }
    let (all, _) = page(&mut client, kind, "").await;
    let (_, next) = page(&mut client, kind, "?limit=1").await;
    let next = next.expect("there is more");
    client
        .send(Call::delete(format!("/rules/{next}")))
        .await
        .assert_status(204);
    let (rest, _) = page(&mut client, kind, &format!("?after={next}")).await;
    assert_eq!(rest, all[1..]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limit_or_place_that_makes_no_sense_is_refused() {
    let server = Server::start().await;
    let mut client = server.client().await;
    for query in [
        "limit=0",
        "limit=1001",
        "limit=-1",
        "limit=x",
        "limit=",
        "limit=99999999999999999999",
        "after=x",
    ] {
        let answer = client.send(Call::get(format!("/models?{query}"))).await;
        assert!(
            answer.status == 400 || answer.status == 422,
            "{query}: {answer:?}"
        );
        answer.assert_problem(answer.status.as_u16());
    }
}
