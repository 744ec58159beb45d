//! A resource that is read again without being sent again: 200, 304, and 200 after a change.
//!
//! ```text
//! cargo run --example not_modified --features axum
//! ```

use std::{
    collections::HashMap,
    error::Error,
    sync::{Arc, Mutex, PoisonError},
};

use axum::{
    Router,
    extract::{Path, State},
    routing::get,
};
use hyper::{Method, StatusCode, header::IF_NONE_MATCH};
use tokio::net::TcpListener;
use tower_conditional::{
    Committed, ConditionalLayer, MemoryStore, PathKey, VersionConflict, WritePermit,
};

use exchange::Client;

#[path = "support/exchange.rs"]
mod exchange;

#[derive(Clone, Default)]
struct Models {
    versions: MemoryStore,
    names: Arc<Mutex<HashMap<String, String>>>,
}

/// Knows nothing of versions: the layer answers 304 before it runs.
async fn read(State(models): State<Models>, Path(id): Path<String>) -> Result<String, StatusCode> {
    let names = models.names.lock().unwrap_or_else(PoisonError::into_inner);
    names.get(&id).cloned().ok_or(StatusCode::NOT_FOUND)
}

/// Writes under the permit, and says which version that made.
async fn update(
    permit: WritePermit,
    key: PathKey,
    State(models): State<Models>,
    Path(id): Path<String>,
    name: String,
) -> Result<(StatusCode, Committed, String), VersionConflict> {
    let (committed, replaced) = models.versions.compare_and_set(&key, &permit, |_| {
        let mut names = models.names.lock().unwrap_or_else(PoisonError::into_inner);
        names.insert(id, name.clone())
    })?;
    let status = match replaced {
        Some(_) => StatusCode::OK,
        None => StatusCode::CREATED,
    };
    Ok((status, committed, name))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let models = Models::default();
    let layer = ConditionalLayer::new(models.versions.clone()).cache_control("private, no-cache");
    let app = Router::new()
        .route("/models/{id}", get(read).put(update).route_layer(layer))
        .with_state(models);

    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let server = listener.local_addr()?;
    tokio::spawn(axum::serve(listener, app).into_future());

    let mut client = Client::connect("client", server).await?;
    let path = "/models/1";

    println!("A model is created, and read.");
    client.send(Method::PUT, path, None, "first name").await?;
    let read = client.send(Method::GET, path, None, "").await?;
    let tag = read.etag.ok_or("the answer has no ETag")?;

    println!("\nRead again with the tag: nothing has changed, and nothing is sent.");
    let condition = Some((IF_NONE_MATCH, tag.as_str()));
    let again = client
        .send(Method::GET, path, condition.clone(), "")
        .await?;
    assert_eq!(again.status, StatusCode::NOT_MODIFIED);

    println!("\nAfter a change the same request gets the new content and its tag.");
    client.send(Method::PUT, path, None, "second name").await?;
    let changed = client.send(Method::GET, path, condition, "").await?;
    assert_eq!(changed.status, StatusCode::OK);
    assert_eq!(changed.content, "second name");
    Ok(())
}
