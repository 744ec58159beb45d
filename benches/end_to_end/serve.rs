//! The servers of this executable: the same content, with and without the layer.

use std::{convert::Infallible, error::Error};

use axum::{Router, routing::get};
use bytes::Bytes;
use http_body_util::Full;
use hyper::{Request, Response, body::Incoming, header, server::conn::http1};
use hyper_util::{rt::TokioIo, service::TowerToHyperService};
use tokio::{
    io::AsyncReadExt as _,
    net::{TcpListener, TcpStream},
};
use tower::{Layer as _, service_fn};
use tower_conditional::{ConditionalLayer, MemoryStore};

use crate::{
    Failure,
    kind::{CONTENT, Kind},
};

/// Serves until standard input ends.
pub(crate) fn run(name: &str) -> Result<(), Failure> {
    let kind = Kind::SERVED.iter().find(|(served, _)| *served == name);
    let (_, kind) = kind.ok_or_else(|| format!("there is no server {name}"))?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        println!("http://{}", listener.local_addr()?);
        // Whoever has started this server is gone when this ends, however it went.
        let orphaned = async {
            let mut nothing = Vec::new();
            let _ = tokio::io::stdin().read_to_end(&mut nothing).await;
        };
        tokio::select! {
            served = serve(*kind, listener) => served,
            () = orphaned => Ok(()),
        }
    })
}

async fn serve(kind: Kind, listener: TcpListener) -> Result<(), Failure> {
    let layer = || ConditionalLayer::new(MemoryStore::new()).cache_control("private, no-cache");
    let resource = || get(read);
    let path = "/models/{id}";
    let router = match kind {
        Kind::Hyper => return hyper(listener, service_fn(answer)).await,
        Kind::HyperLayer => return hyper(listener, layer().layer(service_fn(answer))).await,
        Kind::AxumRouteLayer => Router::new().route(path, resource().route_layer(layer())),
        Kind::AxumRouterLayer => Router::new().route(path, resource()).layer(layer()),
        _ => Router::new().route(path, resource()),
    };
    Ok(axum::serve(listener, router).await?)
}

async fn answer(_: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let mut response = Response::new(Full::from(CONTENT));
    let json = header::HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    Ok(response)
}

async fn read() -> ([(header::HeaderName, &'static str); 1], &'static str) {
    ([(header::CONTENT_TYPE, "application/json")], CONTENT)
}

async fn hyper<S, B>(listener: TcpListener, service: S) -> Result<(), Failure>
where
    S: tower::Service<Request<Incoming>, Response = Response<B>> + Clone + Send + 'static,
    S::Error: Into<Box<dyn Error + Send + Sync>>,
    S::Future: Send,
    B: hyper::body::Body<Error = Infallible> + Send + 'static,
    B::Data: Send,
{
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
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
    let _ = http1::Builder::new()
        .serve_connection(TokioIo::new(stream), service)
        .await;
}
