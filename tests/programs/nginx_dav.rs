//! nginx's dav module, which stores what is `PUT` as a file, and judges no precondition of a write.
//! What an updater can do there, and what it cannot.

use std::fs::File;
use std::time::{Duration, UNIX_EPOCH};

use serde_json::{Value, json};
use tempfile::TempDir;
use tower_conditional::client::{UpdateErrorKind, Versioned};

use crate::foreign::Wire;
use crate::nginx::Nginx;

/// nginx, the folder of its files, and where one of them may be.
async fn start() -> (Nginx, TempDir, String) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let files = folder.path().join("files");
    std::fs::create_dir(&files).expect("a folder");
    let location = format!(
        "root {}; dav_methods PUT DELETE; default_type application/json;",
        files.display()
    );
    let nginx = Nginx::start(folder.path(), "", &location).await;
    let uri = format!("http://{}/model", nginx.address);
    (nginx, folder, uri)
}

/// RFC 9110 §8.8.1: the tag is strong, and of modification time and length.
pub(crate) async fn reads_are_revalidated() {
    let (_nginx, _folder, uri) = start().await;
    let wire = Wire::default();
    let client = wire.client();
    // The answer to a write has no tag, so what was written is read before it is changed.
    let created = client.create(&*uri, json!({"n": 1})).await;
    let created = created.expect("created");
    assert_eq!(created.tag, None);
    let edit = client.replace_with_merge(&*uri, created, json!({"n": 2}));
    let error = edit.await.expect_err("no tag");
    assert_eq!(error.kind(), UpdateErrorKind::NoTag);

    let held: Versioned<Value> = client.read(&*uri).await.expect("read");
    let again = client.revalidate(&*uri, held.clone()).await.expect("read");
    assert_eq!((again.value, again.tag), (held.value, held.tag));
    client
        .update(&*uri, |it: &mut Value| it["n"] = json!(10))
        .await
        .expect("saved");
    wire.assert(&[
        ("PUT if-none-match", 201),
        ("GET", 200),
        ("GET if-none-match", 304),
        ("GET", 200),
        ("PUT if-match", 204),
    ]);
}

/// The module looks at neither If-Match nor If-None-Match: each write goes through, and says so.
pub(crate) async fn a_stale_write_goes_through_and_an_update_is_lost() {
    let (_nginx, _folder, uri) = start().await;
    let wire = Wire::default();
    let client = wire.client();
    client
        .create(&*uri, json!({"name": "a", "count": 1}))
        .await
        .expect("created");
    let base: Versioned<Value> = client.read(&*uri).await.expect("read");
    let rename = |it: &mut Value| it["name"] = json!("renamed");
    client.update(&*uri, rename).await.expect("saved");
    wire.take();

    let edit = json!({"name": "a", "count": 2});
    let saved = client.replace_with_merge(&*uri, base.clone(), edit.clone());
    saved.await.expect("nginx says that it is saved");
    wire.assert(&[("PUT if-match", 204)]);
    let now: Versioned<Value> = client.read(&*uri).await.expect("read");
    assert_eq!(now.value, edit, "the other client's name is lost");

    // So it is with what exists already, and with what has changed and is deleted.
    wire.take();
    client
        .create(&*uri, json!(1))
        .await
        .expect("nginx says that it is created");
    client
        .delete(&*uri, base)
        .await
        .expect("nginx says that it is deleted");
    wire.assert(&[("PUT if-none-match", 204), ("DELETE if-match", 204)]);
}

/// Two changes of one length within one second have one tag, and a 304 gives the first for the
/// second.
pub(crate) async fn one_tag_can_be_of_two_contents() {
    let (_nginx, folder, uri) = start().await;
    let client = Wire::default().client();
    let write = |content: &str, time: Duration| {
        let file = folder.path().join("files/model");
        std::fs::write(&file, content).expect("a folder");
        let file = File::options().write(true).open(file).expect("the file");
        file.set_modified(UNIX_EPOCH + time).expect("a time");
    };
    write("1", Duration::from_millis(1_900_000_000_100));
    let held: Versioned<Value> = client.read(&*uri).await.expect("read");
    write("2", Duration::from_millis(1_900_000_000_900));
    let again = client.revalidate(&*uri, held.clone()).await.expect("read");
    assert_eq!((again.value, &again.tag), (json!(1), &held.tag));
    let now: Versioned<Value> = client.read(&*uri).await.expect("read");
    assert_eq!((now.value, now.tag), (json!(2), held.tag));
}
