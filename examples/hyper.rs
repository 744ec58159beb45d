//! The layer on a bare hyper service, no framework.
//!
//! ```text
//! cargo run --example hyper
//! ```

use std::{
    convert::Infallible,
    error::Error,
    sync::{Arc, Mutex, PoisonError},
};

use http_body_util::{BodyExt, Full};
use hyper::{
    Method, Request, Response, StatusCode,
    body::{Bytes, Incoming},
    header::{ALLOW, HeaderValue, IF_MATCH, IF_NONE_MATCH},
    server::conn::http1,
};
use hyper_util::{rt::TokioIo, service::TowerToHyperService};
use tokio::net::{TcpListener, TcpStream};
use tower::{Layer, service_fn};
use tower_conditional::{
    Committed, ConditionalLayer, PathKey, Version, VersionConflict, WritePermit, store_fn,
};

use exchange::Client;

#[path = "support/exchange.rs"]
mod exchange;

/// One text and its version, as they would be one row of a table.
#[derive(Clone)]
struct Note(Arc<Mutex<(Version, String)>>);

impl Note {
    fn version(&self) -> Version {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).0
    }

    fn text(&self) -> String {
        let row = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        row.1.clone()
    }

    /// The compare-and-set: `UPDATE … WHERE version = …` in memory.
    fn write(&self, permit: &WritePermit, text: String) -> Result<Version, VersionConflict> {
        let mut row = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        permit.check(row.0)?;
        let version = row.0.next().ok_or(VersionConflict)?;
        *row = (version, text);
        Ok(version)
    }
}

async fn handle(note: Note, request: Request<Incoming>) -> Response<Full<Bytes>> {
    let permit = request.extensions().get::<WritePermit>().copied();
    match (request.method(), permit) {
        (&Method::GET | &Method::HEAD, _) => Response::new(note.text().into()),
        (&Method::PUT, Some(permit)) => {
            let text = match request.into_body().collect().await {
                Ok(body) => String::from_utf8_lossy(&body.to_bytes()).into_owned(),
                Err(_) => return status(StatusCode::BAD_REQUEST),
            };
            let mut response = Response::new(Full::from(text.clone()));
            match note.write(&permit, text) {
                Ok(version) => _ = response.extensions_mut().insert(Committed(version)),
                Err(conflict) => _ = response.extensions_mut().insert(conflict),
            }
            response
        }
        _ => {
            let mut response = status(StatusCode::METHOD_NOT_ALLOWED);
            let allow = HeaderValue::from_static("GET, HEAD, PUT");
            response.headers_mut().insert(ALLOW, allow);
            response
        }
    }
}

fn status(status: StatusCode) -> Response<Full<Bytes>> {
    let mut response = Response::default();
    *response.status_mut() = status;
    response
}

/// Serves connections one after another, each on a task of its own, for as long as it lives.
async fn serve(listener: TcpListener, note: Note) -> std::io::Result<()> {
    let versions = note.clone();
    let layer = ConditionalLayer::new(store_fn(move |_: PathKey| {
        std::future::ready(versions.version())
    }))
    .cache_control("no-cache");
    let service = layer.layer(service_fn(move |request| {
        let note = note.clone();
        async { Ok::<_, Infallible>(handle(note, request).await) }
    }));
    loop {
        let (stream, _) = listener.accept().await?;
        tokio::spawn(connection(
            stream,
            TowerToHyperService::new(service.clone()),
        ));
    }
}

async fn connection<S, B>(stream: TcpStream, service: S)
where
    S: hyper::service::Service<Request<Incoming>, Response = Response<B>>,
    S::Error: Into<Box<dyn Error + Send + Sync>>,
    B: hyper::body::Body<Error = Infallible> + 'static,
    B::Data: Send,
{
    // A client that goes away is no fault of the server's.
    let served = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    _ = served.await;
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let note = Note(Arc::new(Mutex::new((Version::FIRST, "a note".to_owned()))));
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let server = listener.local_addr()?;
    tokio::spawn(serve(listener, note));

    let mut client = Client::connect("client", server).await?;
    let read = client.send(Method::GET, "/note", None, "").await?;
    let tag = read.etag.ok_or("the answer has no ETag")?;

    let condition = Some((IF_NONE_MATCH, tag.as_str()));
    let again = client.send(Method::GET, "/note", condition, "").await?;
    assert_eq!(again.status, StatusCode::NOT_MODIFIED);

    let condition = Some((IF_MATCH, tag.as_str()));
    let text = "a better note";
    let written = client
        .send(Method::PUT, "/note", condition.clone(), text)
        .await?;
    assert_eq!(written.content, text);
    assert_eq!(written.etag.as_deref(), Some("\"2\""));

    println!("The same tag again is stale by now:");
    let stale = client
        .send(Method::PUT, "/note", condition, "a worse one")
        .await?;
    assert_eq!(stale.status, StatusCode::PRECONDITION_FAILED);
    Ok(())
}
