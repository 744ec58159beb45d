//! Direct writes of a record, `PUT` and `PATCH` of `data`, among what sources claim.

use serde_json::json;

use crate::client::Call;
use crate::process::Server;
use crate::record::{body, contribute, contribution, model, record};

/// Each row: what was claimed before, a direct write, and the data and later winners that it must leave.
#[tokio::test(flavor = "multi_thread")]
async fn a_direct_write_takes_effect_on_the_fields_that_it_sets() {
    let server = Server::start().await;
    let mut client = server.client().await;
    let policies = [
        ("high", "highest_confidence"),
        ("recent", "most_recent"),
        ("first", "first_seen"),
    ];
    let model = model(&mut client, &policies).await;
    // Stronger than any write by each of the policies: from the future, or from long ago.
    let late = contribution(
        "s",
        "2090-01-01T00:00:00Z",
        &[
            ("high", json!("late"), 1.0),
            ("recent", json!("late"), 1.0),
            ("other", json!("late"), 1.0),
        ],
    );
    let early = contribution(
        "s",
        "1990-01-01T00:00:00Z",
        &[("first", json!("early"), 1.0)],
    );
    let claimed = json!({"high": "late", "recent": "late", "first": "early", "other": "late"});

    let written = json!({"high": 1, "recent": 2, "first": 3});
    for (write, expected) in [
        (Call::put("", &body(&model, &written)), written.clone()),
        (Call::put("", &body(&model, &json!({}))), json!({})),
        (
            Call::patch("", &json!({"data": written})),
            json!({"high": 1, "recent": 2, "first": 3, "other": "late"}),
        ),
        (
            Call::patch(
                "",
                &json!({"data": {"high": null, "recent": null, "first": null}}),
            ),
            json!({"other": "late"}),
        ),
        (Call::patch("", &json!({"data": {}})), claimed.clone()),
        (Call::patch("", &json!({"modelId": model})), claimed.clone()),
    ] {
        let path = record(&mut client, &model, &json!({"high": 0, "gone": 0})).await;
        client
            .send(Call::patch(&path, &json!({"data": {"gone": null}})))
            .await
            .assert_status(200);
        client
            .send(contribute(&path, &late))
            .await
            .assert_status(200);
        let before = client.send(contribute(&path, &early)).await;
        assert_eq!(before.json()["data"], claimed);

        let after = client.send(write.clone().at(&path)).await;
        assert_eq!(
            after.assert_status(200).assert_etag(r#""5""#).json()["data"],
            expected,
            "{write:?}"
        );
        // What was discarded does not come back with the next contribution.
        let other = contribution("t", "2001-01-01T00:00:00Z", &[("new", json!(1), 0.1)]);
        let next = client.send(contribute(&path, &other)).await;
        let mut expected = expected;
        expected["new"] = json!(1);
        assert_eq!(next.json()["data"], expected, "{write:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_direct_write_stands_as_a_claim_of_full_confidence_at_its_time() {
    let server = Server::start().await;
    let mut client = server.client().await;
    let policies = [
        ("high", "highest_confidence"),
        ("recent", "most_recent"),
        ("first", "first_seen"),
    ];
    let model = model(&mut client, &policies).await;
    let written = json!({"high": "w", "recent": "w", "first": "w", "none": "w"});
    let later = "2090-01-01T00:00:00Z";
    let earlier = "1990-01-01T00:00:00Z";
    for (at, confidence, expected) in [
        (
            later,
            0.9,
            json!({"high": "w", "recent": "c", "first": "w", "none": "c"}),
        ),
        (
            later,
            1.0,
            json!({"high": "c", "recent": "c", "first": "w", "none": "c"}),
        ),
        (
            earlier,
            1.0,
            json!({"high": "w", "recent": "w", "first": "c", "none": "w"}),
        ),
        (
            earlier,
            0.9,
            json!({"high": "w", "recent": "w", "first": "c", "none": "w"}),
        ),
    ] {
        let path = record(&mut client, &model, &written).await;
        let fields = ["high", "recent", "first", "none"].map(|name| (name, json!("c"), confidence));
        let answer = client
            .send(contribute(&path, &contribution("s", at, &fields)))
            .await;
        assert_eq!(answer.json()["data"], expected, "{at} {confidence}");
    }
}
