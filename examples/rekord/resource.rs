//! What the kinds of resources have in common: their routes, and what each method does.

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{CONTENT_LOCATION, CONTENT_TYPE, LOCATION};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Extension, Router, middleware};
use serde::Serialize;
use serde_json::{Map, Value};
use tower_conditional::precondition::Expectation;
use tower_conditional::{
    Access, Committed, ConditionalLayer, Current, Observed, RequestHead, Version, VersionConflict,
    WritePermit, store_fn,
};
use uuid::Uuid;

use crate::body::JsonBody;
use crate::database::Database;
use crate::error::Error;
use crate::id::{self, ResourceId};
use crate::list;
use crate::media_type;
use crate::members::{Invalid, Members};
use crate::merge_patch::merge_patch;

/// May be kept by the client alone, and only to be asked about again.
const CACHE_CONTROL: &str = "private, no-cache";

/// How often an unconditional `PATCH` starts over when others write between its read and its write.
const ATTEMPTS: usize = 100;

/// A kind of resource: its members, and where it is found.
pub(crate) trait Resource: Serialize + Sized + Send + Sync + 'static {
    /// The name of the collection, in paths and in the database.
    const COLLECTION: &'static str;
    /// The member that holds the id.
    const ID: &'static str;

    /// Reads all members but the read-only ones.
    fn from_members(id: Uuid, members: Members) -> Result<Self, Invalid>;
}

/// The routes of one kind.
pub(crate) fn routes<R: Resource>(database: Database, require_if_match: bool) -> Router {
    let lookup = database.clone();
    let versions = store_fn(move |id: Uuid| {
        let database = lookup.clone();
        async move { database.current(R::COLLECTION, id).await }
    });
    let conditional = ConditionalLayer::new(versions)
        .key(id::access)
        .cache_control(CACHE_CONTROL)
        .require_precondition(require_if_match);

    // `MethodRouter::route_layer` leaves the answer to other methods, 405, outside the layers, as
    // `Router::route_layer` would not. The layer that is added last is the first to see a request.
    let one = get(read::<R>)
        .put(replace::<R>)
        .patch(change::<R>)
        .delete(remove::<R>)
        .route_layer(conditional)
        .route_layer(middleware::from_fn(media_type::check))
        .route_layer(middleware::from_fn(id::identify));

    // A collection has no version. The layer sees to it that a condition which cannot be read, or
    // names a version, does not go unheard.
    let unversioned = ConditionalLayer::new(store_fn(|()| async { Current::Unknown }))
        .key(|request: &RequestHead<'_>| Access::by_method(request.method, ()))
        .cache_control(CACHE_CONTROL);
    let all = get(list::page::<R>)
        .post(create::<R>)
        .route_layer(unversioned)
        .route_layer(middleware::from_fn(media_type::check));

    Router::new()
        .route(&format!("/{}", R::COLLECTION), all)
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
        .await?;
    let made = made.ok_or(Error::Conflict)?;
    Ok(written::<R>(id, made.version, true, document))
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
        .await?;
    let made = made.ok_or(VersionConflict)?;
    Ok(written::<R>(id, made.version, made.created, document))
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
        if let Some(made) = database.put(R::COLLECTION, id, &document, expected).await? {
            return Ok(written::<R>(id, made.version, false, document));
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

async fn remove<R: Resource>(
    State(database): State<Database>,
    Extension(ResourceId(id)): Extension<ResourceId>,
    permit: WritePermit,
) -> Result<impl IntoResponse, Error> {
    let Ok(expected) = permit.expected() else {
        return Err(missing(permit));
    };
    match database.delete(R::COLLECTION, id, expected).await? {
        Some(made) => Ok((StatusCode::NO_CONTENT, Committed(made.version), ())),
        None => Err(missing(permit)),
    }
}

/// Why there was nothing to change: a permit that counts on a current version has lost a race,
/// and any other has met what its method answers to a resource that does not exist.
fn missing(permit: WritePermit) -> Error {
    match permit.expectation() {
        Expectation::Exactly(_) | Expectation::Exists => Error::Conflict,
        Expectation::Any | Expectation::Absent | Expectation::Never => Error::NotFound,
    }
}

/// Takes out what a client may send back but not change: the id, and the version that
/// `?include=version` shows.
fn read_only(members: &mut Members, name: &str, id: Option<Uuid>) -> Result<(), Invalid> {
    members.optional("version", |_| Ok(()))?;
    members.optional(name, |value| match (value, id) {
        (Value::String(text), Some(id)) if text == id.to_string() => Ok(()),
        _ => Err(Invalid::new("is read-only")),
    })?;
    Ok(())
}

/// The answer to a write: the resource as this write has left it, under the version it made.
fn written<R: Resource>(id: Uuid, version: Version, created: bool, document: String) -> Response {
    let path = format!("/{}/{id}", R::COLLECTION);
    let answer = (
        Committed(version),
        [(CONTENT_LOCATION, path.clone())],
        json(document),
    );
    if created {
        (StatusCode::CREATED, [(LOCATION, path)], answer).into_response()
    } else {
        answer.into_response()
    }
}

/// An answer whose content is JSON text already.
fn json(document: String) -> impl IntoResponse {
    ([(CONTENT_TYPE, "application/json")], document)
}
