//! A client of the reference server that changes a model while others do, and loses nothing.
//! Start the server first:
//!
//! ```text
//! cargo run --release --example rekord --features full
//! ```
//!
//! and then, in another shell (the address can be left out if it is this one, and
//! `REKORD_API_TOKEN` if it is the demo's):
//!
//! ```text
//! cargo run --release --example client --features full -- http://127.0.0.1:3000
//! ```

use std::{env, error::Error};

use bytes::Bytes;
use http::{HeaderValue, header};
use http_body_util::Full;
use hyper_util::{client::legacy::Client, rt::TokioExecutor};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use tower_conditional::client::{UpdateErrorKind, Updater, Versioned};

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Model {
    name: String,
    status: String,
    /// The members that this program does not know go back as they came.
    #[serde(flatten)]
    rest: Map<String, Value>,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let server = env::args().nth(1);
    let server = server.unwrap_or_else(|| "http://127.0.0.1:3000".to_owned());
    let token = env::var("REKORD_API_TOKEN").unwrap_or_else(|_| "rekord-demo".to_owned());
    let mut token = HeaderValue::try_from(format!("Bearer {token}"))?;
    token.set_sensitive(true);
    let http = Client::builder(TokioExecutor::new()).build_http::<Full<Bytes>>();
    let updater = Updater::<_, Full<Bytes>>::new(http).header(header::AUTHORIZATION, token);
    let uri = format!("{server}/models/{}", uuid::Uuid::now_v7());

    // If-None-Match: *, so that nothing is overwritten.
    let new = Model {
        name: "Customer".to_owned(),
        status: "active".to_owned(),
        rest: Map::new(),
    };
    show("created", &updater.create(&*uri, new).await?);

    // The second answer is a 304, and the value the one that is held.
    let read: Versioned<Model> = updater.read(&*uri).await?;
    show("read", &read);
    let base = updater.revalidate(&*uri, read).await?;
    show("read again: 304", &base);

    // Another client writes.
    let rename = |model: &mut Model| model.name = "Client".into();
    show("another renames it", &updater.update(&*uri, rename).await?);

    // An edit of what was read before: 412, then the two are merged, and saved.
    let mut edit = base.value.clone();
    edit.status = "draft".into();
    let merged = updater.replace_with_merge(&*uri, base.clone(), edit);
    show("merged and saved", &merged.await?);

    // Both have changed the name, which a person decides, with all three versions.
    let mut edit = base.value.clone();
    edit.name = "Buyer".into();
    let error = match updater.replace_with_merge(&*uri, base, edit).await {
        Err(error) if error.kind() == UpdateErrorKind::Conflict => error,
        Err(error) => return Err(error.into()),
        Ok(_) => return Err("two names were merged".into()),
    };
    let pointer = error.conflicts().map(|it| it.as_slice()[0].pointer.clone());
    let (Some(pointer), (Some(base), Some(mine), Some(theirs))) = (pointer, error.into_documents())
    else {
        return Err("a conflict has all of these".into());
    };
    let [was, own, other] = [&base.value.name, &mine.name, &theirs.value.name];
    println!("conflict at {pointer}: from {was}, mine {own}, theirs {other}");
    let mut decided = theirs.value.clone();
    decided.name = mine.name;
    let saved = updater.replace_with_merge(&*uri, theirs, decided);
    show("decided and saved", &saved.await?);
    Ok(())
}

fn show(what: &str, model: &Versioned<Model>) {
    let Model { name, status, .. } = &model.value;
    let tag = model
        .tag
        .as_ref()
        .map_or("none".to_owned(), ToString::to_string);
    println!("{what:<18} {tag}  {name}, {status}");
}
