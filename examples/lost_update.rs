//! Two clients change one counter: without If-Match an update is lost, with it none is.
//!
//! ```text
//! cargo run --example lost_update --features axum
//! ```

use std::{
    error::Error,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use axum::{Router, extract::State, routing::get};
use hyper::{Method, StatusCode, header::IF_MATCH};
use tokio::net::TcpListener;
use tower_conditional::{
    Committed, ConditionalLayer, MemoryStore, PathKey, VersionConflict, WritePermit,
};

use exchange::{Answer, Client};

#[path = "support/exchange.rs"]
mod exchange;

const PATH: &str = "/counter";

#[derive(Clone, Default)]
struct Counter {
    versions: MemoryStore,
    value: Arc<AtomicU64>,
}

async fn read(State(counter): State<Counter>) -> String {
    counter.value.load(Ordering::Acquire).to_string()
}

async fn write(
    permit: WritePermit,
    key: PathKey,
    State(counter): State<Counter>,
    content: String,
) -> Result<(Committed, String), Result<VersionConflict, StatusCode>> {
    let value = content.parse().map_err(|_| Err(StatusCode::BAD_REQUEST))?;
    let (committed, ()) = counter
        .versions
        .compare_and_set(&key, &permit, |_| {
            counter.value.store(value, Ordering::Release);
        })
        .map_err(Ok)?;
    Ok((committed, content))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let counter = Counter::default();
    let layer = ConditionalLayer::new(counter.versions.clone());
    let app = Router::new()
        .route(PATH, get(read).put(write).route_layer(layer))
        .with_state(counter);
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let server = listener.local_addr()?;
    tokio::spawn(axum::serve(listener, app).into_future());

    let lost = without_if_match(server).await?;
    println!("\nTwo increments, and the counter stands at {lost}: one update was lost.\n");
    assert_eq!(lost, 1);

    let kept = with_if_match(server).await?;
    println!("\nTwo increments from 0, and the counter stands at {kept}: none was lost.");
    assert_eq!(kept, 2);
    Ok(())
}

/// Both read 0, both write 1.
async fn without_if_match(server: SocketAddr) -> Result<u64, Box<dyn Error>> {
    let (mut anna, mut ben) = clients(server).await?;
    println!("Without If-Match:");
    anna.send(Method::PUT, PATH, None, "0").await?;
    let annas: u64 = read_counter(&mut anna).await?.content.parse()?;
    let bens: u64 = read_counter(&mut ben).await?.content.parse()?;
    let value = (annas + 1).to_string();
    anna.send(Method::PUT, PATH, None, &value).await?;
    let value = (bens + 1).to_string();
    ben.send(Method::PUT, PATH, None, &value).await?;
    Ok(read_counter(&mut anna).await?.content.parse()?)
}

/// Both read 0, one writes 1; the other is told that its copy is stale, reads again, writes 2.
async fn with_if_match(server: SocketAddr) -> Result<u64, Box<dyn Error>> {
    let (mut anna, mut ben) = clients(server).await?;
    println!("With If-Match:");
    anna.send(Method::PUT, PATH, None, "0").await?;
    let annas = read_counter(&mut anna).await?;
    let bens = read_counter(&mut ben).await?;
    let first = increment(&mut anna, &annas).await?;
    assert_eq!(first.status, StatusCode::OK);
    let stale = increment(&mut ben, &bens).await?;
    assert_eq!(stale.status, StatusCode::PRECONDITION_FAILED);
    let fresh = read_counter(&mut ben).await?;
    let retried = increment(&mut ben, &fresh).await?;
    assert_eq!(retried.status, StatusCode::OK);
    Ok(read_counter(&mut anna).await?.content.parse()?)
}

async fn increment(client: &mut Client, read: &Answer) -> Result<Answer, Box<dyn Error>> {
    let tag = read.etag.as_deref().ok_or("the answer has no ETag")?;
    let value = (read.content.parse::<u64>()? + 1).to_string();
    client
        .send(Method::PUT, PATH, Some((IF_MATCH, tag)), &value)
        .await
}

async fn read_counter(client: &mut Client) -> Result<Answer, Box<dyn Error>> {
    client.send(Method::GET, PATH, None, "").await
}

async fn clients(server: SocketAddr) -> Result<(Client, Client), Box<dyn Error>> {
    let anna = Client::connect("anna", server).await?;
    let ben = Client::connect(" ben", server).await?;
    Ok((anna, ben))
}
