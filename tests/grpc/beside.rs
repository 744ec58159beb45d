//! gRPC and HTTP for the same resources, in one service behind one layer.

use axum::{Router, extract::Path, routing::get as read};
use futures_util::{StreamExt, stream};
use http_body_util::{BodyExt, Full};
use hyper::{Method, Request, Response, StatusCode, body::Bytes, body::Incoming};
use hyper_util::{client::legacy::Client, rt::TokioExecutor};
use tokio::net::TcpListener;
use tonic::{Code, service::Routes};
use tower::{Layer, ServiceExt};
use tower_conditional::{ConditionalLayer, MemoryStore, PathKeys, tokio_spawn};

use crate::{
    notes::notes_server::NotesServer,
    service::{Book, NAME, call, client, get, keys, note, refused, tag_of, update},
};

fn router(book: Book) -> Router {
    let (reader, writer) = (book.clone(), book.clone());
    let by_get = move |Path(id): Path<String>| {
        let text = reader.text(&format!("notes/{id}"));
        async { text.ok_or(StatusCode::NOT_FOUND) }
    };
    let by_put = move |Path(id): Path<String>, text: String| {
        writer.put(&format!("notes/{id}"), &text);
        async { StatusCode::NO_CONTENT }
    };
    let routes = read(by_get).put(by_put.clone()).post(by_put);
    Routes::new(NotesServer::new(book))
        .into_axum_router()
        .route("/notes/{id}", routes)
}

#[tokio::test]
async fn calls_and_requests_for_one_resource_have_one_version() {
    let book = Book::guarded();
    let layer = ConditionalLayer::guarded(MemoryStore::new(), tokio_spawn).key(keys().or(PathKeys));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a socket");
    let server = listener.local_addr().expect("an address");
    let service = layer.layer(router(book.clone())).into_make_service();
    tokio::spawn(async move { axum::serve(listener, service).await });
    let mut grpc = client(server).await;
    let http = Client::builder(TokioExecutor::new()).build_http();
    let send = async |method: Method, condition: (&'static str, &str), content: &'static str| {
        let request = Request::builder()
            .method(method)
            .uri(format!("http://{server}/notes/1"))
            .header(condition.0, condition.1)
            .body(Full::<Bytes>::from(content))
            .expect("a request");
        let answer: Response<Incoming> = http.request(request).await.expect("an answer");
        let tag = answer.headers().get("etag").cloned();
        let status = answer.status().as_u16();
        let content = answer
            .into_body()
            .collect()
            .await
            .expect("content")
            .to_bytes();
        (
            status,
            tag.map(|tag| tag.to_str().expect("a tag").to_owned()),
            content,
        )
    };

    let created = grpc
        .update(update("by grpc", &[("if-none-match", "*")]))
        .await;
    assert_eq!(tag_of(&created.expect("created")), Some("\"1\""));
    let (status, tag, content) = send(Method::GET, ("accept", "*/*"), "").await;
    assert_eq!(
        (status, tag.as_deref(), &content[..]),
        (200, Some("\"1\""), &b"by grpc"[..])
    );
    let (status, ..) = send(Method::GET, ("if-none-match", "\"1\""), "").await;
    assert_eq!(status, 304);
    let (status, tag, _) = send(Method::PUT, ("if-match", "\"1\""), "by http").await;
    assert_eq!((status, tag.as_deref()), (204, Some("\"2\"")));
    let stale = refused(grpc.update(update("x", &[("if-match", "\"1\"")])).await);
    assert_eq!(stale.code(), Code::Aborted);
    let found = grpc.get(get(&[])).await.expect("read");
    assert_eq!(
        (found.get_ref().text.as_str(), tag_of(&found)),
        ("by http", Some("\"2\""))
    );
    let (status, ..) = send(Method::PUT, ("if-match", "\"1\""), "x").await;
    assert_eq!(status, 412);
}

#[tokio::test]
async fn a_request_for_an_http_route_is_no_call_whatever_its_media_type_is() {
    let book = Book::guarded();
    let keys = keys().or(PathKeys);
    let service = ConditionalLayer::guarded(MemoryStore::new(), tokio_spawn).key(keys);
    let service = service.layer(router(book.clone()));
    let post = |if_match: Option<&str>| {
        let mut request = Request::post("/notes/1").header("content-type", "application/grpc");
        if let Some(tag) = if_match {
            request = request.header("if-match", tag);
        }
        request
            .body(Full::<Bytes>::from("posted"))
            .expect("a request")
    };
    let stale = service.clone().oneshot(post(Some("\"7\""))).await;
    let stale = stale.expect("an answer");
    assert_eq!(stale.status(), StatusCode::PRECONDITION_FAILED);
    assert_eq!(book.text(NAME), None);
    let posted = service.oneshot(post(None)).await.expect("an answer");
    assert_eq!(posted.status(), StatusCode::NO_CONTENT);
    assert_eq!(book.text(NAME).as_deref(), Some("posted"));
}

#[tokio::test]
async fn without_keys_of_its_own_the_layer_judges_calls_by_their_paths() {
    let book = Book::guarded();
    let layer = ConditionalLayer::guarded(MemoryStore::new(), tokio_spawn);
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a socket");
    let server = listener.local_addr().expect("an address");
    let service = layer.layer(router(book.clone())).into_make_service();
    tokio::spawn(async move { axum::serve(listener, service).await });
    let mut client = client(server).await;
    let written = client.update(update("one", &[])).await;
    assert_eq!(tag_of(&written.expect("written")), None);
    // The method's path has no such version, and nothing is written as if it had.
    refused(client.update(update("two", &[("if-match", "\"7\"")])).await);
    assert_eq!(book.runs(), 1);
    // Streams pass, in both directions.
    let edited = client
        .edit(call(stream::iter([note("three"), note("four")]), &[]))
        .await;
    assert_eq!(edited.expect("notes").into_inner().count().await, 2);
}
