//! The routes of rules, and what each method does.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Extension, Router};
use serde_json::{Map, Value};
use tower_conditional::Observed;

use super::guard;
use super::rule::Rule;
use crate::answer::{json, stored};
use crate::body::JsonBody;
use crate::database::{Database, Joined};
use crate::error::Error;
use crate::id::ResourceId;
use crate::layers;
use crate::list;
use crate::members::Members;
use crate::merge_patch::merge_patch;
use crate::resource::{Kind, Resource, read_only};

pub(crate) fn routes(database: &Database, require_if_match: bool) -> Router {
    let all = layers::all(get(list::page::<Rule>)).with_state(database.clone());
    let new = guard::new(post(create), database);
    let one = get(read).put(replace).patch(change).delete(remove);
    Router::new()
        .route("/rules", all.merge(new))
        .route("/rules/{id}", guard::one(one, database, require_if_match))
}

async fn create(
    Extension(ResourceId(id)): Extension<ResourceId>,
    mut rules: Joined,
    JsonBody(body): JsonBody,
) -> Result<Response, Error> {
    let mut members = Members::of(body)?;
    read_only(&mut members, Rule::ID, None)?;
    let document = serde_json::to_string(&Rule::from_members(id, members)?)?;
    let created = rules.put_rule(id, &document).await?;
    Ok(stored::<Rule>(id, created, document))
}

async fn read(
    State(database): State<Database>,
    Extension(ResourceId(id)): Extension<ResourceId>,
) -> Result<impl IntoResponse, Error> {
    let row = database.rule(id).await?.ok_or(Error::NotFound)?;
    Ok((Observed(row.version), json(row.document)))
}

async fn replace(
    Extension(ResourceId(id)): Extension<ResourceId>,
    mut rules: Joined,
    JsonBody(body): JsonBody,
) -> Result<Response, Error> {
    let mut members = Members::of(body)?;
    read_only(&mut members, Rule::ID, Some(id))?;
    let document = serde_json::to_string(&Rule::from_members(id, members)?)?;
    let created = rules.put_rule(id, &document).await?;
    Ok(stored::<Rule>(id, created, document))
}

async fn change(
    Extension(ResourceId(id)): Extension<ResourceId>,
    mut rules: Joined,
    JsonBody(patch): JsonBody,
) -> Result<Response, Error> {
    let mut patch = Members::of(patch)?;
    read_only(&mut patch, Rule::ID, Some(id))?;
    let document = rules.rule(id).await?.ok_or(Error::NotFound)?;
    let mut merged: Map<String, Value> = serde_json::from_str(&document)?;
    merged.remove(Rule::ID);
    merge_patch(&mut merged, patch.into_rest());
    let changed = Rule::from_members(id, Members::of(Value::Object(merged))?)?;
    let document = serde_json::to_string(&changed)?;
    let created = rules.put_rule(id, &document).await?;
    Ok(stored::<Rule>(id, created, document))
}

async fn remove(
    Extension(ResourceId(id)): Extension<ResourceId>,
    mut rules: Joined,
) -> Result<StatusCode, Error> {
    if rules.delete_rule(id).await? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(Error::NotFound)
    }
}
