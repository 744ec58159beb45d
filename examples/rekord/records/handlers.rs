//! The routes of records, and what each method does.
//!
//! Every write is one transaction, which has the record for itself from its start: the permit is
//! checked against the very version that the write replaces, nobody comes in between, and so no
//! write has to be run again.

use std::collections::BTreeSet;

use axum::extract::State;
use axum::http::Uri;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Extension, Router};
use serde_json::{Map, Value};
use tower_conditional::precondition::Expectation;
use tower_conditional::{Observed, WritePermit};
use uuid::Uuid;

use super::change::Change;
use super::contribution;
use super::kept;
use super::record::{Record, Sent, read_only_hash};
use super::selection::Selection;
use crate::answer::{json, missing, written};
use crate::body::JsonBody;
use crate::database::{Database, Row, Transaction};
use crate::error::Error;
use crate::id::ResourceId;
use crate::layers;
use crate::list;
use crate::members::Members;
use crate::merge_patch::merge_patch;
use crate::resource::{Kind, read_only, remove};

pub(crate) fn routes(database: Database, require_if_match: bool) -> Router {
    let one = |handlers| layers::one::<Record>(handlers, &database, require_if_match);
    let all = get(list::page::<Record>).post(create);
    let record = get(read)
        .put(replace)
        .patch(change)
        .delete(remove::<Record>);
    // A contribution is a write of the record, and the layer keys it by the record's id.
    let contributions = post(contribute);
    Router::new()
        .route("/records", layers::all(all))
        .route("/records/{id}", one(record))
        .route("/records/{id}/contributions", one(contributions))
        .with_state(database)
}

async fn create(
    State(database): State<Database>,
    JsonBody(body): JsonBody,
) -> Result<Response, Error> {
    let mut members = Members::of(body)?;
    read_only(&mut members, Record::ID, None)?;
    read_only_hash(&mut members, None)?;
    let change = Change::replacement(Sent::from_members(members)?)?;
    let id = Uuid::now_v7();
    let (transaction, current) = database.begin(Record::COLLECTION, id).await?;
    commit(transaction, id, current, change).await
}

async fn read(
    State(database): State<Database>,
    Extension(ResourceId(id)): Extension<ResourceId>,
    uri: Uri,
) -> Result<impl IntoResponse, Error> {
    let row = database.read(Record::COLLECTION, id).await?;
    let row = row.ok_or(Error::NotFound)?;
    let document = match Selection::of(&uri) {
        Some(selection) => selection.select(&row.document)?,
        None => row.document,
    };
    Ok((Observed(row.version), json(document)))
}

async fn replace(
    State(database): State<Database>,
    Extension(ResourceId(id)): Extension<ResourceId>,
    permit: WritePermit,
    JsonBody(body): JsonBody,
) -> Result<Response, Error> {
    let mut members = Members::of(body)?;
    read_only(&mut members, Record::ID, Some(id))?;

    let (transaction, current) = database.begin(Record::COLLECTION, id).await?;
    permit.check(current.as_ref().map(|row| row.version))?;
    read_only_hash(
        &mut members,
        current.as_ref().map(record).transpose()?.as_ref(),
    )?;
    let change = Change::replacement(Sent::from_members(members)?)?;
    commit(transaction, id, current, change).await
}

async fn change(
    State(database): State<Database>,
    Extension(ResourceId(id)): Extension<ResourceId>,
    permit: WritePermit,
    JsonBody(patch): JsonBody,
) -> Result<Response, Error> {
    let mut patch = Members::of(patch)?;
    read_only(&mut patch, Record::ID, Some(id))?;

    let (transaction, current) = database.begin(Record::COLLECTION, id).await?;
    let Some(current) = current else {
        return Err(missing(permit));
    };
    permit.check(current.version)?;
    read_only_hash(&mut patch, Some(&record(&current)?))?;
    let patch = patch.into_rest();
    let names = match patch.get("data") {
        Some(Value::Object(data)) => data.keys().cloned().collect(),
        _ => BTreeSet::new(),
    };
    let mut merged: Map<String, Value> = serde_json::from_str(&current.document)?;
    merged.remove(Record::ID);
    merged.remove("sha256");
    merge_patch(&mut merged, patch);
    let sent = Sent::from_members(Members::of(Value::Object(merged))?)?;
    let change = Change::patch(sent, names)?;
    commit(transaction, id, Some(current), change).await
}

async fn contribute(
    State(database): State<Database>,
    Extension(ResourceId(id)): Extension<ResourceId>,
    permit: WritePermit,
    JsonBody(body): JsonBody,
) -> Result<Response, Error> {
    let claims = contribution::claims(body)?;

    let (transaction, current) = database.begin(Record::COLLECTION, id).await?;
    let Some(current) = current else {
        return Err(missing(permit));
    };
    permit.check(current.version)?;
    let change = Change::contribution(record(&current)?.model_id, claims);
    commit(transaction, id, Some(current), change).await
}

fn record(row: &Row) -> Result<Record, serde_json::Error> {
    serde_json::from_str(&row.document)
}

/// Applies the change to the record as it is `current` in the transaction, and ends that.
async fn commit(
    mut transaction: Transaction,
    id: Uuid,
    current: Option<Row>,
    change: Change,
) -> Result<Response, Error> {
    let record = change.apply(&mut transaction, id).await?;
    let document = serde_json::to_string(&record)?;
    // Contributions add up. No direct write comes here: respelled numbers make one four times as
    // long at most.
    if document.len() > kept::LIMIT {
        return Err(Error::RecordTooLarge);
    }
    let expected = current.map_or(Expectation::Absent, |row| Expectation::Exactly(row.version));
    let made = transaction
        .put(Record::COLLECTION, id, &document, expected)
        .await?
        .ok_or(Error::Conflict)?;
    transaction.commit().await?;
    Ok(written::<Record>(id, &made, document))
}
