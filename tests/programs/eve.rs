//! Eve: a REST server, by Python's Flask.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tower_conditional::client::{UpdateErrorKind, Versioned};

use crate::foreign::{self, Document, Wire};
use crate::python::Script;

/// The members that are the user's: what Eve adds when it answers begins with `_`, and it takes
/// none of that back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Model {
    name: String,
    count: u64,
}

impl Document for Model {
    const NAME: &'static str = "/name";

    fn new(name: &str, count: u64) -> Self {
        let name = name.to_owned();
        Self { name, count }
    }

    fn name(&mut self) -> &mut String {
        &mut self.name
    }

    fn count(&mut self) -> &mut u64 {
        &mut self.count
    }
}

async fn start() -> (Script, String) {
    let (server, address) = foreign::start("eve_server.py").await;
    (server, format!("{address}/models/6530a2b47c1e7abc8def0123"))
}

pub(crate) async fn it_creates_reads_and_deletes_under_preconditions() {
    let (_server, uri) = start().await;
    foreign::creates_reads_and_deletes::<Model>(&uri).await;
}

pub(crate) async fn a_stale_edit_is_made_again_or_merged_or_reported() {
    let (_server, uri) = start().await;
    foreign::a_stale_edit_loses_nothing::<Model>(&uri).await;
}

pub(crate) async fn several_clients_lose_no_increment() {
    let (_server, uri) = start().await;
    let (count, refused) = foreign::count_up::<Model>(&uri, 4, 5).await;
    assert_eq!(count, 20);
    assert!(refused > 0, "nobody met anybody");
}

/// What Eve does in its own way.
pub(crate) async fn its_own_ways_are_as_the_docs_say() {
    let (_server, uri) = start().await;
    let wire = Wire::default();
    let client = wire.client();

    // 201 has no tag, so what was created is read before it is changed.
    let created = client.create(&*uri, Model::new("a", 1)).await;
    assert_eq!(created.expect("created").tag, None);
    // What is there already is not overwritten, but the answer is 428: Eve wants If-Match.
    let error = client.create(&*uri, Model::new("b", 2)).await;
    let error = error.expect_err("it is there");
    assert_eq!(error.kind(), UpdateErrorKind::Status);
    assert_eq!(error.status().map(|it| it.as_u16()), Some(428));

    // The fields of Eve's own, sent back, are refused.
    let edit = |it: &mut Value| it["count"] = json!(2);
    let error = client.update(&*uri, edit).await.expect_err("refused");
    assert_eq!(error.status().map(|it| it.as_u16()), Some(422));
    let read: Versioned<Model> = client.read(&*uri).await.expect("read");
    assert_eq!(read.value, Model::new("a", 1));

    // Once it is deleted no If-Match is judged, where RFC 9110 §13.1.1 asks for 412: DELETE is a
    // success again, and PUT brings it back.
    client.delete(&*uri, read.clone()).await.expect("deleted");
    client.delete(&*uri, read.clone()).await.expect("gone");
    wire.take();
    let saved = client.replace_with_merge(&*uri, read, Model::new("c", 3));
    saved.await.expect("saved");
    wire.assert(&[("PUT if-match", 201)]);
}
