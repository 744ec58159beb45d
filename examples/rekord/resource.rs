//! Resources whose content is what was last written, and whose version is a column beside it:
//! their routes, and what each method does by compare-and-set.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Extension, Router};
use serde::Serialize;
use serde_json::{Map, Value};
use tower_conditional::precondition::Expectation;
use tower_conditional::{Committed, Observed, VersionConflict, WritePermit};
use uuid::Uuid;

use crate::answer::{json, missing, written};
use crate::body::JsonBody;
use crate::database::{Database, DatabaseError, Row};
use crate::error::Error;
use crate::id::ResourceId;
use crate::layers;
use crate::list;
use crate::members::{Invalid, Members};
use crate::merge_patch::merge_patch;

/// How often an unconditional `PATCH` starts over when others write between its read and its write.
const ATTEMPTS: usize = 100;

/// A kind of resource: where it is found.
pub(crate) trait Kind: Send + Sync + 'static {
    /// The name of the collection, in paths and in the database.
    const COLLECTION: &'static str;
    /// The member that holds the id.
    const ID: &'static str;

    /// Up to `limit` resources in the order of their ids, starting behind `after`.
    fn page(
        database: &Database,
        after: Option<Uuid>,
        limit: u32,
    ) -> impl Future<Output = Result<Vec<Row>, DatabaseError>> + Send {
        database.page(Self::COLLECTION, after, limit)
    }
}

/// A kind of resource that is stored as it is sent.
pub(crate) trait Resource: Kind + Serialize + Sized {
    /// Reads all members but the read-only ones.
    fn from_members(id: Uuid, members: Members) -> Result<Self, Invalid>;
}

/// The routes of one kind.
pub(crate) fn routes<R: Resource>(database: Database, require_if_match: bool) -> Router {
    let all = get(list::page::<R>).post(create::<R>);
    let one = get(read::<R>)
        .put(replace::<R>)
        .patch(change::<R>)
        .delete(remove::<R>);
    let one = layers::one::<R>(one, &database, require_if_match);
    Router::new()
        .route(&format!("/{}", R::COLLECTION), layers::all(all))
        .route(&format!("/{}/{{id}}", R::COLLECTION), one)
        .with_state(database)
}

async fn create<R: Resource>(
    State(database): State<Database>,
    JsonBody(body): JsonBody,
) -> Result<Response, Error> {
    let mut members = Members::of(body)?;
    read_only(&mut members, R::ID, None)?;
    let id = Uuid::now_v7();
    let document = serde_json::to_string(&R::from_members(id, members)?)?;
    let made = database
        .put(R::COLLECTION, id, &document, Expectation::Absent)
        .await?
        .ok_or(Error::Conflict)?;
    Ok(written::<R>(id, &made, document))
}

async fn read<R: Resource>(
    State(database): State<Database>,
    Extension(ResourceId(id)): Extension<ResourceId>,
) -> Result<impl IntoResponse, Error> {
    let row = database
        .read(R::COLLECTION, id)
        .await?
        .ok_or(Error::NotFound)?;
    Ok((Observed(row.version), json(row.document)))
}

async fn replace<R: Resource>(
    State(database): State<Database>,
    Extension(ResourceId(id)): Extension<ResourceId>,
    permit: WritePermit,
    JsonBody(body): JsonBody,
) -> Result<Response, Error> {
    let mut members = Members::of(body)?;
    read_only(&mut members, R::ID, Some(id))?;
    let document = serde_json::to_string(&R::from_members(id, members)?)?;
    let made = database
        .put(R::COLLECTION, id, &document, permit.expectation())
        .await?
        .ok_or(VersionConflict)?;
    Ok(written::<R>(id, &made, document))
}

async fn change<R: Resource>(
    State(database): State<Database>,
    Extension(ResourceId(id)): Extension<ResourceId>,
    permit: WritePermit,
    JsonBody(patch): JsonBody,
) -> Result<Response, Error> {
    let mut patch = Members::of(patch)?;
    read_only(&mut patch, R::ID, Some(id))?;
    let patch = patch.into_rest();
    let mut turn = None;
    for _ in 0..ATTEMPTS {
        let Some(row) = database.read(R::COLLECTION, id).await? else {
            return Err(missing(permit));
        };
        permit.check(row.version)?;
        let mut merged: Map<String, Value> = serde_json::from_str(&row.document)?;
        merged.remove(R::ID);
        merge_patch(&mut merged, patch.clone());
        let changed = R::from_members(id, Members::of(Value::Object(merged))?)?;
        let document = serde_json::to_string(&changed)?;
        // Whatever the permit allows, the merge is right for the version alone that it began with.
        let expected = Expectation::Exactly(row.version);
        let made = database.put(R::COLLECTION, id, &document, expected);
        if let Some(made) = made.await? {
            return Ok(written::<R>(id, &made, document));
        }
        // The race is lost, for good if the request counts on one version. Any other starts over,
        // and those that do so take turns, else they would keep beating one another.
        if permit.expected()?.is_some() {
            return Err(Error::Conflict);
        }
        if turn.is_none() {
            turn = Some(database.turn().await?);
        }
    }
    Err(Error::Contended)
}

pub(crate) async fn remove<K: Kind>(
    State(database): State<Database>,
    Extension(ResourceId(id)): Extension<ResourceId>,
    permit: WritePermit,
) -> Result<impl IntoResponse, Error> {
    let Ok(expected) = permit.expected() else {
        return Err(missing(permit));
    };
    match database.delete(K::COLLECTION, id, expected).await? {
        Some(made) => Ok((StatusCode::NO_CONTENT, Committed(made.version), ())),
        None => Err(missing(permit)),
    }
}

/// Takes out what a client may send back but not change: the id, and the version that
/// `?include=version` shows.
pub(crate) fn read_only(
    members: &mut Members,
    name: &str,
    id: Option<Uuid>,
) -> Result<(), Invalid> {
    members.optional("version", |_| Ok(()))?;
    members.optional(name, |value| match (value, id) {
        (Value::String(text), Some(id)) if text == id.to_string() => Ok(()),
        _ => Err(Invalid::new("is read-only")),
    })?;
    Ok(())
}
