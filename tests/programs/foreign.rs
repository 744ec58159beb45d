//! `client::Updater` over hyper-util's client, against a server that is not ours: what it does on
//! every server whose If-Match holds.

use std::fmt::Debug;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{Method, Request, Response, header};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper_util::client::legacy;
use hyper_util::rt::TokioExecutor;
use serde::{Serialize, de::DeserializeOwned};
use tower::util::BoxCloneSyncService;
use tower_conditional::client::{UpdateErrorKind, Updater, Versioned};

use crate::python::Script;

type Http = BoxCloneSyncService<Request<Full<Bytes>>, Response<Incoming>, legacy::Error>;
pub(crate) type Client = Updater<Http, Full<Bytes>>;

/// What a server keeps: a name and a count, in the form that it wants.
pub(crate) trait Document:
    Clone + Debug + PartialEq + Serialize + DeserializeOwned + Send + Sync + 'static
{
    /// Where the name stands, as a JSON Pointer.
    const NAME: &'static str;

    fn new(name: &str, count: u64) -> Self;

    fn name(&mut self) -> &mut String;

    fn count(&mut self) -> &mut u64;
}

/// The exchanges of a client: method, precondition, status.
#[derive(Clone, Default)]
pub(crate) struct Wire(Arc<Mutex<Vec<(String, u16)>>>);

impl Wire {
    /// A client whose exchanges stand here.
    pub(crate) fn client(&self) -> Client {
        let http = legacy::Client::builder(TokioExecutor::new()).build_http::<Full<Bytes>>();
        let wire = self.clone();
        let service = tower::service_fn(move |request: Request<Full<Bytes>>| {
            let (http, wire) = (http.clone(), wire.clone());
            async move {
                let said = said(&request);
                let answer = http.request(request).await?;
                let mut exchanges = wire.0.lock().expect("no panic while held");
                exchanges.push((said, answer.status().as_u16()));
                drop(exchanges);
                Ok(answer)
            }
        });
        Updater::new(BoxCloneSyncService::new(service))
    }

    /// The exchanges since this was asked for last.
    pub(crate) fn take(&self) -> Vec<(String, u16)> {
        std::mem::take(&mut *self.0.lock().expect("no panic while held"))
    }

    #[track_caller]
    pub(crate) fn assert(&self, exchanges: &[(&str, u16)]) {
        let exchanges = exchanges
            .iter()
            .map(|&(said, status)| (said.to_owned(), status));
        assert_eq!(self.take(), exchanges.collect::<Vec<_>>());
    }
}

/// Method and precondition, without the tag.
fn said(request: &Request<Full<Bytes>>) -> String {
    let mut said = request.method().to_string();
    for name in [header::IF_MATCH, header::IF_NONE_MATCH] {
        if request.headers().contains_key(&name) {
            said = format!("{said} {name}");
        }
    }
    let is_write = *request.method() != Method::GET;
    assert!(!is_write || said.contains(' '), "unconditional: {said}");
    said
}

/// A script that starts a server and prints its port.
pub(crate) async fn start(script: &str) -> (Script, String) {
    let mut server = Script::start(script, &[]);
    let port = server.line().await;
    (server, format!("http://127.0.0.1:{port}"))
}

/// Creates, reads, revalidates, and deletes what is read and nothing else.
pub(crate) async fn creates_reads_and_deletes<D: Document>(uri: &str) {
    let wire = Wire::default();
    let client = wire.client();
    client.create(uri, D::new("a", 1)).await.expect("created");
    wire.assert(&[("PUT if-none-match", 201)]);

    let held: Versioned<D> = client.read(uri).await.expect("read");
    assert_eq!(held.value, D::new("a", 1));
    let again = client.revalidate(uri, held.clone()).await.expect("read");
    assert!(again.value == held.value && again.tag == held.tag && held.tag.is_some());
    wire.assert(&[("GET", 200), ("GET if-none-match", 304)]);

    let count = |it: &mut D| *it.count() = 2;
    client.update(uri, count).await.expect("saved");
    wire.take();
    let error = client.delete(uri, held).await.expect_err("it has changed");
    assert_eq!(error.kind(), UpdateErrorKind::Changed);
    let now = error.theirs().cloned().expect("it was read");
    assert_eq!(now.value, D::new("a", 2));
    assert_eq!(wire.take()[0], ("DELETE if-match".to_owned(), 412));

    client.delete(uri, now).await.expect("deleted");
    let error = client.read::<D, _>(uri).await.expect_err("it is gone");
    assert_eq!(error.kind(), UpdateErrorKind::Missing);
}

/// Somebody else writes between read and write: the edit is made again, merged, or both are told.
pub(crate) async fn a_stale_edit_loses_nothing<D: Document>(uri: &str) {
    let wire = Wire::default();
    let (mine, theirs) = (wire.client(), Wire::default().client());
    mine.create(uri, D::new("a", 1)).await.expect("created");
    wire.take();

    // The other client's turn is while the first edit is being made: after the read that it starts
    // from, and before its write.
    let runtime = tokio::runtime::Handle::current();
    let mut is_first = true;
    let saved = mine.update(uri, |it: &mut D| {
        *it.count() += 10;
        if std::mem::take(&mut is_first) {
            let other = theirs.update(uri, |it: &mut D| *it.name() = "b".into());
            tokio::task::block_in_place(|| runtime.block_on(other)).expect("theirs is saved");
        }
    });
    assert_eq!(saved.await.expect("saved").value, D::new("b", 11));
    wire.assert(&[
        ("GET", 200),
        ("PUT if-match", 412),
        ("GET if-none-match", 200),
        ("PUT if-match", 200),
    ]);

    // Different members: merged.
    let base: Versioned<D> = mine.read(uri).await.expect("read");
    let rename = |it: &mut D| *it.name() = "c".into();
    theirs.update(uri, rename).await.expect("saved");
    let edit = D::new("b", 12);
    let merged = mine.replace_with_merge(uri, base, edit).await;
    assert_eq!(merged.expect("merged").value, D::new("c", 12));

    // The same member: three documents, and nothing is written.
    let base: Versioned<D> = mine.read(uri).await.expect("read");
    let rename = |it: &mut D| *it.name() = "theirs".into();
    theirs.update(uri, rename).await.expect("saved");
    let edit = D::new("mine", 12);
    let error = mine.replace_with_merge(uri, base, edit.clone()).await;
    let error = error.expect_err("a conflict");
    assert_eq!(error.kind(), UpdateErrorKind::Conflict);
    let conflicts = error.conflicts().expect("where").as_slice();
    assert_eq!(conflicts.len(), 1);
    assert_eq!(conflicts[0].pointer, D::NAME);
    let (base, own, other) = error.into_documents();
    assert!(base.expect("base").value == D::new("c", 12) && own.expect("mine") == edit);
    assert_eq!(other.expect("theirs").value, D::new("theirs", 12));
    let now: Versioned<D> = mine.read(uri).await.expect("read");
    assert_eq!(now.value, D::new("theirs", 12));
}

/// Several clients count up at once. The count that is reached, and how often one was refused.
pub(crate) async fn count_up<D: Document>(uri: &str, clients: u64, times: u64) -> (u64, usize) {
    let wire = Wire::default();
    wire.client()
        .create(uri, D::new("a", 0))
        .await
        .expect("created");
    let tasks: Vec<_> = (0..clients)
        .map(|_| {
            let (client, uri) = (wire.client().tries(60), uri.to_owned());
            tokio::spawn(async move {
                for _ in 0..times {
                    let count = |it: &mut D| *it.count() += 1;
                    client.update(&*uri, count).await.expect("counted");
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.expect("no panic");
    }
    let mut end: Versioned<D> = wire.client().read(uri).await.expect("read");
    let refused = wire
        .take()
        .iter()
        .filter(|(_, status)| *status == 412)
        .count();
    (*end.value.count(), refused)
}
