//! Over a socket, with hyper-util's client.

use std::sync::{Arc, Mutex};

use axum::{Json, Router, extract::State, routing::get};
use bytes::Bytes;
use http_body_util::Full;
use hyper_util::{client::legacy::Client, rt::TokioExecutor};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};
use tower_conditional::{
    Committed, ConditionalLayer, MemoryStore, PathKey, VersionConflict, WritePermit,
    client::{UpdateErrorKind, Updater, Versioned},
};

type Shared = (MemoryStore, Arc<Mutex<Value>>);

async fn read(State((_, value)): State<Shared>) -> Json<Value> {
    Json(value.lock().expect("no panic").clone())
}

async fn write(
    State((versions, value)): State<Shared>,
    key: PathKey,
    permit: WritePermit,
    Json(new): Json<Value>,
) -> Result<(Committed, Json<Value>), VersionConflict> {
    let stored = new.clone();
    let write = |_| *value.lock().expect("no panic") = stored;
    let (committed, ()) = versions.compare_and_set(&key, &permit, write)?;
    Ok((committed, Json(new)))
}

#[tokio::test]
async fn it_works_over_http() {
    let shared: Shared = (
        MemoryStore::new(),
        Arc::new(Mutex::new(json!({"n": 1, "m": 1}))),
    );
    let layer = ConditionalLayer::new(shared.0.clone());
    let app = Router::new()
        .route("/value", get(read).put(write).route_layer(layer))
        .with_state(shared);
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let uri = format!(
        "http://{}/value",
        listener.local_addr().expect("an address")
    );
    tokio::spawn(axum::serve(listener, app).into_future());

    let client = Client::builder(TokioExecutor::new()).build_http::<Full<Bytes>>();
    let updater = Updater::new(client);
    // Nobody has read or written it before, so the store learns of it here.
    let untagged: Versioned<Value> = updater.read(&*uri).await.expect("a value");
    assert_eq!(untagged.tag, None);
    let base: Versioned<Value> = updater.read(&*uri).await.expect("a value");
    let again = updater
        .revalidate(&*uri, base.clone())
        .await
        .expect("a value");
    assert_eq!(again.value, base.value);
    // The 304 has no content, and says so by none of its fields.
    assert_eq!(again.headers["content-type"], "application/json");

    let edit = |value: &mut Value| value["n"] = json!(2);
    let saved = updater.update(&*uri, edit).await.expect("saved");
    assert_eq!(saved.value, json!({"n": 2, "m": 1}));
    let merged = updater
        .replace_with_merge(&*uri, base, json!({"n": 1, "m": 2}))
        .await;
    let merged = merged.expect("merged");
    assert_eq!(merged.value, json!({"n": 2, "m": 2}));
    assert_eq!(
        merged.tag.map(|tag| tag.to_string()).as_deref(),
        Some("\"3\"")
    );
}

#[tokio::test]
async fn a_connection_that_dies_under_a_write_leaves_it_open() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let uri = format!(
        "http://{}/value",
        listener.local_addr().expect("an address")
    );
    // Reads are answered; each write is read to its end, and then the line is cut.
    let server = tokio::spawn(async move {
        let mut writes = 0;
        loop {
            let (mut stream, _) = listener.accept().await.expect("a connection");
            let mut request = Vec::new();
            while !request.ends_with(b"\r\n\r\n") && !request.ends_with(b"{\"n\":2}") {
                let mut buffer = [0; 4096];
                match stream.read(&mut buffer).await {
                    Ok(0) | Err(_) => break,
                    Ok(length) => request.extend_from_slice(&buffer[..length]),
                }
            }
            if request.starts_with(b"PUT") {
                writes += 1;
                continue;
            }
            let version = 1 + writes;
            let answer = format!(
                "HTTP/1.1 200 OK\r\netag: \"{version}\"\r\ncontent-length: 7\r\n\
                 connection: close\r\n\r\n{{\"n\":{version}}}"
            );
            stream.write_all(answer.as_bytes()).await.expect("a reader");
        }
    });
    let client = Client::builder(TokioExecutor::new()).build_http::<Full<Bytes>>();
    let error = Updater::new(client)
        .update(&*uri, |value: &mut Value| value["n"] = json!(2))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), UpdateErrorKind::OutcomeUnknown);
    assert_eq!(
        error.theirs().map(|it| it.value.clone()),
        Some(json!({"n": 2}))
    );
    server.abort();
}
