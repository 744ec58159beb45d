//! Records, the models that they have, and what sources say about them.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::client::{Call, Client};

/// A model whose `fields` have these policies; gives its id.
pub(crate) async fn model(client: &mut Client, policies: &[(&str, &str)]) -> String {
    let fields: Value = policies
        .iter()
        .map(|(field, policy)| ((*field).to_owned(), json!({"policy": policy})))
        .collect::<serde_json::Map<_, _>>()
        .into();
    let made = client
        .send(Call::post(
            "/models",
            &json!({"name": "m", "fields": fields}),
        ))
        .await;
    let id = made.assert_status(201).json()["modelId"].clone();
    id.as_str().expect("an id").to_owned()
}

/// The path of a record that nobody has made.
pub(crate) fn fresh() -> String {
    format!("/records/{}", Uuid::now_v7())
}

pub(crate) fn body(model: &str, data: &Value) -> Value {
    json!({"modelId": model, "data": data})
}

/// A record at version 1.
pub(crate) async fn record(client: &mut Client, model: &str, data: &Value) -> String {
    let path = fresh();
    let made = client.send(Call::put(&path, &body(model, data))).await;
    made.assert_status(201).assert_etag(r#""1""#);
    path
}

/// What `source` claims: fields with value and confidence.
pub(crate) fn contribution(source: &str, at: &str, fields: &[(&str, Value, f64)]) -> Value {
    let fields: Value = fields
        .iter()
        .map(|(name, value, confidence)| {
            (
                (*name).to_owned(),
                json!({"value": value, "confidence": confidence}),
            )
        })
        .collect::<serde_json::Map<_, _>>()
        .into();
    json!({"source": source, "observedAt": at, "fields": fields})
}

pub(crate) fn contribute(path: &str, contribution: &Value) -> Call {
    Call::post(format!("{path}/contributions"), contribution)
}
