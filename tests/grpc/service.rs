//! A tonic service that does what the texts of its notes say, its server, and a client.

use std::{
    collections::HashMap,
    net::SocketAddr,
    pin::Pin,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use futures_util::{Stream, StreamExt, stream};
use tokio::sync::Notify;
use tonic::{
    Code, Request, Response, Status, Streaming,
    metadata::{AsciiMetadataKey, AsciiMetadataValue, MetadataMap},
    transport::{Channel, Endpoint},
};
use tower_conditional::{
    Affects, Committed, MemoryStore, PathKey, VersionConflict, WritePermit, grpc::GrpcKeys,
};

use crate::notes::{Deleted, GetRequest, Note, notes_client::NotesClient, notes_server::Notes};

/// The notes, and how often a handler has run.
#[derive(Clone)]
pub(crate) struct Book {
    /// With these handlers compare and set.
    versions: Option<MemoryStore>,
    texts: Arc<Mutex<HashMap<String, String>>>,
    runs: Arc<AtomicUsize>,
    /// Wakes a handler that was told to wait.
    pub(crate) go_on: Arc<Notify>,
}

pub(crate) type Answers<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

impl Book {
    pub(crate) fn guarded() -> Self {
        Self {
            versions: None,
            texts: Arc::default(),
            runs: Arc::default(),
            go_on: Arc::default(),
        }
    }

    pub(crate) fn comparing(versions: &MemoryStore) -> Self {
        Self {
            versions: Some(versions.clone()),
            ..Self::guarded()
        }
    }

    pub(crate) fn runs(&self) -> usize {
        self.runs.load(Ordering::SeqCst)
    }

    pub(crate) fn text(&self, name: &str) -> Option<String> {
        self.texts().get(name).cloned()
    }

    pub(crate) fn put(&self, name: &str, text: &str) {
        self.texts().insert(name.to_owned(), text.to_owned());
    }

    fn texts(&self) -> MutexGuard<'_, HashMap<String, String>> {
        self.texts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn run(&self) {
        self.runs.fetch_add(1, Ordering::SeqCst);
    }

    fn note(&self, name: String) -> Result<Note, Status> {
        let text = self.text(&name).ok_or_else(|| Status::not_found("none"))?;
        Ok(Note { name, text })
    }
}

fn key(name: &str) -> PathKey {
    PathKey::new(&format!("/{name}"))
}

#[tonic::async_trait]
impl Notes for Book {
    async fn get(&self, request: Request<GetRequest>) -> Result<Response<Note>, Status> {
        self.run();
        self.note(request.into_inner().name).map(Response::new)
    }

    async fn update(&self, request: Request<Note>) -> Result<Response<Note>, Status> {
        self.run();
        let (metadata, extensions, mut note) = request.into_parts();
        if note.text == "by metadata" {
            let named = metadata
                .get("resource-name")
                .and_then(|name| name.to_str().ok());
            note.name = named.expect("a name").to_owned();
        }
        if let Some(code) = note.text.strip_prefix("status ") {
            let code: i32 = code.parse().expect("a code");
            return Err(Status::new(Code::from_i32(code), "as it was told"));
        }
        match note.text.as_str() {
            "wait" => self.go_on.notified().await,
            "panic" => panic!("as it was told"),
            _ => {}
        }
        let write = |_| self.put(&note.name, &note.text);
        let mut response = Response::new(note.clone());
        if let Some(versions) = &self.versions {
            let permit = extensions.get::<WritePermit>();
            let permit = permit.ok_or_else(|| Status::internal("no permit"))?;
            if note.text == "race" {
                let other = |_| self.put(&note.name, "another's");
                let first = WritePermit::UNCONDITIONAL;
                _ = versions.compare_and_set(key(&note.name), &first, other);
            }
            let committed: Committed =
                match versions.compare_and_set(key(&note.name), permit, write) {
                    Ok((committed, ())) => committed,
                    Err(VersionConflict) => return Err(Status::aborted("100 % lost")),
                };
            if note.text != "forget" {
                response.extensions_mut().insert(committed);
            }
        } else {
            self.put(&note.name, &note.text);
        }
        if note.text == "affects" {
            let affects = Affects::changed([key("notes/other")]);
            response.extensions_mut().insert(affects);
        }
        if note.text == "own tag" {
            let tag = AsciiMetadataValue::from_static("\"mine\"");
            response.metadata_mut().insert("etag", tag);
        }
        Ok(response)
    }

    async fn delete(&self, request: Request<GetRequest>) -> Result<Response<Deleted>, Status> {
        self.run();
        let (_, extensions, GetRequest { name }) = request.into_parts();
        let mut response = Response::new(Deleted {});
        if let Some(versions) = &self.versions {
            let permit = extensions.get::<WritePermit>();
            let permit = permit.ok_or_else(|| Status::internal("no permit"))?;
            let removed = versions.remove(key(&name), permit, |_| ());
            let removed = removed.map_err(|VersionConflict| Status::aborted("lost"))?;
            let (committed, ()) = removed.ok_or_else(|| Status::not_found("none"))?;
            response.extensions_mut().insert(committed);
        }
        match self.texts().remove(&name) {
            Some(_) => Ok(response),
            None => Err(Status::not_found("none")),
        }
    }

    type WatchStream = Answers<Note>;

    async fn watch(&self, request: Request<GetRequest>) -> Result<Response<Answers<Note>>, Status> {
        self.run();
        let GetRequest { name } = request.into_inner();
        // Found out where the stream has begun already.
        if let Some(name) = name.strip_prefix("late ") {
            let note = self.note(name.to_owned());
            return Ok(Response::new(Box::pin(stream::iter([note]))));
        }
        let note = self.note(name)?;
        let notes = [Ok(note.clone()), Ok(note)];
        Ok(Response::new(Box::pin(stream::iter(notes))))
    }

    async fn append(&self, request: Request<Streaming<Note>>) -> Result<Response<Note>, Status> {
        self.run();
        let mut notes = request.into_inner();
        let mut last = Note::default();
        while let Some(note) = notes.message().await? {
            self.put(&note.name, &note.text);
            last = note;
        }
        Ok(Response::new(last))
    }

    type EditStream = Answers<Note>;

    async fn edit(
        &self,
        request: Request<Streaming<Note>>,
    ) -> Result<Response<Answers<Note>>, Status> {
        self.run();
        let book = self.clone();
        let edited = request.into_inner().map(move |note| {
            let note = note?;
            book.put(&note.name, &note.text);
            Ok(note)
        });
        Ok(Response::new(Box::pin(edited)))
    }
}

pub(crate) fn keys() -> GrpcKeys {
    GrpcKeys::metadata("resource-name")
        .read("/notes.Notes/Get")
        .write("/notes.Notes/Update")
        .delete("/notes.Notes/Delete")
}

/// Serves a book behind a layer with tonic's own server.
macro_rules! serve {
    ($layer:expr, $book:expr) => {{
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a socket");
        let address = listener.local_addr().expect("an address");
        let server = tonic::transport::Server::builder()
            .layer($layer)
            .add_service(crate::notes::notes_server::NotesServer::new($book))
            .serve_with_incoming(tonic::transport::server::TcpIncoming::from(listener));
        tokio::spawn(server);
        address
    }};
}
pub(crate) use serve;

pub(crate) async fn client(server: SocketAddr) -> NotesClient<Channel> {
    let endpoint = Endpoint::from_shared(format!("http://{server}")).expect("an address");
    NotesClient::new(endpoint.connect().await.expect("a connection"))
}

pub(crate) const NAME: &str = "notes/1";

/// A call about note 1, with these entries of metadata besides.
pub(crate) fn call<T>(message: T, metadata: &[(&'static str, &str)]) -> Request<T> {
    let mut request = Request::new(message);
    let named = [("resource-name", NAME)];
    for (key, value) in named.iter().chain(metadata) {
        let value: AsciiMetadataValue = value.parse().expect("a value");
        let key = AsciiMetadataKey::from_static(key);
        request.metadata_mut().append(key, value);
    }
    request
}

pub(crate) fn get(metadata: &[(&'static str, &str)]) -> Request<GetRequest> {
    call(GetRequest { name: NAME.into() }, metadata)
}

pub(crate) fn note(text: &str) -> Note {
    Note {
        name: NAME.into(),
        text: text.into(),
    }
}

pub(crate) fn update(text: &str, metadata: &[(&'static str, &str)]) -> Request<Note> {
    call(note(text), metadata)
}

pub(crate) fn tag(metadata: &MetadataMap) -> Option<&str> {
    metadata.get("etag").map(|tag| tag.to_str().expect("a tag"))
}

/// The tag of an answer, wherever it stands.
pub(crate) fn tag_of<T>(response: &Response<T>) -> Option<&str> {
    tag(response.metadata())
}

pub(crate) fn refused<T: std::fmt::Debug>(answer: Result<Response<T>, Status>) -> Status {
    answer.expect_err("refused")
}
