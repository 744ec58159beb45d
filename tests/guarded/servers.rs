//! In axum and on hyper, over real sockets.

use std::{
    convert::Infallible,
    sync::{Arc, Mutex},
};

use axum::{
    Json, Router,
    extract::State,
    response::IntoResponse,
    routing::{get, post},
};
use bytes::Bytes;
use http::{Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper_util::{rt::TokioIo, service::TowerToHyperService};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::Notify,
};
use tower::{Layer, service_fn};
use tower_conditional::{
    Access, Affects, ConditionalLayer, Current, PathKey, RequestBody, RequestHead, Version,
    tokio_spawn,
};

use crate::support::Shelf;

#[derive(Clone, Default)]
struct App {
    items: Arc<Mutex<Vec<u64>>>,
    /// A slow handler: told that it runs, and let go on.
    running: Arc<Notify>,
    go_on: Arc<Notify>,
}

async fn list(State(app): State<App>) -> Json<Vec<u64>> {
    Json(app.items.lock().unwrap().clone())
}

async fn create(State(app): State<App>, Json(item): Json<u64>) -> impl IntoResponse {
    let mut items = app.items.lock().unwrap();
    items.push(item);
    let location = format!("/items/{}", items.len() - 1);
    (
        StatusCode::CREATED,
        [(header::LOCATION, location)],
        Json(item),
    )
}

async fn read(
    State(app): State<App>,
    axum::extract::Path(id): axum::extract::Path<usize>,
) -> Result<Json<u64>, StatusCode> {
    let items = app.items.lock().unwrap();
    items
        .get(id)
        .copied()
        .map(Json)
        .ok_or(StatusCode::NOT_FOUND)
}

async fn update(
    State(app): State<App>,
    axum::extract::Path(id): axum::extract::Path<usize>,
    Json(item): Json<u64>,
) -> Result<(Affects, Json<u64>), StatusCode> {
    let mut items = app.items.lock().unwrap();
    *items.get_mut(id).ok_or(StatusCode::NOT_FOUND)? = item;
    Ok((Affects::changed([PathKey::new("/items")]), Json(item)))
}

async fn slow(State(app): State<App>) -> &'static str {
    app.running.notify_one();
    app.go_on.notified().await;
    app.items.lock().unwrap().push(99);
    "done"
}

fn routes(app: &App) -> Router {
    Router::new()
        .route("/items", get(list).post(create))
        .route("/items/{id}", get(read).put(update))
        .route("/slow", post(slow).put(slow))
        .with_state(app.clone())
}

/// One request on a connection of its own: the head and the content of the answer.
async fn send(server: &str, request: &str) -> (String, String) {
    let mut stream = connect(server, request).await;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("an answer");
    let (head, content) = answer.split_once("\r\n\r\n").expect("a head");
    (head.to_ascii_lowercase(), content.to_owned())
}

async fn connect(server: &str, request: &str) -> TcpStream {
    let mut stream = TcpStream::connect(server).await.expect("a server");
    let (head, content) = request.split_once("\n\n").unwrap_or((request, ""));
    let mut fields = head.lines();
    let line = fields.next().expect("a request line");
    let mut lines = vec![
        format!("{line} HTTP/1.1"),
        format!("host: {server}"),
        "connection: close".to_owned(),
    ];
    lines.extend(fields.map(str::to_owned));
    if !content.is_empty() {
        lines.push("content-type: application/json".to_owned());
        lines.push(format!("content-length: {}", content.len()));
    }
    let text = format!("{}\r\n\r\n{content}", lines.join("\r\n"));
    stream.write_all(text.as_bytes()).await.expect("sent");
    stream
}

async fn works(server: &str) {
    let (head, _) = send(server, "POST /items\n\n5").await;
    assert!(head.starts_with("http/1.1 201"), "{head}");
    let (head, content) = send(server, "GET /items/0").await;
    assert!(
        head.contains("etag: \"1\""),
        "registered by its Location: {head}"
    );
    assert_eq!(content, "5");
    let (head, _) = send(server, "GET /items").await;
    assert!(!head.contains("etag"), "unknown after the POST: {head}");
    let (head, _) = send(server, "GET /items").await;
    assert!(head.contains("etag: \"1\""), "{head}");

    let (head, content) = send(server, "PUT /items/0\nif-match: \"1\"\n\n6").await;
    assert!(
        head.starts_with("http/1.1 200") && head.contains("etag: \"2\""),
        "{head}"
    );
    assert_eq!(content, "6");
    let (head, _) = send(server, "PUT /items/0\nif-match: \"1\"\n\n7").await;
    assert!(
        head.starts_with("http/1.1 412") && head.contains("etag: \"2\""),
        "{head}"
    );
    let (head, _) = send(server, "GET /items\nif-none-match: \"1\"").await;
    assert!(
        head.starts_with("http/1.1 200") && head.contains("etag: \"2\""),
        "affected: {head}"
    );
    let (head, _) = send(server, "PUT /items/0\n\nno JSON").await;
    assert!(
        head.starts_with("http/1.1 400") && !head.contains("etag"),
        "{head}"
    );
    let (head, _) = send(server, "GET /items/0\nif-none-match: \"2\"").await;
    assert!(
        head.starts_with("http/1.1 304"),
        "a 4xx raises nothing: {head}"
    );
    let (head, _) = send(server, "PUT /items/0\ncontent-length: 99999999").await;
    assert!(head.starts_with("http/1.1 413"), "{head}");
    let chunked = "PUT /items/0\ntransfer-encoding: chunked\n\n";
    let mut stream = connect(server, chunked).await;
    stream
        .write_all(b"1\r\n8\r\n0\r\n\r\n")
        .await
        .expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("an answer");
    assert!(
        answer.starts_with("HTTP/1.1 415"),
        "no content type: {answer}"
    );
}

async fn listen() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    (listener, address)
}

#[tokio::test]
async fn inside_an_axum_router() {
    let shelf = Shelf::default();
    let app = routes(&App::default()).route_layer(ConditionalLayer::guarded(shelf, tokio_spawn));
    let (listener, server) = listen().await;
    tokio::spawn(async move { axum::serve(listener, app).await });
    works(&server).await;
}

#[tokio::test]
async fn around_an_axum_router() {
    let layer = ConditionalLayer::guarded(Shelf::default(), tokio_spawn).key(
        |request: &RequestHead<'_>| {
            if request.path().starts_with("/items") {
                Access::by_method(request.method, PathKey::new(request.path()))
            } else {
                Access::Neither
            }
        },
    );
    let app = layer.layer(routes(&App::default())).into_make_service();
    let (listener, server) = listen().await;
    tokio::spawn(async move { axum::serve(listener, app).await });
    works(&server).await;
}

#[tokio::test]
async fn in_place_inside_a_method_router() {
    let layer = ConditionalLayer::guarded_cancellable(Shelf::default());
    let app = App::default();
    let router = Router::new()
        .route("/items", get(list).post(create).route_layer(layer.clone()))
        .route("/items/{id}", get(read).put(update).route_layer(layer))
        .with_state(app);
    let (listener, server) = listen().await;
    tokio::spawn(async move { axum::serve(listener, router).await });
    works(&server).await;
}

/// Guards: inside a method's own route there is that method's handler alone, whatever the method
/// that it is called with.
#[tokio::test]
async fn a_method_routers_handler_runs_once_and_for_its_own_method() {
    let calls = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&calls);
    let update = move |method: http::Method| async move { seen.lock().unwrap().push(method) };
    let layer = ConditionalLayer::guarded(Shelf::default(), tokio_spawn);
    let router: Router = Router::new().route("/a", axum::routing::put(update).route_layer(layer));
    for (field, status) in [
        ("if-match", 412),
        ("if-none-match", 200),
        ("if-none-match", 412),
    ] {
        let request = http::Request::put("/a").header(field, "*");
        let request = request.body(axum::body::Body::empty()).unwrap();
        let answer = tower::ServiceExt::oneshot(router.clone(), request).await;
        assert_eq!(answer.unwrap().status(), status);
    }
    assert_eq!(*calls.lock().unwrap(), [http::Method::PUT]);
}

/// A client that is gone does not stop the write that it has sent.
#[tokio::test]
async fn a_client_that_hangs_up_has_its_write_done() {
    let (app, shelf) = (App::default(), Shelf::default());
    let layer = ConditionalLayer::guarded(shelf.clone(), tokio_spawn);
    let (listener, server) = listen().await;
    let router = routes(&app).route_layer(layer);
    tokio::spawn(async move { axum::serve(listener, router).await });

    let stream = connect(&server, "PUT /slow").await;
    app.running.notified().await;
    drop(stream);
    // The server has seen it go when another request is through.
    send(&server, "GET /items").await;
    app.go_on.notify_one();
    while shelf.is_held("/slow") {
        tokio::task::yield_now().await;
    }
    assert_eq!(*app.items.lock().unwrap(), [99]);
    assert_eq!(shelf.get("/slow"), Version::FIRST.into());
}

/// In place it stops where it is, and nobody knows.
#[tokio::test]
async fn in_place_a_client_that_hangs_up_stops_its_write() {
    let (app, shelf) = (App::default(), Shelf::default());
    let layer = ConditionalLayer::guarded_cancellable(shelf.clone());
    let (listener, server) = listen().await;
    let router = routes(&app).route_layer(layer);
    tokio::spawn(async move { axum::serve(listener, router).await });

    let stream = connect(&server, "PUT /slow").await;
    app.running.notified().await;
    drop(stream);
    while shelf.is_held("/slow") {
        tokio::task::yield_now().await;
    }
    app.go_on.notify_one();
    assert_eq!(*app.items.lock().unwrap(), [0; 0]);
    assert_eq!(shelf.get("/slow"), Current::Unknown);
    assert_eq!(shelf.calls(), ["begin /slow", "arm /slow", "lost /slow"]);
}

async fn echo(
    request: Request<RequestBody<Incoming>>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let Ok(content) = request.into_body().collect().await else {
        panic!("a guarded write's content is in memory, and a GET has none")
    };
    Ok(Response::new(Full::new(content.to_bytes())))
}

#[tokio::test]
async fn on_hyper() {
    let layer = ConditionalLayer::guarded(Shelf::default(), tokio_spawn);
    let service = TowerToHyperService::new(layer.layer(service_fn(echo)));
    let (listener, server) = listen().await;
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await?;
            let served = hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service.clone());
            tokio::spawn(served);
        }
        #[expect(unreachable_code, reason = "it names the type of the error")]
        Ok::<(), std::io::Error>(())
    });
    let (head, content) = send(&server, "PUT /a\nif-none-match: *\n\n\"text\"").await;
    assert!(
        head.starts_with("http/1.1 200") && head.contains("etag: \"1\""),
        "{head}"
    );
    assert_eq!(content, "\"text\"");
    let (head, _) = send(&server, "PUT /a\nif-match: \"1\"\n\n\"other\"").await;
    assert!(head.contains("etag: \"2\""), "{head}");
    let (head, _) = send(&server, "PUT /a\nif-match: \"1\"\n\n\"third\"").await;
    assert!(head.starts_with("http/1.1 412"), "{head}");
}
