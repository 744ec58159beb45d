//! Texts of every kind, in every place that takes one: they come back as they were sent, and are told apart.
//!
//! Guards: a database that takes no NUL; one that cuts, folds or trims; documents that are stored as something else
//! than the text that was answered.

use serde_json::{Map, Value, json};

use crate::client::Call;
use crate::process::Server;
use crate::record::{body, contribute, model, record};
use crate::resource::Kind;

fn texts() -> Vec<String> {
    let mut texts = vec![
        "\0".to_owned(),
        "a\0b".to_owned(),
        "a\0".to_owned(),
        "a".to_owned(),
        "A".to_owned(),
        "a ".to_owned(),
        " a".to_owned(),
        "\\u0000".to_owned(),
        "\u{1}\u{7f}\u{80}\n\r\t".to_owned(),
        "'; DROP TABLE claims; --".to_owned(),
        "$1 ?1 \\ % _ \"".to_owned(),
        "é".to_owned(),
        "e\u{301}".to_owned(),
        "ß".to_owned(),
        "\u{fffd}\u{ffff}\u{feff}".to_owned(),
        "\u{1f469}\u{200d}\u{1f4bb}\u{10ffff}".to_owned(),
    ];
    // More than an index of a database takes.
    texts.push("long ".repeat(4000));
    texts.push("long ".repeat(4000) + "!");
    texts
}

#[tokio::test(flavor = "multi_thread")]
async fn members_hold_any_text() {
    let server = Server::start().await;
    let mut client = server.client().await;
    for text in texts() {
        for kind in Kind::ALL {
            if kind == Kind::Model && text.len() > 200 {
                continue;
            }
            let path = kind.fresh();
            let made = client.send(Call::put(&path, &kind.body(&text))).await;
            made.assert_status(201);
            let read = client.send(Call::get(&path)).await;
            assert_eq!(kind.read(read.assert_status(200)), text);
            assert_eq!(read.body, made.body);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn fields_sources_and_values_of_claims_hold_any_text() {
    let server = Server::start().await;
    let mut client = server.client().await;
    let model = model(&mut client, &[]).await;
    let path = record(&mut client, &model, &json!({})).await;
    let mut expected = Map::new();
    for text in texts() {
        let call = contribute(
            &path,
            &json!({
                "source": text,
                "observedAt": "2090-01-01T00:00:00Z",
                "fields": {text.as_str(): {"value": {text.as_str(): text}}},
            }),
        );
        expected.insert(text.clone(), json!({text.as_str(): text}));
        // Sent twice: the same claim is known again.
        let claimed = client.send(call.clone()).await;
        let again = client.send(call).await;
        for answer in [claimed, again] {
            let data = answer.assert_status(200).json()["data"].clone();
            assert_eq!(data, Value::from(expected.clone()));
        }
    }

    // A patch finds the very fields that it names.
    for text in texts() {
        let patch = json!({"data": {text.as_str(): null}});
        let answer = client.send(Call::patch(&path, &patch)).await;
        expected.remove(&text);
        assert_eq!(
            answer.assert_status(200).json()["data"],
            Value::from(expected.clone())
        );
    }
    let whole = texts().into_iter().map(|text| (text.clone(), json!(text)));
    let whole = Value::from(whole.collect::<Map<_, _>>());
    let put = client.send(Call::put(&path, &body(&model, &whole))).await;
    assert_eq!(put.assert_status(200).json()["data"], whole);
}

/// No text has a surrogate on its own (RFC 8259 §8.2 leaves it open): what is refused changes nothing.
#[tokio::test(flavor = "multi_thread")]
async fn half_a_surrogate_pair_is_refused() {
    let server = Server::start().await;
    let mut client = server.client().await;
    for kind in Kind::ALL {
        let path = kind.at(&mut client, 1).await;
        for half in ["\\ud800", "\\udc00", "\\ud800\\ud800", "\\ud800x"] {
            let body = kind.body("half").to_string().replace("half", half);
            let put = Call::new("PUT", &path).text("application/json", body);
            let answer = client.send(put).await;
            assert!([400, 422].contains(&answer.status.as_u16()), "{answer:?}");
            answer.assert_problem(answer.status.as_u16());
            let read = client.send(Call::get(&path)).await;
            read.assert_status(200).assert_etag(r#""1""#);
        }
    }
}
