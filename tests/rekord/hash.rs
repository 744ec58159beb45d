//! `sha256`: one hash for all spellings of `data`, and no hash that two values share.

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::answer::Answer;
use crate::client::{Call, Client};
use crate::process::Server;
use crate::record::{contribute, contribution, fresh, model, record};

/// Sends `data` as it is written.
async fn put(client: &mut Client, model: &str, data: &str) -> Answer {
    let body = format!(r#"{{"modelId": "{model}", "data": {data}}}"#);
    let call = Call::new("PUT", fresh()).text("application/json", body);
    client.send(call).await
}

fn hash(answer: &Answer) -> String {
    let hash = answer.json()["sha256"].as_str().expect("a hash").to_owned();
    assert_eq!(hash.len(), 64);
    assert!(
        hash.bytes()
            .all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f')),
        "{hash}"
    );
    hash
}

/// The canonical form of a row, and texts that have it.
const SPELLINGS: &[(&str, &[&str])] = &[
    ("{}", &["{}", " { \n\t} "]),
    (
        r#"{"a":1,"b":2}"#,
        &[
            r#"{"b":2,"a":1}"#,
            r#"{ "a" : 1.0 , "\u0062" : 20e-1 }"#,
            r#"{"a":1e0,"b":0.2E+1}"#,
        ],
    ),
    (
        r#"{"n":[0,100,1.5,1e+21,1e-7,0.1]}"#,
        &[
            r#"{"n":[-0, 1E2, 1.50, 1000000000000000000000, 0.0000001, 0.1000000000000000055]}"#,
            r#"{"n":[0.0, 100.0, 15e-1, 1e21, 1e-07, 1e-1]}"#,
            r#"{"n":[1e-400, 100, 1.5, 1.0e21, 0.1e-6, 0.1]}"#,
        ],
    ),
    (
        r#"{"n":[9007199254740992,1152921504606847000,18446744073709552000]}"#,
        &[
            r#"{"n":[9007199254740992, 1152921504606846976, 18446744073709551616]}"#,
            r#"{"n":[9007199254740993.0, 1152921504606846976.0, 1.8446744073709551616e19]}"#,
        ],
    ),
    // A quick conversion of decimal digits is one off in the last place here.
    (
        r#"{"n":[122.41629403378658,51.2481783755054]}"#,
        &[r#"{"n":[122.416294033786585, 51.24817837550540]}"#],
    ),
    // RFC 8785 §3.2.3: by UTF-16 code units.
    (
        "{\"\\r\":1,\"1\":2,\"\u{80}\":3,\"\u{f6}\":4,\"\u{20ac}\":5,\"\u{1f600}\":6,\"\u{fb33}\":7}",
        &[r#"{"\u20ac":5,"\r":1,"\ufb33":7,"1":2,"\ud83d\ude00":6,"\u0080":3,"\u00f6":4}"#],
    ),
    (
        r#"{"s":"\u000f\n/\\\"€"}"#,
        &[r#"{"s":"\u000F\u000a\/\u005c\u0022\u20AC"}"#],
    ),
    (
        r#"{"o":{"a":[{}],"z":null},"t":true}"#,
        &[r#"{"t":true,"o":{"z":null,"a":[{}]}}"#],
    ),
];

#[tokio::test(flavor = "multi_thread")]
async fn spellings_of_one_data_have_one_hash() {
    let server = Server::start().await;
    let mut client = server.client().await;
    let model = model(&mut client, &[]).await;
    for (canonical, spellings) in SPELLINGS {
        let expected = format!("{:x}", HexDigest(Sha256::digest(canonical).into()));
        for data in *spellings {
            let made = put(&mut client, &model, data).await;
            assert_eq!(hash(made.assert_status(201)), expected, "{data}");
            // What was stored and read again, patched, and sent back has the same hash.
            let path = made.field("location").expect("a location").to_owned();
            let patched = client.send(Call::patch(&path, &json!({}))).await;
            assert_eq!(hash(patched.assert_status(200)), expected, "{data}");
            assert_eq!(patched.json()["data"], made.json()["data"], "{data}");
            let again = client.send(Call::put(&path, &patched.json())).await;
            assert_eq!(hash(again.assert_status(200)), expected, "{data}");
        }
    }
}

struct HexDigest([u8; 32]);

impl std::fmt::LowerHex for HexDigest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn data_that_would_share_a_hash_with_another_value_is_refused() {
    let server = Server::start().await;
    let mut client = server.client().await;
    let model = model(&mut client, &[]).await;
    for (data, pointer) in [
        (r#"{"n": 9007199254740993}"#, "/data/n"),
        (r#"{"n": -9007199254740993}"#, "/data/n"),
        (r#"{"n": [0, 18446744073709551615]}"#, "/data/n/1"),
        (r#"{"n": 18446744073709551617}"#, "/data/n"),
        (
            r#"{"n": 100000000000000000000000000000000000000001}"#,
            "/data/n",
        ),
        (r#"{"n": 1e309}"#, "/data/n"),
        (r#"{"n": {"/": [-1e400]}}"#, "/data/n/~1/0"),
        (r#"{"n": 1, "n": 1}"#, "/data/n"),
        (r#"{"n": 1, "\u006e": 2}"#, "/data/n"),
        (r#"{"o": [{"n": 1, "m": 2, "n": 1}]}"#, "/data/o/0/n"),
        (r#"{"s": "\ud800"}"#, "/data/s"),
    ] {
        put(&mut client, &model, data).await.assert_names(pointer);
        let body = format!(r#"{{"data": {data}}}"#);
        let path = record(&mut client, &model, &json!({})).await;
        let call = Call::new("PATCH", &path).text("application/merge-patch+json", body);
        client.send(call).await.assert_names(pointer);
        client.send(Call::get(&path)).await.assert_etag(r#""1""#);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_hash_is_computed_anew_whatever_makes_the_data() {
    let server = Server::start().await;
    let mut client = server.client().await;
    let model = model(&mut client, &[]).await;
    let path = record(&mut client, &model, &json!({})).await;
    let claim = |value: Value| {
        contribute(
            &path,
            &contribution("s", "2090-01-01T00:00:00Z", &[("a", value, 1.0)]),
        )
    };
    let claimed = client.send(claim(json!({"x": [1, 2.50]}))).await;
    let expected = put(&mut client, &model, r#"{"a": {"x": [1.0, 25e-1]}}"#).await;
    assert_eq!(hash(&claimed), hash(&expected));
    let patched = client
        .send(Call::patch(&path, &json!({"data": {"a": {"x": null}}})))
        .await;
    let expected = put(&mut client, &model, r#"{"a": {}}"#).await;
    assert_eq!(hash(&patched), hash(&expected));
    assert_ne!(hash(&patched), hash(&claimed));
    let listed = client.send(Call::get("/records")).await.json();
    for item in listed["items"].as_array().expect("items") {
        let path = format!("/records/{}", item["recordId"].as_str().expect("an id"));
        assert_eq!(
            client.send(Call::get(&path)).await.json()["sha256"],
            item["sha256"]
        );
    }
}
