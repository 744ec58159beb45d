//! Kinto: Mozilla's store of JSON, by Python's Pyramid.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tower_conditional::client::{UpdateErrorKind, Versioned};

use crate::foreign::{self, Document, Wire};
use crate::python::Script;

/// A record as Kinto wraps it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Record {
    data: Data,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Data {
    name: String,
    count: u64,
}

impl Document for Record {
    const NAME: &'static str = "/data/name";

    fn new(name: &str, count: u64) -> Self {
        let name = name.to_owned();
        let data = Data { name, count };
        Self { data }
    }

    fn name(&mut self) -> &mut String {
        &mut self.data.name
    }

    fn count(&mut self) -> &mut u64 {
        &mut self.data.count
    }
}

/// A server, and where a record of its may be.
async fn start() -> (Script, String) {
    let (server, address) = foreign::start("kinto_server.py").await;
    let client = Wire::default().client();
    let bucket = format!("{address}/v1/buckets/tests");
    let collection = format!("{bucket}/collections/models");
    for uri in [&bucket, &collection] {
        let made = client.create(&**uri, json!({"data": {}})).await;
        made.expect("created");
    }
    (server, format!("{collection}/records/model"))
}

pub(crate) async fn it_creates_reads_and_deletes_under_preconditions() {
    let (_server, uri) = start().await;
    foreign::creates_reads_and_deletes::<Record>(&uri).await;
}

pub(crate) async fn a_stale_edit_is_made_again_or_merged_or_reported() {
    let (_server, uri) = start().await;
    foreign::a_stale_edit_loses_nothing::<Record>(&uri).await;
}

pub(crate) async fn several_clients_lose_no_increment() {
    let (_server, uri) = start().await;
    let (count, refused) = foreign::count_up::<Record>(&uri, 4, 5).await;
    assert_eq!(count, 20);
    assert!(refused > 0, "nobody met anybody");
}

/// What Kinto does in its own way.
pub(crate) async fn its_own_ways_are_as_the_docs_say() {
    let (_server, uri) = start().await;
    let client = Wire::default().client();

    // The tag is the time of the change, quoted, and comes with the answer to every write.
    let created = client.create(&*uri, Record::new("a", 1)).await;
    let created = created.expect("created");
    let tag = created.tag.as_ref().expect("a tag").to_string();
    let millis: Result<u64, _> = tag.trim_matches('"').parse();
    assert!(millis.is_ok(), "{tag}");
    let error = client.create(&*uri, Record::new("b", 2)).await;
    let error = error.expect_err("it is there");
    assert_eq!(error.kind(), UpdateErrorKind::AlreadyExists);

    // The whole document can be sent back, with the members that Kinto adds.
    let edit = |it: &mut Value| it["data"]["count"] = json!(2);
    client.update(&*uri, edit).await.expect("saved");
    let read: Versioned<Value> = client.read(&*uri).await.expect("read");
    assert_eq!(read.value["data"]["id"], "model");
    assert_eq!(read.value["data"]["count"], 2);

    // What another client has deleted does not come back.
    client.delete(&*uri, read.clone()).await.expect("deleted");
    let error = client.delete(&*uri, read.clone()).await;
    let error = error.expect_err("it is gone");
    assert_eq!(error.kind(), UpdateErrorKind::Missing);
    let error = client
        .replace_with_merge(&*uri, read, json!({"data": {}}))
        .await;
    let error = error.expect_err("it is gone");
    assert_eq!(error.kind(), UpdateErrorKind::Missing);
}
