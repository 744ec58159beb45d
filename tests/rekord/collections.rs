//! Conditions on a collection, which exists and has no version (RFC 9110 §13.1): `*` finds it, no tag matches, a date
//! is ignored. DESIGN mistake: `*` needing a tag.

use crate::client::Call;
use crate::process::Server;
use crate::resource::Kind;

/// Condition, then the status of a GET and of a POST with it.
const TABLE: &[(&str, &str, u16, u16)] = &[
    ("if-match", "*", 200, 201),
    ("if-match", "\"1\"", 412, 412),
    ("if-match", "", 412, 412),
    ("if-match", "1", 400, 400),
    ("if-none-match", "*", 304, 412),
    ("if-none-match", "\"1\"", 200, 201),
    ("if-none-match", "1", 200, 400),
    (
        "if-modified-since",
        "Thu, 31 Dec 2099 23:59:59 GMT",
        200,
        201,
    ),
    (
        "if-unmodified-since",
        "Thu, 31 Dec 2099 23:59:59 GMT",
        200,
        201,
    ),
    (
        "if-unmodified-since",
        "Sun, 06 Nov 1994 08:49:37 GMT",
        200,
        201,
    ),
];

#[tokio::test(flavor = "multi_thread")]
async fn conditions_on_a_collection_are_judged_without_a_version() {
    let server = Server::start().await;
    let mut client = server.client().await;
    for kind in Kind::ALL {
        let path = kind.collection();
        for (name, value, read, write) in TABLE {
            let answer = client.send(Call::get(path).field(name, value)).await;
            assert_eq!(answer.status.as_u16(), *read, "GET {path} {name}: {value}");
            assert_eq!(answer.etag(), None, "a collection has no tag");

            let call = Call::post(path, &kind.body("one")).field(name, value);
            let answer = client.send(call).await;
            assert_eq!(
                answer.status.as_u16(),
                *write,
                "POST {path} {name}: {value}"
            );
        }
        let list = client.send(Call::get(path)).await.json();
        let made = TABLE.iter().filter(|(.., write)| *write == 201).count();
        let items = list["items"].as_array().expect("items");
        assert_eq!(items.len(), made, "what was refused has created nothing");
    }
}
