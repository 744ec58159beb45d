//! Contributions: what wins, whatever the order in which it came, and what is refused.

use serde_json::{Value, json};

use crate::client::{Call, Client};
use crate::database::claims;
use crate::process::Server;
use crate::record::{body, contribute, contribution, fresh, model, record};

#[tokio::test(flavor = "multi_thread")]
async fn a_contribution_is_a_write_of_the_record() {
    let server = Server::start_with(&["--require-if-match"]).await;
    let mut client = server.client().await;
    let model = model(&mut client, &[]).await;
    let path = record(&mut client, &model, &json!({"a": 1})).await;
    let claim = contribution("s", "2090-01-01T00:00:00Z", &[("a", json!(2), 1.0)]);

    let made = client.send(contribute(&path, &claim)).await;
    made.assert_status(200).assert_etag(r#""2""#);
    assert_eq!(made.field("content-location"), Some(path.as_str()));
    assert_eq!(made.json()["data"], json!({"a": 2}));
    assert_eq!(
        client
            .send(Call::get(&path))
            .await
            .assert_etag(r#""2""#)
            .body,
        made.body
    );

    let stale = client
        .send(contribute(&path, &claim).if_match(r#""1""#))
        .await;
    stale.assert_failed("If-Match", Some(r#""2""#));
    let exists = client
        .send(contribute(&path, &claim).if_none_match("*"))
        .await;
    exists.assert_failed("If-None-Match", Some(r#""2""#));
    client
        .send(contribute(&path, &claim).if_match("2"))
        .await
        .assert_problem(400);
    let again = client
        .send(contribute(&path, &claim).if_match(r#""2""#))
        .await;
    again.assert_status(200).assert_etag(r#""3""#);
    assert_eq!(again.body, made.body, "the same claim made again");

    let nowhere = fresh();
    for call in [
        contribute(&nowhere, &claim),
        contribute(&nowhere, &claim).if_match(r#""1""#),
        contribute(&nowhere, &claim).if_none_match("*"),
        contribute("/records/nonsense", &claim),
    ] {
        client.send(call).await.assert_problem(404);
    }
    let read = client
        .send(Call::get(format!("{path}/contributions")))
        .await;
    assert_eq!(read.assert_problem(405).field("allow"), Some("POST"));
    let anonymous = client.send(contribute(&path, &claim).anonymous()).await;
    anonymous.assert_problem(401);
    let unlabelled = Call::new("POST", format!("{path}/contributions")).bare(claim.to_string());
    client.send(unlabelled).await.assert_problem(415);
    client.send(Call::get(&path)).await.assert_etag(r#""3""#);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_contribution_that_is_wrong_is_named_and_changes_nothing() {
    let server = Server::start().await;
    let mut client = server.client().await;
    let model = model(&mut client, &[]).await;
    let path = record(&mut client, &model, &json!({"a": 1})).await;
    for (sent, pointer) in [
        (
            r#"{"observedAt": "2026-01-02T03:04:05Z", "fields": {}}"#,
            "/source",
        ),
        (
            r#"{"source": null, "observedAt": "2026-01-02T03:04:05Z", "fields": {}}"#,
            "/source",
        ),
        (r#"{"source": "s", "fields": {}}"#, "/observedAt"),
        (
            r#"{"source": "s", "observedAt": "2026-01-02T03:04:05", "fields": {}}"#,
            "/observedAt",
        ),
        (
            r#"{"source": "s", "observedAt": "2026-02-30T03:04:05Z", "fields": {}}"#,
            "/observedAt",
        ),
        (
            r#"{"source": "s", "observedAt": 1767323045, "fields": {}}"#,
            "/observedAt",
        ),
        (
            r#"{"source": "s", "observedAt": "2026-01-02T03:04:05Z"}"#,
            "/fields",
        ),
        (
            r#"{"source": "s", "observedAt": "2026-01-02T03:04:05Z", "fields": {}, "x": 1}"#,
            "/x",
        ),
    ] {
        let call = Call::new("POST", format!("{path}/contributions"));
        client
            .send(call.text("application/json", sent))
            .await
            .assert_names(pointer);
    }
    for (field, pointer) in [
        ("1", "/fields/a"),
        ("{}", "/fields/a/value"),
        (
            r#"{"value": 1, "confidence": 1.0000000000000002}"#,
            "/fields/a/confidence",
        ),
        (
            r#"{"value": 1, "confidence": -1e-300}"#,
            "/fields/a/confidence",
        ),
        (
            r#"{"value": 1, "confidence": "high"}"#,
            "/fields/a/confidence",
        ),
        (
            r#"{"value": 1, "confidence": 1e999}"#,
            "/fields/a/confidence",
        ),
        (r#"{"value": 1, "source": "s"}"#, "/fields/a/source"),
        (
            r#"{"value": {"b": [9007199254740993]}}"#,
            "/fields/a/value/b/0",
        ),
        (r#"{"value": [1e400]}"#, "/fields/a/value/0"),
        (r#"{"value": {"b": 1, "\u0062": 1}}"#, "/fields/a/value/b"),
        (r#"{"value": 1}, "\u0061": {"value": 1}"#, "/fields/a"),
    ] {
        let sent = format!(
            r#"{{"source": "s", "observedAt": "2026-01-02T03:04:05Z", "fields": {{"a": {field}}}}}"#
        );
        let call = Call::new("POST", format!("{path}/contributions"));
        client
            .send(call.text("application/json", sent))
            .await
            .assert_names(pointer);
    }
    let read = client.send(Call::get(&path)).await;
    assert_eq!(read.assert_etag(r#""1""#).json()["data"], json!({"a": 1}));
}

/// The claims of a row on one field; the one with the value `true` must win.
type Claims = &'static [(&'static str, &'static str, f64, bool)];

const WINNERS: &[(&str, Claims)] = &[
    (
        "highest_confidence",
        &[
            ("b", "2026-01-01T00:00:00Z", 0.9, true),
            ("a", "2026-01-02T00:00:00Z", 0.8, false),
        ],
    ),
    (
        "highest_confidence",
        &[
            ("b", "2026-01-02T00:00:00Z", 0.9, true),
            ("a", "2026-01-01T00:00:00Z", 0.9, false),
        ],
    ),
    (
        "highest_confidence",
        &[
            ("a", "2026-01-01T00:00:00Z", 0.9, true),
            ("b", "2026-01-01T00:00:00Z", 0.9, false),
        ],
    ),
    (
        "most_recent",
        &[
            ("b", "2026-01-02T00:00:00Z", 0.1, true),
            ("a", "2026-01-01T00:00:00Z", 0.9, false),
        ],
    ),
    (
        "most_recent",
        &[
            ("b", "2026-01-01T00:00:00Z", 0.9, true),
            ("a", "2026-01-01T00:00:00Z", 0.8, false),
        ],
    ),
    (
        "first_seen",
        &[
            ("b", "2026-01-01T00:00:00Z", 0.1, true),
            ("a", "2026-01-02T00:00:00Z", 0.9, false),
        ],
    ),
    (
        "first_seen",
        &[
            ("b", "2026-01-01T00:00:00Z", 0.9, true),
            ("a", "2026-01-01T00:00:00Z", 0.8, false),
        ],
    ),
    (
        "first_seen",
        &[
            ("a", "2026-01-01T00:00:00Z", 0.9, true),
            ("b", "2026-01-01T00:00:00Z", 0.9, false),
        ],
    ),
    // By instants, not by texts, and to the nanosecond.
    (
        "most_recent",
        &[
            ("b", "2026-01-01T00:30:00-01:00", 0.5, true),
            ("a", "2026-01-01T02:00:00+01:00", 0.5, false),
        ],
    ),
    (
        "most_recent",
        &[
            ("a", "2026-01-01T02:00:00+02:00", 0.5, true),
            ("b", "2026-01-01T00:00:00Z", 0.5, false),
        ],
    ),
    (
        "most_recent",
        &[
            ("b", "2026-01-01T00:00:00.000000002Z", 0.5, true),
            ("a", "2026-01-01T00:00:00.000000001Z", 0.5, false),
        ],
    ),
    (
        "first_seen",
        &[
            ("b", "1965-01-01T00:00:00.25Z", 0.5, true),
            ("a", "1965-01-01T00:00:00.5Z", 0.5, false),
        ],
    ),
];

#[tokio::test(flavor = "multi_thread")]
async fn the_policy_picks_the_winner_in_either_order() {
    let server = Server::start().await;
    let mut client = server.client().await;
    for (policy, claims) in WINNERS {
        let model = model(&mut client, &[("f", policy)]).await;
        for order in [[0, 1], [1, 0]] {
            let path = record(&mut client, &model, &json!({})).await;
            for index in order {
                let (source, at, confidence, value) = claims[index];
                let sent = contribution(source, at, &[("f", json!(value), confidence)]);
                client
                    .send(contribute(&path, &sent))
                    .await
                    .assert_status(200);
            }
            let read = client.send(Call::get(&path)).await;
            assert_eq!(
                read.json()["data"]["f"],
                true,
                "{policy} {claims:?} {order:?}"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_equal_claims_the_first_canonical_value_wins() {
    let server = Server::start().await;
    let mut client = server.client().await;
    let model = model(&mut client, &[]).await;
    for (one, other, winner) in [
        (json!(10), json!(2), json!(10)),
        (json!("a"), json!("B"), json!("B")),
        (json!(true), json!(null), json!(null)),
        (json!({"b": 1, "a": 2}), json!({"a": 1}), json!({"a": 1})),
        // One canonical form: the same claim but for its spelling, which is not to depend on the order either.
        (json!(1), json!(1.0), json!(1)),
        // Only member names are ordered by UTF-16; these are bytes of UTF-8.
        (json!("\u{ffff}"), json!("\u{10000}"), json!("\u{ffff}")),
    ] {
        for pair in [[&one, &other], [&other, &one]] {
            let path = record(&mut client, &model, &json!({})).await;
            for value in pair {
                let sent = contribution("s", "2026-01-01T00:00:00Z", &[("f", value.clone(), 0.5)]);
                client
                    .send(contribute(&path, &sent))
                    .await
                    .assert_status(200);
            }
            let read = client.send(Call::get(&path)).await;
            assert_eq!(read.json()["data"]["f"], winner, "{one} {other}");
        }
    }
}

/// Sends contributions in an order, and gives what the record then says of itself.
async fn sent_in(
    client: &mut Client,
    model: &str,
    order: impl IntoIterator<Item = &Value>,
) -> (Value, Value) {
    let path = record(client, model, &json!({"high": "written"})).await;
    let mut version = 1;
    for sent in order {
        version += 1;
        let answer = client.send(contribute(&path, sent)).await;
        assert_eq!(answer.assert_status(200).version(), version);
    }
    let record = client.send(Call::get(&path)).await.json();
    (record["data"].clone(), record["sha256"].clone())
}

#[tokio::test(flavor = "multi_thread")]
async fn any_order_and_any_repetition_give_the_same_data_and_hash() {
    let server = Server::start().await;
    let mut client = server.client().await;
    let policies = [
        ("high", "highest_confidence"),
        ("recent", "most_recent"),
        ("first", "first_seen"),
    ];
    let model = model(&mut client, &policies).await;
    let mut contributions = Vec::new();
    for (index, source) in ["crm", "erp", "web", "crm", "erp"].into_iter().enumerate() {
        let at = format!("2026-01-0{}T00:00:00Z", 1 + index % 3);
        let confidence = [0.5, 0.9, 0.9, 1.0, 0.1][index];
        let spelled: Value =
            serde_json::from_str(["1", "1.0", "10e-1", "2", "1"][index]).expect("JSON");
        contributions.push(contribution(
            source,
            &at,
            &[
                ("high", json!(format!("{source} {index}")), confidence),
                ("recent", json!(index), confidence),
                ("first", json!([source]), 0.5),
                ("same", spelled, 0.5),
                (source, json!(index), 0.5),
            ],
        ));
    }
    let expected = sent_in(&mut client, &model, &contributions).await;
    for seed in 1..24_usize {
        // An order of its own for each seed, and some of them twice.
        let mut left: Vec<_> = contributions
            .iter()
            .chain(contributions.iter().take(seed % 4))
            .collect();
        let mut order = Vec::new();
        let mut number = seed;
        while !left.is_empty() {
            order.push(left.remove(number % left.len()));
            number = number / 2 + seed;
        }
        assert_eq!(
            sent_in(&mut client, &model, order).await,
            expected,
            "seed {seed}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn new_policies_take_effect_with_the_next_write_and_know_what_lost_before() {
    let server = Server::start().await;
    let mut client = server.client().await;
    let model = model(&mut client, &[("f", "highest_confidence")]).await;
    let path = record(&mut client, &model, &json!({})).await;
    for (at, confidence, value) in [
        ("2026-01-01T00:00:00Z", 0.1, "first"),
        ("2026-01-02T00:00:00Z", 0.9, "surest"),
        ("2026-01-03T00:00:00Z", 0.2, "latest"),
    ] {
        let sent = contribution("s", at, &[("f", json!(value), confidence)]);
        client
            .send(contribute(&path, &sent))
            .await
            .assert_status(200);
    }
    let mut now = client.send(Call::get(&path)).await;
    assert_eq!(now.json()["data"]["f"], "surest");
    for (policy, winner) in [
        ("first_seen", "first"),
        ("most_recent", "latest"),
        ("highest_confidence", "surest"),
    ] {
        let patch = json!({"fields": {"f": {"policy": policy}}});
        client
            .send(Call::patch(format!("/models/{model}"), &patch))
            .await
            .assert_status(200);
        // The content stays as its version has it, and a tag that a client holds stays right.
        let held = client
            .send(Call::get(&path).if_none_match(now.etag().expect("a tag")))
            .await;
        held.assert_status(304);
        let written = client.send(Call::patch(&path, &json!({}))).await;
        assert_eq!(written.assert_status(200).version(), now.version() + 1);
        assert_eq!(written.json()["data"]["f"], winner);
        assert_ne!(written.json()["sha256"], now.json()["sha256"]);
        now = written;
    }
}

/// Guards: claims that pile up, and one that is dropped though it could still win.
#[tokio::test(flavor = "multi_thread")]
async fn of_many_claims_on_a_field_those_that_can_ever_win_are_kept() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let server = Server::start_in(folder.path(), &[]).await;
    let mut client = server.client().await;
    let model = model(&mut client, &[("f", "most_recent")]).await;
    let path = record(&mut client, &model, &json!({})).await;
    // Each day from the 1st to the 29th, in an order that makes new winners late.
    for index in 0..29_u32 {
        let day = 1 + index * 12 % 29;
        let at = format!("2026-01-{day:02}T00:00:00Z");
        let confidence = if day == 17 { 0.9 } else { 0.5 };
        let fields = [("f", json!(day), confidence), ("g", json!(day), confidence)];
        let sent = contribution("s", &at, &fields);
        for _ in 0..2 {
            client
                .send(contribute(&path, &sent))
                .await
                .assert_status(200);
        }
        let rows = claims(folder.path()).await;
        assert!(rows <= 2 * 3, "{rows} after {index}");
    }
    for (policy, winner) in [
        ("highest_confidence", 17),
        ("first_seen", 1),
        ("most_recent", 29),
        ("first_seen", 1),
    ] {
        let patch = json!({"fields": {"f": {"policy": policy}}});
        client
            .send(Call::patch(format!("/models/{model}"), &patch))
            .await
            .assert_status(200);
        let written = client.send(Call::patch(&path, &json!({}))).await;
        let data = &written.assert_status(200).json()["data"];
        assert_eq!(data, &json!({"f": winner, "g": 29}), "{policy}");
    }
    assert_eq!(claims(folder.path()).await, 2 * 3);
    client
        .send(Call::patch(&path, &json!({"data": {"f": 0, "g": null}})))
        .await
        .assert_status(200);
    assert_eq!(claims(folder.path()).await, 1, "the write's own alone");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_that_would_make_the_record_too_large_is_413_and_changes_nothing() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let server = Server::start_in(folder.path(), &[]).await;
    let mut client = server.client().await;
    let model = model(&mut client, &[]).await;
    let half = json!("x".repeat(1 << 19));
    let path = record(&mut client, &model, &json!({"a": half})).await;
    let at = "2090-01-01T00:00:00Z";
    // A direct write within the limit of a body is none of these: its numbers are respelled longer.
    let grown = format!("[{}]", vec!["1e14"; 100_000].join(","));
    let put = format!(r#"{{"modelId": "{model}", "data": {{"a": {half}, "b": {grown}}}}}"#);
    let put = Call::new("PUT", &path).text("application/json", put);
    client.send(put).await.assert_status(200);

    // A source that is sent once, for each of many fields.
    let names: Vec<_> = (0..10_000).map(|index| format!("f{index}")).collect();
    let fields: Vec<_> = names.iter().map(|name| (&**name, json!(1), 1.0)).collect();
    let said_often = contribution(&"s".repeat(1000), at, &fields);
    let call = contribute(&path, &said_often);
    client.send(call).await.assert_problem(413);
    let read = client.send(Call::get(&path)).await;
    assert_eq!(read.assert_etag(r#""2""#).json()["data"]["a"], half);
    assert_eq!(claims(folder.path()).await, 2);

    // What loses is in no record, and has its limit too.
    let mut refused = None;
    for name in &names[..10] {
        let winner = contribution("s", at, &[(name, json!(0), 0.1)]);
        client
            .send(contribute(&path, &winner))
            .await
            .assert_status(200);
        let loser = contribution("s", "2000-01-01T00:00:00Z", &[(name, half.clone(), 1.0)]);
        let answer = client.send(contribute(&path, &loser)).await;
        if answer.status != 200 {
            refused = Some(answer);
            break;
        }
    }
    refused
        .expect("losing claims pile up without end")
        .assert_problem(413);
    let data = json!({"a": 1});
    client
        .send(Call::put(&path, &body(&model, &data)))
        .await
        .assert_status(200);
}
