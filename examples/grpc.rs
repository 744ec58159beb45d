//! gRPC and HTTP for the same notes, in one service behind one guarded layer: a tonic client reads
//! a note, writes it under `if-match`, and with a stale tag gets ABORTED, reads again and retries.
//!
//! ```text
//! cargo run --example grpc --features axum,grpc,tokio
//! ```
//!
//! `support/notes.rs` is the code that tonic has generated from `support/notes.proto`; it says how.

use std::{
    collections::HashMap,
    error::Error,
    net::SocketAddr,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::{extract::Path, routing::get};
use futures_util::{Stream, stream};
use hyper::{Method, StatusCode};
use tokio::net::TcpListener;
use tonic::{
    Code, Request, Response, Status, Streaming,
    metadata::MetadataMap,
    service::Routes,
    transport::{Channel, Endpoint},
};
use tonic_types::StatusExt;
use tower::Layer;
use tower_conditional::{ConditionalLayer, MemoryStore, PathKeys, grpc::GrpcKeys, tokio_spawn};

use notes::{
    Deleted, GetRequest, Note,
    notes_client::NotesClient,
    notes_server::{Notes, NotesServer},
};

#[path = "support/exchange.rs"]
mod exchange;

#[allow(warnings, clippy::all, clippy::pedantic)]
#[path = "support/notes.rs"]
mod notes;

/// Handlers that know nothing of versions.
#[derive(Clone, Default)]
struct Book(Arc<Mutex<HashMap<String, String>>>);

type Answers = Pin<Box<dyn Stream<Item = Result<Note, Status>> + Send>>;

impl Book {
    fn texts(&self) -> MutexGuard<'_, HashMap<String, String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, name: String) -> Result<Note, Status> {
        let text = self.texts().get(&name).cloned();
        let text = text.ok_or_else(|| Status::not_found("no such note"))?;
        Ok(Note { name, text })
    }
}

/// The layer guards what the metadata names, so nothing else may be written.
fn is_named<T>(request: &Request<T>, name: &str) -> Result<(), Status> {
    match request.metadata().get("resource-name") {
        Some(named) if *named == *name => Ok(()),
        _ => Err(Status::invalid_argument("the message names another note")),
    }
}

#[tonic::async_trait]
impl Notes for Book {
    async fn get(&self, request: Request<GetRequest>) -> Result<Response<Note>, Status> {
        is_named(&request, &request.get_ref().name)?;
        self.note(request.into_inner().name).map(Response::new)
    }

    async fn update(&self, request: Request<Note>) -> Result<Response<Note>, Status> {
        is_named(&request, &request.get_ref().name)?;
        let note = request.into_inner();
        self.texts().insert(note.name.clone(), note.text.clone());
        Ok(Response::new(note))
    }

    async fn delete(&self, request: Request<GetRequest>) -> Result<Response<Deleted>, Status> {
        is_named(&request, &request.get_ref().name)?;
        match self.texts().remove(&request.into_inner().name) {
            Some(_) => Ok(Response::new(Deleted {})),
            None => Err(Status::not_found("no such note")),
        }
    }

    type WatchStream = Answers;

    async fn watch(&self, request: Request<GetRequest>) -> Result<Response<Answers>, Status> {
        let note = self.note(request.into_inner().name);
        Ok(Response::new(Box::pin(stream::iter([note]))))
    }

    async fn append(&self, _: Request<Streaming<Note>>) -> Result<Response<Note>, Status> {
        Err(Status::unimplemented("one note at a time"))
    }

    type EditStream = Answers;

    async fn edit(&self, _: Request<Streaming<Note>>) -> Result<Response<Answers>, Status> {
        Err(Status::unimplemented("one note at a time"))
    }
}

async fn serve(listener: TcpListener, book: Book) -> std::io::Result<()> {
    let keys = GrpcKeys::metadata("resource-name")
        .read("/notes.Notes/Get")
        .write("/notes.Notes/Update")
        .delete("/notes.Notes/Delete")
        .streaming_write("/notes.Notes/Append")
        .streaming_write("/notes.Notes/Edit")
        .or(PathKeys);
    let layer = ConditionalLayer::guarded(MemoryStore::new(), tokio_spawn).key(keys);
    let read = async move |Path(id): Path<String>, book: Book| {
        let note = book.note(format!("notes/{id}"));
        note.map(|note| note.text)
            .map_err(|_| StatusCode::NOT_FOUND)
    };
    let over_http = {
        let book = book.clone();
        get(move |id: Path<String>| read(id, book.clone()))
    };
    let service = Routes::new(NotesServer::new(book))
        .into_axum_router()
        .route("/notes/{id}", over_http);
    axum::serve(listener, layer.layer(service).into_make_service()).await
}

/// A client that prints what it says and hears.
struct Caller(NotesClient<Channel>);

const NAME: &str = "notes/1";

impl Caller {
    async fn connect(server: SocketAddr) -> Result<Self, Box<dyn Error>> {
        let channel = Endpoint::from_shared(format!("http://{server}"))?
            .connect()
            .await?;
        Ok(Self(NotesClient::new(channel)))
    }

    /// Reads the note, and its tag.
    async fn get(&mut self) -> Result<(Note, String), Box<dyn Error>> {
        println!("> Get {NAME}");
        let mut request = Request::new(GetRequest { name: NAME.into() });
        request
            .metadata_mut()
            .insert("resource-name", NAME.parse()?);
        let answer = told(self.0.get(request).await)?;
        let tag = answer
            .metadata()
            .get("etag")
            .ok_or("the answer has no etag")?;
        let tag = tag.to_str()?.to_owned();
        Ok((answer.into_inner(), tag))
    }

    async fn update(
        &mut self,
        text: &str,
        condition: (&'static str, &str),
    ) -> Result<Response<Note>, Status> {
        println!(
            "> Update {NAME}   {}: {}   {text}",
            condition.0, condition.1
        );
        let (name, text) = (NAME.to_owned(), text.to_owned());
        let mut request = Request::new(Note { name, text });
        for (key, value) in [("resource-name", NAME), condition] {
            let value = value.parse().map_err(|_| Status::invalid_argument(key))?;
            request.metadata_mut().insert(key, value);
        }
        told(self.0.update(request).await)
    }
}

fn tag_in(metadata: &MetadataMap) -> &str {
    let tag = metadata.get("etag").and_then(|tag| tag.to_str().ok());
    tag.unwrap_or("none")
}

fn told(answer: Result<Response<Note>, Status>) -> Result<Response<Note>, Status> {
    match &answer {
        Ok(response) => {
            let tag = tag_in(response.metadata());
            println!("< OK   etag: {tag}   {}", response.get_ref().text);
        }
        Err(status) => {
            let (code, tag) = (status.code(), tag_in(status.metadata()));
            println!("< {code:?}   etag: {tag}   {}", status.message());
        }
    }
    answer
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let book = Book::default();
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let server = listener.local_addr()?;
    tokio::spawn(serve(listener, book));

    let mut ann = Caller::connect(server).await?;
    ann.update("a note", ("if-none-match", "*")).await?;
    let (_, stale) = ann.get().await?;
    ann.update("a better note", ("if-match", &stale)).await?;

    println!("The same tag again is stale by now:");
    let Err(status) = ann.update("a note by ben", ("if-match", &stale)).await else {
        return Err("an update was lost".into());
    };
    assert_eq!(status.code(), Code::Aborted);
    let details = status.get_error_details();
    let failed = details
        .precondition_failure()
        .ok_or("no PreconditionFailure")?;
    assert_eq!(failed.violations[0].subject, "if-match");

    println!("So: read again, and retry.");
    let (note, tag) = ann.get().await?;
    let retried = ann
        .update(&format!("{}, and ben's", note.text), ("if-match", &tag))
        .await?;
    assert_eq!(retried.get_ref().text, "a better note, and ben's");

    println!("The same note over HTTP, with the same tag:");
    let mut browser = exchange::Client::connect("http", server).await?;
    let read = browser.send(Method::GET, "/notes/1", None, "").await?;
    assert_eq!(read.status, StatusCode::OK);
    assert_eq!(read.content, "a better note, and ben's");
    assert_eq!(read.etag.as_deref(), Some("\"3\""));
    Ok(())
}
